#include "foray/scattering/measurement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace foray::scattering::measurement_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

Frame good_frame() {
  Frame frame;
  frame.counts = Image::Ones(4, 5);
  frame.mask = Mask::Zero(4, 5);
  return frame;
}

void refuses(const Frame& frame, const char* word) {
  EXPECT_THAT([&] { validate(frame); }, ThrowsMessage<std::invalid_argument>(HasSubstr(word)));
}

TEST(ValidateFrame, NamesTheBadField) {
  EXPECT_NO_THROW(validate(good_frame()));
  refuses(Frame{}, "counts");
  Frame frame = good_frame();
  frame.mask = Mask::Zero(5, 4);
  EXPECT_THAT([&] { validate(frame); },
              ThrowsMessage<std::invalid_argument>(
                  AllOf(HasSubstr("mask"), HasSubstr("4 x 5"), HasSubstr("5 x 4"))));
  frame = good_frame();
  frame.variance = Image::Ones(2, 2);
  refuses(frame, "variance");
  frame = good_frame();
  frame.exposure_s = 0;
  refuses(frame, "exposure_s");
  frame = good_frame();
  frame.monitor = std::nan("");
  refuses(frame, "monitor");
  frame = good_frame();
  frame.transmission = 1.5;
  refuses(frame, "transmission");
  frame = good_frame();
  frame.saturation = -1;
  refuses(frame, "saturation");
  frame = good_frame();
  frame.geometry.dist = -1;
  refuses(frame, "dist");
}

TEST(ValidateCounts, NamesTheBadPixelUnlessItIsMasked) {
  Frame frame = good_frame();
  frame.counts(2, 3) = -1;
  EXPECT_THAT([&] { validate_counts(frame); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("[2][3]")));
  frame.mask(2, 3) = kMaskGap;
  EXPECT_NO_THROW(validate_counts(frame));
}

TEST(ValidateCurve, NamesTheBadField) {
  Curve curve;
  curve.q = Eigen::VectorXd{{1.0, 2.0, 3.0}};
  curve.intensity = Eigen::VectorXd{{1.0, 1.0, 1.0}};
  EXPECT_NO_THROW(validate(curve));
  const auto bad = [&](auto set, const char* word) {
    Curve copy = curve;
    set(copy);
    EXPECT_THAT([&] { validate(copy); }, ThrowsMessage<std::invalid_argument>(HasSubstr(word)));
  };
  bad([](Curve& c) { c.q[1] = 0; }, "curve: q");
  bad([](Curve& c) { c.intensity.conservativeResize(2); }, "intensity");
  bad([](Curve& c) { c.sigma = Eigen::VectorXd::Constant(3, -1); }, "sigma");
  bad([](Curve& c) { c.dq = Eigen::VectorXd::Ones(1); }, "dq");
  bad([](Curve& c) { c.intensity[0] = INFINITY; }, "intensity");
  bad([](Curve& c) { c.slit_length = Eigen::VectorXd::Ones(3); }, "slit_width");
  bad([](Curve& c) { c.slit_width = Eigen::VectorXd::Ones(3); }, "slit_length");
  bad(
      [](Curve& c) {
        c.slit_length = Eigen::VectorXd::Ones(3);
        c.slit_width = Eigen::VectorXd::Constant(3, -1);
      },
      "slit_width");
}

}  // namespace
}  // namespace foray::scattering::measurement_test
