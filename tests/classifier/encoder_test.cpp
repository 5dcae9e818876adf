#include "foray/classifier/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "foray/classifier/embedding.h"
#include "network.h"

namespace foray::classifier::encoder_test {
namespace {

using Image = Eigen::ArrayXXf;

// encoder.pt and its like are written by tests/data/classifier/make_encoders.cpp.
std::string network(const std::string& name) {
  return std::string(FORAY_TEST_DATA) + "/classifier/" + name;
}

// Mean 0 and variance 1, with nothing in it that a turn would not show.
Image slope(int rows, int columns) {
  Image image(rows, columns);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) {
      image(i, j) =
          static_cast<float>(i) + 2.0F * static_cast<float>(j) + static_cast<float>((i * j) % 7);
    }
  }
  image -= image.mean();
  return image / std::sqrt(image.square().mean());
}

std::string refusal(const std::string& file, const ImageEncoder::Options& options = {}) {
  try {
    const ImageEncoder encoder(file, options);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

class Encoder : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!network_available()) GTEST_SKIP() << "this build has no LibTorch";
  }
};

// The network tells, of each picture: mean |x|, mean of what neighbours differ by (wrapped), mean
// x^3, mean of the first row. At its own size nothing is resampled.
TEST_F(Encoder, TellsTheMeanOverTheEightTurns) {
  constexpr int kSide = 16;
  const ImageEncoder encoder(network("encoder.pt"), {.side = kSide, .channels = 2});
  ASSERT_EQ(encoder.features(), 4);
  const Image image = slope(kSide, kSide);
  const Eigen::VectorXf told = encoder.encode(image);
  EXPECT_NEAR(told(0), image.abs().mean(), 1e-5);
  float steps = 0;
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < kSide; ++j) {
      steps += std::abs(image(i, j) - image((i + kSide - 1) % kSide, j)) +
               std::abs(image(i, j) - image(i, (j + kSide - 1) % kSide));
    }
  }
  EXPECT_NEAR(told(1), steps / (kSide * kSide), 1e-5);
  EXPECT_NEAR(told(2), image.cube().mean(), 1e-5);
  const float edges = image.row(0).mean() + image.row(kSide - 1).mean() + image.col(0).mean() +
                      image.col(kSide - 1).mean();
  EXPECT_NEAR(told(3), edges / 4, 1e-5);
}

TEST_F(Encoder, TurnsAndMirrorsDoNotMatter) {
  const ImageEncoder encoder(network("encoder.pt"), {.side = 24, .channels = 3});
  const Image image = slope(24, 24);
  const Eigen::VectorXf told = encoder.encode(image);
  for (const Image& turned :
       {Image(image.transpose()), Image(image.rowwise().reverse()), Image(image.reverse())}) {
    EXPECT_TRUE(encoder.encode(turned).isApprox(told, 1e-5F));
  }
}

TEST_F(Encoder, BringsTheMiddleSquareToTheSideAskedFor) {
  const ImageEncoder encoder(network("encoder.pt"), {.side = 32, .channels = 1});
  const Image large = slope(64, 64);
  Image halved(32, 32);
  for (int i = 0; i < 32; ++i) {
    for (int j = 0; j < 32; ++j) halved(i, j) = large.block<2, 2>(2 * i, 2 * j).mean();
  }
  EXPECT_TRUE(encoder.encode(large).isApprox(encoder.encode(halved), 1e-4F));
  Image wide = Image::Constant(64, 100, 9);
  wide.middleCols(18, 64) = large;
  EXPECT_EQ(encoder.encode(wide), encoder.encode(large));
  EXPECT_NEAR(encoder.encode(Image::Constant(16, 16, 2))(0), 2, 1e-5);  // enlarged
}

TEST_F(Encoder, MapsAreAveraged) {
  const ImageEncoder encoder(network("encoder_of_maps.pt"), {.side = 32, .channels = 3});
  ASSERT_EQ(encoder.features(), 1);
  const Image image = slope(32, 32);
  EXPECT_NEAR(encoder.encode(image)(0), image.abs().mean(), 1e-5);
}

TEST_F(Encoder, WholeNumbersAreAveragedAsAnyOthers) {
  const ImageEncoder encoder(network("encoder_of_whole_numbers.pt"), {.side = 32, .channels = 3});
  ASSERT_EQ(encoder.features(), 1);
  const Image image = slope(32, 32);
  EXPECT_NEAR(encoder.encode(image)(0), image.floor().mean(), 1e-5);
}

TEST_F(Encoder, RefusesOneThatIsRandomOrChanges) {
  using ::testing::HasSubstr;
  for (const std::string name : {"random_encoder.pt", "changing_encoder.pt"}) {
    EXPECT_THAT(refusal(network(name)),
                HasSubstr(name + ": expected a network that stays as it is and tells the same"));
  }
}

TEST_F(Encoder, TheSameOnAnyThreadAndEveryTime) {
  const ImageEncoder encoder(network("encoder.pt"), {.side = 64, .channels = 3});
  const Image image = slope(70, 64);
  const Eigen::VectorXf first = encoder.encode(image);
  std::vector<Eigen::VectorXf> told(4);
  std::vector<std::thread> threads;
  for (Eigen::VectorXf& one : told) {
    threads.emplace_back([&] {
      for (int k = 0; k < 5; ++k) one = encoder.encode(image);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Eigen::VectorXf& one : told) EXPECT_EQ(one, first);
}

TEST_F(Encoder, RefusesWhatIsNoneByName) {
  using ::testing::HasSubstr;
  EXPECT_THAT(refusal(network("no_encoder.pt")),
              HasSubstr("no_encoder.pt: expected numbers 8 x F"));
  EXPECT_THAT(refusal(network("umap_golden.txt")),
              HasSubstr("umap_golden.txt: expected a network as TorchScript"));
  EXPECT_THAT(refusal(network("absent.pt")), HasSubstr("absent.pt: expected a network"));
  EXPECT_THAT(refusal(network("encoder.pt"), {.side = 8}),
              HasSubstr("side from 16 to 1024, got 8"));
  EXPECT_THAT(refusal(network("encoder.pt"), {.channels = 0}),
              HasSubstr("1 to 16 channels, got 0"));
  const std::string cut = ::testing::TempDir() + "/cut.pt";
  std::filesystem::copy_file(network("encoder.pt"), cut,
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::resize_file(cut, 700);
  EXPECT_THAT(refusal(cut), HasSubstr("cut.pt: expected a network as TorchScript"));
}

TEST_F(Encoder, TellsTheTextureOfAnEmbedding) {
  const auto encoder = std::make_shared<const ImageEncoder>(
      network("encoder.pt"), ImageEncoder::Options{.side = 32, .channels = 3});
  const ImageEmbedder embedder(encoder);
  EXPECT_EQ(embedder.features(), 4 + EmbeddingParts::kScale + EmbeddingParts::kSymmetry);
  const scattering::Image image = slope(40, 40).cast<double>();
  const Embedding found = embedder.embed(image);
  ASSERT_EQ(found.status, EmbeddingStatus::kDone);
  ASSERT_EQ(found.features.size(), embedder.features());
  EXPECT_NEAR(found.features.head(4).norm(), 1, 1e-5);
  // The other parts are what they are without it.
  const Embedding plain = ImageEmbedder().embed(image);
  EXPECT_EQ(found.features.tail(81), plain.features.tail(81));
  const Eigen::MatrixXf weighed_parts = weighed(found.features, {.texture = 3, .scale = 0});
  EXPECT_NEAR(weighed_parts.topRows(4).norm(), 3, 1e-5);
}

}  // namespace
}  // namespace foray::classifier::encoder_test
