#include "foreign_frames.h"

#include <gtest/gtest.h>

namespace foray::app::foreign_frames_test {
namespace {

TEST(ForeignFrames, AreValidCountsThatTheSeedAloneDecides) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto frames = foreign_frames(seed, 4);
    const auto again = foreign_frames(seed, 6);
    ASSERT_EQ(frames.size(), 4U);
    ASSERT_EQ(again.size(), 6U);
    for (std::size_t k = 0; k < frames.size(); ++k) {
      scattering::validate(frames[k]);
      scattering::validate_counts(frames[k]);
      EXPECT_TRUE((frames[k].counts == again[k].counts).all()) << seed << " " << k;
      EXPECT_GT(frames[k].counts.maxCoeff(), frames[k].counts.minCoeff()) << seed << " " << k;
    }
  }
  EXPECT_FALSE(foreign_frames(1, 1)[0].counts.size() == foreign_frames(2, 1)[0].counts.size() &&
               (foreign_frames(1, 1)[0].counts == foreign_frames(2, 1)[0].counts).all());
}

}  // namespace
}  // namespace foray::app::foreign_frames_test
