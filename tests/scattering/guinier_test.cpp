#include "foray/scattering/guinier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "foray/common/random.h"

namespace foray::scattering::guinier_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Curve sphere_curve(double lowest, double noise, std::uint64_t seed) {
  Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(200, lowest, lowest + 0.2);
  curve.intensity = Model("sphere").intensity(curve.q, {{"radius", 50}});
  curve.sigma = noise * curve.intensity;
  CounterStream random(seed, 0);
  for (Eigen::Index i = 0; i < 200; ++i) curve.intensity[i] += curve.sigma[i] * random.normal();
  return curve;
}

// rg of a ball is sqrt(3/5) of its radius. Guinier's law is short of the ball's curve by
// (q rg)^4 / 63, so within q rg < 0.6 its rg is right to 1 %.
TEST(FitGuinier, FindsTheRadiusOfGyrationAndItsOwnRange) {
  const Curve curve = sphere_curve(0.001, 0.002, 1);
  const ModelFit fit = fit_guinier(curve, {.max_q_rg = 0.6});
  ASSERT_EQ(fit.status, ModelFitStatus::kConverged) << fit.note;
  const double rg = std::sqrt(0.6) * 50;
  EXPECT_NEAR(fit.parameters[1].estimate.value, rg, 0.01 * rg);
  EXPECT_NEAR(fit.parameters[0].estimate.value, 1308.997, 3);  // 1e-4 V contrast^2
  EXPECT_NEAR(fit.data.q.maxCoeff() * rg, 0.6, 0.05);
  EXPECT_NEAR(fit.reduced_chi_squared(), 1, 1.2);
}

// A line through the whole curve finds a small rg whose limit allows the whole curve; few noisy
// points at the low end tell no rg.
TEST(FitGuinier, DoesNotTakeAWholeCurveForItsGuinierRegion) {
  for (const bool known : {true, false}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      Curve curve;
      curve.q.resize(80);
      for (Eigen::Index i = 0; i < 80; ++i)
        curve.q[i] = 0.005 * std::pow(60.0, static_cast<double>(i) / 79);
      curve.intensity = Model("sphere").intensity(curve.q, {{"radius", 50}, {"background", 0.5}});
      Eigen::VectorXd sigma = 0.03 * curve.intensity;
      CounterStream random(seed, 0);
      for (Eigen::Index i = 0; i < 80; ++i) curve.intensity[i] += sigma[i] * random.normal();
      if (known) curve.sigma = sigma;
      const ModelFit fit = fit_guinier(curve, {});
      ASSERT_EQ(fit.status, ModelFitStatus::kConverged) << fit.note;
      const double rg = std::sqrt(0.6) * 50;
      EXPECT_NEAR(fit.parameters[1].estimate.value, rg, 0.1 * rg) << "seed " << seed;
    }
  }
}

TEST(FitGuinier, SaysWhenTheCurveBeginsTooLate) {
  const ModelFit fit = fit_guinier(sphere_curve(0.05, 0.002, 1), {});
  EXPECT_EQ(fit.status, ModelFitStatus::kTooFewPoints);
  EXPECT_THAT(fit.note, HasSubstr("q rg"));
}

TEST(FitGuinier, RefusesAnImpossibleLimit) {
  EXPECT_THAT([] { fit_guinier(sphere_curve(0.001, 0.002, 1), {.max_q_rg = 0}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("max_q_rg")));
}

}  // namespace
}  // namespace foray::scattering::guinier_test
