#include "foray/classifier/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace foray::classifier::weights_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Weights small_weights() {
  Weights weights;
  weights.labels = {{{"a", {"x"}, {{"x", {"k"}, "none", {"t"}}}}, {"b", {}, {}}}, {{"c", {"q"}}}};
  weights.members = {{{"w", {2, 3}, {1, 2, 3, 4, 5, 6}}}, {{"w", {1}, {-0.5F}}}};
  weights.calibration = {
      {1, 2, 3, 4, 5}, {0, 0, 0.5, 0, 0.25}, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7}};
  weights.known.mean = {1, 2};
  weights.known.axes = {0, 1, 1, 0, -1, 0};
  weights.known.foreign_weight = 0.25;
  weights.known.log_threshold = 1.5;
  weights.known.false_alarms = 0.02;
  weights.description = "two roots";
  return weights;
}

std::string message_of(const std::string& bytes) {
  try {
    (void)parse_weights(bytes, "file.weights");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

// With another byte in one place, and the hash (FNV-1a) of the whole as it then has to be.
std::string rehashed(std::string bytes, std::size_t at, char value) {
  bytes[at] = value;
  const std::size_t end = bytes.size() - sizeof(std::uint64_t);
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (std::size_t k = 0; k < end; ++k) {
    hash = (hash ^ static_cast<unsigned char>(bytes[k])) * 0x100000001b3ULL;
  }
  std::memcpy(bytes.data() + end, &hash, sizeof hash);
  return bytes;
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
  EXPECT_EQ(read.known.foreign_weight, 0.25);
  EXPECT_EQ(read.known.log_threshold, 1.5);
  EXPECT_EQ(read.known.false_alarms, 0.02);
  EXPECT_EQ(read.description, "two roots");
}

TEST(Weights, NameAFileOfAnotherKind) {
  EXPECT_THAT(message_of("PNG and more of it"), HasSubstr("another kind of file"));
  EXPECT_THAT(message_of(""), HasSubstr("file.weights"));
}

TEST(Weights, NameAnotherVersion) {
  std::string bytes = serialize_weights(small_weights());
  bytes[8] = 9;
  EXPECT_THAT(message_of(bytes), HasSubstr("got version 9"));
  for (const int older : {1, 2, 3}) {
    bytes[8] = static_cast<char>(older);
    EXPECT_THAT(message_of(bytes), HasSubstr("got version " + std::to_string(older)));
    EXPECT_THAT(message_of(bytes), HasSubstr("foray train"));
  }
}

// As the last version wrote them: no weight of foreign frames before threshold and share.
TEST(Weights, OfTheLastVersionHaveNoWeightOfForeignFrames) {
  std::string bytes = serialize_weights(small_weights());
  bytes.resize(bytes.size() - 8);  // the hash
  bytes.erase(bytes.size() - 24, 8);
  bytes[8] = 4;
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  }
  for (int k = 0; k < 8; ++k) bytes.push_back(static_cast<char>(hash >> (8 * k)));
  const Weights read = parse_weights(bytes, "memory");
  EXPECT_EQ(read.known.foreign_weight, 0);
  EXPECT_EQ(read.known.log_threshold, 1.5);
  EXPECT_EQ(read.known.false_alarms, 0.02);
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

TEST(Weights, HoldATrunkThatTakesPicturesOfASizeThatThereIs) {
  Weights weights = small_weights();
  weights.trunk = ForeignTrunk{"bytes", 16, 16};
  const std::string bytes = serialize_weights(weights);
  EXPECT_EQ(parse_weights(bytes, "memory").trunk->channels, 16);
  for (const auto& [side, channels] :
       {std::pair{15, 3}, std::pair{1025, 3}, std::pair{64, 0}, std::pair{64, 17}}) {
    weights.trunk = ForeignTrunk{"bytes", side, channels};
    EXPECT_THROW((void)serialize_weights(weights), std::invalid_argument) << side << channels;
  }
  // The trunk's side stands before its channels and the hash of 8 bytes.
  EXPECT_THAT(
      message_of(rehashed(bytes, bytes.size() - 16, 15)),
      AllOf(HasSubstr("file.weights: "), HasSubstr("expected a side from 16 to 1024, got 15")));
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
