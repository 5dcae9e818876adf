#include "baseline_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>

namespace foray::classifier::baseline_scores_test {
namespace {

using bench::Picture;

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
