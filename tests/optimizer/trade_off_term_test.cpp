#include "trade_off_term.h"

#include <gtest/gtest.h>

#include <cmath>

#include "marginals.h"

namespace foray::optimizer::trade_off_term_test {
namespace {

using Eigen::VectorXd;
using testing::gp_of;
using testing::kPoints;

TEST(TradeOffTerm, HasItsGradientAndIsTheImprovementOfItsMarginals) {
  const surrogate::Gp a =
      gp_of(2, 20, 1, 0.3, 1e-2, [](const VectorXd& x) { return std::sin(5 * x(0)) + x(1); });
  const surrogate::Gp b =
      gp_of(2, 20, 2, 0.3, 1e-2, [](const VectorXd& x) { return std::cos(4 * x(1)); });
  const HypervolumeImprovement improvement(Eigen::MatrixXd{{1.2, .6, -.1}, {-.6, .1, .5}},
                                           VectorXd{{-1, -1}});
  const TradeOffTerm term({0, 1}, {1, -1}, improvement);
  const auto value = [&](const VectorXd& x) {
    return term.log_values({x, {a.predict(x), b.predict(x)}})(0);
  };
  for (const Eigen::Vector2d& point : kPoints) {
    VectorXd gradient;
    const double at = term.log_value(
        {point, {a.predict_with_gradient(point), b.predict_with_gradient(point)}}, gradient);
    EXPECT_NEAR(at, value(point), 1e-9);
    const surrogate::Posterior pa = a.predict(point);
    const surrogate::Posterior pb = b.predict(point);
    EXPECT_NEAR(
        at,
        improvement.log_expected({pa.mean(0), -pb.mean(0)}, {pa.variance(0), pb.variance(0)}).value,
        1e-9);
    const VectorXd expected = testing::difference(value, point, 1e-5);
    EXPECT_LT((gradient - expected).norm(), 1e-6 * std::max(1.0, expected.norm()));
  }
}

}  // namespace
}  // namespace foray::optimizer::trade_off_term_test
