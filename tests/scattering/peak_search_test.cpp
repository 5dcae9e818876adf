#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "foray/scattering/peaks.h"
#include "peak_curve.h"

namespace foray::scattering::peak_search_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(FindPeaks, FindsOnePeakWhereItIs) {
  const PeakTruth truth;
  int found = 0;
  for (std::uint64_t k = 0; k < 50; ++k) {
    const auto peaks = find_peaks(count_curve(truth, 0.01, 0.15, 400, 400, 1, k));
    ASSERT_EQ(peaks.size(), 1U) << k;
    EXPECT_NEAR(peaks[0].q, truth.center, 0.3 * truth.fwhm);
    EXPECT_GT(peaks[0].fwhm, 0.4 * truth.fwhm);
    EXPECT_LT(peaks[0].fwhm, 2.5 * truth.fwhm);
    ++found;
  }
  EXPECT_EQ(found, 50);
}

// Nothing but noise, at low and high counts, flat, steep and with a knee.
TEST(FindPeaks, FindsNoneInCurvesWithoutPeaks) {
  const auto flat = [](double) { return 1.0; };
  const auto power = [](double q) { return 1e-4 * std::pow(q, -3.0); };
  const auto guinier = [](double q) { return std::exp(-q * q * 900) + 0.01; };
  const auto ornstein = [](double q) { return 1 / (1 + q * q * 2500) + 0.01; };
  for (std::uint64_t k = 0; k < 40; ++k) {
    for (const double weight : {3.0, 100.0, 3000.0, 1e5}) {
      EXPECT_TRUE(find_peaks(count_curve(flat, 0.01, 0.2, 300, weight, 2, k)).empty()) << weight;
      EXPECT_TRUE(find_peaks(count_curve(power, 0.01, 0.2, 300, weight, 3, k)).empty()) << weight;
      EXPECT_TRUE(find_peaks(count_curve(guinier, 0.01, 0.2, 300, weight, 4, k)).empty()) << weight;
      EXPECT_TRUE(find_peaks(count_curve(ornstein, 0.01, 0.2, 300, weight, 5, k)).empty())
          << weight;
    }
  }
}

TEST(FindPeaks, FindsALamellarSeriesInOrder) {
  const auto series = [](double q) {
    double sum = 1e-5 * std::pow(q, -3.0) + 0.05;
    for (int order = 1; order <= 4; ++order) {
      sum += PeakTruth{0.03 * order, 0.003, 0.006 / order, 0.3, 0, 0}(q);
    }
    return sum;
  };
  for (std::uint64_t k = 0; k < 20; ++k) {
    const auto peaks = find_peaks(count_curve(series, 0.01, 0.15, 500, 500, 6, k));
    ASSERT_EQ(peaks.size(), 4U) << k;
    for (int order = 1; order <= 4; ++order) {
      EXPECT_NEAR(peaks[static_cast<std::size_t>(order - 1)].q, 0.03 * order, 0.001);
    }
  }
}

TEST(FindPeaks, FindsAPeakOnASteepSlope) {
  const auto curve = [](double q) {
    return 2e-4 * std::pow(q, -3.0) + PeakTruth{0.06, 0.005, 0.002, 0.5, 0, 0}(q);
  };
  for (std::uint64_t k = 0; k < 20; ++k) {
    const auto peaks = find_peaks(count_curve(curve, 0.01, 0.15, 400, 1000, 7, k));
    ASSERT_EQ(peaks.size(), 1U);
    EXPECT_NEAR(peaks[0].q, 0.06, 0.002);
  }
}

TEST(FindPeaks, DoesNotDependOnTheUnitOfIntensity) {
  const Curve curve = count_curve(PeakTruth{}, 0.01, 0.15, 400, 400, 1, 0);
  Curve scaled = curve;
  scaled.intensity *= 1e7;
  scaled.sigma *= 1e7;
  const auto one = find_peaks(curve), other = find_peaks(scaled);
  ASSERT_EQ(one.size(), other.size());
  EXPECT_NEAR(one[0].significance, other[0].significance, 1e-9 * one[0].significance);
  EXPECT_DOUBLE_EQ(one[0].q, other[0].q);
}

TEST(FindPeaks, EstimatesTheNoiseWhereTheCurveHasNone) {
  Curve curve = count_curve(PeakTruth{}, 0.01, 0.15, 400, 400, 1, 0);
  curve.sigma.resize(0);
  const auto peaks = find_peaks(curve);
  ASSERT_EQ(peaks.size(), 1U);
  EXPECT_NEAR(peaks[0].q, 0.05, 0.001);
  Curve flat = count_curve([](double) { return 1.0; }, 0.01, 0.15, 400, 400, 1, 0);
  flat.sigma.resize(0);
  EXPECT_TRUE(find_peaks(flat).empty());
}

TEST(FindPeaks, LooksOnlyWhereItIsTold) {
  const Curve curve = count_curve(PeakTruth{}, 0.01, 0.15, 400, 400, 1, 0);
  EXPECT_TRUE(find_peaks(curve, {.q = Range{0.07, 0.14}}).empty());
  EXPECT_EQ(find_peaks(curve, {.q = Range{0.04, 0.06}}).size(), 1U);
  EXPECT_TRUE(find_peaks(curve, {.q = Range{1, 2}}).empty());
}

TEST(FindPeaks, FindsNothingInShortOrConstantCurves) {
  Curve curve;
  EXPECT_TRUE(find_peaks(curve).empty());
  curve.q = Eigen::VectorXd::LinSpaced(5, 0.1, 0.2);
  curve.intensity = Eigen::VectorXd::Ones(5);
  EXPECT_TRUE(find_peaks(curve).empty());
  curve.q = Eigen::VectorXd::LinSpaced(100, 0.1, 0.2);
  curve.intensity = Eigen::VectorXd::Constant(100, 7);
  EXPECT_TRUE(find_peaks(curve).empty());
  curve.intensity.setZero();
  EXPECT_TRUE(find_peaks(curve).empty());
}

TEST(FindPeaks, NamesWhatIsWrong) {
  Curve curve = count_curve(PeakTruth{}, 0.01, 0.15, 50, 400, 1, 0);
  const auto refuses = [&](const PeakSearchOptions& options, const char* word) {
    EXPECT_THAT([&] { find_peaks(curve, options); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(word)));
  };
  refuses({.min_significance = 0}, "min_significance");
  refuses({.min_contrast = -1}, "min_contrast");
  refuses({.q = Range{2, 1}}, "q:");
  refuses({.fwhm = Range{0, 1}}, "fwhm");
  refuses({.max_peaks = 0}, "max_peaks");
  curve.intensity[3] = std::nan("");
  refuses({}, "intensity");
}

}  // namespace
}  // namespace foray::scattering::peak_search_test
