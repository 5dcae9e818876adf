#include "foray/classifier/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>

namespace foray::classifier::weights_test {
namespace {

using ::testing::HasSubstr;

Weights small_weights() {
  Weights weights;
  weights.labels = {{{"a", {"x"}, {{"x", {"k"}, "none"}}}, {"b", {}, {}}}};
  weights.members = {{{"w", {2, 3}, {1, 2, 3, 4, 5, 6}}}, {{"w", {1}, {-0.5F}}}};
  weights.calibration = {{1, 2, 3}, {0, 0, 0.5}, {0.1, 0.2, 0.3, 0.4, 0.5}};
  weights.known.mean = {1, 2};
  weights.known.axes = {0, 1, 1, 0, -1, 0};
  weights.known.log_threshold = 1.5;
  weights.known.false_alarms = 0.02;
  weights.description = "two roots";
  return weights;
}

// The bytes of version 1, which ended before the known frames.
std::string version_1() {
  Weights weights = small_weights();
  weights.known = {};
  std::string bytes = serialize_weights(weights);
  bytes.resize(bytes.size() - 2 * sizeof(std::uint32_t) - 2 * sizeof(double) -
               sizeof(std::uint64_t));
  bytes[8] = 1;
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
  }
  bytes.append(reinterpret_cast<const char*>(&hash), sizeof(hash));
  return bytes;
}

std::string message_of(const std::string& bytes) {
  try {
    (void)parse_weights(bytes, "file.weights");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Weights, ComeBackAsTheyWereWritten) {
  const Weights weights = small_weights();
  const Weights read = parse_weights(serialize_weights(weights), "memory");
  EXPECT_EQ(label_paths(read.labels), label_paths(weights.labels));
  ASSERT_EQ(read.members.size(), 2U);
  EXPECT_EQ(read.members[0][0].name, "w");
  EXPECT_EQ(read.members[0][0].shape, weights.members[0][0].shape);
  EXPECT_EQ(read.members[0][0].values, weights.members[0][0].values);
  EXPECT_EQ(read.calibration.scale, weights.calibration.scale);
  EXPECT_EQ(read.calibration.shift, weights.calibration.shift);
  EXPECT_EQ(read.calibration.logit_floor, weights.calibration.logit_floor);
  EXPECT_EQ(read.known.mean, weights.known.mean);
  EXPECT_EQ(read.known.axes, weights.known.axes);
  EXPECT_EQ(read.known.log_threshold, 1.5);
  EXPECT_EQ(read.known.false_alarms, 0.02);
  EXPECT_EQ(read.description, "two roots");
}

TEST(Weights, OfVersion1AreReadAsTellingNothingUnknown) {
  const Weights read = parse_weights(version_1(), "memory");
  EXPECT_EQ(read.members[0][0].values, small_weights().members[0][0].values);
  EXPECT_EQ(read.calibration.logit_floor, small_weights().calibration.logit_floor);
  EXPECT_TRUE(read.known.mean.empty());
}

TEST(Weights, NameAFileOfAnotherKind) {
  EXPECT_THAT(message_of("PNG and more of it"), HasSubstr("another kind of file"));
  EXPECT_THAT(message_of(""), HasSubstr("file.weights"));
}

TEST(Weights, NameAnotherVersion) {
  std::string bytes = serialize_weights(small_weights());
  bytes[8] = 9;
  EXPECT_THAT(message_of(bytes), HasSubstr("got version 9"));
}

TEST(Weights, AreRefusedWhenCutShortAnywhere) {
  const std::string bytes = serialize_weights(small_weights());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(message_of(bytes.substr(0, size)), "") << size;
  }
  EXPECT_EQ(message_of(bytes), "");
}

TEST(Weights, AreRefusedWhenAnyByteChanged) {
  const std::string bytes = serialize_weights(small_weights());
  for (std::size_t k = 0; k < bytes.size(); ++k) {
    std::string changed = bytes;
    changed[k] = static_cast<char>(changed[k] ^ 0x10);
    EXPECT_NE(message_of(changed), "") << k;
  }
}

TEST(Weights, AreNotWrittenWhenTheirPartsDoNotFit) {
  Weights weights = small_weights();
  weights.members[0][0].values.pop_back();
  EXPECT_THROW((void)serialize_weights(weights), std::invalid_argument);
  weights = small_weights();
  weights.members[0][0].values[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW((void)serialize_weights(weights), std::invalid_argument);
  weights = small_weights();
  weights.calibration.scale.pop_back();
  EXPECT_THROW((void)serialize_weights(weights), std::invalid_argument);
  weights = small_weights();
  weights.known.mean.clear();
  EXPECT_THROW((void)serialize_weights(weights), std::invalid_argument);
  weights = small_weights();
  weights.known.axes.pop_back();
  EXPECT_THROW((void)serialize_weights(weights), std::invalid_argument);
  weights = small_weights();
  weights.known.axes[1] = std::numeric_limits<float>::infinity();
  EXPECT_THROW((void)serialize_weights(weights), std::invalid_argument);
  weights = small_weights();
  weights.known.false_alarms = 0;
  EXPECT_THROW((void)serialize_weights(weights), std::invalid_argument);
  weights = small_weights();
  weights.members.clear();
  EXPECT_THROW((void)serialize_weights(weights), std::invalid_argument);
}

TEST(Weights, GoThroughAFile) {
  const auto file = std::filesystem::path(::testing::TempDir()) / "classifier_weights_test.weights";
  write_weights(file, small_weights());
  EXPECT_EQ(read_weights(file).description, "two roots");
  std::filesystem::remove(file);
  EXPECT_THROW((void)read_weights(file), std::runtime_error);
  EXPECT_THROW(write_weights(file / "below" / "nothing", small_weights()), std::runtime_error);
}

TEST(Weights, OfTheProgramHaveTheDefaultLabels) {
  const Weights weights = builtin_weights();
  EXPECT_EQ(label_paths(weights.labels), label_paths(default_hierarchy()));
  EXPECT_GE(weights.members.size(), 3U);
  EXPECT_FALSE(weights.known.mean.empty());
}

}  // namespace
}  // namespace foray::classifier::weights_test
