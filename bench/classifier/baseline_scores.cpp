#include "baseline_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace foray::bench {

namespace {

namespace cls = foray::classifier;

// What has a direction along the slow and the fast axis: changes signs, then places.
void turn_pair(int turn, float& slow, float& fast) {
  if ((turn & 4) != 0) std::swap(slow, fast);
  if ((turn & 1) != 0) slow = -slow;
  if ((turn & 2) != 0) fast = -fast;
}

// Distances from the beam, and all else of an image.
void turn_image(int turn, const std::vector<float>& from, std::vector<float>& to) {
  constexpr int kCells = cls::kImageSide * cls::kImageSide;
  for (int channel = 0; channel < cls::kImageChannels; ++channel) {
    turn_channel(from.data() + channel * kCells, turn, to.data() + channel * kCells);
  }
  for (int cell = 0; cell < kCells; ++cell) {
    turn_pair(turn, to[3 * kCells + cell], to[4 * kCells + cell]);
  }
}

// Sectors are centred on multiples of ten degrees from the fast axis.
void turn_polar(int turn, const std::vector<float>& from, std::vector<float>& to) {
  constexpr int kTurn = cls::kPolarSectors;
  for (std::size_t k = 0; k < from.size(); ++k) {
    int sector = static_cast<int>(k) % kTurn;
    if ((turn & 4) != 0) sector = kTurn + kTurn / 4 - sector;
    if ((turn & 1) != 0) sector = kTurn - sector % kTurn;
    if ((turn & 2) != 0) sector = kTurn + kTurn / 2 - sector % kTurn;
    to[k - k % kTurn + static_cast<std::size_t>(sector % kTurn)] = from[k];
  }
}

// Of 2 chi the cosine changes its sign with the axes' places, the sine with either one's direction.
void turn_curve(int turn, std::vector<float>& curve) {
  constexpr int kCosine = 10 * cls::kPolarBins;
  constexpr int kSine = 11 * cls::kPolarBins;
  const bool mirrored = ((turn & 1) != 0) != ((turn & 2) != 0);
  for (int bin = 0; bin < cls::kPolarBins; ++bin) {
    if ((turn & 4) != 0) curve[kCosine + bin] = -curve[kCosine + bin];
    if (mirrored) curve[kSine + bin] = -curve[kSine + bin];
  }
}

void turn_summary(int turn, std::vector<float>& summary) {
  // Where the beam stands, from the middle of the detector, in its sides.
  constexpr int kBeam = 2 * cls::kLags + 5;
  turn_pair(turn, summary[kBeam], summary[kBeam + 1]);
  // Two numbers each of the streaks up and down the slow and the fast axis.
  const auto streak = summary.begin() + 2 * cls::kLags + 28;
  if ((turn & 4) != 0) std::swap_ranges(streak, streak + 4, streak + 4);
  if ((turn & 1) != 0) std::swap_ranges(streak, streak + 2, streak + 2);
  if ((turn & 2) != 0) std::swap_ranges(streak + 4, streak + 6, streak + 6);
  // Three of full rows, three of full columns.
  const auto lines = summary.end() - 6;
  if ((turn & 4) != 0) std::swap_ranges(lines, lines + 3, lines + 3);
}

}  // namespace

classifier::LabelledFrame turned_example(const classifier::LabelledFrame& example, int turn) {
  classifier::LabelledFrame out = example;
  turn_image(turn, example.frame.image, out.frame.image);
  turn_polar(turn, example.frame.polar, out.frame.polar);
  turn_curve(turn, out.frame.curve);
  turn_summary(turn, out.frame.summary);
  return out;
}

void keep_hierarchy(const std::vector<std::string>& paths, PathScores& scores) {
  for (std::size_t path = 0; path < paths.size(); ++path) {
    const auto slash = paths[path].rfind('/');
    if (slash == std::string::npos) continue;
    const auto parent = static_cast<std::size_t>(
        std::find(paths.begin(), paths.end(), paths[path].substr(0, slash)) - paths.begin());
    if (parent == paths.size()) continue;  // an aspect is no path
    for (auto& one : scores) one[path] = std::min(one[path], one[parent]);
  }
}

double average_precision(const PathScores& scores, const std::vector<Picture>& test,
                         std::size_t path, const std::vector<std::size_t>& rows) {
  std::vector<double> probability;
  std::vector<int> truth;
  for (const std::size_t k : rows) {
    if (test[k].truth[path] < 0) continue;
    probability.push_back(scores[k][path]);
    truth.push_back(test[k].truth[path]);
  }
  const auto figures = classifier::path_figures("", probability, truth);
  return figures.positives > 0 ? figures.average_precision
                               : std::numeric_limits<double>::quiet_NaN();
}

double mean_average_precision(const PathScores& scores, const std::vector<Picture>& test,
                              const std::vector<std::size_t>& paths,
                              const std::vector<std::size_t>& rows) {
  double sum = 0;
  int count = 0;
  for (const std::size_t path : paths) {
    const double one = average_precision(scores, test, path, rows);
    if (std::isnan(one)) continue;
    sum += one;
    ++count;
  }
  return sum / count;
}

double hierarchical_f1(const PathScores& scores, const std::vector<Picture>& test,
                       const std::vector<std::size_t>& rows) {
  double both = 0;
  double either = 0;
  for (const std::size_t k : rows) {
    for (std::size_t path = 0; path < scores[k].size(); ++path) {
      const int truth = test[k].truth[path];
      if (truth < 0) continue;
      const int told = scores[k][path] >= 0.5 ? 1 : 0;
      both += told * truth;
      either += told + truth;
    }
  }
  return either > 0 ? 2 * both / either : 0;
}

}  // namespace foray::bench
