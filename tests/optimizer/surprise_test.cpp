#include "surprise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "foray/optimizer/propose.h"
#include "foray/surrogate/gp.h"
#include "foray/surrogate/sparse_gp.h"

namespace foray::optimizer::surprise_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Points of a line along x, of a plane except for one.
struct Line {
  Line() : x(2, 9), y(9) {
    for (int i = 0; i < 9; ++i) x.col(i) << 0.1 * (i + 1), 0.5;
    y = x.row(0).transpose();
    y(6) += 0.5;
  }
  [[nodiscard]] surrogate::Gp gp() const {
    return surrogate::make_gp(x, y, VectorXd::Constant(9, 1e-4),
                              surrogate::hyperparameters(1.0, Eigen::Vector2d(0.4, 0.4), 1e-6));
  }
  MatrixXd x;
  VectorXd y;
};

TEST(SurpriseWeights, AreThoseOfTheNearestMeasurementAndAverageToOne) {
  const Line line;
  const surrogate::Gp gp = line.gp();
  MatrixXd at(2, 4);
  at << 0.11, 0.31, 0.52, 0.69, 0.4, 0.6, 0.5, 0.45;
  const VectorXd weights = surprise_weights(gp, line.x, line.y, at);
  EXPECT_NEAR(weights.mean(), 1, 1e-12);
  const surrogate::LeaveOneOut out = gp.leave_one_out();
  const auto raw = [&](int i) {
    const double z = (line.y(i) - out.mean(i)) / std::sqrt(out.variance(i));
    return std::pow(1 + std::min(z * z, 9.0), 2);
  };
  EXPECT_NEAR(weights(0) / weights(1), raw(0) / raw(2), 1e-9);
  EXPECT_NEAR(weights(2) / weights(1), raw(4) / raw(2), 1e-9);
  // More than three standard deviations off.
  EXPECT_NEAR(weights(3) / weights(1), 100 / raw(2), 1e-6);
}

TEST(SurpriseWeights, LeaveOutWhereTheModelHasNoValue) {
  const Line line;
  MatrixXd all(2, 10);
  all << line.x.leftCols(4), Eigen::Vector2d(0.69, 0.45), line.x.rightCols(5);
  VectorXd values(10);
  values << line.y.head(4), std::numeric_limits<double>::quiet_NaN(), line.y.tail(5);
  MatrixXd at(2, 3);
  at << 0.11, 0.31, 0.69, 0.4, 0.6, 0.45;
  const surrogate::Gp gp = line.gp();
  EXPECT_EQ(surprise_weights(gp, all, values, at), surprise_weights(gp, line.x, line.y, at));
}

TEST(SurpriseWeights, AreOnesWhereTheModelCannotTell) {
  const Line line;
  const surrogate::Gp gp = line.gp();
  const MatrixXd at = MatrixXd::Constant(2, 3, 0.4);
  EXPECT_EQ(surprise_weights(gp, line.x.leftCols(5), line.y.head(5), at), VectorXd::Ones(3));
}

// The factor of so many is sparse, and its inverse takes too long for a proposal.
TEST(SurpriseWeights, AreOnesBeyondTenThousandResults) {
  const auto of = [](Index n) {
    surrogate::Observations data{VectorXd::LinSpaced(n, 0, 1).transpose(), VectorXd(n),
                                 VectorXd::Constant(n, 1e-2)};
    for (Index i = 0; i < n; ++i) data.y(i) = i % 700 == 0 ? 1 : 0;
    surrogate::GpOptions options;
    options.kernel = surrogate::KernelKind::kWendland;
    const auto model = surrogate::make_sparse_gp(
        data, surrogate::hyperparameters(1.0, VectorXd::Constant(1, 1e-3), 1e-6), options);
    return surprise_weights(model, data.x, data.y, MatrixXd{{0.0, 0.5005, 0.7}});
  };
  EXPECT_NE(of(10000), VectorXd::Ones(3));
  EXPECT_EQ(of(10001), VectorXd::Ones(3));
}

// A flat field with a spike that has been met: the next point is next to it, where integrated
// variance stays away from all measurements.
TEST(CrossValidatedVariance, GoesBackToWhereMeasurementsSurprise) {
  Parameter x;
  x.name = "x";
  Parameter y;
  y.name = "y";
  const SearchSpace space({x, y}, {});
  MatrixXd points(2, 25);
  VectorXd values = VectorXd::Zero(25);
  for (int i = 0; i < 25; ++i) points.col(i) << 0.1 + 0.2 * (i / 5), 0.1 + 0.2 * (i % 5);
  const int spike = 18;
  values(spike) = 1;
  const surrogate::Gp gp =
      surrogate::make_gp(points, values, VectorXd::Constant(25, 1e-4),
                         surrogate::hyperparameters(0.05, Eigen::Vector2d(0.2, 0.2), 1e-6));
  Objective objective;
  objective.terms.emplace_back();
  objective.terms[0].observables = {"f"};
  ProposeState state;
  state.measured = points;
  state.values["f"] = values;
  state.next_noise["f"] = 1e-4;
  const auto distance = [&](AcquisitionKind kind) {
    Rng rng(4);
    AcquisitionSpec how;
    how.kind = kind;
    const Proposal proposal = propose(space, objective, {{"f", &gp}}, how, state, {}, rng);
    return (proposal.unit - points.col(spike)).norm();
  };
  EXPECT_LT(distance(AcquisitionKind::kCrossValidatedVariance), 0.2);
  EXPECT_GT(distance(AcquisitionKind::kIntegratedVariance), 0.2);
}

}  // namespace
}  // namespace foray::optimizer::surprise_test
