#include "image_svm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numbers>

namespace foray::classifier::image_svm_test {
namespace {

constexpr int kCells = kImageSide * kImageSide;
constexpr int kOrientations = 31;
// Cells of 8 pixels, then of 16.
constexpr std::size_t kFine = 8 * 8;
constexpr std::size_t kCoarse = 4 * 4;

std::vector<float> drawn(const std::function<double(int row, int column)>& value) {
  std::vector<float> channel;
  for (int i = 0; i < kImageSide; ++i) {
    for (int j = 0; j < kImageSide; ++j) channel.push_back(static_cast<float>(value(i, j)));
  }
  return channel;
}

// Waves whose gradient has an angle, as the fine cell in the middle sees it: which of the nine
// orientations without sign is the strongest.
int strongest_orientation(double angle) {
  const auto features =
      bench::hog_features(drawn([&](int i, int j) {
                            return std::sin(0.7 * (j * std::cos(angle) + i * std::sin(angle)));
                          }).data());
  const std::size_t middle = 4 * 8 + 4;
  int best = 0;
  for (int k = 0; k < 9; ++k) {
    if (features[(18 + k) * kFine + middle] > features[(18 + best) * kFine + middle]) best = k;
  }
  return best;
}

TEST(HogFeatures, OfACornerlessImageAreNoneAndOfAnyTheirNumberIsKnown) {
  const auto features = bench::hog_features(drawn([](int, int) { return 0.4; }).data());
  EXPECT_EQ(features.size(), kOrientations * (kFine + kCoarse));
  EXPECT_EQ(*std::max_element(features.begin(), features.end()), 0.0F);
  EXPECT_EQ(*std::min_element(features.begin(), features.end()), 0.0F);
}

TEST(HogFeatures, TellTheDirectionOfGradientsInSteps) {
  // Nine steps of 20 degrees over half a turn, the first around 0.
  for (int k = 0; k < 9; ++k) {
    const double angle = k * std::numbers::pi / 9;
    EXPECT_EQ(strongest_orientation(angle), k) << k;
    EXPECT_EQ(strongest_orientation(angle + std::numbers::pi), k) << k;
  }
}

TEST(HogFeatures, KnowNoBrightnessAndNoContrast) {
  // In the steps that the features are taken in, so that no gradient is rounded another way.
  const auto waves = [](int i, int j) {
    return std::round(1000 * (std::sin(0.7 * j) + std::cos(0.3 * i * j))) / 1000;
  };
  const auto once = bench::hog_features(drawn(waves).data());
  const auto other =
      bench::hog_features(drawn([&](int i, int j) { return 5 + 3 * waves(i, j); }).data());
  ASSERT_EQ(once.size(), other.size());
  for (std::size_t k = 0; k < once.size(); ++k) EXPECT_NEAR(once[k], other[k], 2e-3) << k;
}

// Waves along either axis, at a phase of their own; the third output is never asked, and the
// second is asked of every other example.
bench::Examples waves(int count, double phase) {
  bench::Examples examples;
  for (int k = 0; k < count; ++k) {
    const bool along_rows = k % 2 == 0;
    LabelledFrame example;
    example.frame.image = drawn(
        [&](int i, int j) { return std::sin(0.6 * (along_rows ? i : j) + phase + 0.37 * k); });
    example.frame.image.resize(kImageChannels * kCells, 0.0F);
    example.targets.sigmoid = {along_rows ? 1 : 0, k % 4 < 2 ? (along_rows ? 0 : 1) : -1, -1};
    examples.push_back(std::move(example));
  }
  return examples;
}

TEST(SvmOutputs, AreOnTheRightSideAndTheSameOnAnyNumberOfThreads) {
  OutputLayout layout;
  layout.sigmoid = {0, 1, 2};
  layout.outputs = 3;
  const auto training = waves(24, 0.1);
  const auto test = waves(10, 0.9);
  const auto outputs = bench::svm_outputs(layout, training, {&test}, 0.1, 1);
  ASSERT_EQ(outputs.size(), 1U);
  ASSERT_EQ(outputs[0].size(), test.size());
  for (std::size_t k = 0; k < test.size(); ++k) {
    const bool along_rows = k % 2 == 0;
    EXPECT_EQ(outputs[0][k][0] > 0, along_rows) << k;
    EXPECT_EQ(outputs[0][k][1] > 0, !along_rows) << k;
    EXPECT_EQ(outputs[0][k][2], 0) << k;
  }
  EXPECT_EQ(outputs, bench::svm_outputs(layout, training, {&test}, 0.1, 2));
}

}  // namespace
}  // namespace foray::classifier::image_svm_test
