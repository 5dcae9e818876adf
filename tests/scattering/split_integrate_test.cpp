#include "foray/scattering/split_integrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "foray/common/random.h"
#include "tilted_detector.h"

namespace foray::scattering::split_integrate_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

SplitOptions reference_options(PixelSplit split) {
  SplitOptions options;
  options.first_bins.count = 60;
  options.split = split;
  options.corrections.polarization = 0.95;
  return options;
}

BinnedImage integrate_reference(const SplitOptions& options) {
  return SplitIntegrator(tilted_geometry(), tilted_mask(), options).integrate(tilted_image());
}

// pyFAI's arrays are single precision, which shifts its edges by up to 1e-4 of a bin.
void expect_pyfai(const BinnedImage& sums, const char* file, double unit, double tolerance) {
  const auto table = read_table(file);
  ASSERT_EQ(sums.first.size(), static_cast<Eigen::Index>(table.size()));
  const Image intensity = sums.intensity(), sigma = sums.sigma();
  for (Eigen::Index b = 0; b < sums.first.size(); ++b) {
    const auto& row = table[static_cast<std::size_t>(b)];
    EXPECT_NEAR(sums.first[b] / unit, row[0], 1e-5) << file;
    EXPECT_NEAR(intensity(b, 0), row[1], tolerance * row[1]) << file << " bin " << b;
    EXPECT_NEAR(sigma(b, 0), row[2], tolerance * row[2]) << file << " bin " << b;
    EXPECT_NEAR(sums.pixels(b, 0), row[6], 2e-4 * row[6] + 1e-3) << file << " bin " << b;
  }
}

TEST(SplitIntegrator, SplitsByBoxesAsPyfaiDoes) {
  expect_pyfai(integrate_reference(reference_options(PixelSplit::kBoundingBox)), "pyfai_bbox.txt",
               1, 1e-4);
}

TEST(SplitIntegrator, SplitsByAreaAsPyfaiDoes) {
  expect_pyfai(integrate_reference(reference_options(PixelSplit::kFull)), "pyfai_full.txt", 1,
               1e-4);
}

TEST(SplitIntegrator, SortsByTwoThetaAsPyfaiDoes) {
  SplitOptions options = reference_options(PixelSplit::kNone);
  options.first = PixelAxis::kTwoTheta;
  options.corrections.polarization.reset();
  expect_pyfai(integrate_reference(options), "pyfai_nosplit_two_theta.txt", M_PI / 180, 1e-6);
}

TEST(SplitIntegrator, WithoutSplittingIsTheAzimuthalIntegrator) {
  const BinnedImage ours = integrate_reference(reference_options(PixelSplit::kNone));
  IntegrationOptions options;
  options.q.count = 60;
  options.corrections.polarization = 0.95;
  const BinnedIntensity theirs =
      AzimuthalIntegrator(tilted_geometry(), tilted_mask(), options).integrate(tilted_image());
  const BinnedIntensity column = ours.column(0);
  EXPECT_EQ(column.centre, theirs.centre);
  for (Eigen::Index b = 0; b < 60; ++b) {
    EXPECT_DOUBLE_EQ(column.signal[b], theirs.signal[b]);
    EXPECT_NEAR(column.normalization[b], theirs.normalization[b], 1e-12 * theirs.normalization[b]);
    EXPECT_DOUBLE_EQ(column.variance[b], theirs.variance[b]);
    EXPECT_EQ(column.pixels[b], theirs.pixels[b]);
  }
}

TEST(SplitIntegrator, MakesTheCakeThatPyfaiMakes) {
  SplitOptions options = reference_options(PixelSplit::kNone);
  options.first_bins.count = 24;
  options.second_bins = Bins{.count = 36};
  options.corrections.polarization.reset();
  const BinnedImage ours =
      SplitIntegrator(tilted_geometry(), tilted_mask(), options).integrate(tilted_image());
  const auto table = read_table("pyfai_cake.txt");
  ASSERT_EQ(table.size(), 24U * 36U);
  const Image intensity = ours.intensity();
  for (Eigen::Index j = 0; j < 36; ++j) {
    for (Eigen::Index i = 0; i < 24; ++i) {
      const auto& row = table[static_cast<std::size_t>(j * 24 + i)];
      EXPECT_NEAR(ours.first[i], row[0], 1e-5);
      EXPECT_NEAR(ours.second[j] * 180 / M_PI, row[1], 1e-4);
      EXPECT_EQ(ours.pixels(i, j), row[3]) << i << " " << j;
      if (row[3] == 0) continue;
      EXPECT_NEAR(intensity(i, j), row[2], 1e-5 * row[2]) << i << " " << j;
    }
  }
}

Geometry centred() {
  Geometry geometry;
  geometry.dist = 0.1;
  geometry.poni1 = 20.3 * geometry.pixel1;
  geometry.poni2 = 25.4 * geometry.pixel2;
  return geometry;
}

// Every split over every pair of axes keeps what was counted.
TEST(SplitIntegrator, LosesNoCount) {
  Image counts(40, 50);
  CounterStream random(1, 0);
  for (Eigen::Index p = 0; p < counts.size(); ++p) counts.data()[p] = random.poisson(30);
  const Mask mask = Mask::Zero(40, 50);
  const std::pair<PixelAxis, PixelAxis> axes[] = {{PixelAxis::kQ, PixelAxis::kChi},
                                                  {PixelAxis::kChi, PixelAxis::kTwoTheta},
                                                  {PixelAxis::kRadius, PixelAxis::kChi},
                                                  {PixelAxis::kQx, PixelAxis::kQy}};
  for (const auto& [first, second] : axes) {
    for (const PixelSplit split :
         {PixelSplit::kNone, PixelSplit::kBoundingBox, PixelSplit::kFull}) {
      SplitOptions options;
      options.first = first;
      options.first_bins.count = 30;
      options.second = second;
      options.second_bins = Bins{.count = 25};
      options.split = split;
      const BinnedImage sums = SplitIntegrator(centred(), mask, options).integrate(counts);
      EXPECT_NEAR(sums.signal.sum(), counts.sum(), 2e-6 * counts.sum())
          << static_cast<int>(first) << " " << static_cast<int>(split);
      EXPECT_NEAR(sums.pixels.sum(), 2000, 4e-3);
    }
  }
}

// A row of pixel centres lies on the cut of the azimuth, which both ends of a full turn hold.
TEST(SplitIntegrator, CountsPixelsOnTheCutOnce) {
  const Image counts = Image::Ones(40, 50);
  Geometry geometry = centred();
  geometry.poni1 = 20.5 * geometry.pixel1;
  for (const Range& turn : {Range{-M_PI, M_PI}, Range{0, 2 * M_PI}}) {
    SplitOptions options;
    options.first_bins.count = 30;
    options.second = PixelAxis::kChi;
    options.second_bins = Bins{.count = 24, .range = turn};
    const BinnedImage sums =
        SplitIntegrator(geometry, Mask::Zero(40, 50), options).integrate(counts);
    EXPECT_EQ(sums.pixels.sum(), 2000);
  }
}

TEST(SplitIntegrator, TakesSectorsOverTheCutAndSlabs) {
  const Image counts = Image::Ones(40, 50);
  SplitOptions options;
  options.first_bins.count = 1;
  options.corrections.solid_angle = false;
  options.second_range = Range{170 * M_PI / 180, 190 * M_PI / 180};
  const Image angle = chi_map(centred(), 40, 50);
  const auto pixels = [&] {
    return SplitIntegrator(centred(), Mask::Zero(40, 50), options).integrate(counts).pixels(0, 0);
  };
  EXPECT_EQ(pixels(), (angle.abs() > 170 * M_PI / 180).count());
  options.first = PixelAxis::kQx;
  options.second = PixelAxis::kQy;
  const Image q = q_map(centred(), 40, 50);
  options.second_range = Range{-0.05, 0.05};
  EXPECT_EQ(pixels(), ((q * angle.sin()).abs() < 0.05).count());
  options.first = PixelAxis::kSpacing;
  options.first_bins.range = Range{5, 20};
  options.second = PixelAxis::kChi;
  options.second_range.reset();
  const Image spacing = 2 * M_PI / q;
  EXPECT_EQ(pixels(), (spacing >= 5 && spacing <= 20).count());
}

// Chi squared of bins over repeated frames about what was put in, over its expectation.
double chi_squared(PixelSplit split, ErrorModel errors, double clip, double excess) {
  SplitOptions options;
  options.first_bins.count = 12;
  options.split = split;
  options.corrections.polarization = 0.9;
  const Mask mask = Mask::Zero(40, 50);
  const SplitIntegrator integrator(centred(), mask, options);
  const Image norm = solid_angle_map(centred(), 40, 50) * polarization_map(centred(), 40, 50, 0.9);
  double sum = 0;
  constexpr int kFrames = 200;
  int bins = 0;
  for (int frame = 0; frame < kFrames; ++frame) {
    Image counts(40, 50);
    CounterStream random(7, static_cast<std::uint64_t>(frame));
    // What Poisson does not say: packets of `excess` counts.
    for (Eigen::Index p = 0; p < counts.size(); ++p) {
      counts.data()[p] = excess * random.poisson(50 / excess * norm.data()[p]);
    }
    const BinnedImage found = integrator.integrate(counts, {.errors = errors, .clip = clip});
    const Image intensity = found.intensity(), sigma = found.sigma();
    for (Eigen::Index b = 1; b < 12; ++b) {  // the first holds a few pixels only
      sum += std::pow((intensity(b, 0) - 50) / sigma(b, 0), 2);
      ++bins;
    }
  }
  return sum / bins;
}

// 2200 values have a spread of 0.03, of which four are allowed; errors off by 7 % fail.
TEST(SplitIntegrator, HasErrorsWhoseChiSquaredOverRepeatedFramesIsOne) {
  for (const PixelSplit split : {PixelSplit::kNone, PixelSplit::kBoundingBox, PixelSplit::kFull}) {
    for (const ErrorModel errors :
         {ErrorModel::kPoisson, ErrorModel::kAzimuthal, ErrorModel::kHybrid}) {
      EXPECT_NEAR(chi_squared(split, errors, 0, 1), 1, 0.13)
          << static_cast<int>(split) << " " << static_cast<int>(errors);
    }
    EXPECT_NEAR(chi_squared(split, ErrorModel::kHybrid, 5, 1), 1, 0.13);
    // Counts that come in threes: only the scatter knows.
    EXPECT_NEAR(chi_squared(split, ErrorModel::kAzimuthal, 0, 3), 1, 0.13);
    EXPECT_GT(chi_squared(split, ErrorModel::kPoisson, 0, 3), 2.5);
  }
}

TEST(SplitIntegrator, ClipsSpotsAndLeavesTheRestAlone) {
  SplitOptions options;
  options.first_bins.count = 10;
  options.corrections.solid_angle = false;
  const SplitIntegrator integrator(centred(), Mask::Zero(40, 50), options);
  Image counts(40, 50);
  CounterStream random(3, 0);
  for (Eigen::Index p = 0; p < counts.size(); ++p) counts.data()[p] = random.poisson(100);
  const BinnedImage clean = integrator.integrate(counts, {.clip = 5});
  EXPECT_EQ(clean.pixels.sum(), 2000);
  Image spots = counts;
  for (Eigen::Index p = 11; p < counts.size(); p += 97) spots.data()[p] = 5000;
  for (const ErrorModel errors :
       {ErrorModel::kPoisson, ErrorModel::kAzimuthal, ErrorModel::kHybrid}) {
    const BinnedImage clipped = integrator.integrate(spots, {.errors = errors, .clip = 5});
    EXPECT_EQ(clipped.pixels.sum(), 2000 - 21) << static_cast<int>(errors);
    const Image off = (clipped.intensity() - 100) / clipped.sigma();
    EXPECT_LT(off.abs().maxCoeff(), 4.5);
  }
  EXPECT_GT(integrator.integrate(spots).intensity().maxCoeff(), 110);
}

TEST(SplitIntegrator, AppliesDarkFlatAndSkip) {
  SplitOptions options;
  options.first_bins.count = 4;
  options.corrections.dark = Image::Constant(40, 50, 5);
  options.corrections.flat = Image::Constant(40, 50, 2);
  options.corrections.solid_angle = false;
  const SplitIntegrator integrator(centred(), Mask::Zero(40, 50), options);
  Image counts = Image::Constant(40, 50, 25);
  Mask skip = Mask::Zero(40, 50);
  skip.topRows(10) = 1;
  counts.topRows(10) = std::nan("");
  const BinnedImage sums = integrator.integrate(counts, {}, nullptr, &skip);
  EXPECT_NEAR(sums.intensity()(0, 0), 10, 1e-12);
  EXPECT_EQ(sums.pixels.sum(), 1500);
  EXPECT_NEAR(sums.variance.sum(), 1500 * 30, 1e-6);
  EXPECT_FALSE(sums.counting);
}

TEST(SplitIntegrator, RefusesWhatItCannotUse) {
  const Mask mask = Mask::Zero(40, 50);
  const auto make = [&](const SplitOptions& options) { SplitIntegrator(centred(), mask, options); };
  SplitOptions same, wide, wide_bins, nothing;
  same.second = PixelAxis::kQ;
  wide.second_range = Range{0, 7};
  wide_bins.second_bins = Bins{.count = 4, .range = Range{-M_PI, 2 * M_PI}};
  nothing.first_bins.range = Range{50, 60};
  EXPECT_THAT([&] { make(same); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("another axis than the first")));
  EXPECT_THAT([&] { make(wide); }, ThrowsMessage<std::invalid_argument>(HasSubstr("(0, 2 pi]")));
  EXPECT_THAT([&] { make(wide_bins); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("second_bins: range: expected")));
  EXPECT_THAT([&] { make(nothing); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("good pixels in the ranges")));
  EXPECT_THAT([&] { SplitIntegrator(centred(), Mask::Ones(40, 50), {}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("at least one good pixel")));
  const SplitIntegrator integrator(centred(), mask, {});
  const Image counts = Image::Ones(40, 50);
  EXPECT_THAT([&] { static_cast<void>(integrator.integrate(Image::Ones(3, 3))); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("shape 40 x 50, got 3 x 3")));
  EXPECT_THAT([&] { static_cast<void>(integrator.integrate(counts, {.clip = 1})); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("clip: expected 0 or at least 2")));
  Image bad = counts;
  bad(2, 3) = -1;
  EXPECT_THAT([&] { static_cast<void>(integrator.integrate(bad)); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("got -1 at [2][3]")));
  EXPECT_THROW(static_cast<void>(integrator.integrate(counts).column(1)), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::split_integrate_test
