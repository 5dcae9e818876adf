#include "foray/classifier/projection.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

#include "foray/classifier/map_quality.h"
#include "foray/classifier/principal.h"
#include "formula_points.h"

namespace foray::classifier::projection_test {
namespace {

using testing::formula_points;

TEST(PrincipalComponents, AreTheEigenvectorsOfTheCovariance) {
  const Eigen::MatrixXf points = formula_points(700, 12, 40);
  const PrincipalComponents found = principal_components(points, 5, 1);
  const Eigen::MatrixXd centred = (points.colwise() - points.rowwise().mean()).cast<double>();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> truth(centred * centred.transpose() / 700);
  for (Eigen::Index c = 0; c < 5; ++c) {
    const Eigen::VectorXd axis = truth.eigenvectors().col(39 - c);
    EXPECT_NEAR(found.variance(c) / truth.eigenvalues()(39 - c), 1, 1e-4);
    EXPECT_NEAR(std::abs(axis.dot(found.axes.col(c).cast<double>())), 1, 1e-3);
  }
  const Eigen::MatrixXf again = found.axes.transpose() * (points.colwise() - found.mean);
  EXPECT_LT((again - found.coordinates).cwiseAbs().maxCoeff(), 1e-4F);
}

TEST(PrincipalComponents, OfFewPointsKeepAllDistances) {
  const Eigen::MatrixXf points = formula_points(8, 3, 40);
  const PrincipalComponents found = principal_components(points, 50, 1);
  ASSERT_EQ(found.coordinates.rows(), 8);
  for (Eigen::Index i = 1; i < 8; ++i) {
    EXPECT_NEAR((found.coordinates.col(i) - found.coordinates.col(0)).norm(),
                (points.col(i) - points.col(0)).norm(), 1e-4);
  }
}

TEST(Project, GivesTheSameMapOnAnyNumberOfThreads) {
  const Eigen::MatrixXf points = formula_points(1500, 12, 60);
  ProjectionOptions options;
  options.layout.epochs = 30;
  const Eigen::MatrixXf one = project(points, options);
  for (const int threads : {2, 5}) {
    options.layout.threads = threads;
    EXPECT_EQ(one, project(points, options));
  }
  options.layout.seed = 2;
  EXPECT_NE(one, project(points, options));
}

TEST(Project, KeepsClustersTogetherWhereAPlaneOfTheLargestVarianceDoesNot) {
  const Eigen::MatrixXf points = formula_points(600, 12, 20);
  const double umap = trustworthiness(points, project(points), 10);
  const double pca = trustworthiness(points, project(points, {.kind = ProjectionKind::kPca}), 10);
  EXPECT_GT(umap, pca + 0.05);
}

TEST(Project, LaysOutAnyNumberOfImages) {
  for (const int n : {1, 2, 3, 4, 5, 20}) {
    const Eigen::MatrixXf map = project(formula_points(n, 3, 10));
    EXPECT_EQ(map.cols(), n);
    EXPECT_EQ(map.rows(), 2);
    EXPECT_TRUE(map.allFinite());
  }
  EXPECT_TRUE(project(Eigen::MatrixXf::Constant(6, 30, 2.0F)).allFinite());  // all coincide
  EXPECT_TRUE(project(formula_points(30, 3, 1)).allFinite());                // one feature
}

TEST(Project, RefusesBadInput) {
  Eigen::MatrixXf points = formula_points(30, 3, 10);
  EXPECT_THROW(project(Eigen::MatrixXf(10, 0)), std::invalid_argument);
  EXPECT_THROW(project(points, {.neighbours = 1}), std::invalid_argument);
  EXPECT_THROW(project(points, {.components = 1}), std::invalid_argument);
  points(3, 4) = std::nanf("");
  EXPECT_THROW(project(points), std::invalid_argument);
}

TEST(InMetric, OrdersAsTheCorrelationDoes) {
  const Eigen::MatrixXf points = formula_points(10, 3, 12);
  const Eigen::MatrixXf moved = in_metric(points, Metric::kCorrelation);
  for (Eigen::Index i = 1; i < 10; ++i) {
    const Eigen::ArrayXd a = points.col(0).array().cast<double>() - points.col(0).mean();
    const Eigen::ArrayXd b = points.col(i).array().cast<double>() - points.col(i).mean();
    const double correlation = (a * b).sum() / std::sqrt(a.square().sum() * b.square().sum());
    EXPECT_NEAR((moved.col(i) - moved.col(0)).squaredNorm(), 2 * (1 - correlation), 1e-5);
  }
  EXPECT_EQ(in_metric(points, Metric::kEuclidean), points);
  EXPECT_EQ(in_metric(Eigen::MatrixXf::Constant(4, 1, 0.1F), Metric::kCorrelation).norm(), 0);
}

TEST(Trustworthiness, IsOneForTheTruthAndAHalfForChance) {
  const Eigen::MatrixXf points = formula_points(600, 1, 2);
  EXPECT_DOUBLE_EQ(trustworthiness(points, points, 10), 1);
  EXPECT_DOUBLE_EQ(trustworthiness(points, points, 10, 2), 1);
  const Eigen::MatrixXf chance = formula_points(700, 1, 2).rightCols(600);
  // 6000 ranks, each uniform: a standard deviation of 0.005 or so.
  EXPECT_NEAR(trustworthiness(points, chance, 10), 0.5, 0.03);
  EXPECT_THROW(trustworthiness(points, chance, 300), std::invalid_argument);
  EXPECT_THROW(trustworthiness(points, chance.leftCols(9), 5), std::invalid_argument);
}

}  // namespace
}  // namespace foray::classifier::projection_test
