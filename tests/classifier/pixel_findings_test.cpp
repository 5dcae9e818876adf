#include "pixel_findings.h"

#include <gtest/gtest.h>

#include "classifier/toy_frames.h"
#include "mask_features.h"
#include "radial_features.h"

namespace foray::classifier::pixel_findings_test {
namespace {

using scattering::Frame;
using testing::toy_frame;

PixelFindings findings_of(const Frame& frame) {
  const BinningTable table = make_binning_table(frame.geometry, frame.mask);
  return find_in_pixels(table, bin_frame(table, frame.counts, 1), frame, 1);
}

TEST(PixelFindings, FindNeitherHitsNorSpotsInRingsAndSlopes) {
  // A ring of three pixels, a wide one, and what falls steeply from a beamstop, bright and weak.
  for (const double height : {3.0, 300.0, 30000.0}) {
    Frame frame = toy_frame({{0.06, 0.0035, height}, {0.12, 0.01, height}, {0, 0.02, height}}, 1);
    frame.mask.block(54, 44, 12, 12) = scattering::kMaskUser;
    const PixelFindings found = findings_of(frame);
    EXPECT_EQ(found.hits, 0) << height;
    EXPECT_EQ(found.spots, 0) << height;
  }
}

TEST(PixelFindings, CountHitsAndSpotsApart) {
  Frame frame = toy_frame({{0.06, 0.002, 50}}, 2);
  frame.counts(20, 30) = 900;
  frame.counts(80, 80) = 120;
  frame.counts(0, 0) = 200;
  for (const int at : {60, 75}) {  // a peak of a few pixels
    frame.counts(100, at) += 400;
    for (const int off : {-1, 1}) {
      frame.counts(100 + off, at) += 200;
      frame.counts(100, at + off) += 200;
    }
  }
  const PixelFindings found = findings_of(frame);
  EXPECT_EQ(found.hits, 3);
  EXPECT_EQ(found.spots, 2);
  EXPECT_NEAR(found.spot_counts, 800, 80);
  int of_bins = 0;
  for (const int one : found.spots_of_bin) of_bins += one;
  EXPECT_EQ(of_bins, 2);
}

TEST(PixelFindings, CountWhatIsAtTheHighestValueAndAtTheLimit) {
  Frame frame = toy_frame({{0.06, 0.002, 1000}}, 3);
  frame.counts = frame.counts.min(900);
  const PixelFindings clipped = findings_of(frame);
  EXPECT_EQ(clipped.highest, 900);
  EXPECT_EQ(clipped.at_highest, (frame.mask == 0 && frame.counts == 900).count());
  EXPECT_GT(clipped.at_highest, 10);
  EXPECT_GT(clipped.below_highest, 0);
  EXPECT_FALSE(clipped.limit_known);
  EXPECT_EQ(clipped.saturated, 0);
  frame.saturation = 900;
  EXPECT_EQ(findings_of(frame).saturated, clipped.at_highest);
  // A single pixel far beyond the limit takes nothing from those at it.
  frame.counts(5, 5) = 5000;
  EXPECT_EQ(findings_of(frame).saturated, clipped.at_highest + 1);
}

TEST(PixelFindings, TellStreaksFromTheBeamAlongTheAxes) {
  Frame frame = toy_frame({{0, 0.04, 300}}, 6);
  const PixelFindings plain = findings_of(frame);
  for (int way = 0; way < 4; ++way) EXPECT_LT(plain.streak[way], 0.08) << way;
  for (Eigen::Index j = 50; j < 100; ++j) frame.counts(60, j) += 40;
  const PixelFindings found = findings_of(frame);
  EXPECT_GT(found.streak[2], 0.15);
  EXPECT_GT(found.streak_significance[2], 8);
  for (const int way : {0, 1, 3}) {
    EXPECT_EQ(found.streak_significance[way], plain.streak_significance[way]) << way;
  }
}

TEST(PixelFindings, TellAStreakOfABeamBesideTheDetector) {
  Frame frame = toy_frame({{0, 0.04, 300}}, 6);
  frame.geometry.poni2 = -30 * frame.geometry.pixel2;
  const PixelFindings plain = findings_of(frame);
  for (Eigen::Index j = 0; j < 100; ++j) frame.counts(60, j) += 40;
  const PixelFindings found = findings_of(frame);
  EXPECT_GT(found.streak_significance[2], 8);
  EXPECT_EQ(found.streak_significance[3], plain.streak_significance[3]);
}

// Share of the azimuth that is masked at each radius.
std::vector<float> masked_of(const std::vector<float>& features) {
  std::vector<float> shares;
  for (int k = 0; k < kMaskRadii; ++k) shares.push_back(features[static_cast<std::size_t>(3 * k)]);
  return shares;
}

TEST(MaskFeatures, TellTheShapesOfShadowsAboutTheBeamAndGaps) {
  Frame frame = toy_frame({}, 1);
  frame.mask.setZero();
  const auto none = mask_features(frame.geometry, frame.mask);
  ASSERT_EQ(none.size(), static_cast<std::size_t>(3 * kMaskRadii + 6));
  EXPECT_EQ(masked_of(none), std::vector<float>(kMaskRadii, 0.0F));
  Frame disk = frame;
  Frame line = frame;
  for (int i = 0; i < 120; ++i) {
    for (int j = 0; j < 100; ++j) {
      const double down = i + 0.5 - 60;
      const double across = j + 0.5 - 50;
      if (std::hypot(down, across) < 12) disk.mask(i, j) = scattering::kMaskUser;
      if (std::abs(across) < 4 && down > -5) line.mask(i, j) = scattering::kMaskUser;
    }
  }
  const auto of_disk = masked_of(mask_features(disk.geometry, disk.mask));
  const auto of_line = masked_of(mask_features(line.geometry, line.mask));
  EXPECT_EQ(of_disk[4], 1.0F);
  EXPECT_EQ(of_disk.back(), 0.0F);
  EXPECT_GT(of_line[0], 0.9F);
  EXPECT_GT(of_line[14], 0.02F);  // about 50 pixels from the beam
  EXPECT_LT(of_line[14], 0.1F);
  // Two rows of gaps: a band of 4 rows of 120 and one of 2.
  frame.mask.middleRows(40, 4) = scattering::kMaskGap;
  frame.mask.middleRows(90, 2) = scattering::kMaskGap;
  const auto gaps = mask_features(frame.geometry, frame.mask);
  EXPECT_NEAR(gaps[3 * kMaskRadii], 4 * 6.0 / 120, 1e-6);
  EXPECT_NEAR(gaps[3 * kMaskRadii + 1], std::log(3.0), 1e-6);
  EXPECT_EQ(gaps[3 * kMaskRadii + 4], 0.0F);
}

TEST(RadialFeatures, TellHowFarTheStatedCentreIsOff) {
  const auto shift_of = [](double pixels) {
    Frame frame = toy_frame({{0.06, 0.004, 400}, {0.1, 0.004, 200}}, 4);
    frame.geometry.poni2 += pixels * frame.geometry.pixel2;
    const BinningTable table = make_binning_table(frame.geometry, frame.mask);
    return center_shift(table, radial_features(table, bin_frame(table, frame.counts, 1)));
  };
  EXPECT_LT(shift_of(0).pixels, 0.1);
  EXPECT_LT(shift_of(0).significance, 5);
  // The ridge of the fit and the width of sectors and bins take a part.
  EXPECT_NEAR(shift_of(1.5).pixels, 1.5, 0.5);
  EXPECT_GT(shift_of(1.5).significance, 20);
  EXPECT_GT(shift_of(1.5).explained, 0.8);
}

TEST(RadialFeatures, TellUnevenRingsFromOrientedAndIsotropicOnes) {
  const auto unevenness = [](Frame frame) {
    const BinningTable table = make_binning_table(frame.geometry, frame.mask);
    const RadialFeatures f = radial_features(table, bin_frame(table, frame.counts, 1));
    return f.unevenness(f.peak);
  };
  const Frame plain = toy_frame({{0.06, 0.004, 400}}, 5);
  EXPECT_LT(unevenness(plain), 0.05);
  EXPECT_LT(unevenness(toy_frame({{0.06, 0.004, 400, 0.6}}, 5)), 0.1);
  Frame grains = plain;
  const scattering::Image chi =
      scattering::chi_map(plain.geometry, plain.counts.rows(), plain.counts.cols());
  for (Eigen::Index k = 0; k < chi.size(); ++k) {
    // Every second sector of ten degrees, one about 0: no even harmonic below 18.
    const int sector = static_cast<int>(std::floor(chi.data()[k] * 18 / std::numbers::pi + 0.5));
    if (sector % 2 != 0) grains.counts.data()[k] = std::round(grains.counts.data()[k] / 2);
  }
  EXPECT_GT(unevenness(grains), 0.25);
}

}  // namespace
}  // namespace foray::classifier::pixel_findings_test
