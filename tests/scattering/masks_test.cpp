#include "foray/scattering/masks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "reference_table.h"

namespace foray::scattering::masks_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// Shapes and shares of gap pixels: pyFAI 0.21.3, detector classes of these names.
struct Known {
  const char* name;
  Eigen::Index slow, fast;
  double masked_fraction;
};
constexpr Known kPyfai[] = {{"Pilatus100k", 195, 487, 0.0},
                            {"Pilatus300k", 619, 487, 0.05492730210016155},
                            {"Pilatus300kw", 195, 1475, 0.009491525423728813},
                            {"Pilatus1M", 1043, 981, 0.07186690943848754},
                            {"Pilatus2M", 1679, 1475, 0.07969432975641272},
                            {"Pilatus6M", 2527, 2463, 0.0845277820488782},
                            {"Eiger500k", 514, 1030, 0.0},
                            {"Eiger1M", 1065, 1030, 0.03474178403755868},
                            {"Eiger4M", 2167, 2070, 0.05580635309172056},
                            {"Eiger9M", 3269, 3110, 0.06265916103629635},
                            {"Eiger16M", 4371, 4150, 0.06605474747307694},
                            {"Eiger2_1M", 1062, 1028, 0.035781544256120526},
                            {"Eiger2_4M", 2162, 2068, 0.05822569187853499},
                            {"Eiger2_16M", 4362, 4148, 0.06913083405955793}};

TEST(GapMask, HasPyfaisShapeAndShareOfGaps) {
  for (const Known& known : kPyfai) {
    const Mask mask = gap_mask(find_detector(known.name));
    EXPECT_EQ(mask.rows(), known.slow) << known.name;
    EXPECT_EQ(mask.cols(), known.fast) << known.name;
    const double share =
        static_cast<double>((mask != 0).count()) / static_cast<double>(mask.size());
    EXPECT_NEAR(share, known.masked_fraction, 1e-12) << known.name;
  }
}

TEST(GapMask, PutsTheGapsOfAPilatus1mWherePyfaiHasThem) {
  const Mask mask = gap_mask(find_detector("pilatus_1m"));
  for (const Eigen::Index row : {195, 211, 407, 423, 619, 635, 831, 847}) {
    EXPECT_TRUE((mask.row(row) == std::uint32_t{kMaskGap}).all()) << row;
  }
  for (const Eigen::Index row : {194, 212, 406, 848}) EXPECT_EQ(mask(row, 0), 0U) << row;
  EXPECT_EQ(mask(0, 486), 0U);
  EXPECT_EQ(mask(0, 487), std::uint32_t{kMaskGap});
  EXPECT_EQ(mask(0, 493), std::uint32_t{kMaskGap});
  EXPECT_EQ(mask(0, 494), 0U);
}

TEST(FindDetector, ListsTheKnownNamesOnAnUnknownOne) {
  EXPECT_EQ(find_detector("EIGER2 4M").name, "Eiger2_4M");
  EXPECT_THAT([] { find_detector("pilatus3m"); },
              ThrowsMessage<std::invalid_argument>(
                  testing::AllOf(HasSubstr("Pilatus1M"), HasSubstr("pilatus3m"))));
}

TEST(CombineInto, KeepsTheBitsOfBoth) {
  Mask mask = Mask::Zero(2, 2), other = Mask::Zero(2, 2);
  mask(0, 0) = kMaskGap;
  other(0, 0) = kMaskUser;
  other(1, 1) = kMaskNoisy;
  combine_into(mask, other, "beamstop");
  EXPECT_EQ(mask(0, 0), kMaskGap | kMaskUser);
  EXPECT_EQ(mask(1, 1), std::uint32_t{kMaskNoisy});
  EXPECT_EQ(mask(0, 1), 0U);
}

TEST(CombineInto, NamesTheMaskOfTheWrongShape) {
  Mask mask = Mask::Zero(2, 3);
  EXPECT_THAT([&] { combine_into(mask, Mask::Zero(3, 2), "beamstop"); },
              ThrowsMessage<std::invalid_argument>(testing::AllOf(
                  HasSubstr("\"beamstop\""), HasSubstr("2 x 3"), HasSubstr("3 x 2"))));
}

TEST(SaturationMask, MarksCountsAtAndAboveTheLimit) {
  Image counts(1, 3);
  counts << 99, 100, 101;
  const Mask mask = saturation_mask(counts, 100);
  EXPECT_EQ(mask(0, 0), 0U);
  EXPECT_EQ(mask(0, 1), std::uint32_t{kMaskOverResponding});
  EXPECT_EQ(mask(0, 2), std::uint32_t{kMaskOverResponding});
  EXPECT_THROW(saturation_mask(counts, 0), std::invalid_argument);
}

TEST(InvalidValueMask, TellsGapsFromDeadPixels) {
  Image counts(1, 4);
  counts << 0, -1, -2, std::nan("");
  const Mask mask = invalid_value_mask(counts);
  EXPECT_EQ(mask(0, 0), 0U);
  EXPECT_EQ(mask(0, 1), std::uint32_t{kMaskGap});
  EXPECT_EQ(mask(0, 2), std::uint32_t{kMaskDead});
  EXPECT_EQ(mask(0, 3), std::uint32_t{kMaskDead});
}

TEST(DiskMask, HasTheAreaOfADisk) {
  const Mask mask = disk_mask(200, 200, 100.3, 99.6, 50);
  // Pixels whose centre is in the disk: the area to within the number of edge pixels' root.
  EXPECT_NEAR(static_cast<double>((mask != 0).count()), 7853.98, 40);
  EXPECT_EQ(mask(100, 99), std::uint32_t{kMaskUser});
  EXPECT_EQ(mask(0, 0), 0U);
}

TEST(RectangleMask, IsCutAtTheImagesEdge) {
  const Mask mask = rectangle_mask(10, 10, -5, 2, 8, 50);
  EXPECT_EQ((mask != 0).count(), 4);
  EXPECT_EQ(mask(1, 9), std::uint32_t{kMaskUser});
  EXPECT_EQ((rectangle_mask(10, 10, 12, 20, 0, 10) != 0).count(), 0);
}

TEST(FromGoodMap, TurnsTheConventionRound) {
  Mask good(1, 2);
  good << 1, 0;
  const Mask mask = from_good_map(good);
  EXPECT_EQ(mask(0, 0), 0U);
  EXPECT_EQ(mask(0, 1), std::uint32_t{kMaskUser});
}

TEST(DescribeMask, NamesEveryBit) {
  EXPECT_EQ(describe_mask(0), "good");
  EXPECT_EQ(describe_mask(kMaskGap | kMaskUser), "gap, user");
  EXPECT_EQ(describe_mask(1U << 12), "bit 12");
}

}  // namespace
}  // namespace foray::scattering::masks_test
