#include "foray/classifier/umap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "foray/classifier/map_quality.h"
#include "foray/classifier/projection.h"
#include "formula_points.h"

namespace foray::classifier::umap_test {
namespace {

using testing::formula_points;

// Rows of numbers of tests/data/classifier/umap_golden.txt, comments left out.
std::vector<std::vector<double>> golden() {
  std::ifstream file(std::string(FORAY_TEST_DATA) + "/classifier/umap_golden.txt");
  std::vector<std::vector<double>> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream numbers(line);
    rows.emplace_back();
    for (double value = 0; numbers >> value;) rows.back().push_back(value);
  }
  return rows;
}

constexpr std::size_t kCurves = 4;  // rows of each part of the file
constexpr std::size_t kPoints = 40;

Eigen::MatrixXf forty_points() {
  Eigen::MatrixXf points = formula_points(kPoints, 3, 4);
  points.col(7) = points.col(13);
  return points;
}

TEST(FitNearness, IsThatOfUmapLearn) {
  const auto rows = golden();
  ASSERT_GT(rows.size(), kCurves);
  for (std::size_t i = 0; i < kCurves; ++i) {
    const NearnessCurve curve = fit_nearness(rows[i][0], rows[i][1]);
    EXPECT_NEAR(curve.a / rows[i][2], 1, 1e-5);  // scipy stops at 1e-8 of the sum of squares
    EXPECT_NEAR(curve.b / rows[i][3], 1, 1e-5);
  }
}

TEST(FitNearness, RefusesWhatIsNoDistance) {
  EXPECT_THROW(fit_nearness(-0.1, 1), std::invalid_argument);
  EXPECT_THROW(fit_nearness(2, 1), std::invalid_argument);
  EXPECT_THROW(fit_nearness(0.1, 0), std::invalid_argument);
  EXPECT_THROW(fit_nearness(std::nan(""), 1), std::invalid_argument);
}

TEST(FuzzyGraph, IsThatOfUmapLearn) {
  const auto rows = golden();
  const FuzzyGraph graph = fuzzy_graph(find_neighbours(forty_points(), {.count = 5}));
  for (std::size_t i = 0; i < kPoints; ++i) {
    const auto point = static_cast<Eigen::Index>(i);
    EXPECT_NEAR(graph.rho(point), rows[kCurves + i][0], 1e-6);
    // Both stop bisecting when the sum is within 1e-5; sigma then is within 1e-5 or so.
    EXPECT_NEAR(graph.sigma(point), rows[kCurves + i][1], 3e-5);
  }
  const std::size_t first = kCurves + kPoints + 1;
  const auto count = static_cast<std::size_t>(rows[first - 1][0]);
  EXPECT_EQ(graph.weight.nonZeros(), static_cast<Eigen::Index>(count));
  for (std::size_t i = first; i < first + count; ++i) {
    const auto row = static_cast<Eigen::Index>(rows[i][0]);
    const auto column = static_cast<Eigen::Index>(rows[i][1]);
    EXPECT_NEAR(graph.weight.coeff(row, column), rows[i][2], 3e-5) << row << " " << column;
  }
}

TEST(FuzzyGraph, OfPointsThatAllCoincideJoinsThemFully) {
  const FuzzyGraph graph = fuzzy_graph(find_neighbours(Eigen::MatrixXf::Ones(2, 5), {.count = 4}));
  EXPECT_EQ(graph.weight.nonZeros(), 20);
  EXPECT_EQ(graph.weight.coeff(0, 4), 1);
}

TEST(FuzzyGraph, RefusesWhatAreNoNeighbours) {
  Neighbours neighbours = find_neighbours(forty_points(), {.count = 5});
  neighbours.distance(0, 0) = -1;
  EXPECT_THROW(fuzzy_graph(neighbours), std::invalid_argument);
  neighbours = find_neighbours(forty_points(), {.count = 5});
  neighbours.index(0, 0) = 40;
  EXPECT_THROW(fuzzy_graph(neighbours), std::invalid_argument);
  EXPECT_THROW(fuzzy_graph({}), std::invalid_argument);
}

TEST(Trustworthiness, IsThatOfScikitLearn) {
  const auto rows = golden();
  const Eigen::MatrixXf points = forty_points();
  EXPECT_NEAR(trustworthiness(points, points.topRows(2), 5), rows[rows.size() - 2][0], 1e-9);
}

TEST(Project, IsAsTrustworthyAsUmapLearn) {
  const auto rows = golden();
  const Eigen::MatrixXf points = formula_points(600, 12, 20);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    ProjectionOptions options;
    options.layout.seed = seed;
    const double ours = trustworthiness(points, project(points, options), 10);
    double least = 1;
    for (const double theirs : rows.back()) least = std::min(least, theirs);
    EXPECT_GT(ours, least - 0.003);  // the tolerance of the issue; between seeds they vary as much
  }
}

TEST(UmapLayout, RefusesWrongShapesAndOptionsByName) {
  const FuzzyGraph graph = fuzzy_graph(find_neighbours(forty_points(), {.count = 5}));
  const Eigen::MatrixXf start = Eigen::MatrixXf::Random(2, 40);
  EXPECT_THROW(umap_layout(graph.weight, start.leftCols(39)), std::invalid_argument);
  const auto refused = [&](LayoutOptions options, const std::string& name) {
    try {
      umap_layout(graph.weight, start, options);
      ADD_FAILURE() << name << " was accepted";
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
  };
  refused({.epochs = -1}, "epochs");
  refused({.negative_samples = -1}, "negative_samples");
  refused({.learning_rate = 0}, "learning_rate");
  refused({.repulsion = -1}, "repulsion");
  refused({.threads = 0}, "threads");
  EXPECT_NO_THROW(umap_layout(graph.weight, start, {.epochs = 1}));
}

}  // namespace
}  // namespace foray::classifier::umap_test
