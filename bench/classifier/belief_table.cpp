// Prints how far the probabilities of the program's own weights can be believed, node by node:
// calibration error and Brier skill on new frames of the instruments that it was trained on, and on
// frames of instruments that it has not seen. Not a timed benchmark.
//
// usage: foray_belief_table [FRAMES OF EACH [SEED OF THE UNSEEN [WEIGHTS]]]
//
// Intervals hold 95 % of 500 draws of whole instruments. The calibration error (ECE, ten equal bins
// of probability) of perfect probabilities is above 0 too: the last column is the mean of 200 sets
// of truths drawn from the probabilities themselves, on the unseen instruments.
//
// Below it: how often the likeliest geometry is the true one, the F1 of all paths below the true
// geometry together, each given that geometry and cut at one half, of its features alone too; the
// same where the cut gives the largest F1 on the frames of known instruments, and of those answers
// alone that stay as they are when what counts as visible takes two thirds, or one and a half
// times, of the counts; the accuracy of every aspect's question; and how often a child was given
// more than its parent.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "foray/classifier/training.h"
#include "foray/common/draws.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "foray/simulator/labels.h"
#include "intervals.h"
#include "training_frames.h"

namespace {

using foray::bench::Interval;
using foray::classifier::LabelledFrame;
using foray::classifier::PathFigures;

// Of the weights that are part of the program.
constexpr std::uint64_t kTrainingSeed = 20;

// One path on one set: the rows for which the truth is known.
struct Column {
  std::vector<double> probability;
  std::vector<int> truth;
  std::vector<std::int64_t> experiments;
};

// Truth of every path, by example.
using Truths = std::vector<std::vector<int>>;

Truths truths_of(const foray::classifier::LabelHierarchy& labels,
                 const std::vector<LabelledFrame>& examples) {
  Truths truths;
  for (const LabelledFrame& one : examples) {
    truths.push_back(foray::classifier::path_truth(labels, one.targets));
  }
  return truths;
}

// One set of frames: what is true of them, and what is said.
struct Judged {
  std::vector<std::string> paths;
  std::vector<std::vector<double>> probability;  // by example and path
  Truths truths;
  std::vector<std::int64_t> experiments;
  std::vector<bool> has_geometry;
};

Judged judged(const foray::classifier::Weights& weights,
              const std::vector<LabelledFrame>& examples) {
  Judged set{foray::classifier::label_paths(weights.labels), {}, {}, {}, {}};
  for (auto& one : foray::classifier::predict(weights, examples)) {
    set.probability.push_back(std::move(one.probability));
  }
  set.truths = truths_of(weights.labels, examples);
  for (const LabelledFrame& one : examples) {
    set.experiments.push_back(one.experiment);
    set.has_geometry.push_back(one.targets.softmax[0] >= 0);
  }
  return set;
}

std::vector<Column> columns_of(const Judged& set) {
  std::vector<Column> columns(set.paths.size());
  for (std::size_t k = 0; k < set.truths.size(); ++k) {
    for (std::size_t path = 0; path < columns.size(); ++path) {
      if (set.truths[k][path] < 0) continue;
      columns[path].probability.push_back(set.probability[k][path]);
      columns[path].truth.push_back(set.truths[k][path]);
      columns[path].experiments.push_back(set.experiments[k]);
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
      truth[k] = foray::chance(rng, column.probability[k]) ? 1 : 0;
    }
    sum += foray::classifier::path_figures("", column.probability, truth).calibration_error;
  }
  return sum / kDraws;
}

int positives(const Column& column) {
  return static_cast<int>(std::count(column.truth.begin(), column.truth.end(), 1));
}

void print_row(const std::string& name, const Column& known, const Column& unseen) {
  fmt::print("{:<52} {:>5} {:>5} {:>24} {:>24} {:>23} {:>23} {:>8.4f}\n", name, positives(known),
             positives(unseen), foray::bench::text_of(calibration_error(known), 4),
             foray::bench::text_of(calibration_error(unseen), 4),
             foray::bench::text_of(skill(known)), foray::bench::text_of(skill(unseen)),
             error_of_perfect_ones(unseen));
}

void print_nodes(const Judged& known, const Judged& unseen) {
  fmt::print("{:<52} {:>5} {:>5} {:>24} {:>24} {:>23} {:>23} {:>8}\n", "", "posi-", "tive",
             "calibration error", "", "Brier skill", "", "ECE of");
  fmt::print("{:<52} {:>5} {:>5} {:>24} {:>24} {:>23} {:>23} {:>8}\n", "path", "known", "other",
             "known", "unseen", "known", "unseen", "perfect");
  const auto known_columns = columns_of(known);
  const auto unseen_columns = columns_of(unseen);
  for (std::size_t path = 0; path < known.paths.size(); ++path) {
    print_row(known.paths[path], known_columns[path], unseen_columns[path]);
  }
}

// What is told of all frames of one set together.
struct Whole {
  std::vector<std::int64_t> experiments;                     // of frames that have a geometry
  std::vector<double> geometry_right;                        // of each of them
  std::vector<std::string> geometry;                         // the true one
  std::vector<std::array<double, 3>> found, features_found;  // true, false and missed positives
  std::map<std::string, double> accuracy;                    // of the aspects' questions
  int violations = 0;
};

bool is_below(const std::string& path, const std::string& above) {
  return path.size() > above.size() && path.compare(0, above.size(), above) == 0 &&
         path[above.size()] == '/';
}

// Adds one frame that has a geometry; `cut`: the share of its geometry's probability from which on
// a path is said.
void add_frame(const std::vector<std::string>& paths, const std::vector<double>& p,
               const std::vector<int>& truth, double cut, Whole& whole) {
  std::size_t root = 0;
  std::size_t best = 0;
  for (std::size_t k = 0; k < paths.size(); ++k) {
    if (paths[k].find('/') != std::string::npos) continue;
    if (truth[k] == 1) root = k;
    if (p[k] > p[best]) best = k;
  }
  std::array<double, 3> all{};
  std::array<double, 3> features{};
  for (std::size_t k = 0; k < paths.size(); ++k) {
    if (truth[k] < 0 || !is_below(paths[k], paths[root])) continue;
    const bool said = p[k] >= cut * p[root];
    if (!said && truth[k] == 0) continue;
    const std::size_t outcome = said && truth[k] == 1 ? 0 : (said ? 1 : 2);
    all[outcome] += 1;
    const bool is_feature = std::count(paths[k].begin(), paths[k].end(), '/') == 1;
    if (is_feature) features[outcome] += 1;
  }
  whole.geometry_right.push_back(best == root ? 1 : 0);
  whole.geometry.push_back(paths[root]);
  whole.found.push_back(all);
  whole.features_found.push_back(features);
}

Whole whole_of(const Judged& set, double cut = 0.5) {
  std::map<std::string, std::size_t> place;
  for (std::size_t k = 0; k < set.paths.size(); ++k) place[set.paths[k]] = k;
  Whole whole;
  std::map<std::string, int> asked;
  for (std::size_t k = 0; k < set.truths.size(); ++k) {
    const auto& p = set.probability[k];
    const auto& truth = set.truths[k];
    if (set.has_geometry[k]) {
      whole.experiments.push_back(set.experiments[k]);
      add_frame(set.paths, p, truth, cut, whole);
    }
    for (std::size_t path = 0; path < set.paths.size(); ++path) {
      const std::string& name = set.paths[path];
      const auto slash = name.rfind('/');
      if (slash == std::string::npos) continue;
      const auto parent = place.find(name.substr(0, slash));
      if (parent != place.end()) {
        whole.violations += p[path] > p[parent->second] + 1e-12 ? 1 : 0;
      } else if (truth[path] >= 0) {
        whole.accuracy[name] += (p[path] >= 0.5) == (truth[path] == 1) ? 1 : 0;
        ++asked[name];
      }
    }
  }
  for (auto& [path, right] : whole.accuracy) right /= asked[path];
  return whole;
}

double f1_of(const std::array<double, 3>& sum) {
  return 2 * sum[0] / std::max(1.0, 2 * sum[0] + sum[1] + sum[2]);
}

// The cut with the largest F1.
double best_cut(const Judged& set) {
  double best = 0.5;
  double highest = 0;
  for (double cut = 0.2; cut < 0.601; cut += 0.025) {
    std::array<double, 3> sum{};
    for (const auto& one : whole_of(set, cut).found) {
      for (std::size_t i = 0; i < 3; ++i) sum[i] += one[i];
    }
    if (f1_of(sum) <= highest) continue;
    highest = f1_of(sum);
    best = cut;
  }
  return best;
}

// Of the same examples by another rule of what is visible.
Truths truths_by(const foray::simulator::VisibilityRule& rule,
                 const foray::classifier::LabelHierarchy& labels, int instruments,
                 std::uint64_t seed, std::uint64_t first, int threads) {
  std::vector<Truths> parts(static_cast<std::size_t>(instruments));
  foray::parallel_for(instruments, threads, [&](std::int64_t i) {
    for (const auto& one : foray::app::frames_of_instrument(
             labels, seed, static_cast<std::uint64_t>(i), first, rule)) {
      parts[static_cast<std::size_t>(i)].push_back(
          foray::classifier::path_truth(labels, one.targets));
    }
  });
  Truths truths;
  for (auto& part : parts) truths.insert(truths.end(), part.begin(), part.end());
  return truths;
}

// The set without the answers that another rule of what is visible would change.
Judged without_borders(const foray::classifier::LabelHierarchy& labels, Judged set, int frames,
                       std::uint64_t seed, std::uint64_t first, int threads) {
  constexpr double kFactor = 1.5;
  const int each = foray::app::kFramesPerInstrument;
  const int instruments = (frames + each - 1) / each;
  const Truths truths = set.truths;
  for (const double factor : {kFactor, 1 / kFactor}) {
    foray::simulator::VisibilityRule rule;
    rule.signal_to_noise *= factor;
    rule.share *= factor;
    const Truths other = truths_by(rule, labels, instruments, seed, first, threads);
    if (other.size() != truths.size()) throw std::logic_error("another rule, other frames");
    for (std::size_t k = 0; k < truths.size(); ++k) {
      for (std::size_t path = 0; path < truths[k].size(); ++path) {
        const bool is_root = set.paths[path].find('/') == std::string::npos;
        if (!is_root && other[k][path] != truths[k][path]) set.truths[k][path] = -1;
      }
    }
  }
  return set;
}

Interval mean_of(const Whole& whole, const std::vector<double>& values) {
  return foray::bench::bootstrap(
      whole.experiments,
      [&](const auto& rows) {
        double sum = 0;
        for (const std::size_t k : rows) sum += values[k];
        return sum / static_cast<double>(rows.size());
      },
      4);
}

// Of the frames of one geometry where `only` names it.
Interval f1_interval(const Whole& whole, const std::vector<std::array<double, 3>>& found,
                     const std::string& only = "") {
  return foray::bench::bootstrap(
      whole.experiments,
      [&](const auto& rows) {
        std::array<double, 3> sum{};
        for (const std::size_t k : rows) {
          if (!only.empty() && whole.geometry[k] != only) continue;
          for (std::size_t i = 0; i < 3; ++i) sum[i] += found[k][i];
        }
        return f1_of(sum);
      },
      5);
}

void print_pair(const std::string& name, const Interval& a, const Interval& b) {
  fmt::print("{:<72} {:>24} {:>24}\n", name, foray::bench::text_of(a, 3),
             foray::bench::text_of(b, 3));
}

void print_f1(const std::string& name, const Whole& known, const Whole& unseen) {
  print_pair(name, f1_interval(known, known.found), f1_interval(unseen, unseen.found));
}

void print_whole(const Whole& known, const Whole& unseen) {
  print_pair("geometry right", mean_of(known, known.geometry_right),
             mean_of(unseen, unseen.geometry_right));
  print_f1("F1 of all paths below the true geometry", known, unseen);
  print_pair("F1 of its features", f1_interval(known, known.features_found),
             f1_interval(unseen, unseen.features_found));
  std::set<std::string> geometries(unseen.geometry.begin(), unseen.geometry.end());
  for (const std::string& one : geometries) {
    print_pair("F1 of all paths below " + one, f1_interval(known, known.found, one),
               f1_interval(unseen, unseen.found, one));
  }
}

void print_accuracy(const Whole& known, const Whole& unseen) {
  fmt::print("\n{:<52} {:>24} {:>24}\n", "accuracy", "known", "unseen");
  for (const auto& [path, right] : known.accuracy) {
    fmt::print("{:<52} {:>24.4f} {:>24.4f}\n", path, right, unseen.accuracy.at(path));
  }
  fmt::print("\nchildren more probable than their parent: {} and {}\n", known.violations,
             unseen.violations);
}

}  // namespace

int main(int argc, char** argv) {
  const int frames = argc > 1 ? std::atoi(argv[1]) : 2400;
  const auto seed = static_cast<std::uint64_t>(argc > 2 ? std::atoll(argv[2]) : 1);
  const auto weights =
      argc > 3 ? foray::classifier::read_weights(argv[3]) : foray::classifier::builtin_weights();
  const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const std::uint64_t known_seed = foray::derive_seed(kTrainingSeed, "training");
  const std::uint64_t unseen_seed = foray::derive_seed(seed, "believed");
  const auto known = foray::app::make_examples(weights.labels, frames, known_seed, threads, nullptr,
                                               foray::app::kFramesPerInstrument);
  const auto unseen =
      foray::app::make_examples(weights.labels, frames, unseen_seed, threads, nullptr);
  const Judged known_set = judged(weights, known);
  const Judged unseen_set = judged(weights, unseen);
  fmt::print("{} frames of known instruments, {} of unseen ones, seed {}\n", known.size(),
             unseen.size(), seed);
  print_nodes(known_set, unseen_set);
  const Whole of_known = whole_of(known_set);
  const Whole of_unseen = whole_of(unseen_set);
  fmt::print("\n{:<72} {:>24} {:>24}\n", "of all frames with a geometry", "known", "unseen");
  print_whole(of_known, of_unseen);
  const double cut = best_cut(known_set);
  print_f1(fmt::format("F1 of all paths, cut at {:.3f}, best on known instruments", cut),
           whole_of(known_set, cut), whole_of(unseen_set, cut));
  const Judged known_clear = without_borders(weights.labels, known_set, frames, known_seed,
                                             foray::app::kFramesPerInstrument, threads);
  const Judged unseen_clear =
      without_borders(weights.labels, unseen_set, frames, unseen_seed, 0, threads);
  print_f1("F1 of all paths, answers not at the border of what is visible", whole_of(known_clear),
           whole_of(unseen_clear));
  print_f1("the same, cut at that", whole_of(known_clear, cut), whole_of(unseen_clear, cut));
  print_accuracy(of_known, of_unseen);
}
