// Prints how far the probabilities of the program's own weights can be believed, node by node:
// calibration error and Brier skill on new frames of the instruments that it was trained on, and on
// frames of instruments that it has not seen. Not a timed benchmark.
//
// usage: foray_belief_table [FRAMES OF EACH [SEED OF THE UNSEEN [WEIGHTS]]]
//
// Intervals hold 95 % of 500 draws of whole instruments. The calibration error (ECE, ten equal bins
// of probability) of perfect probabilities is above 0 too: the last column is the mean of 200 sets
// of truths drawn from the probabilities themselves, on the unseen instruments.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "foray/classifier/training.h"
#include "foray/common/random.h"
#include "intervals.h"
#include "training_frames.h"

namespace {

using foray::bench::Interval;
using foray::classifier::LabelledFrame;
using foray::classifier::PathFigures;

// Of the weights that are part of the program.
constexpr std::uint64_t kTrainingSeed = 1;

// One path on one set: the rows for which the truth is known.
struct Column {
  std::vector<double> probability;
  std::vector<int> truth;
  std::vector<std::int64_t> experiments;
};

std::vector<Column> columns_of(const foray::classifier::Weights& weights,
                               const std::vector<LabelledFrame>& examples) {
  const auto predictions = foray::classifier::predict(weights, examples);
  std::vector<Column> columns(foray::classifier::label_paths(weights.labels).size());
  for (std::size_t k = 0; k < examples.size(); ++k) {
    const auto truth = foray::classifier::path_truth(weights.labels, examples[k].targets);
    for (std::size_t path = 0; path < columns.size(); ++path) {
      if (truth[path] < 0) continue;
      columns[path].probability.push_back(predictions[k].probability[path]);
      columns[path].truth.push_back(truth[path]);
      columns[path].experiments.push_back(examples[k].experiment);
    }
  }
  return columns;
}

PathFigures figures_of(const Column& column, const std::vector<std::size_t>& rows) {
  std::vector<double> probability;
  std::vector<int> truth;
  for (const std::size_t k : rows) {
    probability.push_back(column.probability[k]);
    truth.push_back(column.truth[k]);
  }
  return foray::classifier::path_figures("", probability, truth);
}

Interval calibration_error(const Column& column) {
  return foray::bench::bootstrap(
      column.experiments,
      [&](const auto& rows) { return figures_of(column, rows).calibration_error; }, 1);
}

Interval skill(const Column& column) {
  return foray::bench::bootstrap(
      column.experiments,
      [&](const auto& rows) {
        const PathFigures figures = figures_of(column, rows);
        const bool both = figures.positives > 0 && figures.positives < figures.examples;
        return both ? figures.brier_skill : std::numeric_limits<double>::quiet_NaN();
      },
      2);
}

double error_of_perfect_ones(const Column& column) {
  constexpr int kDraws = 200;
  foray::Rng rng(3);
  double sum = 0;
  std::vector<int> truth(column.truth.size());
  for (int draw = 0; draw < kDraws; ++draw) {
    for (std::size_t k = 0; k < truth.size(); ++k) {
      const double uniform = static_cast<double>(rng() >> 11) * 0x1.0p-53;
      truth[k] = uniform < column.probability[k] ? 1 : 0;
    }
    sum += foray::classifier::path_figures("", column.probability, truth).calibration_error;
  }
  return sum / kDraws;
}

int positives(const Column& column) {
  return static_cast<int>(std::count(column.truth.begin(), column.truth.end(), 1));
}

void print_row(const std::string& name, const Column& known, const Column& unseen) {
  fmt::print("{:<44} {:>5} {:>5} {:>24} {:>24} {:>23} {:>23} {:>8.4f}\n", name, positives(known),
             positives(unseen), foray::bench::text_of(calibration_error(known), 4),
             foray::bench::text_of(calibration_error(unseen), 4),
             foray::bench::text_of(skill(known)), foray::bench::text_of(skill(unseen)),
             error_of_perfect_ones(unseen));
}

}  // namespace

int main(int argc, char** argv) {
  const int frames = argc > 1 ? std::atoi(argv[1]) : 2400;
  const auto seed = static_cast<std::uint64_t>(argc > 2 ? std::atoll(argv[2]) : 1);
  const auto weights =
      argc > 3 ? foray::classifier::read_weights(argv[3]) : foray::classifier::builtin_weights();
  const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const auto known = foray::app::make_examples(weights.labels, frames,
                                               foray::derive_seed(kTrainingSeed, "training"),
                                               threads, nullptr, foray::app::kFramesPerInstrument);
  const auto unseen = foray::app::make_examples(
      weights.labels, frames, foray::derive_seed(seed, "believed"), threads, nullptr);
  const auto known_columns = columns_of(weights, known);
  const auto unseen_columns = columns_of(weights, unseen);
  fmt::print("{} frames of known instruments, {} of unseen ones, seed {}\n", known.size(),
             unseen.size(), seed);
  fmt::print("{:<44} {:>5} {:>5} {:>24} {:>24} {:>23} {:>23} {:>8}\n", "", "posi-", "tive",
             "calibration error", "", "Brier skill", "", "ECE of");
  fmt::print("{:<44} {:>5} {:>5} {:>24} {:>24} {:>23} {:>23} {:>8}\n", "path", "known", "other",
             "known", "unseen", "known", "unseen", "perfect");
  const auto paths = foray::classifier::label_paths(weights.labels);
  for (std::size_t path = 0; path < paths.size(); ++path) {
    print_row(paths[path], known_columns[path], unseen_columns[path]);
  }
}
