#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "command.h"
#include "foray/classifier/classifier.h"
#include "foray/classifier/preprocessing.h"
#include "foray/classifier/training.h"
#include "foray/classifier/tuning.h"
#include "foray/common/random.h"
#include "foray/files/image_file.h"
#include "foray/files/poni.h"
#include "labelled_frames.h"
#include "run_folder.h"
#include "train_options.h"
#include "training_frames.h"

namespace foray::app {
namespace {

// Held-out sets are drawn with seeds of their own, hence on other instruments and samples.
constexpr double kCalibrationShare = 0.15;
constexpr double kTestShare = 0.2;
// More do not make the figures of rare paths much better.
constexpr int kMostHeldOut = 12000;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<classifier::LabelledFrame> simulate_set(const std::string& name, int frames,
                                                    std::uint64_t seed, const TrainOptions& options,
                                                    const Trunk& trunk) {
  const auto start = std::chrono::steady_clock::now();
  int next = 1000;
  const auto progress = [&](int made) {
    if (made < next) return;
    next += 1000;
    fmt::print(stderr, "{}: {} of about {} frames, {:.0f} s\n", name, made, frames,
               seconds_since(start));
  };
  auto examples = make_examples(classifier::default_hierarchy(), frames, seed, options.threads,
                                progress, 0, trunk);
  fmt::print("{}: {} frames in {:.0f} s\n", name, examples.size(), seconds_since(start));
  return examples;
}

// Sets of other names have other instruments and samples.
std::vector<classifier::LabelledFrame> simulate_set(const char* name, int frames,
                                                    const TrainOptions& options,
                                                    const Trunk& trunk) {
  return simulate_set(name, frames, derive_seed(options.seed, name), options, trunk);
}

// Those of a round; the first are those of a training of one round.
std::vector<classifier::LabelledFrame> simulate_round(int round, const TrainOptions& options,
                                                      const Trunk& trunk) {
  std::string name = "training";
  std::uint64_t seed = derive_seed(options.seed, name);
  if (options.rounds > 1) name += fmt::format(", round {} of {}", round + 1, options.rounds);
  if (round > 0) seed = derive_seed(seed, static_cast<std::uint64_t>(round));
  return simulate_set(name, options.frames, seed, options, trunk);
}

// How many frames a share of all simulated training frames is.
int held_out_count(const TrainOptions& options, double share) {
  return static_cast<int>(
      std::min<double>(kMostHeldOut, static_cast<double>(options.rounds) * options.frames * share));
}

void print_figures(const std::vector<classifier::PathFigures>& figures) {
  fmt::print("{:<52} {:>8} {:>9} {:>9} {:>7} {:>7} {:>7}\n", "path", "frames", "positive",
             "accuracy", "ECE", "AP", "skill");
  for (const auto& path : figures) {
    fmt::print("{:<52} {:>8} {:>9} {:>9.4f} {:>7.4f} {:>7.4f} {:>7.4f}\n", path.path, path.examples,
               path.positives, path.accuracy, path.calibration_error, path.average_precision,
               path.brier_skill);
  }
}

void print_unknown(const classifier::Weights& weights,
                   const std::vector<classifier::LabelledFrame>& test, int threads) {
  if (weights.known.mean.empty() || test.empty()) return;
  struct Share {
    int unknown = 0, frames = 0;
  };
  Share patterns;
  Share foreign;
  const auto is_foreign = classifier::foreign_test(weights.labels);
  const auto predictions = classifier::predict(weights, test, threads);
  for (std::size_t k = 0; k < test.size(); ++k) {
    Share& own = is_foreign(test[k].targets) ? foreign : patterns;
    own.frames += 1;
    own.unknown += predictions[k].novelty > 0 ? 1 : 0;
  }
  fmt::print("unknown: {} of {} frames ({:.4f}), {:.4f} of those that the threshold is from",
             patterns.unknown, patterns.frames,
             static_cast<double>(patterns.unknown) / std::max(1, patterns.frames),
             weights.known.false_alarms);
  if (foreign.frames > 0) fmt::print("; {} of {} foreign ones", foreign.unknown, foreign.frames);
  fmt::print("\n");
}

void check(const TrainOptions& options) {
  if (!classifier::available()) {
    throw std::runtime_error("train: expected a program with LibTorch, this one was built without");
  }
  if (options.device == "cuda" && !classifier::finds_gpu()) {
    throw std::runtime_error("--device cuda: expected a GPU that LibTorch can use, found none");
  }
  const auto folder = options.out.parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder)) {
    throw std::invalid_argument("--out: expected a file in an existing folder, got " +
                                options.out.string());
  }
}

using Examples = std::vector<classifier::LabelledFrame>;

// The network of somebody else's that --trunk names.
std::optional<classifier::ForeignTrunk> named_trunk(const TrainOptions& options) {
  if (options.trunk.empty()) return std::nullopt;
  return classifier::ForeignTrunk{read_text(options.trunk), options.pictures.side,
                                  options.pictures.channels};
}

classifier::TrainingOptions settings_of(const TrainOptions& options,
                                        const std::optional<classifier::ForeignTrunk>& trunk,
                                        const std::optional<classifier::Weights>& start) {
  classifier::TrainingOptions settings;
  settings.rounds = options.rounds;
  settings.members = options.members;
  settings.epochs = options.epochs;
  settings.batch = options.batch;
  settings.seed = options.seed;
  settings.threads = options.threads;
  settings.width = options.width;
  settings.learning_rate = options.learning_rate;
  settings.on_gpu = options.device == "cuda";
  settings.false_alarms = options.false_alarms;
  settings.description = fmt::format(
      "foray train --frames {} --seed {} --rounds {} --epochs {} --batch {} --learning-rate {} "
      "--device {}",
      options.frames, options.seed, options.rounds, options.epochs, options.batch,
      options.learning_rate, options.device);
  settings.trunk = trunk;
  settings.start = start;
  if (start) {
    settings.trunk = start->trunk;
    settings.description += fmt::format(" --start W, where W is: {}", start->description);
    return settings;
  }
  settings.description += fmt::format(" --members {} --width {}", options.members, options.width);
  if (trunk) {
    settings.description += fmt::format(" --trunk {} --trunk-side {} --trunk-channels {}",
                                        std::filesystem::path(options.trunk).filename().string(),
                                        options.pictures.side, options.pictures.channels);
  }
  return settings;
}

// Simulates what the networks learn from round by round, while they learn.
classifier::Weights train_networks(const Examples& calibration, const TrainOptions& options,
                                   classifier::TrainingOptions settings, const Trunk& trunk) {
  const auto start = std::chrono::steady_clock::now();
  settings.progress = [&](int member, int epoch, double loss) {
    fmt::print(stderr, "network {}, epoch {} of {}: loss {:.4f}, {:.0f} s\n", member + 1, epoch,
               options.rounds * options.epochs, loss, seconds_since(start));
  };
  const auto labels = classifier::default_hierarchy();
  const auto source = [&](int round) { return simulate_round(round, options, trunk); };
  auto weights = classifier::train(labels, source, calibration, settings);
  fmt::print("trained in {:.0f} s on labels of version {}: {}\n", seconds_since(start),
             classifier::default_hierarchy_version(), settings.description);
  return weights;
}

classifier::Weights weights_of(const std::string& from) {
  return from == "builtin" ? classifier::builtin_weights() : classifier::read_weights(from);
}

// The weights of --from: read before thousands of frames are simulated for them.
classifier::Weights read_networks(const std::string& from) {
  auto weights = weights_of(from);
  const auto ours = classifier::default_hierarchy();
  if (classifier::label_paths(weights.labels) != classifier::label_paths(ours) ||
      classifier::output_layout(weights.labels).outputs !=
          classifier::output_layout(ours).outputs) {
    throw std::runtime_error(from + ": expected weights of the labels of simulated frames");
  }
  return weights;
}

std::optional<classifier::Weights> read_start(const TrainOptions& options) {
  if (options.start.empty()) return std::nullopt;
  return weights_of(options.start);
}

classifier::Weights keep_networks(classifier::Weights weights, const Examples& training,
                                  const Examples& calibration, const TrainOptions& options) {
  weights.description += fmt::format("; known frames: --frames {} --seed {} --false-alarms {}",
                                     options.frames, options.seed, options.false_alarms);
  return classifier::with_known_frames(std::move(weights), training, calibration,
                                       options.false_alarms, options.threads);
}

// Mean skill of the paths that the labelled frames have.
double mean_skill(const std::vector<classifier::PathFigures>& figures) {
  double sum = 0;
  int count = 0;
  for (const auto& path : figures) {
    if (path.positives == 0 || path.positives == path.examples) continue;
    sum += path.brier_skill;
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

// Paths of which the labelled frames have none are left out.
void print_tuning(const classifier::Tuning& tuning) {
  fmt::print("{:<52} {:>7} {:>8}  {:<15} {:<15} {:<15} {:<15}\n", "path (before, after)", "frames",
             "positive", "accuracy", "ECE", "AP", "skill");
  for (std::size_t k = 0; k < tuning.before.size(); ++k) {
    const auto& before = tuning.before[k];
    const auto& after = tuning.after[k];
    if (before.positives == 0) continue;
    fmt::print(
        "{:<52} {:>7} {:>8}  {:.4f} {:.4f}   {:.4f} {:.4f}   {:.4f} {:.4f}   {:.4f} {:.4f}\n",
        before.path, before.examples, before.positives, before.accuracy, after.accuracy,
        before.calibration_error, after.calibration_error, before.average_precision,
        after.average_precision, before.brier_skill, after.brier_skill);
  }
}

LabelledSet read_labelled_set(const classifier::Weights& networks,
                              const classifier::Preprocessor& preprocessor,
                              const TrainOptions& options) {
  files::ReadOptions reading;
  if (!options.geometry.empty()) reading.geometry = files::read_poni(options.geometry);
  if (!options.mask.empty()) reading.mask = files::read_mask(options.mask);
  LabelledSet set = read_labelled(networks.labels, options.labelled, reading, preprocessor);
  if (set.without_geometry > 0) {
    fmt::print(stderr, "foray: {} of {} frames hold no geometry; give one with --geometry\n",
               set.without_geometry, set.examples.size());
  }
  fmt::print("{} frames of {} experiments\n", set.examples.size(), set.experiments);
  return set;
}

classifier::Tuning tune_to(const classifier::Weights& networks, const Examples& labelled,
                           const TrainOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  classifier::TuningOptions settings;
  settings.epochs = options.epochs;
  settings.seed = options.seed;
  settings.threads = options.threads;
  settings.progress = [&](const classifier::TuningProgress& now) {
    fmt::print(stderr, "part {} of {}, network {}, epoch {} of {}: loss {:.4f}, {:.0f} s\n",
               now.part + 1, now.parts, now.member + 1, now.epoch, options.epochs, now.loss,
               seconds_since(start));
  };
  return classifier::tune(networks, labelled, settings);
}

// Measures what networks know that were trained on, and what that cost elsewhere: on simulated
// frames, which they were neither trained on nor calibrated with.
classifier::Weights know_anew(classifier::Weights tuned, const classifier::Weights& before,
                              const Examples& labelled, const TrainOptions& options,
                              const Trunk& trunk) {
  auto known = simulate_round(0, options, trunk);
  const auto held_out =
      simulate_set("calibration", held_out_count(options, kCalibrationShare), options, trunk);
  known.insert(known.end(), labelled.begin(), labelled.end());
  auto weights = keep_networks(std::move(tuned), known, held_out, options);
  weights.description += " and the labelled ones";
  fmt::print("simulated frames of other instruments: mean skill {:.3f} before, {:.3f} after\n",
             mean_skill(classifier::evaluate(before, held_out, options.threads)),
             mean_skill(classifier::evaluate(weights, held_out, options.threads)));
  return weights;
}

double unknown_share(const classifier::Weights& weights, const Examples& examples, int threads) {
  const auto predictions = classifier::predict(weights, examples, threads);
  const auto unknown = std::count_if(predictions.begin(), predictions.end(),
                                     [](const auto& one) { return one.novelty > 0; });
  return static_cast<double>(unknown) / static_cast<double>(examples.size());
}

// Fits the weights of --from to a user's frames: the heads and, with --epochs, all arrays.
void tune_networks(const TrainOptions& options) {
  const bool trained = options.epochs > 0;
  const auto networks = trained ? read_networks(options.from) : weights_of(options.from);
  const Trunk trunk = classifier::trunk_of(networks, options.from);
  const LabelledSet set = read_labelled_set(networks, classifier::Preprocessor(trunk), options);
  auto tuning = tune_to(networks, set.examples, options);
  print_tuning(tuning);
  const std::string gain =
      fmt::format("mean skill {:.3f} before, {:.3f} after on held-out experiments",
                  mean_skill(tuning.before), mean_skill(tuning.after));
  fmt::print("{}\n", gain);
  tuning.weights.description += fmt::format(
      "; {} to {} frames of {} experiments of {}, seed {}: {}",
      trained
          ? fmt::format("heads fitted and then all arrays trained on for {} epochs", options.epochs)
          : "heads fitted",
      set.examples.size(), set.experiments, options.labelled.filename().string(), options.seed,
      gain);
  if (trained) {
    tuning.weights = know_anew(std::move(tuning.weights), networks, set.examples, options, trunk);
    fmt::print(
        "unknown: {:.4f} of the labelled frames before, {:.4f} after, when they are among "
        "the known ones\n",
        tuning.unknown_before, unknown_share(tuning.weights, set.examples, options.threads));
  } else {
    fmt::print("unknown: {:.4f} of the frames before, {:.4f} after on held-out experiments\n",
               tuning.unknown_before, tuning.unknown_after);
  }
  classifier::write_weights(options.out, tuning.weights);
  fmt::print("wrote {} ({} bytes)\n", options.out.string(),
             std::filesystem::file_size(options.out));
}

void train(TrainOptions options) {
  check(options);
  if (options.threads == 0) {
    options.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }
  if (!options.labelled.empty()) {
    tune_networks(options);
    return;
  }
  const auto networks = options.from.empty() ? classifier::Weights{} : read_networks(options.from);
  const auto start = read_start(options);
  // Read once: the file may be another one when the frames are simulated.
  const auto named = named_trunk(options);
  const Trunk trunk = named ? std::make_shared<const classifier::ImageEncoder>(
                                  named->torchscript, options.trunk, options.pictures)
                      : start ? classifier::trunk_of(*start, options.start)
                              : classifier::trunk_of(networks, options.from);
  const auto calibration =
      simulate_set("calibration", held_out_count(options, kCalibrationShare), options, trunk);
  const auto test = simulate_set("test", held_out_count(options, kTestShare), options, trunk);
  const auto weights =
      options.from.empty()
          ? train_networks(calibration, options, settings_of(options, named, start), trunk)
          : keep_networks(networks, simulate_round(0, options, trunk), calibration, options);
  classifier::write_weights(options.out, weights);
  fmt::print("held-out instruments:\n");
  print_figures(classifier::evaluate(weights, test, options.threads));
  print_unknown(weights, test, options.threads);
  fmt::print("wrote {} ({} bytes)\n", options.out.string(),
             std::filesystem::file_size(options.out));
}

}  // namespace

void add_train_command(CLI::App& app, int& /*exit_code*/) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* command = app.add_subcommand(
      "train", "Train the frame classifier on simulated frames and write its weights");
  add_train_options(*command, *options);
  command->callback([options, command] {
    settle_train_options(*command, *options);
    train(*options);
  });
}

}  // namespace foray::app
