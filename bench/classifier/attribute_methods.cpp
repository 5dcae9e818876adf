#include "attribute_methods.h"

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <stdexcept>

#include "calibration.h"
#include "ensemble_run.h"
#include "foray/classifier/training.h"
#include "foray/common/random.h"
#include "image_network.h"
#include "image_svm.h"
#include "network.h"
#include "training_frames.h"

namespace foray::bench {
namespace {

// Weight of the hinge loss, chosen on frames of another seed (5), where machines for each attribute
// in place of each decision told attributes as well.
constexpr double kHingeWeight = 0.1;
constexpr double kCalibrationShare = 0.25;

Examples examples_of(const Task& task, const char* name, int frames,
                     const TableSettings& settings) {
  auto examples = app::make_examples(task.labels, frames, derive_seed(settings.seed, name),
                                     settings.threads, nullptr);
  fmt::print(stderr, "{} frames of {}\n", examples.size(), name);
  return examples;
}

Method judged(const Task& task, const std::string& name, const classifier::Calibration& calibration,
              const Outputs& outputs) {
  Method method;
  method.name = name;
  const classifier::SoftmaxRange roots = task.layout.softmax.front();
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    auto decisions = classifier::decide(task.layout, calibration, outputs[k]);
    method.probability.push_back(classifier::path_probabilities(task.labels, decisions));
    for (int root = roots.begin; root < roots.end; ++root) {
      decisions[root] = root - roots.begin == task.test[k].targets.softmax.front() ? 1 : 0;
    }
    method.given.push_back(classifier::path_probabilities(task.labels, decisions));
  }
  return method;
}

// Outputs on the calibration and on the test frames.
Method judged(const Task& task, const std::string& name, const std::vector<Outputs>& outputs) {
  std::vector<const classifier::Targets*> targets;
  for (const auto& example : task.calibration) targets.push_back(&example.targets);
  const auto calibration = classifier::fit_calibration(task.labels, outputs[0], targets);
  return judged(task, name, calibration, outputs[1]);
}

Method judged(const Task& task, const std::string& name, const classifier::Weights& weights) {
  const auto ensemble = classifier::make_ensemble(weights.members, task.layout.outputs, name);
  Method method = judged(task, name, weights.calibration,
                         classifier::mean_outputs(classifier::run_all(*ensemble, task.test).outputs,
                                                  task.layout.outputs));
  method.ours = true;
  return method;
}

std::optional<classifier::Weights> weights_of_same_labels(const Task& task) {
  try {
    auto weights = classifier::builtin_weights();
    if (classifier::label_paths(weights.labels) == task.paths) return weights;
    fmt::print("The built-in weights have other labels and are left out.\n");
  } catch (const std::runtime_error& error) {
    fmt::print("The built-in weights are left out: {}.\n", error.what());
  }
  return std::nullopt;
}

std::function<void(int, int, double)> progress_of(const std::string& name) {
  return [name](int member, int epoch, double loss) {
    fmt::print(stderr, "{}: network {}, epoch {}, loss {:.4f}\n", name, member + 1, epoch, loss);
  };
}

Method image_network(const Task& task, const std::string& name, bool turned,
                     const TableSettings& settings) {
  ImageNetworkOptions options;
  options.epochs = settings.epochs;
  options.turned = turned;
  options.seed = derive_seed(settings.seed, "image network");
  options.threads = settings.threads;
  options.progress = progress_of(name);
  return judged(
      task, name,
      image_network_outputs(task.layout, task.training, {&task.calibration, &task.test}, options));
}

Method own_network(const Task& task, const std::string& name, const TableSettings& settings) {
  classifier::TrainingOptions options;
  options.epochs = settings.epochs;
  options.seed = settings.seed;
  options.threads = settings.threads;
  options.progress = progress_of(name);
  return judged(task, name,
                classifier::train(task.labels, task.training, task.calibration, options));
}

}  // namespace

Task make_task(const TableSettings& settings) {
  Task task;
  task.training = examples_of(task, "attributes: training", settings.training, settings);
  task.calibration = examples_of(task, "attributes: calibration",
                                 static_cast<int>(settings.training * kCalibrationShare), settings);
  task.test = examples_of(task, "attributes: test", settings.test, settings);
  for (const auto& example : task.test) {
    task.truth.push_back(classifier::path_truth(task.labels, example.targets));
    task.experiments.push_back(example.experiment);
  }
  return task;
}

std::vector<Method> all_methods(const Task& task, const TableSettings& settings) {
  std::vector<Method> methods;
  methods.push_back(judged(task, "HOG, linear SVMs",
                           svm_outputs(task.layout, task.training, {&task.calibration, &task.test},
                                       kHingeWeight, settings.threads)));
  fmt::print(stderr, "{}: done\n", methods.back().name);
  methods.push_back(image_network(task, "LeNet", false, settings));
  methods.push_back(image_network(task, "LeNet, turned", true, settings));
  methods.push_back(own_network(task, "foray, same frames", settings));
  if (const auto builtin = weights_of_same_labels(task)) {
    methods.push_back(judged(task, "foray, built in", *builtin));
  }
  return methods;
}

}  // namespace foray::bench
