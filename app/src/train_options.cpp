#include "train_options.h"

#include <fmt/core.h>

#include <vector>

namespace foray::app {
namespace {

// What stands for --frames beside labelled ones: nothing is learnt from them, and they take about
// a minute of processor time.
constexpr int kFramesBesideLabelled = 4000;

void add_frame_options(CLI::App& command, TrainOptions& options) {
  command
      .add_option("--frames", options.frames,
                  fmt::format("simulated training frames; beside labelled ones those that are "
                              "known, {} unless given",
                              kFramesBesideLabelled))
      ->capture_default_str()
      ->check(CLI::Range(100, 1000000));
  command.add_option("--seed", options.seed, "of the frames and the networks")
      ->capture_default_str();
  command
      .add_option("--rounds", options.rounds,
                  "how often --frames others are simulated, each time while the networks learn "
                  "from the last ones; memory holds two rounds (about 165 kB a frame)")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command.add_option("--threads", options.threads, "0: as many as there are cores")
      ->capture_default_str()
      ->check(CLI::Range(0, 256));
  command
      .add_option("--false-alarms", options.false_alarms,
                  "share of frames of held-out instruments that count as unknown")
      ->capture_default_str()
      ->check(CLI::Range(1e-4, 0.5));
}

void add_network_options(CLI::App& command, TrainOptions& options) {
  command
      .add_option("--epochs", options.epochs,
                  "passes over the frames of a round; with --labelled passes over the labelled "
                  "frames in which all arrays are trained on after the heads, none unless given")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command.add_option("--members", options.members, "networks of the ensemble")
      ->capture_default_str()
      ->check(CLI::Range(1, 32));
  command
      .add_option("--width", options.width,
                  "how large the networks are: channels of their layers in multiples of the "
                  "narrowest; time to train and to classify grows with its square")
      ->capture_default_str()
      ->check(CLI::Range(1, 8));
  command.add_option("--batch", options.batch, "frames a step")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  command
      .add_option("--learning-rate", options.learning_rate,
                  "the highest of the schedule; larger batches want a larger one")
      ->capture_default_str()
      ->check(CLI::Range(1e-6, 1.0));
  command
      .add_option("--device", options.device,
                  "where the networks are trained: cpu, or cuda for a GPU, which takes the frames "
                  "into its memory (about 165 kB each)")
      ->capture_default_str()
      ->check(CLI::IsMember({"cpu", "cuda"}));
}

void add_trunk_options(CLI::App& command, TrainOptions& options) {
  auto* trunk = command.add_option(
      "--trunk", options.trunk,
      "network of somebody else's as TorchScript, which looks at the image in place of a branch "
      "that is trained; it becomes a part of the weights. One that you trust: it is run, with your "
      "rights");
  trunk->check(CLI::ExistingFile);
  command
      .add_option("--trunk-side", options.pictures.side,
                  "side of the pictures that it takes [pixels]")
      ->capture_default_str()
      ->needs(trunk);
  command.add_option("--trunk-channels", options.pictures.channels, "channels of them")
      ->capture_default_str()
      ->needs(trunk);
}

void add_start_options(CLI::App& command, TrainOptions& options) {
  auto* from = command.add_option(
      "--from", options.from,
      "keep the networks of these weights, or of 'builtin', and measure on the simulated frames "
      "only from where on a frame is unknown, or fit them to --labelled");
  command.add_option(
      "--start", options.start,
      "train the networks of these weights, or of 'builtin', on; their labels may be older ones");
  auto* labelled = command.add_option(
      "--labelled", options.labelled,
      "table of frames with the columns file, labels (such as transmission_small_angle/ring; all "
      "are in docs/classifier.md) and perhaps experiment: fits the heads of --from to them and, "
      "with --epochs, all arrays, which pays where the frames are unlike simulated ones");
  labelled->needs(from);
  command.add_option("--geometry", options.geometry, "PONI file of labelled frames")
      ->needs(labelled);
  command.add_option("--mask", options.mask, "image file; pixels that are not 0 are left out")
      ->needs(labelled);
}

void exclude(CLI::App& command, const std::string& one, const std::vector<std::string>& others) {
  for (const std::string& other : others) {
    command.get_option(one)->excludes(command.get_option(other));
  }
}

// What CLI11 cannot be told: which options go together only with a third.
void check_combination(const CLI::App& command) {
  const auto given = [&](const std::string& name) { return command.count(name) > 0; };
  // Networks that are kept are trained on labelled frames only.
  if (given("--from") && given("--epochs") && !given("--labelled")) {
    throw CLI::RequiresError("--from with --epochs", "--labelled");
  }
  // Nothing is simulated where heads alone are fitted.
  for (const std::string name : {"--frames", "--false-alarms"}) {
    if (given("--labelled") && given(name) && !given("--epochs")) {
      throw CLI::RequiresError("--labelled with " + name, "--epochs");
    }
  }
}

}  // namespace

void add_train_options(CLI::App& command, TrainOptions& options) {
  add_frame_options(command, options);
  add_network_options(command, options);
  add_trunk_options(command, options);
  add_start_options(command, options);
  command.add_option("--out", options.out, "weights file to write")->required();
  exclude(command, "--start", {"--members", "--width", "--trunk"});
  exclude(command, "--from",
          {"--start", "--rounds", "--members", "--width", "--batch", "--learning-rate", "--device",
           "--trunk"});
  command.footer(
      "example: foray train --frames 18000 --seed 1 --epochs 10 --out weights.bin\n"
      "         foray train --frames 300000 --epochs 20 --batch 256 --device cuda --out big.bin\n"
      "         foray train --start builtin --frames 10000 --rounds 20 --epochs 2 --out more.bin\n"
      "         foray train --from builtin --labelled labels.csv --out mine.weights\n"
      "         foray train --from builtin --labelled labels.csv --epochs 8 --out mine.weights");
}

void settle_train_options(const CLI::App& command, TrainOptions& options) {
  check_combination(command);
  if (options.labelled.empty()) return;
  if (command.count("--epochs") == 0) options.epochs = 0;
  if (command.count("--frames") == 0) options.frames = kFramesBesideLabelled;
}

}  // namespace foray::app
