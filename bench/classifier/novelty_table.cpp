// Prints how well frames of kinds that the classifier was never trained on are told from simulated
// frames of instruments that it has not seen: by the score that it reports, and by others that
// could stand in its place. Not a timed benchmark.
//
// usage: foray_novelty_table [FRAMES OF EACH KIND [SEED OF THE KINDS [WEIGHTS]]]
//
// Areas under the curve (AUROC) have 95 % intervals from 500 draws of whole instruments.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

#include "ensemble_run.h"
#include "foray/classifier/preprocessing.h"
#include "foray/classifier/training.h"
#include "foray/common/parallel.h"
#include "intervals.h"
#include "network.h"
#include "novelty.h"
#include "novelty_scores.h"
#include "training_frames.h"
#include "unseen_kinds.h"

namespace {

using foray::Rng;
using foray::classifier::EnsembleResult;
using foray::classifier::LabelledFrame;
using foray::classifier::PreparedFrame;
using Examples = std::vector<LabelledFrame>;
using foray::bench::Scores;

constexpr std::uint64_t kTrainingSeed = 20;  // of the weights that are part of the program
// For each frame of an unseen kind: training frames that the scores know, and frames of instruments
// that were not seen.
constexpr int kReference = 20;
constexpr int kUsual = 12;

const int kThreads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));

// A kind's frames, each with the number of its instrument.
struct Kind {
  std::string name;
  Examples frames;
};

LabelledFrame example(const foray::scattering::Frame& frame, std::int64_t experiment) {
  // Nothing is true of a frame of an unseen kind; what stands for it is not looked at.
  const auto labels = foray::classifier::default_hierarchy();
  const foray::classifier::Preprocessor preprocessor;
  return {preprocessor.prepare(frame),
          foray::classifier::encode_labels(labels, {labels.roots[0].name}), experiment};
}

Kind draw_kind(const std::string& name, int frames, std::uint64_t seed) {
  Kind kind{name, Examples(frames)};
  foray::parallel_for(frames, kThreads, [&](std::int64_t k) {
    const auto index = static_cast<std::uint64_t>(k);
    kind.frames[k] = example(foray::bench::draw_unseen(name, seed, index), k);
  });
  return kind;
}

// Every other frame of instruments of their own, spoilt in all ways.
std::vector<Kind> spoil_frames(int frames, std::uint64_t seed) {
  const auto names = foray::bench::spoilt_kinds();
  const int instruments =
      (2 * frames + foray::app::kFramesPerInstrument - 1) / foray::app::kFramesPerInstrument;
  std::vector<std::vector<Examples>> parts(instruments, std::vector<Examples>(names.size()));
  const auto labels = foray::classifier::default_hierarchy();
  foray::parallel_for(instruments, kThreads, [&](std::int64_t i) {
    const std::uint64_t own = foray::derive_seed(seed, "spoilt");
    const auto made = foray::app::frames_of_instrument(labels, own, static_cast<std::uint64_t>(i));
    for (std::size_t k = 0; k < made.size(); k += 2) {
      for (std::size_t n = 0; n < names.size(); ++n) {
        Rng rng(foray::derive_seed(foray::derive_seed(own, names[n]), 8 * i + k));
        parts[i][n].push_back(example(foray::bench::spoil(names[n], made[k].frame, rng), i));
      }
    }
  });
  std::vector<Kind> kinds;
  for (std::size_t n = 0; n < names.size(); ++n) {
    kinds.push_back({names[n], {}});
    for (auto& part : parts) {
      std::move(part[n].begin(), part[n].end(), std::back_inserter(kinds.back().frames));
    }
  }
  return kinds;
}

// One line: areas under the curve for every kind, and for all of them together.
void print(const std::string& name, const Examples& usual, const Scores& usual_scores,
           const std::vector<Kind>& kinds, const std::vector<Scores>& kind_scores) {
  std::vector<std::int64_t> all_experiments;
  Scores all_scores = usual_scores;
  std::vector<bool> all_unusual(usual.size(), false);
  for (const auto& one : usual) all_experiments.push_back(one.experiment);
  const auto own_experiments = all_experiments;
  std::string line;
  std::int64_t offset = 1 << 20;  // no experiment of two kinds has the same number
  for (std::size_t n = 0; n < kinds.size(); ++n) {
    auto experiments = own_experiments;
    Scores scores = usual_scores;
    std::vector<bool> unusual(usual.size(), false);
    for (std::size_t k = 0; k < kinds[n].frames.size(); ++k) {
      experiments.push_back(offset + kinds[n].frames[k].experiment);
      scores.push_back(kind_scores[n][k]);
      unusual.push_back(true);
    }
    all_experiments.insert(all_experiments.end(), experiments.begin() + usual.size(),
                           experiments.end());
    all_scores.insert(all_scores.end(), kind_scores[n].begin(), kind_scores[n].end());
    all_unusual.resize(all_scores.size(), true);
    offset += 1 << 20;
    const auto area = foray::bench::bootstrap(
        experiments,
        [&](const auto& rows) { return foray::bench::area_under_curve(scores, unusual, rows); }, n);
    line += fmt::format(" {:>21}", foray::bench::text_of(area));
  }
  const auto area = foray::bench::bootstrap(
      all_experiments,
      [&](const auto& rows) {
        return foray::bench::area_under_curve(all_scores, all_unusual, rows);
      },
      99);
  fmt::print("{:<32} {:>21}{}\n", name, foray::bench::text_of(area), line);
}

// Shares of frames that count as unknown.
void print_unknown(const foray::classifier::Weights& weights, const Examples& usual,
                   const std::vector<Kind>& kinds) {
  if (weights.known.mean.empty()) return;
  const auto share = [&](const Examples& frames) {
    std::vector<std::int64_t> experiments;
    for (const auto& one : frames) experiments.push_back(one.experiment);
    const auto predictions = foray::classifier::predict(weights, frames);
    return foray::bench::bootstrap(
        experiments,
        [&](const std::vector<std::size_t>& rows) {
          double unknown = 0;
          for (const std::size_t k : rows) unknown += predictions[k].novelty > 0 ? 1 : 0;
          return unknown / static_cast<double>(rows.size());
        },
        7);
  };
  fmt::print("\nshare called unknown, at {} of the frames that the threshold is from\n",
             weights.known.false_alarms);
  fmt::print("{:<32} {:>21}\n", "instruments not seen", foray::bench::text_of(share(usual)));
  for (const Kind& kind : kinds) {
    fmt::print("{:<32} {:>21}\n", kind.name, foray::bench::text_of(share(kind.frames)));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int frames = argc > 1 ? std::atoi(argv[1]) : 200;
  const auto seed = static_cast<std::uint64_t>(argc > 2 ? std::atoll(argv[2]) : 1);
  const auto weights =
      argc > 3 ? foray::classifier::read_weights(argv[3]) : foray::classifier::builtin_weights();
  const auto examples = [&](int count, const char* name, std::uint64_t of) {
    return foray::app::make_examples(weights.labels, count, foray::derive_seed(of, name), kThreads,
                                     nullptr);
  };
  Examples reference = examples(kReference * frames, "training", kTrainingSeed);
  // Some of the scores compare frames of one geometry.
  reference.erase(
      std::remove_if(reference.begin(), reference.end(),
                     [](const LabelledFrame& one) { return one.targets.softmax[0] < 0; }),
      reference.end());
  Examples usual = examples(kUsual * frames, "usual", seed);
  const int foreign = foray::classifier::foreign_output(weights.labels);
  const auto is_foreign = foray::classifier::foreign_test(weights.labels);
  usual.erase(std::remove_if(usual.begin(), usual.end(),
                             [&](const LabelledFrame& one) { return is_foreign(one.targets); }),
              usual.end());
  std::vector<Kind> kinds;
  for (const std::string& name : foray::bench::drawn_kinds()) {
    kinds.push_back(draw_kind(name, frames, seed));
  }
  for (Kind& kind : spoil_frames(frames, seed)) kinds.push_back(std::move(kind));
  const int outputs = foray::classifier::output_layout(weights.labels).outputs;
  const auto ensemble = foray::classifier::make_ensemble(weights.members, outputs, "weights");
  std::vector<int> roots;
  for (const auto& one : reference) roots.push_back(one.targets.softmax[0]);
  fmt::print(
      "{} reference frames, {} of instruments not seen, up to {} of each unseen kind, seed {}\n",
      reference.size(), usual.size(), frames, seed);
  fmt::print("{:<32} {:>21}", "AUROC by", "all kinds");
  for (const Kind& kind : kinds) fmt::print(" {:>21}", kind.name);
  fmt::print("\n{:<32} {:>21}", "frames", "");
  for (const Kind& kind : kinds) fmt::print(" {:>21}", kind.frames.size());
  fmt::print("\n");
  const EnsembleResult usual_result = foray::classifier::run_all(*ensemble, usual);
  std::vector<EnsembleResult> kind_results;
  for (const Kind& kind : kinds)
    kind_results.push_back(foray::classifier::run_all(*ensemble, kind.frames));
  for (const auto& method : foray::bench::novelty_methods(
           foray::classifier::run_all(*ensemble, reference), roots, outputs, foreign)) {
    std::vector<Scores> kind_scores;
    for (const auto& result : kind_results) kind_scores.push_back(method.score(result));
    print(method.name, usual, method.score(usual_result), kinds, kind_scores);
  }
  print_unknown(weights, usual, kinds);
}
