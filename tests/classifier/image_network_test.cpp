#include "image_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "baselines.h"
#include "foray/common/random.h"

namespace foray::classifier::image_network_test {
namespace {

constexpr int kCells = kImageSide * kImageSide;

// A ring or none about a place of its own, and noise; the second output is never asked.
bench::Examples rings(int count, std::uint64_t seed) {
  bench::Examples examples;
  for (int k = 0; k < count; ++k) {
    CounterStream stream(seed, static_cast<std::uint64_t>(k));
    const double row = 20 + 24 * stream.uniform();
    const double column = 20 + 24 * stream.uniform();
    LabelledFrame example;
    example.frame.image.assign(kImageChannels * kCells, 0.0F);
    for (int i = 0; i < kImageSide; ++i) {
      for (int j = 0; j < kImageSide; ++j) {
        const double away = (std::hypot(i - row, j - column) - 12) / 2;
        const double ring = k % 2 == 0 ? std::exp(-away * away) : 0;
        example.frame.image[i * kImageSide + j] = static_cast<float>(ring + 0.2 * stream.normal());
      }
    }
    example.targets.sigmoid = {k % 2 == 0 ? 1 : 0, -1};
    examples.push_back(std::move(example));
  }
  return examples;
}

bench::Examples turned(const bench::Examples& examples, int turn) {
  bench::Examples out = examples;
  for (std::size_t k = 0; k < out.size(); ++k) {
    bench::turn_channel(examples[k].frame.image.data(), turn, out[k].frame.image.data());
  }
  return out;
}

OutputLayout two_questions() {
  OutputLayout layout;
  layout.sigmoid = {0, 1};
  layout.outputs = 2;
  return layout;
}

TEST(ImageNetwork, LearnsAndIsTheSameOnAnyNumberOfThreads) {
  const auto training = rings(48, 1);
  const auto test = rings(12, 2);
  bench::ImageNetworkOptions options;
  options.members = 2;
  options.epochs = 6;
  options.batch = 16;
  std::vector<double> last(2, 1e9);
  options.progress = [&](int member, int /*epoch*/, double loss) { last[member] = loss; };
  const auto outputs =
      bench::image_network_outputs(two_questions(), training, {&training, &test}, options);
  ASSERT_EQ(outputs.size(), 2U);
  // A loss of ln 2 is that of knowing nothing; the output that is not asked adds none.
  EXPECT_LT(last[0], 0.2);
  EXPECT_LT(last[1], 0.2);
  for (std::size_t k = 0; k < test.size(); ++k) EXPECT_EQ(outputs[1][k][0] > 0, k % 2 == 0) << k;
  options.threads = 2;
  EXPECT_EQ(outputs,
            bench::image_network_outputs(two_questions(), training, {&training, &test}, options));
}

TEST(ImageNetwork, SaysTheSameOfAllTurnsWhereItIsAveragedOverThem) {
  const auto training = rings(16, 1);
  const auto test = rings(4, 2);
  const auto other = turned(test, 6);
  bench::ImageNetworkOptions options;
  options.members = 1;
  options.epochs = 1;
  for (const bool averaged : {false, true}) {
    options.turned = averaged;
    const auto outputs =
        bench::image_network_outputs(two_questions(), training, {&test, &other}, options);
    double most = 0;
    for (std::size_t k = 0; k < test.size(); ++k) {
      most = std::max(most, std::abs(outputs[0][k][0] - outputs[1][k][0]));
    }
    // Sums of single precision in another order; without the average it tells them apart.
    EXPECT_EQ(most < 1e-5, averaged) << most;
  }
}

}  // namespace
}  // namespace foray::classifier::image_network_test
