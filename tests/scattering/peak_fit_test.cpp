#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "foray/scattering/peaks.h"
#include "peak_curve.h"

namespace foray::scattering::peak_fit_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

PeakCandidate near(const PeakTruth& truth) {
  return {1.02 * truth.center, 1.4 * truth.fwhm, 0.7 * truth.area / truth.fwhm, truth.level, 50};
}

// A window of constant q, so that all fits have the same points.
PeakFitOptions window_of(const PeakTruth& truth) {
  return {.window = Range{truth.center - 4 * truth.fwhm, truth.center + 4 * truth.fwhm}};
}

TEST(FitPeak, RecoversTheParametersOfNoiseFreeData) {
  const PeakTruth truth;
  Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(300, 0.02, 0.08);
  curve.intensity = curve.q.unaryExpr(truth);
  curve.sigma = Eigen::VectorXd::Constant(300, 1e-3);
  const PeakFit fit = fit_peak(curve, near(truth), window_of(truth));
  ASSERT_EQ(fit.status, PeakFitStatus::kConverged) << fit.note;
  EXPECT_NEAR(fit.center.value, truth.center, 1e-8);
  EXPECT_NEAR(fit.fwhm.value, truth.fwhm, 1e-7);
  EXPECT_NEAR(fit.area.value, truth.area, 1e-7);
  EXPECT_NEAR(fit.lorentz_share.value, truth.share, 1e-4);
  EXPECT_NEAR(fit.background, truth.level, 1e-5);
  EXPECT_NEAR(fit.height.value + fit.background, truth(truth.center), 1e-5);
  EXPECT_LT(fit.chi_squared, 1e-6);
}

// A free exponent once ran away over two decades of q, to values that overflow.
TEST(FitPeak, APowerLawBackgroundStaysFiniteOverDecadesOfQ) {
  const PeakTruth peak{.center = 0.15, .fwhm = 0.02, .area = 1.5, .level = 0, .slope = 0};
  const auto expected = [&](double q) { return peak(q) + 250e-6 * std::pow(q, -3.6); };
  const Curve curve = count_curve(expected, 0.003, 0.3, 300, 40, 5, 0);
  PeakFitOptions options;
  options.background = PeakBackground::kPowerLaw;
  options.window = Range{0.003, 0.3};
  const PeakFit fit = fit_peak(curve, {0.15, 0.03, 50, 1, 30}, options);
  EXPECT_TRUE(std::isfinite(fit.chi_squared));
  ASSERT_EQ(fit.status, PeakFitStatus::kConverged) << fit.note;
  EXPECT_NEAR(fit.center.value, 0.15, 5 * std::sqrt(fit.center.variance));
  EXPECT_NEAR(fit.fwhm.value, 0.02, 5 * std::sqrt(fit.fwhm.variance));
}

// Over repeated noise: means within 4 standard errors of the truth, pulls of width 1, chi^2 per
// degree of freedom 1. With 400 repeats a pull's mean has the error 0.05, its width 0.035.
struct Pulls {
  double sum = 0, square = 0;
  int count = 0;
  void add(const Estimate& estimate, double truth) {
    const double pull = (estimate.value - truth) / std::sqrt(estimate.variance);
    sum += pull;
    square += pull * pull;
    ++count;
  }
  [[nodiscard]] double mean() const { return sum / count; }
  [[nodiscard]] double width() const { return std::sqrt(square / count - mean() * mean()); }
};

void expect_honest(const PeakTruth& truth, const PeakFitOptions& options, double weight,
                   double mean_margin, double width_margin) {
  Pulls center, fwhm, area, height;
  double chi_squared = 0, degrees = 0;
  constexpr int kRepeats = 400;
  for (std::uint64_t k = 0; k < kRepeats; ++k) {
    const Curve curve = count_curve(truth, 0.02, 0.08, 240, weight, 21, k);
    const PeakFit fit = fit_peak(curve, near(truth), options);
    ASSERT_EQ(fit.status, PeakFitStatus::kConverged) << k << " " << fit.note;
    center.add(fit.center, truth.center);
    fwhm.add(fit.fwhm, truth.fwhm);
    area.add(fit.area, truth.area);
    height.add(fit.height, truth(truth.center) - truth.level);
    chi_squared += fit.chi_squared;
    degrees += fit.degrees_of_freedom;
  }
  for (const Pulls* pulls : {&center, &fwhm, &area, &height}) {
    EXPECT_NEAR(pulls->mean(), 0.0, mean_margin);
    EXPECT_NEAR(pulls->width(), 1.0, width_margin);
  }
  // 400 fits of about 120 degrees: the mean's standard deviation is below 0.01.
  EXPECT_NEAR(chi_squared / degrees, 1.0, 0.03);
}

TEST(FitPeak, ErrorsAreHonestForAPseudoVoigt) {
  const PeakTruth truth;
  expect_honest(truth, window_of(truth), 1000, 0.2, 0.12);
}

TEST(FitPeak, ErrorsAreHonestForAGaussian) {
  PeakTruth truth;
  truth.share = 0;
  PeakFitOptions options = window_of(truth);
  options.shape = PeakShape::kGaussian;
  expect_honest(truth, options, 1000, 0.2, 0.12);
}

TEST(FitPeak, ErrorsAreHonestForALorentzian) {
  PeakTruth truth;
  truth.share = 1;
  PeakFitOptions options = window_of(truth);
  options.shape = PeakShape::kLorentzian;
  expect_honest(truth, options, 1000, 0.2, 0.12);
}

// Some 6 counts a bin at the top, less than one beside it: Gaussian errors are an approximation.
TEST(FitPeak, StaysNearlyUnbiasedAtLowCounts) {
  PeakTruth truth{
      .center = 0.05, .fwhm = 0.006, .area = 0.006, .share = 0, .level = 0.1, .slope = 0};
  PeakFitOptions options = window_of(truth);
  options.shape = PeakShape::kGaussian;
  expect_honest(truth, options, 6, 0.35, 0.25);
}

TEST(FitPeak, ObservedCountsAsWeightsBiasTheAreaAndExpectedOnesDoNot) {
  PeakTruth truth{
      .center = 0.05, .fwhm = 0.006, .area = 0.006, .share = 0, .level = 0.5, .slope = 0};
  PeakFitOptions options = window_of(truth);
  options.shape = PeakShape::kGaussian;
  double expected = 0, observed = 0;
  for (std::uint64_t k = 0; k < 200; ++k) {
    const Curve curve = count_curve(truth, 0.02, 0.08, 240, 10, 22, k);
    options.counting_weights = true;
    const PeakFit one = fit_peak(curve, near(truth), options);
    options.counting_weights = false;
    const PeakFit two = fit_peak(curve, near(truth), options);
    expected += one.background;
    observed += two.background;
  }
  EXPECT_NEAR(expected / 200, 0.5, 0.02);
  EXPECT_LT(observed / 200, 0.45);  // one count a bin would be 0.1
}

TEST(FitPeak, TakesAPowerLawBackground) {
  const auto expected = [](double q) {
    return 0.3 * std::pow(q / 0.05, -3.2) + PeakTruth{0.05, 0.004, 0.004, 0.4, 0, 0}(q);
  };
  Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(300, 0.02, 0.1);
  curve.intensity = curve.q.unaryExpr(expected);
  curve.sigma = Eigen::VectorXd::Constant(300, 1e-3);
  const PeakFit fit =
      fit_peak(curve, {0.051, 0.005, 0.5, 0.5, 50},
               {.background = PeakBackground::kPowerLaw, .window = Range{0.025, 0.09}});
  ASSERT_EQ(fit.status, PeakFitStatus::kConverged) << fit.note;
  EXPECT_NEAR(fit.center.value, 0.05, 1e-7);
  EXPECT_NEAR(fit.area.value, 0.004, 1e-6);
  EXPECT_NEAR(fit.background, 0.3, 1e-4);
}

TEST(FitPeak, SaysThatThereIsNoPeakInNoise) {
  int none = 0;
  for (std::uint64_t k = 0; k < 100; ++k) {
    const Curve curve = count_curve([](double) { return 1.0; }, 0.02, 0.08, 240, 50, 23, k);
    const PeakFit fit = fit_peak(curve, {0.05, 0.004, 0.2, 1.0, 5},
                                 {.shape = PeakShape::kGaussian, .min_significance = 4.0});
    none += fit.status != PeakFitStatus::kConverged;
    if (fit.status == PeakFitStatus::kNoPeak) {
      EXPECT_EQ(fit.parameters.size(), 0);
    }
  }
  EXPECT_GE(none, 97);
}

TEST(FitPeak, SaysThatThePointsAreTooFew) {
  const Curve curve = count_curve(PeakTruth{}, 0.02, 0.08, 240, 100, 1, 1);
  const PeakFit fit = fit_peak(curve, near(PeakTruth{}), {.window = Range{0.05, 0.051}});
  EXPECT_EQ(fit.status, PeakFitStatus::kTooFewPoints);
  EXPECT_THAT(fit.note, HasSubstr("6 parameters"));
}

TEST(FitPeak, SaysThatTheCentreRanIntoTheWindowsEdge) {
  // A window on the flank of a peak: its maximum lies outside.
  const Curve curve = count_curve(PeakTruth{.slope = 0}, 0.02, 0.08, 240, 1e5, 1, 1);
  const PeakFit fit = fit_peak(curve, {0.054, 0.004, 0.5, 0.2, 5},
                               {.shape = PeakShape::kGaussian, .window = Range{0.0515, 0.06}});
  EXPECT_TRUE(fit.status == PeakFitStatus::kAtBound || fit.status == PeakFitStatus::kNoPeak)
      << to_string(fit.status);
}

TEST(FitPeak, SaysThatItDidNotConverge) {
  const Curve curve = count_curve(PeakTruth{}, 0.02, 0.08, 240, 1000, 1, 1);
  PeakFitOptions options = window_of(PeakTruth{});
  options.max_iterations = 1;
  const PeakFit fit = fit_peak(curve, {0.055, 0.001, 1.0, 0.0, 5}, options);
  EXPECT_EQ(fit.status, PeakFitStatus::kNotConverged);
  EXPECT_FALSE(fit.note.empty());
}

TEST(FitPeak, IsDeterministic) {
  const Curve curve = count_curve(PeakTruth{}, 0.02, 0.08, 240, 100, 1, 1);
  const PeakFit one = fit_peak(curve, near(PeakTruth{})), two = fit_peak(curve, near(PeakTruth{}));
  EXPECT_EQ(one.parameters, two.parameters);
  EXPECT_EQ(one.covariance, two.covariance);
}

TEST(FitPeak, NamesWhatIsWrong) {
  const Curve curve = count_curve(PeakTruth{}, 0.02, 0.08, 240, 100, 1, 1);
  const auto refuses = [&](PeakCandidate start, const PeakFitOptions& options, const char* word) {
    EXPECT_THAT([&] { fit_peak(curve, start, options); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(word)));
  };
  const PeakCandidate good = near(PeakTruth{});
  refuses({0.05, 0, 1, 0, 5}, {}, "fwhm");
  refuses({std::nan(""), 0.1, 1, 0, 5}, {}, "start");
  refuses(good, {.window = Range{2, 1}}, "window");
  refuses(good, {.min_significance = 0}, "min_significance");
  refuses(good, {.lorentz_share = 2}, "lorentz_share");
  refuses(good, {.max_iterations = 0}, "max_iterations");
}

TEST(FitPeaks, FitsNeighboursApart) {
  const auto two = [](double q) {
    return 0.1 + PeakTruth{0.045, 0.004, 0.004, 0, 0, 0}(q) +
           PeakTruth{0.06, 0.004, 0.002, 0, 0, 0}(q);
  };
  const auto fits = fit_peaks(count_curve(two, 0.02, 0.1, 400, 3000, 1, 1), PeakSearchOptions{},
                              {.shape = PeakShape::kGaussian});
  ASSERT_EQ(fits.size(), 2U);
  EXPECT_NEAR(fits[0].center.value, 0.045, 5 * std::sqrt(fits[0].center.variance));
  EXPECT_NEAR(fits[1].center.value, 0.060, 5 * std::sqrt(fits[1].center.variance));
  EXPECT_NEAR(fits[0].area.value / fits[1].area.value, 2.0, 0.15);
}

TEST(FitStrongestPeak, TakesTheMostSignificantOneOrSaysNone) {
  const auto two = [](double q) {
    return 0.1 + PeakTruth{0.045, 0.004, 0.004, 0, 0, 0}(q) +
           PeakTruth{0.06, 0.004, 0.002, 0, 0, 0}(q);
  };
  const PeakFit fit = fit_strongest_peak(count_curve(two, 0.02, 0.1, 400, 3000, 1, 1),
                                         PeakSearchOptions{}, PeakFitOptions{});
  EXPECT_NEAR(fit.center.value, 0.045, 1e-3);
  const PeakFit none = fit_strongest_peak(
      count_curve([](double) { return 1.0; }, 0.02, 0.1, 400, 300, 1, 1), {}, {});
  EXPECT_EQ(none.status, PeakFitStatus::kNoPeak);
  EXPECT_FALSE(none.note.empty());
}

}  // namespace
}  // namespace foray::scattering::peak_fit_test
