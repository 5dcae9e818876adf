#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "command.h"
#include "simulated_frames.h"

namespace foray::app {
namespace {

void print(const SimulationOptions& options, const SimulatedItem& item) {
  fmt::print("{} seed {}", options.sample, options.seed);
  if (item.position.size() > 0) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < item.coordinates.size(); ++i) {
      parts.push_back(fmt::format("{} = {}{}{}", item.coordinates[i],
                                  item.position[static_cast<Eigen::Index>(i)],
                                  item.units[i].empty() ? "" : " ", item.units[i]));
    }
    fmt::print(" at {}: {}", fmt::join(parts, ", "), item.truth.phase);
  }
  if (item.truth.grain_size > 0) {
    fmt::print(", grains of {:.1f} nm, period {:.2f} nm", item.truth.grain_size, item.truth.period);
  }
  for (const auto& [name, value] : item.truth.values) fmt::print(", {} = {:.4g}", name, value);
  fmt::print("\n{:.0f} counts in {} s\nvisible:", item.counts, options.exposure_s);
  if (item.truth.labels.empty()) fmt::print(" nothing");
  for (const std::string& label : item.truth.labels) fmt::print("\n  {}", label);
  fmt::print("\n");
}

// A line in a terminal that says how far a data set is; nothing in a pipe.
void show_progress(SimulationOptions& options) {
  if (options.count == 1 || isatty(STDERR_FILENO) == 0) return;
  const auto start = std::chrono::steady_clock::now();
  options.progress = [start, count = options.count](int done) {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    const double left = spent.count() * (count - done) / done;
    constexpr int kBar = 30;
    fmt::print(stderr, "\r[{:<{}}] {} of {} frames, {:.0f} s left {}",
               std::string(static_cast<std::size_t>(kBar * done / count), '='), kBar, done, count,
               left, done == count ? "\n" : "");
    std::fflush(stderr);
  };
}

void simulate(SimulationOptions options) {
  show_progress(options);
  const std::vector<SimulatedItem> items = simulate_frames(options);
  if (items.size() == 1) {
    print(options, items.front());
    return;
  }
  if (!options.out.empty()) {
    fmt::print("{} frames and truth.csv in {}\n", items.size(), options.out.string());
  }
  if (!options.preview.empty()) {
    fmt::print("{} previews in {}\n", items.size(), options.preview.string());
  }
}

}  // namespace

void add_simulate_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("simulate", "Simulate detector frames with their ground truth");
  // Shared by the parser, which fills it, and the callback, which reads it.
  auto options = std::make_shared<SimulationOptions>();
  options->threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  command
      ->add_option("--sample", options->sample,
                   "film_library, diblock_wedge, a file of a sample (*.json), or random: another "
                   "scene on another beamline in every frame")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "decides the hidden sample, positions and noise")
      ->capture_default_str();
  command->add_option("--at", options->at, "where to measure, x=3,y=12; drawn if not given");
  command->add_option("--exposure", options->exposure_s, "exposure time [s]")
      ->capture_default_str();
  command->add_option("--count", options->count, "frames; with more than one, paths are folders")
      ->capture_default_str();
  command
      ->add_option("--out", options->out,
                   "frame.h5 (NXsas), .tif, .npy, .edf or .cbf; a folder for more than one frame, "
                   "which also gets truth.csv")
      ->type_name("PATH");
  command->add_option("--format", options->format, "h5, tif, npy, edf or cbf, of a folder's frames")
      ->capture_default_str();
  command
      ->add_option("--preview", options->preview,
                   "frame.png, logarithmic, masked pixels grey; a folder for more than one frame")
      ->type_name("PATH");
  command->add_flag("--expected", options->expected,
                    "also write the expected counts without noise, STEM_expected.npy");
  command->add_option("--threads", options->threads, "files do not depend on it")
      ->capture_default_str();
  command->callback([options, &exit_code] {
    simulate(*options);
    exit_code = kExitDone;
  });
  command->footer(
      "example: foray simulate --sample film_library --seed 3 --at x=3,y=12 --exposure 1 "
      "--out frame.h5 --preview frame.png");
}

}  // namespace foray::app
