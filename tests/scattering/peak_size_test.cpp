#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "foray/scattering/peaks.h"
#include "peak_curve.h"

namespace foray::scattering::peak_size_test {
namespace {

PeakFit peak_of(double fwhm, double variance, double share) {
  PeakFit fit;
  fit.status = PeakFitStatus::kConverged;
  fit.center = {0.05, 1e-10};
  fit.fwhm = {fwhm, variance};
  fit.lorentz_share = {share, 0.0};
  fit.parameter_names = {"area", "center", "fwhm"};
  fit.covariance = Eigen::Vector3d(1, 1e-10, variance).asDiagonal();
  return fit;
}

TEST(DomainSize, IsScherrersWithItsConstantStated) {
  // D = 2 pi K / fwhm with K 0.94 and fwhm 0.01 1/angstrom.
  const auto size = domain_size(peak_of(0.01, 1e-8, 0.5));
  ASSERT_TRUE(size.has_value());
  EXPECT_NEAR(size->value, 590.619418875, 1e-8);
  EXPECT_NEAR(std::sqrt(size->variance), 590.619418875 * 1e-4 / 0.01, 1e-6);
  const auto slab = domain_size(peak_of(0.01, 1e-8, 0.5), {.scherrer_constant = 0.886});
  EXPECT_NEAR(slab->value / size->value, 0.886 / 0.94, 1e-12);
  EXPECT_THROW(domain_size(peak_of(0.01, 0, 0), {.scherrer_constant = 0}), std::invalid_argument);
}

TEST(IntrinsicFwhm, SubtractsAGaussianFromAGaussianInQuadrature) {
  const auto width = intrinsic_fwhm(peak_of(0.005, 4e-10, 0.0), {0.003, 1e-10});
  ASSERT_TRUE(width.has_value());
  EXPECT_NEAR(width->value, 0.004, 1e-12);
  // d w / d fwhm = 5/4, d w / d instrument = -3/4.
  EXPECT_NEAR(width->variance, 1.5625 * 4e-10 + 0.5625 * 1e-10, 1e-14);
}

TEST(IntrinsicFwhm, IsAbsentWhenTheInstrumentExplainsTheWidth) {
  EXPECT_FALSE(intrinsic_fwhm(peak_of(0.003, 1e-10, 0.0), {0.003, 0}).has_value());
  EXPECT_FALSE(intrinsic_fwhm(peak_of(0.002, 1e-10, 0.5), {0.003, 0}).has_value());
  EXPECT_FALSE(domain_size(peak_of(0.002, 1e-10, 0.5), {.instrument_fwhm = {0.003, 0}}));
}

TEST(IntrinsicFwhm, IsTheMeasuredOneWithoutAnInstrument) {
  const auto width = intrinsic_fwhm(peak_of(0.005, 4e-10, 0.7), {});
  EXPECT_DOUBLE_EQ(width->value, 0.005);
  EXPECT_DOUBLE_EQ(width->variance, 4e-10);
}

// A Lorentzian smeared by a Gaussian on a grid, fitted as a pseudo-Voigt, corrected: its width must
// come back to the percent that pseudo-Voigt and Voigt profile differ by.
TEST(IntrinsicFwhm, RecoversALorentzianSmearedByAGaussian) {
  constexpr double kWidth = 0.004;
  for (const double instrument : {0.001, 0.002, 0.004}) {
    Curve curve;
    curve.q = Eigen::VectorXd::LinSpaced(600, 0.0, 0.1);
    curve.sigma = Eigen::VectorXd::Constant(600, 1e-4);
    curve.intensity = curve.q.unaryExpr([&](double q) {
      double sum = 0, weight = 0;
      for (int k = -200; k <= 200; ++k) {
        const double shift = k * instrument / 50.0;
        const double gauss = std::exp(-2.772588722239781 * std::pow(shift / instrument, 2));
        sum += gauss / (1 + 4 * std::pow((q - shift - 0.05) / kWidth, 2));
        weight += gauss;
      }
      return sum / weight;
    });
    const PeakFit fit = fit_peak(curve, {0.05, 0.005, 1, 0, 100}, {.window = Range{0.02, 0.08}});
    ASSERT_EQ(fit.status, PeakFitStatus::kConverged) << fit.note;
    const auto width = intrinsic_fwhm(fit, {instrument, 0});
    ASSERT_TRUE(width.has_value());
    EXPECT_NEAR(width->value, kWidth, 0.03 * kWidth) << instrument;
  }
}

TEST(DSpacing, IsTwoPiOverQ) {
  const Estimate d = d_spacing(peak_of(0.01, 1e-8, 0));
  EXPECT_NEAR(d.value, 2 * std::numbers::pi / 0.05, 1e-12);
  EXPECT_NEAR(std::sqrt(d.variance), d.value * 1e-5 / 0.05, 1e-12);
  EXPECT_THROW(d_spacing(PeakFit{}), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::peak_size_test
