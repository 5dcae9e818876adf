#include "foray/surrogate/local_plane.h"

#include <gtest/gtest.h>

namespace foray::surrogate::local_plane_test {
namespace {

TEST(LocalPlane, ReproducesAPlane) {
  const Eigen::MatrixXd offsets = Eigen::MatrixXd::Random(3, 9);
  const Eigen::VectorXd weights = local_plane_weights(offsets);
  EXPECT_NEAR(weights.sum(), 1, 1e-12);
  const Eigen::VectorXd values = (offsets.transpose() * Eigen::Vector3d(2, -1, 0.5)).array() + 4.25;
  EXPECT_NEAR(weights.dot(values), 4.25, 1e-12);
}

TEST(LocalPlane, StaysFlatWhereThePointsFixNoPlane) {
  Eigen::MatrixXd offsets(2, 2);
  offsets << 0.1, 0.3, 0, 0;
  // The line through both, continued to the place.
  EXPECT_NEAR(local_plane_weights(offsets).dot(Eigen::Vector2d(2, 4)), 1, 1e-12);
  EXPECT_NEAR(local_plane_weights(offsets).sum(), 1, 1e-12);
  EXPECT_EQ(local_plane_weights(Eigen::MatrixXd::Constant(2, 1, 0.5))(0), 1);
  EXPECT_NEAR(local_plane_weights(Eigen::MatrixXd::Zero(2, 3)).sum(), 1, 1e-15);
}

TEST(LocalPlane, NearestAreInOrderAndTheFirstOfEqualOnes) {
  const Eigen::VectorXd distances{{3, 1, 2, 1, 5}};
  EXPECT_EQ(nearest(distances, 3), (std::vector<Eigen::Index>{1, 3, 2}));
  EXPECT_EQ(nearest(distances, 9).size(), 5U);
}

}  // namespace
}  // namespace foray::surrogate::local_plane_test
