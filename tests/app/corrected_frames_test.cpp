#include "corrected_frames.h"

#include <gtest/gtest.h>

namespace foray::app::corrected_frames_test {
namespace {

using scattering::Frame;
using scattering::Image;

// Poisson counts of one mean, the beam in the middle.
Frame flat_frame(double mean) {
  Frame frame;
  frame.counts = Image::Zero(64, 96);
  CounterStream stream(5, 0);
  for (double& count : frame.counts.reshaped()) count = stream.poisson(mean);
  frame.mask = scattering::Mask::Zero(64, 96);
  frame.geometry.pixel1 = frame.geometry.pixel2 = 1e-4;
  frame.geometry.poni1 = 32e-4;
  frame.geometry.poni2 = 48e-4;
  frame.saturation = 1e6;
  return frame;
}

TEST(CorrectedFrames, ScaleValuesAndTheirErrors) {
  const Frame counts = flat_frame(3);
  Frame frame = counts;
  correct({.scale = 0.25}, 1, frame);
  EXPECT_TRUE((frame.counts == 0.25 * counts.counts).all());
  ASSERT_TRUE(frame.variance.has_value());
  EXPECT_TRUE((*frame.variance == 0.0625 * counts.counts.max(1.0)).all());
  EXPECT_EQ(frame.saturation, 0);
}

TEST(CorrectedFrames, TakeABackgroundAwayWithItsNoise) {
  Frame frame = flat_frame(40);
  correct({.background = 1, .exposure = 0.5}, 1, frame);
  // The darkest of 64 parts of 96 pixels is about 2.4 standard deviations, .65, below the mean.
  EXPECT_NEAR(frame.counts.mean(), 1.5, 0.7);
  const Image off = frame.counts - frame.counts.mean();
  EXPECT_NEAR((off.square() / *frame.variance).mean(), 1, 0.06);
  EXPECT_NEAR(frame.variance->mean(), 40 + 38.5 / 0.5, 3);
}

TEST(CorrectedFrames, MakeUpForWhatPixelsFarFromTheBeamMiss) {
  const Frame counts = flat_frame(30);
  Frame frame = counts;
  correct({.falloff = 0.5}, 1, frame);
  EXPECT_NEAR(frame.counts(0, 0) / counts.counts(0, 0), 1.5, 1e-12);
  EXPECT_NEAR(frame.counts(31, 47) / counts.counts(31, 47), 1, 1e-3);
}

TEST(CorrectedFrames, LeaveOutErrorsAndThenTakeNothingAway) {
  bool seen = false;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed);
    const Correction how = draw_correction(rng);
    Frame frame = flat_frame(2), again = frame;
    correct(how, seed, frame);
    correct(how, seed, again);
    scattering::validate(frame);
    EXPECT_TRUE((frame.counts == again.counts).all());
    EXPECT_EQ(frame.variance.has_value(), how.errors);
    if (how.errors) continue;
    seen = true;
    EXPECT_GE(frame.counts.minCoeff(), 0);
  }
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace foray::app::corrected_frames_test
