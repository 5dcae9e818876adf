#include "foray/simulator/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace foray::simulator::detector_test {
namespace {

// Masked shares of pyFAI 0.21.3's detector classes.
TEST(GapMask, CoversWhatThePublishedDetectorsCover) {
  const std::pair<const char*, double> table[] = {
      {"pilatus100k", 0},
      {"pilatus300k", 0.05492730210016155},
      {"pilatus300kw", 0.009491525423728813},
      {"pilatus1m", 0.07186690943848754},
      {"pilatus2m", 0.07969432975641272},
      {"eiger500k", 0},
      {"eiger1m", 0.03474178403755868},
      {"eiger4m", 0.05580635309192056},
  };
  for (const auto& [name, share] : table) {
    const scattering::Mask mask = gap_mask(make_detector(name));
    const auto masked = static_cast<double>((mask != 0).count());
    EXPECT_NEAR(masked / static_cast<double>(mask.size()), share, 1e-12) << name;
  }
}

TEST(MakeDetector, KnowsEveryNameItLists) {
  for (const std::string& name : detector_names()) EXPECT_EQ(make_detector(name).name, name);
}

TEST(MakeDetector, RefusesAnUnknownNameWithThoseItKnows) {
  try {
    static_cast<void>(make_detector("pilatus9k"));
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("pilatus300k"), testing::HasSubstr("pilatus9k")));
  }
}

TEST(Binned, KeepsSizeAndGaps) {
  const Detector full = make_detector("pilatus1m");
  const Detector small = binned(full, 3);
  EXPECT_EQ(small.slow, 347);
  EXPECT_EQ(small.fast, 327);
  EXPECT_DOUBLE_EQ(small.pixel, 3 * 172e-6);
  const scattering::Mask fine = gap_mask(full), coarse = gap_mask(small);
  for (Eigen::Index i = 0; i < small.slow; ++i) {
    for (Eigen::Index j = 0; j < small.fast; ++j) {
      EXPECT_EQ(coarse(i, j) != 0, (fine.block(3 * i, 3 * j, 3, 3) != 0).any()) << i << ' ' << j;
    }
  }
  EXPECT_THROW(static_cast<void>(binned(full, 0)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(binned(full, 17)), std::invalid_argument);
}

scattering::Mask shadow(const Beamstop& stop) {
  scattering::Geometry geometry;
  geometry.pixel1 = geometry.pixel2 = 1e-4;
  geometry.poni1 = 50.5e-4;
  geometry.poni2 = 60.5e-4;
  scattering::Mask mask = scattering::Mask::Zero(100, 120);
  add_beamstop(stop, geometry, mask);
  return mask;
}

TEST(AddBeamstop, ShadowsADiskAndItsArm) {
  const scattering::Mask disk = shadow({.size = 0.0010001, .arm_width = 0});
  EXPECT_EQ((disk != 0).count(), 317);  // lattice points within 10 of a lattice point
  const scattering::Mask with_arm = shadow({.size = 0.001, .arm_width = 2.5e-4});
  EXPECT_EQ(with_arm(0, 60), scattering::kMaskUser);  // towards chi = -90 degrees: row 0
  EXPECT_EQ((with_arm.row(0) != 0).count(), 5);
  EXPECT_EQ((with_arm.row(99) != 0).count(), 0);
}

TEST(AddBeamstop, ShadowsALineAWedgeOrNothing) {
  const scattering::Mask line =
      shadow({.kind = Beamstop::Kind::kLine, .size = 3.5e-4, .direction = 0});
  EXPECT_EQ((line.col(119) != 0).count(), 7);
  EXPECT_EQ((line.col(50) != 0).count(), 0);
  const scattering::Mask wedge =
      shadow({.kind = Beamstop::Kind::kWedge, .size = 3e-4, .direction = 0, .opening = 0.3});
  EXPECT_GT((wedge.col(119) != 0).count(), (wedge.col(70) != 0).count());
  EXPECT_NE(wedge(50, 60), 0U);
  EXPECT_EQ((shadow({.kind = Beamstop::Kind::kNone}) != 0).count(), 0);
}

}  // namespace
}  // namespace foray::simulator::detector_test
