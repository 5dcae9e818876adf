#include "azimuth_features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "classifier/toy_frames.h"
#include "line_features.h"
#include "pixel_findings.h"
#include "shadow_features.h"

namespace foray::classifier::azimuth_features_test {
namespace {

using scattering::Frame;
using testing::toy_frame;

// A bright ring of n maxima, sharper than a cosine, without noise.
Frame folded_frame(int n) {
  Frame frame = toy_frame({}, 1);
  frame.mask.setZero();
  const auto q = scattering::q_map(frame.geometry, frame.counts.rows(), frame.counts.cols());
  const auto chi = scattering::chi_map(frame.geometry, frame.counts.rows(), frame.counts.cols());
  for (Eigen::Index k = 0; k < q.size(); ++k) {
    const double along = std::exp(8 * (std::cos(n * chi.data()[k]) - 1));
    const double across = std::exp(-std::pow((q.data()[k] - 0.1) / 0.005, 2));
    frame.counts.data()[k] = 100 + 1000 * along * across;
  }
  return frame;
}

AzimuthFeatures features_of(const Frame& frame) {
  const BinningTable table = make_binning_table(frame.geometry, frame.mask);
  const BinnedFrame binned = bin_frame(table, frame.counts, 1);
  return azimuth_features(table, binned, radial_features(table, binned));
}

int bin_of(const Frame& frame, double q) {
  const BinningTable table = make_binning_table(frame.geometry, frame.mask);
  return kPolarBins - 1 -
         static_cast<int>((table.ln_q_max - std::log(q)) * kBinsPerOctave / std::numbers::ln2);
}

TEST(AzimuthFeatures, AreLikeThemselvesTurnedByTheirSymmetry) {
  for (const int n : {2, 4, 6}) {
    const Frame frame = folded_frame(n);
    const AzimuthFeatures f = features_of(frame);
    const Eigen::Index bin = bin_of(frame, 0.1);
    // Turned by 60, 90 and 180 degrees.
    EXPECT_EQ(f.likeness(1, bin) > 0.6, n == 6) << n;
    EXPECT_EQ(f.likeness(2, bin) > 0.6, n == 4) << n;
    EXPECT_GT(f.likeness(3, bin), 0.6) << n;
  }
}

TEST(AzimuthFeatures, TellTheDirectionInWhichARingIsSeen) {
  const Frame frame = folded_frame(2);  // maxima along the fast axis
  const AzimuthFeatures f = features_of(frame);
  const Eigen::Index bin = bin_of(frame, 0.1);
  EXPECT_GT(f.excess(0, bin), 0.5);
  EXPECT_LT(std::abs(f.excess(3, bin)), 0.1);
}

// Counts that fall with q, seen with the beam at shares of the detector's sides. `arc` brightens
// what lies along the slow axis.
Frame falling_frame(double slow, double fast, double arc = 0) {
  Frame frame = toy_frame({}, 1);
  frame.mask.setZero();
  frame.geometry.poni1 = slow * 120 * frame.geometry.pixel1;
  frame.geometry.poni2 = fast * 100 * frame.geometry.pixel2;
  const auto q = scattering::q_map(frame.geometry, 120, 100);
  const auto chi = scattering::chi_map(frame.geometry, 120, 100);
  CounterStream stream(2, 0);
  for (Eigen::Index k = 0; k < q.size(); ++k) {
    const double along = arc * std::pow(std::sin(chi.data()[k]), 8);
    const double mean = 0.003 / std::pow(std::max(q.data()[k], 0.02), 3) * (1 + along);
    frame.counts.data()[k] = stream.poisson(mean);
  }
  return frame;
}

LitSectors lit_of(const Frame& frame) {
  const BinningTable table = make_binning_table(frame.geometry, frame.mask);
  return lit_sectors(table, bin_frame(table, frame.counts, 1));
}

std::ptrdiff_t lit_number(const Frame& frame) {
  const LitSectors lit = lit_of(frame);
  return std::count(lit.begin(), lit.end(), true);
}

constexpr double kBeams[][2] = {{.5, .5}, {.15, .15}, {.3, .5}, {.85, .6}};

TEST(LitSectors, AreAllOfAFrameThatIsTheSameTurned) {
  for (const auto& beam : kBeams) {
    EXPECT_EQ(lit_number(falling_frame(beam[0], beam[1])), kPolarSectors) << beam[0];
    EXPECT_EQ(lit_number(falling_frame(beam[0], beam[1], 20)), kPolarSectors) << beam[0];
  }
}

TEST(LitSectors, AreThoseOfTheBrighterHalfOnly) {
  for (const auto& beam : kBeams) {
    const auto row = static_cast<Eigen::Index>(std::lround(beam[0] * 120));
    Frame below = falling_frame(beam[0], beam[1]);
    below.counts.bottomRows(120 - row) *= 0.1;
    const LitSectors before = lit_of(below);
    EXPECT_EQ(std::count(before.begin(), before.end(), true), kPolarSectors / 2 - 1) << beam[0];
    EXPECT_TRUE(before[27]);  // rows of lower numbers
    EXPECT_FALSE(before[9]);
    Frame left = falling_frame(beam[0], beam[1]);
    left.counts.leftCols(std::lround(beam[1] * 100)) = 0;
    const LitSectors right = lit_of(left);
    EXPECT_EQ(std::count(right.begin(), right.end(), true), kPolarSectors / 2 - 1) << beam[0];
    EXPECT_TRUE(right[0]);
    EXPECT_FALSE(right[18]);
  }
}

TEST(LitSectors, AreNotDecidedByAFewCounts) {
  Frame frame = falling_frame(.5, .5);
  frame.counts.setZero();
  EXPECT_EQ(lit_number(frame), kPolarSectors);
  for (Eigen::Index k = 0; k < 6; ++k) frame.counts(90, 48 + k) = 1;
  EXPECT_EQ(lit_number(frame), kPolarSectors);
  for (Eigen::Index k = 0; k < 40; ++k) frame.counts(90, 30 + k) = 1;
  EXPECT_EQ(lit_number(frame), kPolarSectors / 2 - 1);
}

TEST(LineFeatures, FindAStepACrestAndADipWithTheirPlaces) {
  Frame frame = toy_frame({}, 1);
  frame.mask.setZero();
  frame.counts.setConstant(20);
  frame.counts.topRows(50) = 40;
  frame.counts.row(90) = 60;
  frame.counts.col(70) = 5;
  const BinningTable table = make_binning_table(frame.geometry, frame.mask);
  const auto lines = line_features(table, bin_frame(table, frame.counts, 1));
  ASSERT_EQ(lines.size(), static_cast<std::size_t>(kLineFeatures));
  EXPECT_GT(lines[3], 1.0F);  // a crest among the rows
  EXPECT_NEAR(lines[5], std::asinh((90 - 60) / 10.0), 0.1);
  EXPECT_LT(lines[15], -1.0F);  // a dip among the columns
  EXPECT_NEAR(lines[17], std::asinh((70 - 50) / 10.0), 0.1);
}

TEST(LineFeatures, GiveNoPlaceWhereNothingIsFoundAndBoundIt) {
  Frame frame = toy_frame({}, 1);
  const auto lines_of = [&] {
    const BinningTable table = make_binning_table(frame.geometry, frame.mask);
    return line_features(table, bin_frame(table, frame.counts, 1));
  };
  frame.counts.setZero();
  for (const float value : lines_of()) EXPECT_EQ(value, 0.0F);
  frame.counts.topRows(50) = 40;
  frame.geometry.poni1 = 1e6 * frame.geometry.pixel1;
  EXPECT_EQ(lines_of()[2], -6.0F);
  frame.mask.setConstant(scattering::kMaskUser);
  for (const float value : lines_of()) EXPECT_EQ(value, 0.0F);
}

TEST(ShadowFeatures, SeeABeamstopThatIsInNoMask) {
  Frame frame = toy_frame({{0, 0.06, 300}}, 1);
  frame.mask.setZero();
  BinningTable table = make_binning_table(frame.geometry, frame.mask);
  const auto least_drop = [&] {
    const auto features = shadow_features(table, frame.counts, 1);
    float least = 0;
    for (std::size_t k = 2; k < features.size(); k += 3) least = std::min(least, features[k]);
    return least;
  };
  EXPECT_GT(least_drop(), -0.5F);
  for (int i = 0; i < 120; ++i) {
    for (int j = 0; j < 100; ++j) {
      if (std::hypot(i - 60, j - 50) < 10) frame.counts(i, j) = 0;
    }
  }
  EXPECT_LT(least_drop(), -2.0F);
}

TEST(PixelFindings, SeeGrainsOfARingBesideItsDirection) {
  const auto grain_of = [](const Frame& frame, int bin) {
    const BinningTable table = make_binning_table(frame.geometry, frame.mask);
    return find_in_pixels(table, bin_frame(table, frame.counts, 1), frame, 1)
        .grain[static_cast<std::size_t>(bin)];
  };
  Frame frame = folded_frame(0);  // the same all round
  const int bin = bin_of(frame, 0.1);
  EXPECT_LT(grain_of(frame, bin), 0.2);
  const Frame spotted = folded_frame(72);
  EXPECT_GT(grain_of(spotted, bin), 0.3);
  for (const auto& way : features_of(frame).excess.col(bin)) EXPECT_TRUE(std::isfinite(way));
}

}  // namespace
}  // namespace foray::classifier::azimuth_features_test
