#include "foray/scattering/integrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "foray/common/random.h"
#include "foray/scattering/masks.h"
#include "tilted_detector.h"

namespace foray::scattering::integrate_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

IntegrationOptions reference_options(int bins) {
  IntegrationOptions options;
  options.q.count = bins;
  options.corrections.polarization = 0.95;
  return options;
}

BinnedIntensity integrate_reference(const IntegrationOptions& options) {
  return AzimuthalIntegrator(tilted_geometry(), tilted_mask(), options).integrate(tilted_image());
}

double intensity(const BinnedIntensity& sums, Eigen::Index b) {
  return sums.signal[b] / sums.normalization[b];
}

double sigma(const BinnedIntensity& sums, Eigen::Index b) {
  return std::sqrt(sums.variance[b]) / sums.normalization[b];
}

TEST(AzimuthalIntegrator, IsTheIndependentResultOnATiltedDetector) {
  const BinnedIntensity sums = integrate_reference(reference_options(60));
  const auto table = read_table("nosplit_independent.txt");
  ASSERT_EQ(sums.centre.size(), static_cast<Eigen::Index>(table.size()));
  for (Eigen::Index b = 0; b < sums.centre.size(); ++b) {
    const auto& row = table[static_cast<std::size_t>(b)];
    EXPECT_NEAR(sums.centre[b], row[0], 1e-6);
    EXPECT_NEAR(intensity(sums, b), row[1], 1e-6 * row[1]);
    EXPECT_NEAR(sigma(sums, b), row[2], 1e-6 * row[2]);
  }
}

// Against pyFAI's own runs; its arrays are single precision.
void expect_pyfai(const BinnedIntensity& sums, const char* file) {
  const auto table = read_table(file);
  ASSERT_EQ(sums.centre.size(), static_cast<Eigen::Index>(table.size()));
  for (Eigen::Index b = 0; b < sums.centre.size(); ++b) {
    const auto& row = table[static_cast<std::size_t>(b)];
    EXPECT_NEAR(sums.centre[b], row[0], 1e-6) << file;
    EXPECT_EQ(sums.pixels[b], static_cast<std::int64_t>(row[5])) << file << " bin " << b;
    if (sums.pixels[b] == 0) continue;
    EXPECT_NEAR(sums.signal[b], row[3], 1e-6 * row[3]) << file;
    EXPECT_NEAR(sums.normalization[b], row[4], 1e-6 * row[4]) << file;
    EXPECT_NEAR(intensity(sums, b), row[1], 1e-6 * row[1]) << file;
    EXPECT_NEAR(sigma(sums, b), row[2], 1e-6 * row[2]) << file;
  }
}

TEST(AzimuthalIntegrator, IsPyfaisWithAllCorrections) {
  expect_pyfai(integrate_reference(reference_options(60)), "pyfai_nosplit.txt");
}

TEST(AzimuthalIntegrator, IsPyfaisWithoutCorrections) {
  IntegrationOptions options;
  options.q.count = 60;
  options.corrections.solid_angle = false;
  expect_pyfai(integrate_reference(options), "pyfai_nosplit_plain.txt");
}

TEST(AzimuthalIntegrator, IsPyfaisInARangeOfChi) {
  IntegrationOptions options = reference_options(60);
  options.chi = Range{-std::numbers::pi / 6, std::numbers::pi / 6};
  expect_pyfai(integrate_reference(options), "pyfai_nosplit_chi.txt");
}

TEST(AzimuthalIntegrator, IsPyfaisInARangeOfQ) {
  IntegrationOptions options;
  options.q = {.count = 40, .range = Range{0.2, 1.8}};
  expect_pyfai(integrate_reference(options), "pyfai_nosplit_qrange.txt");
}

TEST(AzimuthalIntegrator, TakesARangeOfChiAcrossTheCut) {
  // A range of a quarter turn about pi, once below and once above the cut, and its complement.
  IntegrationOptions options;
  options.q.count = 20;
  const auto pixels = [&](double from, double to) {
    options.chi = Range{from, to};
    return AzimuthalIntegrator(Geometry{.poni1 = 0.0086, .poni2 = 0.0086}, Mask::Zero(100, 100),
                               options)
        .integrate(Image::Ones(100, 100))
        .pixels.sum();
  };
  constexpr double kPi = std::numbers::pi;
  const auto above = pixels(0.8 * kPi, 1.3 * kPi), below = pixels(-1.2 * kPi, -0.7 * kPi);
  EXPECT_EQ(above, below);
  EXPECT_EQ(above + pixels(1.3 * kPi, 2.8 * kPi), 100 * 100);
  EXPECT_NEAR(static_cast<double>(above), 2500, 60);
}

// Over repeated Poisson frames (I - mean)^2 / sigma^2 must be 1 on average: mean of 40 bins x 400
// frames of a chi^2 with one degree has the standard deviation sqrt(2 / 16000) = 0.011.
TEST(AzimuthalIntegrator, ErrorsMakeChiSquaredOneOverRepeatedFrames) {
  IntegrationOptions options = reference_options(40);
  const Geometry geometry = tilted_geometry();
  const Mask mask = tilted_mask();
  const AzimuthalIntegrator integrator(geometry, mask, options);
  const Image norm =
      solid_angle_map(geometry, 120, 100) * polarization_map(geometry, 120, 100, 0.95);
  const Image expected = 40.0 * norm;  // a flat sample of 40 counts a pixel
  double chi_squared = 0;
  Eigen::Index terms = 0;
  for (std::uint64_t frame = 0; frame < 400; ++frame) {
    CounterStream stream(11, frame);
    const Image counts = expected.unaryExpr([&](double mean) { return stream.poisson(mean); });
    const Curve curve = to_curve(integrator.integrate(counts));
    chi_squared += ((curve.intensity.array() - 40.0) / curve.sigma.array()).square().sum();
    terms += curve.q.size();
  }
  EXPECT_NEAR(chi_squared / static_cast<double>(terms), 1.0, 0.05);
}

TEST(AzimuthalIntegrator, TakesAVarianceInPlaceOfCounts) {
  const AzimuthalIntegrator integrator(tilted_geometry(), tilted_mask(), reference_options(60));
  const Image image = tilted_image();
  const Image variance = 4.0 * image;
  const BinnedIntensity poisson = integrator.integrate(image);
  const BinnedIntensity given = integrator.integrate(image, &variance);
  EXPECT_TRUE(given.signal.isApprox(poisson.signal, 1e-14));
  EXPECT_TRUE(given.variance.isApprox(4.0 * poisson.variance, 1e-14));
  const Image negative = -image;
  EXPECT_NO_THROW((void)integrator.integrate(negative, &variance));
}

TEST(AzimuthalIntegrator, SkippedPixelsLeaveSignalAndNormalisation) {
  const Image image = tilted_image();
  Mask skip = Mask::Zero(120, 100), both = tilted_mask();
  skip.block(20, 60, 30, 30) = kMaskOverResponding;
  combine_into(both, skip, "skip");
  const auto options = [] {
    IntegrationOptions o = reference_options(60);
    o.q.range = Range{0.8, 2.2};
    return o;
  }();
  const auto dynamic = AzimuthalIntegrator(tilted_geometry(), tilted_mask(), options)
                           .integrate(image, nullptr, &skip);
  const auto fixed = AzimuthalIntegrator(tilted_geometry(), both, options).integrate(image);
  EXPECT_TRUE(dynamic.signal.isApprox(fixed.signal, 1e-14));
  EXPECT_TRUE(dynamic.normalization.isApprox(fixed.normalization, 1e-14));
  EXPECT_TRUE(dynamic.variance.isApprox(fixed.variance, 1e-14));
  EXPECT_TRUE((dynamic.pixels == fixed.pixels).all());
}

TEST(AzimuthalIntegrator, UndoesAFlatFieldAndSubtractsADark) {
  Image flat(120, 100);
  for (Eigen::Index p = 0; p < flat.size(); ++p) {
    flat.data()[p] = 1 + 0.3 * std::sin(static_cast<double>(p));
  }
  const Image dark = Image::Constant(120, 100, 3.0);
  IntegrationOptions options = reference_options(60);
  options.corrections.flat = flat;
  options.corrections.dark = dark;
  const Geometry geometry = tilted_geometry();
  const Image norm =
      solid_angle_map(geometry, 120, 100) * polarization_map(geometry, 120, 100, 0.95);
  const Image counts = 25.0 * norm * flat + dark;
  const auto sums = AzimuthalIntegrator(geometry, tilted_mask(), options).integrate(counts);
  for (Eigen::Index b = 0; b < sums.centre.size(); ++b) {
    EXPECT_NEAR(intensity(sums, b), 25.0, 1e-12);
    // Poisson of what was counted, signal and dark, and that of the dark that is subtracted.
    const double dark_counts = 3.0 * static_cast<double>(sums.pixels[b]);
    EXPECT_NEAR(sums.variance[b], sums.signal[b] + 2 * dark_counts, 1e-9 * sums.variance[b]);
  }
  EXPECT_FALSE(sums.counting);
}

TEST(AzimuthalIntegrator, MaskedPixelsMayHoldAnything) {
  Image image = tilted_image();
  const auto expected = integrate_reference(reference_options(60));
  const Mask mask = tilted_mask();
  for (Eigen::Index p = 0; p < image.size(); ++p) {
    if (mask.data()[p] != 0) image.data()[p] = p % 2 == 0 ? -1 : std::nan("");
  }
  const auto got =
      AzimuthalIntegrator(tilted_geometry(), mask, reference_options(60)).integrate(image);
  EXPECT_EQ(got.signal, expected.signal);
}

TEST(AzimuthalIntegrator, NamesTheBadPixel) {
  const AzimuthalIntegrator integrator(tilted_geometry(), tilted_mask(), reference_options(60));
  for (const double bad : {-1.0, std::nan(""), HUGE_VAL}) {
    Image image = tilted_image();
    image(7, 9) = bad;
    EXPECT_THAT([&] { (void)integrator.integrate(image); },
                ThrowsMessage<std::invalid_argument>(
                    testing::AllOf(HasSubstr("counts"), HasSubstr("[7][9]"))));
    const Mask none = Mask::Zero(120, 100);
    EXPECT_THAT([&] { (void)integrator.integrate(image, nullptr, &none); },
                ThrowsMessage<std::invalid_argument>(HasSubstr("[7][9]")));
    Mask skip = Mask::Zero(120, 100);
    skip(7, 9) = 1;
    EXPECT_NO_THROW((void)integrator.integrate(image, nullptr, &skip));
  }
}

TEST(AzimuthalIntegrator, NamesWhatHasTheWrongShape) {
  const AzimuthalIntegrator integrator(tilted_geometry(), tilted_mask(), reference_options(60));
  const Image good = tilted_image(), wrong = Image::Zero(100, 120);
  const Mask skip = Mask::Zero(3, 3);
  EXPECT_THAT([&] { (void)integrator.integrate(wrong); },
              ThrowsMessage<std::invalid_argument>(testing::AllOf(
                  HasSubstr("counts"), HasSubstr("120 x 100"), HasSubstr("100 x 120"))));
  EXPECT_THAT([&] { (void)integrator.integrate(good, &wrong); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("variance")));
  EXPECT_THAT([&] { (void)integrator.integrate(good, nullptr, &skip); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("skip")));
  IntegrationOptions options;
  options.corrections.flat = Image::Ones(2, 2);
  EXPECT_THAT([&] { AzimuthalIntegrator(tilted_geometry(), tilted_mask(), options); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("flat")));
}

TEST(AzimuthalIntegrator, RefusesBadOptionsByName) {
  const auto refuses = [](auto set, const char* word) {
    IntegrationOptions options;
    set(options);
    EXPECT_THAT([&] { AzimuthalIntegrator(tilted_geometry(), tilted_mask(), options); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(word)));
  };
  EXPECT_NO_THROW(AzimuthalIntegrator(tilted_geometry(), tilted_mask(), IntegrationOptions{}));
  refuses([](auto& o) { o.q.count = 0; }, "count");
  refuses([](auto& o) { o.q.range = Range{2, 1}; }, "range");
  refuses([](auto& o) { o.chi = Range{0, 7}; }, "chi");
  refuses([](auto& o) { o.corrections.polarization = 2; }, "factor");
  refuses([](auto& o) { o.corrections.flat = Image::Zero(120, 100); }, "flat");
  refuses([](auto& o) { o.corrections.dark = Image::Constant(120, 100, -1); }, "dark");
  refuses([](auto& o) { o.q.range = Range{50, 60}; }, "good pixels");
  EXPECT_THAT(
      [] { AzimuthalIntegrator(tilted_geometry(), Mask::Ones(120, 100), IntegrationOptions{}); },
      ThrowsMessage<std::invalid_argument>(HasSubstr("at least one good pixel")));
}

TEST(ToCurve, LeavesOutEmptyBinsAndGivesAnEmptySumTheErrorOfOneCount) {
  BinnedIntensity sums;
  sums.centre = Eigen::VectorXd{{0.1, 0.2, 0.3}};
  sums.signal = Eigen::VectorXd{{50.0, 0.0, 0.0}};
  sums.variance = Eigen::VectorXd{{50.0, 0.0, 0.0}};
  sums.normalization = Eigen::VectorXd{{25.0, 0.0, 10.0}};
  const Curve curve = to_curve(sums, {.scale = 2.0, .intensity_unit = "counts/s"});
  ASSERT_EQ(curve.q.size(), 2);
  EXPECT_DOUBLE_EQ(curve.q[1], 0.3);
  EXPECT_DOUBLE_EQ(curve.intensity[0], 4.0);
  EXPECT_DOUBLE_EQ(curve.sigma[0], 2.0 * std::sqrt(50.0) / 25);
  EXPECT_DOUBLE_EQ(curve.intensity[1], 0.0);
  EXPECT_DOUBLE_EQ(curve.sigma[1], 0.2);
  EXPECT_EQ(curve.intensity_unit, "counts/s");
  EXPECT_THROW(to_curve(sums, {.scale = 0}), std::invalid_argument);
}

TEST(AzimuthalProfiler, FollowsTheIntensityAlongTheRing) {
  const Geometry geometry{.dist = 1.0, .poni1 = 0.0172, .poni2 = 0.0172};
  const Mask mask = Mask::Zero(200, 200);
  const Image norm = solid_angle_map(geometry, 200, 200), angle = chi_map(geometry, 200, 200);
  const Image counts = norm * (100 + 50 * (2 * angle).cos());
  const AzimuthalProfiler profiler(
      geometry, mask,
      {.q = {0.03, 0.08},
       .chi = {.count = 36, .range = Range{-std::numbers::pi, std::numbers::pi}}});
  const BinnedIntensity sums = profiler.integrate(counts);
  ASSERT_EQ(sums.centre.size(), 36);
  for (Eigen::Index b = 0; b < 36; ++b) {
    ASSERT_GT(sums.pixels[b], 50);
    // Within a bin of 10 degrees cos 2 chi varies by 0.17 at most, its mean far less.
    EXPECT_NEAR(intensity(sums, b), 100 + 50 * std::cos(2 * sums.centre[b]), 1.5);
    EXPECT_NEAR(sigma(sums, b) * std::sqrt(static_cast<double>(sums.pixels[b])),
                std::sqrt(intensity(sums, b)), 0.01);
  }
  EXPECT_THROW(AzimuthalProfiler(geometry, mask, ProfileOptions{}), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::integrate_test
