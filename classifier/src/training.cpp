#include "foray/classifier/training.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <future>
#include <memory>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "calibration.h"
#include "ensemble_run.h"
#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "network.h"
#include "novelty.h"
#include "warm_start.h"

namespace foray::classifier {
namespace {

void check(const TrainingOptions& options) {
  require(options.members >= 1, "train: expected members >= 1");
  require(options.width >= 1 && options.width <= kWidest, "train: expected width from 1 to 8");
  require(options.rounds >= 1, "train: expected rounds >= 1");
  require(options.epochs >= 1, "train: expected epochs >= 1");
  require(options.batch >= 1, "train: expected batch >= 1");
  require(options.threads >= 1, "train: expected threads >= 1");
  require(std::isfinite(options.learning_rate) && options.learning_rate > 0,
          "train: expected learning_rate > 0");
  require(std::isfinite(options.weight_decay) && options.weight_decay >= 0,
          "train: expected weight_decay >= 0");
  require(options.false_alarms > 0 && options.false_alarms < 1,
          "train: expected false_alarms between 0 and 1");
}

// Of every yes or no question below a geometry those that have the same words below others; by
// their places among Targets::sigmoid.
std::vector<std::vector<std::size_t>> same_questions(const LabelHierarchy& labels) {
  std::vector<std::string> words;
  for (const LabelRoot& root : labels.roots) {
    for (const std::string& feature : root.features) words.push_back(feature);
  }
  for (const LabelRoot& root : labels.roots) {
    for (const KindGroup& group : root.groups) {
      for (const std::string& trait : group.traits) words.push_back(group.feature + "/" + trait);
    }
  }
  std::vector<std::vector<std::size_t>> same(output_layout(labels).sigmoid.size());
  for (std::size_t a = 0; a < words.size(); ++a) {
    for (std::size_t b = 0; b < words.size(); ++b) {
      if (a != b && words[a] == words[b]) same[a].push_back(b);
    }
  }
  return same;
}

// Targets with the answers that are borrowed from the true geometry.
std::vector<Targets> with_borrowed(const LabelHierarchy& labels,
                                   const std::vector<LabelledFrame>& training) {
  const auto same = same_questions(labels);
  std::vector<Targets> all;
  for (const LabelledFrame& one : training) {
    Targets targets = one.targets;
    for (std::size_t f = 0; f < same.size(); ++f) {
      const int answer = one.targets.sigmoid[f];
      for (const std::size_t other : same[f]) {
        if (answer >= 0 && one.targets.sigmoid[other] < 0) {
          targets.sigmoid[other] = kBorrowed + answer;
        }
      }
    }
    all.push_back(std::move(targets));
  }
  return all;
}

// Networks that learn one round after the other.
class Training {
 public:
  Training(const LabelHierarchy& labels, const TrainingOptions& options, int told)
      : labels_(labels), options_(options), layout_(output_layout(labels)) {
    const std::uint64_t seed = derive_seed(options.seed, "arrays");
    std::vector<Member> initial;
    if (options.start) {
      initial = members_to_start_from(*options.start, labels, told, seed);
    } else {
      const NetworkShape shape{layout_.outputs, told, options.width};
      for (int m = 0; m < options.members; ++m) {
        initial.push_back(initial_member(shape, derive_seed(seed, m)));
      }
    }
    for (std::size_t m = 0; m < initial.size(); ++m) {
      networks_.push_back(start_training(initial[m], options_of(m), options.on_gpu));
    }
  }

  void learn(const std::vector<LabelledFrame>& training) {
    const std::vector<Targets> targets = with_borrowed(labels_, training);
    std::vector<NetworkExample> examples;
    for (std::size_t k = 0; k < training.size(); ++k) {
      examples.push_back({&training[k].frame, &targets[k]});
    }
    const auto set = make_training_set(layout_, examples, options_.on_gpu);
    parallel_for(static_cast<std::int64_t>(networks_.size()), options_.threads,
                 [&](std::int64_t m) { networks_[static_cast<std::size_t>(m)]->learn(*set); });
  }

  [[nodiscard]] std::vector<Member> members() const {
    std::vector<Member> members;
    for (const auto& network : networks_) members.push_back(network->arrays());
    return members;
  }

 private:
  NetworkTraining options_of(std::size_t m) {
    NetworkTraining own;
    own.rounds = options_.rounds;
    own.epochs = options_.epochs;
    own.batch = options_.batch;
    own.learning_rate = options_.learning_rate;
    own.weight_decay = options_.weight_decay;
    own.seed = derive_seed(derive_seed(options_.seed, "order"), m);
    own.progress = [this, m](int epoch, double loss) {
      const std::lock_guard lock(one_report_);
      if (options_.progress) options_.progress(static_cast<int>(m), epoch, loss);
    };
    return own;
  }

  const LabelHierarchy& labels_;
  const TrainingOptions& options_;
  OutputLayout layout_;
  std::mutex one_report_;
  std::vector<std::unique_ptr<MemberTraining>> networks_;
};

// The examples of one round after the other, the next being made while this one is in use.
class Rounds {
 public:
  Rounds(const ExampleSource& source, int rounds) : source_(source), rounds_(rounds) {
    make_next();
  }

  // Those of the next round.
  std::vector<LabelledFrame> take() {
    std::vector<LabelledFrame> examples = next_.get();
    make_next();
    return examples;
  }

 private:
  void make_next() {
    if (made_ == rounds_) return;
    next_ = std::async(std::launch::async, [this, round = made_] { return source_(round); });
    ++made_;
  }

  const ExampleSource& source_;
  int rounds_;
  int made_ = 0;
  std::future<std::vector<LabelledFrame>> next_;
};

// Without those that are known to be like none, `most` of them at most, evenly taken.
std::vector<const PreparedFrame*> known_among(const LabelHierarchy& labels,
                                              const std::vector<LabelledFrame>& examples,
                                              std::size_t most) {
  const auto is_foreign = foreign_test(labels);
  std::vector<const PreparedFrame*> known;
  for (const LabelledFrame& one : examples) {
    if (!is_foreign(one.targets)) known.push_back(&one.frame);
  }
  const std::size_t count = std::min(most, known.size());
  for (std::size_t k = 0; k < count; ++k) known[k] = known[k * known.size() / count];
  known.resize(count);
  return known;
}

// More than these do not move the plane of known frames, and their features would take gigabytes.
constexpr std::size_t kMostKnown = 40000;

KnownFrames known_frames(const Weights& weights, const Ensemble& ensemble,
                         const std::vector<LabelledFrame>& training,
                         const std::vector<LabelledFrame>& held_out, double false_alarms,
                         int threads) {
  const auto known = known_among(weights.labels, training, kMostKnown);
  const auto others = known_among(weights.labels, held_out, held_out.size());
  return measure_known(run_all(ensemble, known, threads), run_all(ensemble, others, threads),
                       foreign_output(weights.labels), false_alarms);
}

void check_call(const LabelHierarchy& labels, const std::vector<LabelledFrame>& calibration,
                const TrainingOptions& options) {
  validate(labels);
  check(options);
  require_shapes("train", labels, calibration);
}

// How many numbers of a trunk the examples hold.
int told_of(const LabelHierarchy& labels, const std::vector<LabelledFrame>& examples,
            const TrainingOptions& options) {
  require(!examples.empty(), "train: expected training examples, got none");
  require_shapes("train", labels, examples);
  const auto told = static_cast<int>(examples.front().frame.told.size());
  require(options.trunk.has_value() == (told > 0),
          "train: expected examples prepared with the trunk, and with none where there is none");
  return told;
}

// Trained networks with their calibration, and what frames they know.
Weights weights_of(std::vector<Member> members, const LabelHierarchy& labels,
                   const std::vector<LabelledFrame>& training,
                   const std::vector<LabelledFrame>& calibration, const TrainingOptions& options) {
  const OutputLayout layout = output_layout(labels);
  Weights weights;
  weights.labels = labels;
  weights.description = options.description;
  weights.trunk = options.trunk;
  weights.members = std::move(members);
  weights.calibration = identity_calibration(labels);
  if (calibration.empty()) return weights;
  const auto ensemble = make_ensemble(weights.members, layout.outputs, "train");
  std::vector<const Targets*> targets;
  for (const LabelledFrame& one : calibration) targets.push_back(&one.targets);
  const EnsembleResult held_out = run_all(*ensemble, calibration, options.threads);
  weights.calibration =
      fit_calibration(labels, mean_outputs(held_out.outputs, layout.outputs), targets);
  if (training.size() > 1) {
    weights.known = known_frames(weights, *ensemble, training, calibration, options.false_alarms,
                                 options.threads);
  }
  return weights;
}

// 1 - (mean squared error) / (variance of the truth); 0 where that is 0.
double skill_over_base_rate(const std::vector<double>& probability, const std::vector<int>& truth) {
  double squares = 0;
  double positives = 0;
  for (std::size_t k = 0; k < truth.size(); ++k) {
    squares += (probability[k] - truth[k]) * (probability[k] - truth[k]);
    positives += truth[k];
  }
  const double n = static_cast<double>(truth.size());
  const double base = positives * (n - positives) / n;
  return base > 0 ? 1 - squares / base : 0;
}

double expected_calibration_error(const std::vector<double>& probability,
                                  const std::vector<int>& truth) {
  constexpr int kBins = 10;
  std::array<double, kBins> gap{};
  for (std::size_t k = 0; k < truth.size(); ++k) {
    const int bin = std::min(kBins - 1, static_cast<int>(probability[k] * kBins));
    gap[bin] += truth[k] - probability[k];
  }
  double sum = 0;
  for (const double one : gap) sum += std::abs(one);
  return sum / static_cast<double>(truth.size());
}

double average_precision(const std::vector<double>& probability, const std::vector<int>& truth) {
  std::vector<std::size_t> order(truth.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return probability[a] > probability[b]; });
  double found = 0;
  double sum = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    if (truth[order[k]] == 0) continue;
    found += 1;
    sum += found / static_cast<double>(k + 1);
  }
  return found > 0 ? sum / found : 0;
}

}  // namespace

Weights train(const LabelHierarchy& labels, const std::vector<LabelledFrame>& training,
              const std::vector<LabelledFrame>& calibration, const TrainingOptions& options) {
  require(options.rounds == 1, "train: expected one round of the examples that are there");
  check_call(labels, calibration, options);
  Training networks(labels, options, told_of(labels, training, options));
  networks.learn(training);
  return weights_of(networks.members(), labels, training, calibration, options);
}

Weights train(const LabelHierarchy& labels, const ExampleSource& source,
              const std::vector<LabelledFrame>& calibration, const TrainingOptions& options) {
  check_call(labels, calibration, options);
  Rounds rounds(source, options.rounds);
  std::vector<LabelledFrame> examples;
  std::unique_ptr<Training> networks;
  for (int round = 0; round < options.rounds; ++round) {
    examples = rounds.take();
    const int told = told_of(labels, examples, options);
    if (!networks) networks = std::make_unique<Training>(labels, options, told);
    networks->learn(examples);
  }
  return weights_of(networks->members(), labels, examples, calibration, options);
}

Weights with_known_frames(Weights weights, const std::vector<LabelledFrame>& training,
                          const std::vector<LabelledFrame>& held_out, double false_alarms,
                          int threads) {
  require(training.size() > 1 && held_out.size() > 1,
          "with_known_frames: expected at least two examples of either set");
  require(false_alarms > 0 && false_alarms < 1,
          "with_known_frames: expected false_alarms between 0 and 1");
  require_shapes("with_known_frames", weights.labels, training);
  require_shapes("with_known_frames", weights.labels, held_out);
  const auto ensemble =
      make_ensemble(weights.members, output_layout(weights.labels).outputs, "with_known_frames");
  weights.known = known_frames(weights, *ensemble, training, held_out, false_alarms, threads);
  return weights;
}

bool finds_gpu() { return gpu_available(); }

std::vector<Prediction> predict(const Weights& weights, const std::vector<LabelledFrame>& examples,
                                int threads) {
  require_shapes("predict", weights.labels, examples);
  const OutputLayout layout = output_layout(weights.labels);
  const auto ensemble = make_ensemble(weights.members, layout.outputs, "predict");
  require_fit(weights.known, weights.members.size(), ensemble->shape(), "predict");
  const EnsembleResult result = run_all(*ensemble, examples, threads);
  const auto outputs = mean_outputs(result.outputs, layout.outputs);
  const int foreign = foreign_output(weights.labels);
  std::vector<Prediction> predictions;
  for (std::size_t k = 0; k < examples.size(); ++k) {
    Prediction one;
    one.probability =
        path_probabilities(weights.labels, decide(layout, weights.calibration, outputs[k]));
    if (!weights.known.mean.empty()) {
      one.novelty = novelty_score(weights.known, foreign, result, static_cast<int>(k));
    }
    predictions.push_back(std::move(one));
  }
  return predictions;
}

std::vector<PathFigures> evaluate(const Weights& weights,
                                  const std::vector<LabelledFrame>& examples, int threads) {
  std::vector<std::vector<double>> probabilities;
  for (Prediction& one : predict(weights, examples, threads)) {
    probabilities.push_back(std::move(one.probability));
  }
  return figures_of(weights.labels, examples, probabilities);
}

PathFigures path_figures(const std::string& path, const std::vector<double>& probability,
                         const std::vector<int>& truth) {
  require(probability.size() == truth.size(),
          "path_figures: expected as many probabilities as truths");
  PathFigures figures;
  figures.path = path;
  figures.examples = static_cast<int>(truth.size());
  if (truth.empty()) return figures;
  double right = 0;
  for (std::size_t k = 0; k < truth.size(); ++k) {
    figures.positives += truth[k];
    right += (probability[k] >= 0.5) == (truth[k] == 1) ? 1 : 0;
  }
  figures.accuracy = right / static_cast<double>(truth.size());
  figures.calibration_error = expected_calibration_error(probability, truth);
  figures.average_precision = average_precision(probability, truth);
  figures.brier_skill = skill_over_base_rate(probability, truth);
  return figures;
}

}  // namespace foray::classifier
