#include "foray/scattering/reduce.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tilted_detector.h"

namespace foray::scattering::reduce_test {
namespace {

using testing::HasSubstr;

Frame reference_frame() {
  Frame frame;
  frame.counts = tilted_image();
  frame.mask = tilted_mask();
  frame.geometry = tilted_geometry();
  return frame;
}

ReduceOptions sixty_bins() { return {.integration = {.q = {.count = 60}}}; }

TEST(ReduceFrame, NormalisesByExposureMonitorAndTransmission) {
  Frame frame = reference_frame();
  const Reduction plain = reduce_frame(frame, sixty_bins());
  frame.exposure_s = 4;
  frame.monitor = 0.5;
  frame.transmission = 0.25;
  const Reduction scaled = reduce_frame(frame, sixty_bins());
  EXPECT_TRUE(scaled.curve.intensity.isApprox(plain.curve.intensity / 0.5, 1e-14));
  EXPECT_TRUE(scaled.curve.sigma.isApprox(plain.curve.sigma / 0.5, 1e-14));
  EXPECT_EQ(scaled.curve.intensity_unit, "counts/s");
  ReduceOptions raw = sixty_bins();
  raw.normalise = false;
  EXPECT_TRUE(reduce_frame(frame, raw).curve.intensity.isApprox(plain.curve.intensity, 1e-14));
}

TEST(ReduceFrame, LeavesOutSaturatedPixelsAndSaysSo) {
  Frame frame = reference_frame();
  frame.geometry.dist = 0.1;
  const Reduction before = reduce_frame(frame, sixty_bins());
  EXPECT_TRUE(before.notes.empty());
  Frame masked = frame;
  for (Eigen::Index k = 0; k < 20; ++k) {
    frame.counts(30, 20 + k) = 70000;
    masked.mask(30, 20 + k) = kMaskOverResponding;
  }
  frame.saturation = 65535;
  const Reduction after = reduce_frame(frame, sixty_bins());
  EXPECT_EQ(after.saturated, 20);
  EXPECT_THAT(after.notes, testing::Contains(HasSubstr("20 saturated")));
  EXPECT_TRUE(
      after.curve.intensity.isApprox(reduce_frame(masked, sixty_bins()).curve.intensity, 1e-13));
}

TEST(ReduceFrame, NotesAnEmptyFrameAndALargeMask) {
  Frame frame = reference_frame();
  frame.counts.setZero();
  frame.mask.topRows(80) = kMaskUser;
  const Reduction result = reduce_frame(frame, sixty_bins());
  EXPECT_THAT(result.notes, testing::Contains(HasSubstr("nothing was counted")));
  EXPECT_THAT(result.notes, testing::Contains(HasSubstr("masked")));
  EXPECT_TRUE((result.curve.sigma.array() > 0).all());
}

TEST(FrameReducer, FollowsAChangeOfGeometryAndMask) {
  const FrameReducer reducer(sixty_bins());
  Frame frame = reference_frame();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(reducer.reduce(frame).curve.intensity,
              reduce_frame(frame, sixty_bins()).curve.intensity);
    frame.geometry.dist *= 1.5;
    EXPECT_EQ(reducer.reduce(frame).curve.q, reduce_frame(frame, sixty_bins()).curve.q);
    frame.mask.leftCols(10) = kMaskUser;
    EXPECT_EQ(reducer.reduce(frame).curve.intensity,
              reduce_frame(frame, sixty_bins()).curve.intensity);
  }
}

TEST(FrameReducer, RefusesAMalformedFrame) {
  Frame frame = reference_frame();
  frame.mask = Mask::Zero(3, 3);
  EXPECT_THAT([&] { reduce_frame(frame, sixty_bins()); },
              testing::ThrowsMessage<std::invalid_argument>(HasSubstr("mask")));
  EXPECT_THROW(FrameReducer({.note_masked_share = 0}), std::invalid_argument);
  frame = reference_frame();
  frame.saturation = 1;
  EXPECT_THAT([&] { reduce_frame(frame, sixty_bins()); },
              testing::ThrowsMessage<std::invalid_argument>(HasSubstr("unsaturated")));
}

}  // namespace
}  // namespace foray::scattering::reduce_test
