// Prints what labels of a user's own frames gain: the program's own weights as they are, with heads
// fitted at several strengths of what holds them, and with all arrays trained on, slowly, after the
// heads. Not a timed benchmark.
//
// usage: foray_tuning_table [USERS [FRAMES OF EACH [SEED [EPOCHS OF TRAINING ON]]]]
//
// A user has one instrument that no training frame came from, and labels half of the frames. Every
// other user's detector has a flat field that nobody corrected. Errors are squared differences
// between probabilities and truth, over all paths, on the other half and on frames of other
// instruments; in brackets what holds 95 % of 300 draws of whole users.

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "baseline_scores.h"
#include "foray/classifier/preprocessing.h"
#include "foray/classifier/training.h"
#include "foray/classifier/tuning.h"
#include "foray/common/random.h"
#include "intervals.h"
#include "training_frames.h"

namespace {

using foray::bench::PathScores;
using foray::bench::Picture;
using foray::classifier::LabelledFrame;
using foray::classifier::Weights;
using Examples = std::vector<LabelledFrame>;
using Indices = std::vector<std::size_t>;

// A fixed error of every pixel's gain, and a larger one of every eighth of the detector's sides.
void spoil_flat_field(foray::scattering::Image& counts, std::uint64_t seed) {
  constexpr Eigen::Index kParts = 8;
  foray::CounterStream pixels(seed, 0);
  foray::CounterStream parts(seed, 1);
  Eigen::ArrayXXd gains(kParts, kParts);
  for (double& gain : gains.reshaped()) gain = std::exp(0.3 * parts.normal());
  for (Eigen::Index i = 0; i < counts.rows(); ++i) {
    for (Eigen::Index j = 0; j < counts.cols(); ++j) {
      const double part = gains(i * kParts / counts.rows(), j * kParts / counts.cols());
      counts(i, j) = std::round(counts(i, j) * part * std::exp(0.1 * pixels.normal()));
    }
  }
}

// The instrument of each user: the first ones that give scattering patterns.
std::vector<std::uint64_t> instruments_of_users(const foray::classifier::LabelHierarchy& labels,
                                                std::uint64_t seed, int users) {
  const auto is_foreign = foray::classifier::foreign_test(labels);
  std::vector<std::uint64_t> instruments;
  for (std::uint64_t i = 0; static_cast<int>(instruments.size()) < users; ++i) {
    const auto frames = foray::app::frames_of_instrument(labels, seed, i);
    if (frames.empty() || is_foreign(frames.front().targets)) continue;
    instruments.push_back(i);
  }
  return instruments;
}

// Frames of one instrument, each an experiment of its own; `user` decides the flat field.
Examples frames_of_user(const foray::classifier::LabelHierarchy& labels, std::uint64_t seed,
                        int user, std::uint64_t instrument, int count) {
  const foray::classifier::Preprocessor preprocessor;
  Examples examples;
  for (int first = 0; static_cast<int>(examples.size()) < count && first < 2 * count;
       first += foray::app::kFramesPerInstrument) {
    for (auto& one : foray::app::frames_of_instrument(labels, seed, instrument,
                                                      static_cast<std::uint64_t>(first))) {
      if (user % 2 == 1) {
        spoil_flat_field(one.frame.counts,
                         foray::derive_seed(seed, static_cast<std::uint64_t>(user)));
      }
      const auto number = static_cast<std::int64_t>(examples.size());
      examples.push_back({preprocessor.prepare(one.frame), std::move(one.targets), number});
    }
  }
  return examples;
}

// What one way of tuning says of all users' frames, and whose they are.
struct Scored {
  PathScores scores;
  std::vector<Picture> truth;
  std::vector<std::int64_t> users;

  void add(const Weights& weights, const Examples& examples, int user) {
    for (auto& one : foray::classifier::predict(weights, examples)) {
      scores.push_back(std::move(one.probability));
    }
    for (const LabelledFrame& one : examples) {
      truth.push_back({nullptr, foray::classifier::path_truth(weights.labels, one.targets)});
      users.push_back(user);
    }
  }
};

struct Way {
  std::string name;
  double pull = 0;  // 0: as they are
  double rate = 0;  // 0: heads only
  Scored own{};
  Scored spoiled{};
  Scored others{};
};

double squared_error(const Scored& scored, const Indices& rows) {
  double sum = 0;
  double count = 0;
  for (const std::size_t k : rows) {
    for (std::size_t path = 0; path < scored.scores[k].size(); ++path) {
      const int truth = scored.truth[k].truth[path];
      if (truth < 0) continue;
      sum += std::pow(scored.scores[k][path] - truth, 2);
      count += 1;
    }
  }
  return sum / count;
}

std::string error_of(const Scored& scored) {
  const auto interval = foray::bench::bootstrap(
      scored.users, [&](const Indices& rows) { return squared_error(scored, rows); }, 1, 300);
  return fmt::format("{:.4f} ({:.4f} to {:.4f})", interval.value, interval.low, interval.high);
}

std::string f1_of(const Scored& scored) {
  const auto interval = foray::bench::bootstrap(
      scored.users,
      [&](const Indices& rows) {
        return foray::bench::hierarchical_f1(scored.scores, scored.truth, rows);
      },
      1, 300);
  return fmt::format("{:.3f} ({:.3f} to {:.3f})", interval.value, interval.low, interval.high);
}

Weights tuned(const Way& way, const Weights& weights, const Examples& labelled, int epochs) {
  if (way.pull == 0) return weights;
  foray::classifier::TuningOptions options;
  options.pull = way.pull;
  if (way.rate > 0) {
    options.epochs = epochs;
    options.learning_rate = way.rate;
  }
  return foray::classifier::tune(weights, labelled, options).weights;
}

}  // namespace

int main(int argc, char** argv) {
  const int users = argc > 1 ? std::atoi(argv[1]) : 8;
  const int frames = argc > 2 ? std::atoi(argv[2]) : 300;
  const auto seed = static_cast<std::uint64_t>(argc > 3 ? std::atoll(argv[3]) : 1);
  const int epochs = argc > 4 ? std::atoi(argv[4]) : 8;
  const Weights weights = foray::classifier::builtin_weights();
  const auto others = foray::app::make_examples(weights.labels, 200,
                                                foray::derive_seed(seed, "others"), 1, nullptr);
  std::vector<Way> ways = {{"as built in"}};
  for (const double pull : {3.0, 10.0, 30.0, 100.0, 300.0}) {
    ways.push_back({fmt::format("heads, pull {}", pull), pull});
  }
  for (const double rate : {1e-4, 3e-4}) {
    ways.push_back({fmt::format("then all, rate {}", rate), 30, rate});
  }
  std::size_t labels = 0;
  const std::uint64_t seed_of_users = foray::derive_seed(seed, "users");
  const auto instruments = instruments_of_users(weights.labels, seed_of_users, users);
  for (int user = 0; user < users; ++user) {
    const Examples all = frames_of_user(weights.labels, seed_of_users, user,
                                        instruments[static_cast<std::size_t>(user)], frames);
    const auto half = static_cast<std::ptrdiff_t>(all.size() / 2);
    const Examples labelled(all.begin(), all.begin() + half);
    const Examples test(all.begin() + half, all.end());
    labels += labelled.size();
    for (Way& way : ways) {
      const Weights own = tuned(way, weights, labelled, epochs);
      (user % 2 == 1 ? way.spoiled : way.own).add(own, test, user);
      way.others.add(own, others, user);
    }
    fmt::print(stderr, "user {}: {} frames\n", user, all.size());
  }
  fmt::print("{} users, {} labelled frames, seed {}\n", users, labels, seed);
  fmt::print(
      "| | error | F1 | error, flat field | F1, flat field | error, other instruments |\n"
      "|---|---|---|---|---|---|\n");
  for (const Way& way : ways) {
    fmt::print("| {} | {} | {} | {} | {} | {} |\n", way.name, error_of(way.own), f1_of(way.own),
               error_of(way.spoiled), f1_of(way.spoiled), error_of(way.others));
  }
}
