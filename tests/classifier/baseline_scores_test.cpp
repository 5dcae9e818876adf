#include "baseline_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <utility>

#include "classifier/toy_frames.h"
#include "foray/classifier/preprocessing.h"

namespace foray::classifier::baseline_scores_test {
namespace {

using bench::Picture;

// The frame of a detector that was turned or mirrored, pixel by pixel.
scattering::Frame turned_frame(const scattering::Frame& frame, int turn) {
  const bool swapped = (turn & 4) != 0;
  scattering::Frame out = frame;
  const Eigen::Index rows = swapped ? frame.counts.cols() : frame.counts.rows();
  const Eigen::Index columns = swapped ? frame.counts.rows() : frame.counts.cols();
  out.counts.resize(rows, columns);
  out.mask.resize(rows, columns);
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index j = 0; j < columns; ++j) {
      Eigen::Index from_row = (turn & 1) != 0 ? rows - 1 - i : i;
      Eigen::Index from_column = (turn & 2) != 0 ? columns - 1 - j : j;
      if (swapped) std::swap(from_row, from_column);
      out.counts(i, j) = frame.counts(from_row, from_column);
      out.mask(i, j) = frame.mask(from_row, from_column);
    }
  }
  auto& geometry = out.geometry;
  if (swapped) std::swap(geometry.poni1, geometry.poni2);
  if ((turn & 1) != 0) {
    geometry.poni1 = static_cast<double>(rows) * geometry.pixel1 - geometry.poni1;
  }
  if ((turn & 2) != 0) {
    geometry.poni2 = static_cast<double>(columns) * geometry.pixel2 - geometry.poni2;
  }
  return out;
}

double farthest(const std::vector<float>& a, const std::vector<float>& b) {
  double most = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    most = std::max(most, std::abs(static_cast<double>(a[k]) - static_cast<double>(b[k])));
  }
  return most;
}

TEST(TurnedExample, IsWhatTheTurnedDetectorWouldGive) {
  // Twice as high as wide, two pixels a cell, so that none lies on the edge of two; the beam is off
  // the middle, and the gap and the oriented ring are unlike at all turns.
  auto frame = testing::toy_frame({{0.05, 0.003, 60, 0.8}}, 4, 128, 64);
  frame.geometry.poni1 *= 0.61;
  frame.geometry.poni2 *= 1.27;
  const Preprocessor preprocessor;
  const LabelledFrame example{preprocessor.prepare(frame), {}, 0};
  std::set<std::vector<float>> images;
  for (int turn = 0; turn < bench::kTurns; ++turn) {
    const auto turned = bench::turned_example(example, turn).frame;
    const auto seen = preprocessor.prepare(turned_frame(frame, turn));
    // The sums are the same in another order.
    EXPECT_LT(farthest(turned.image, seen.image), 1e-4) << turn;
    EXPECT_LT(farthest(turned.polar, seen.polar), 1e-3) << turn;
    EXPECT_LT(farthest(turned.curve, seen.curve), 1e-3) << turn;
    EXPECT_LT(farthest(turned.summary, seen.summary), 1e-3) << turn;
    images.insert(turned.image);
  }
  EXPECT_EQ(images.size(), 8U);
}

TEST(BaselineScores, KeepTheHierarchyAllTheWayDown) {
  bench::PathScores scores = {{0.3, 0.8, 0.5, 0.9}};
  bench::keep_hierarchy({"a", "a/b", "a/b/c", "d"}, scores);
  EXPECT_EQ(scores[0], (std::vector<double>{0.3, 0.3, 0.3, 0.9}));
}

TEST(BaselineScores, CountNodesOfWhichTheTruthIsKnown) {
  const std::vector<Picture> pictures = {{nullptr, {1, 1, -1}}, {nullptr, {1, 0, 0}}};
  const bench::PathScores scores = {{0.9, 0.4, 0.9}, {0.9, 0.8, 0.1}};
  // Told 1, 0 and 1, 1, 0; true 1, 1 and 1, 0, 0: two of both, three of each.
  EXPECT_DOUBLE_EQ(bench::hierarchical_f1(scores, pictures, {0, 1}), 2.0 * 2 / 6);
  // A row may stand there twice, as it does in a draw.
  EXPECT_DOUBLE_EQ(bench::hierarchical_f1(scores, pictures, {0, 0}), 2.0 * 2 / 6);
  // The one positive of the second path is second of two.
  EXPECT_DOUBLE_EQ(bench::average_precision(scores, pictures, 1, {0, 1}), 0.5);
  EXPECT_TRUE(std::isnan(bench::average_precision(scores, pictures, 2, {0, 1})));
  EXPECT_DOUBLE_EQ(bench::mean_average_precision(scores, pictures, {0, 1, 2}, {0, 1}), 0.75);
}

}  // namespace
}  // namespace foray::classifier::baseline_scores_test
