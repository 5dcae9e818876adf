#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <variant>

#include "foray/codec/measure_json.h"

namespace foray::codec::measure_codec_test {
namespace {

using ::testing::HasSubstr;

// GCC 12 warns, wrongly, about a fixed-size vector that becomes a dynamic one.
Eigen::VectorXd vector(double a, double b) {
  Eigen::VectorXd values(2);
  values << a, b;
  return values;
}

std::string refusal(const char* text) {
  try {
    result_from_json(parse_json(text));
  } catch (const CodecError& error) {
    return error.what();
  }
  return "(accepted)";
}

TEST(MeasureCodec, RoundTripsARequestBitForBit) {
  const campaign::MeasureRequest request{
      .id = 12, .names = {"x", "y"}, .position = vector(0.1, 1.0 / 3.0), .exposure_s = 2};
  const campaign::MeasureRequest back =
      request_from_json(parse_json(write_json(json_from_request(request))));
  EXPECT_EQ(back.id, 12);
  EXPECT_EQ(back.names, request.names);
  EXPECT_EQ(back.position, request.position);
  EXPECT_EQ(back.exposure_s, 2);
}

TEST(MeasureCodec, RoundTripsAFrameWithItsMaskAndGeometry) {
  scattering::Frame frame;
  frame.counts.resize(2, 3);
  frame.counts << 0, 1, 5, 2.5, std::numeric_limits<double>::quiet_NaN(), 1048576;
  frame.mask = scattering::Mask::Zero(2, 3);
  frame.mask(0, 2) = scattering::kMaskGap;
  frame.mask(1, 0) = scattering::kMaskGap;
  frame.mask(1, 2) = scattering::kMaskUser;
  frame.geometry.dist = 1.25;
  frame.exposure_s = 0.5;
  frame.variance = frame.counts * 2;
  const campaign::MeasureResult result{.id = 3,
                                       .fault = campaign::FaultKind::kSaturated,
                                       .message = "pixel (1, 2)",
                                       .read_back = vector(1, 2),
                                       .motion_s = 0.25,
                                       .exposure_s = 0.5,
                                       .measurement = frame};
  const campaign::MeasureResult back =
      result_from_json(parse_json(write_json(json_from_result(result)), kMeasurementLimits));
  EXPECT_EQ(back.fault, campaign::FaultKind::kSaturated);
  EXPECT_EQ(back.read_back, result.read_back);
  const auto& read = std::get<scattering::Frame>(*back.measurement);
  EXPECT_TRUE((read.mask == frame.mask).all());
  EXPECT_EQ(read.counts(1, 0), 2.5);
  EXPECT_TRUE(std::isnan(read.counts(1, 1)));
  EXPECT_EQ((*read.variance)(1, 2), 2097152);
  EXPECT_EQ(read.geometry.dist, 1.25);
}

TEST(MeasureCodec, RoundTripsValuesAndCurves) {
  campaign::MeasureResult result;
  result.id = 1;
  result.measurement = scattering::Values{{"f", 1.5, 0.25}};
  EXPECT_EQ(json_from_result(result_from_json(json_from_result(result))), json_from_result(result));
  scattering::Curve curve;
  curve.q = vector(0.1, 0.2);
  curve.intensity = vector(3, 4);
  result.measurement = curve;
  EXPECT_EQ(json_from_result(result_from_json(json_from_result(result))), json_from_result(result));
  curve.slit_length = vector(0.05, 0.06);
  curve.slit_width = vector(0, 0.001);
  result.measurement = curve;
  const auto back = result_from_json(json_from_result(result));
  EXPECT_EQ(std::get<scattering::Curve>(*back.measurement).slit_length, curve.slit_length);
  EXPECT_EQ(std::get<scattering::Curve>(*back.measurement).slit_width, curve.slit_width);
}

TEST(MeasureCodec, RefusesMalformedResultsByPath) {
  EXPECT_THAT(refusal("[]"), HasSubstr("expected an object"));
  EXPECT_THAT(refusal(R"({"id": 1})"), HasSubstr("expected the key \"measurement\""));
  EXPECT_THAT(refusal(R"({"id": "1"})"), HasSubstr("/id: expected an integer, got \"1\""));
  EXPECT_THAT(refusal(R"({"id": 1, "fault": "sleepy"})"), HasSubstr("/fault: expected one of"));
  EXPECT_THAT(refusal(R"({"id": 1, "measurement": {"values": [{"name": "f", "value": null}]}})"),
              HasSubstr("/measurement/values/0/value: expected a number, got null"));
  EXPECT_THAT(
      refusal(
          R"({"id": 1, "measurement": {"values": [{"name": "f", "value": 1, "variance": -1}]}})"),
      HasSubstr("/measurement/values/0/variance: expected a number >= 0, got -1"));
  EXPECT_THAT(refusal(R"({"id": 1, "measurement": {"frame": {"shape": [2, 2], "counts": [1]}}})"),
              HasSubstr("/measurement/frame/counts: expected an array of 4 numbers"));
  EXPECT_THAT(
      refusal(
          R"({"id": 1, "measurement": {"curve": {"q": [1], "intensity": [1], "slit_length": [1]}}})"),
      HasSubstr("/measurement/curve: expected the key \"slit_width\""));
  EXPECT_THAT(refusal(R"({"id": 1, "measurement": {"frame": {"shape": [1000000, 1000000]}}})"),
              HasSubstr("/measurement/frame/shape: expected sides from 1 to 65536"));
}

TEST(MeasureCodec, NamesRequestStates) {
  for (const auto state : {campaign::RequestState::kDone, campaign::RequestState::kNotStarted,
                           campaign::RequestState::kUnknown}) {
    EXPECT_EQ(request_state_from_json(Json(request_state_name(state))), state);
  }
}

}  // namespace
}  // namespace foray::codec::measure_codec_test
