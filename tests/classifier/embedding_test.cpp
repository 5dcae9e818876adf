#include "foray/classifier/embedding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "foray/common/random.h"
#include "foray/scattering/wallpaper_group.h"

namespace foray::classifier::embedding_test {
namespace {

using Parts = EmbeddingParts;
using scattering::Image;

// Waves with the amplitudes and directions of one of many patterns, seen at an angle, from a place,
// in a size.
struct View {
  double angle = 0;
  double x = 0, y = 0;
  double size = 1;
  double noise = 0;
};

Image pattern(int number, const View& view, Eigen::Index rows = 128, Eigen::Index columns = 128) {
  CounterStream kind(7, static_cast<std::uint64_t>(number));
  Image image = Image::Zero(rows, columns);
  for (int wave = 0; wave < 6; ++wave) {
    const double period = (6 + 12 * kind.uniform()) * view.size;
    const double direction = std::numbers::pi * kind.uniform() + view.angle;
    const double amplitude = 0.3 + kind.uniform();
    for (Eigen::Index i = 0; i < rows; ++i) {
      for (Eigen::Index j = 0; j < columns; ++j) {
        const double along = (static_cast<double>(j) + view.x) * std::cos(direction) +
                             (static_cast<double>(i) + view.y) * std::sin(direction);
        image(i, j) += amplitude * std::cos(2 * std::numbers::pi * along / period);
      }
    }
  }
  CounterStream noise(8, static_cast<std::uint64_t>(number));
  for (Eigen::Index i = 0; i < image.size(); ++i) image.data()[i] += view.noise * noise.normal();
  return image;
}

Eigen::VectorXf features(const Image& image) {
  const Embedding embedding = ImageEmbedder().embed(image);
  EXPECT_EQ(embedding.status, EmbeddingStatus::kDone);
  return embedding.features;
}

Eigen::VectorXf texture(const Image& image) { return features(image).head(Parts::kTexture); }

TEST(ImageEmbedder, FindsAPatternNearItselfTurnedShiftedScaledAndWithNoise) {
  for (int number = 0; number < 6; ++number) {
    const Eigen::VectorXf itself = texture(pattern(number, {}));
    double nearest_other = std::numeric_limits<double>::infinity();
    for (int other = 0; other < 6; ++other) {
      if (other == number) continue;
      nearest_other =
          std::min<double>(nearest_other, (texture(pattern(other, {})) - itself).norm());
    }
    for (const View& view :
         {View{1.1}, View{0, 5.3, 8.1}, View{2.4, 1, 2, 1.3}, View{0.4, 3, 4, 0.85, 0.5}}) {
      EXPECT_LT((texture(pattern(number, view)) - itself).norm(), 0.8 * nearest_other)
          << number << " at " << view.angle;
    }
  }
}

TEST(ImageEmbedder, TellsSizesApartByTheScaleAlone) {
  const Eigen::VectorXf small = features(pattern(1, {}));
  const Eigen::VectorXf large = features(pattern(1, {.size = 1.5}));
  const Eigen::VectorXf change = large - small;
  EXPECT_GT(change.segment(Parts::kTexture, Parts::kScale).norm(), 0.5);
  const float other = (texture(pattern(2, {})) - small.head(Parts::kTexture)).norm();
  EXPECT_LT(change.head(Parts::kTexture).norm(), 0.6F * other);
}

TEST(ImageEmbedder, DoesNotSeeBrightnessContrastOrTheUnitOfPixels) {
  const Image image = pattern(2, {});
  const Eigen::VectorXf itself = features(image);
  for (const double factor : {3.0, 1e-200, 1e200}) {
    EXPECT_LT((features(factor * (image + 2.0)) - itself).norm(), 1e-3) << factor;
  }
}

TEST(ImageEmbedder, LeavesOutMaskedAndNotFinitePixels) {
  Image image = pattern(3, {});
  const Eigen::VectorXf itself = texture(image);
  scattering::Mask mask = scattering::Mask::Zero(128, 128);
  image.block(20, 30, 12, 12) = std::nan("");
  image.block(90, 80, 10, 10) = 1e9;
  mask.block(90, 80, 10, 10) = 1;
  image(0, 0) = std::numeric_limits<double>::infinity();
  const Embedding embedding = ImageEmbedder().embed(image, mask);
  ASSERT_EQ(embedding.status, EmbeddingStatus::kDone);
  EXPECT_LT((embedding.features.head(Parts::kTexture) - itself).norm(), 0.2);
}

TEST(ImageEmbedder, TextureAndScaleHaveLengthOne) {
  const Eigen::VectorXf all = features(pattern(4, {}, 90, 230));
  ASSERT_EQ(all.size(), Parts::kAll);
  EXPECT_NEAR(all.head(Parts::kTexture).norm(), 1, 1e-5);
  EXPECT_NEAR(all.segment(Parts::kTexture, Parts::kScale).norm(), 1, 1e-5);
}

// Spots on a square lattice, round (p4m) or with a tail that leaves no operation but shifts (p1).
Image spots(bool round) {
  Image image = Image::Zero(128, 128);
  for (Eigen::Index i = 0; i < 128; ++i) {
    for (Eigen::Index j = 0; j < 128; ++j) {
      const double x = static_cast<double>(j % 16) - 8, y = static_cast<double>(i % 16) - 8;
      image(i, j) = std::exp(-(x * x + y * y) / 6);
      if (!round) image(i, j) += 0.8 * std::exp(-((x - 4) * (x - 4) + (y - 1.5) * (y - 1.5)) / 3);
    }
  }
  return image;
}

// Seventeen probabilities over the root of 17: each is at most 1, that of p1 is 1 where there is a
// lattice at all, p4m's where its operations hold and only there.
TEST(ImageEmbedder, SymmetryHoldsProbabilitiesOverTheRootOfTheirNumber) {
  const double root = std::sqrt(17.0);
  const auto group = [](scattering::WallpaperGroup one) { return static_cast<Eigen::Index>(one); };
  const Eigen::VectorXd round = root * features(spots(true)).tail(Parts::kSymmetry).cast<double>();
  const Eigen::VectorXd tailed =
      root * features(spots(false)).tail(Parts::kSymmetry).cast<double>();
  for (const Eigen::VectorXd& found : {round, tailed}) {
    EXPECT_GE(found.minCoeff(), 0);
    EXPECT_LE(found.maxCoeff(), 1 + 1e-6);
  }
  EXPECT_GT(round(group(scattering::WallpaperGroup::kP4m)), 0.5);
  EXPECT_GT(round(group(scattering::WallpaperGroup::kP2)), 0.9);
  EXPECT_LT(tailed(group(scattering::WallpaperGroup::kP4m)), 0.1);
  EXPECT_LT(tailed(group(scattering::WallpaperGroup::kP2)), 0.1);
  // Without a lattice, and where it is not asked for, nothing holds.
  Image noise(128, 128);
  CounterStream random(3, 3);
  for (Eigen::Index i = 0; i < noise.size(); ++i) noise.data()[i] = random.normal();
  EXPECT_EQ(features(noise).tail(Parts::kSymmetry).norm(), 0);
  const Embedding without = ImageEmbedder().embed(spots(true), {}, false);
  EXPECT_EQ(without.features.tail(Parts::kSymmetry).norm(), 0);
  EXPECT_EQ(without.features.head(Parts::kTexture), features(spots(true)).head(Parts::kTexture));
}

TEST(ImageEmbedder, AveragesLargeImagesDown) {
  const Image large = pattern(5, {.size = 4}, 512, 512);
  const Image small = pattern(5, {.size = 2}, 256, 256);
  EXPECT_LT((texture(large) - texture(small)).norm(), 0.2);
}

TEST(ImageEmbedder, SaysWhatHoldsNothing) {
  const ImageEmbedder embedder;
  EXPECT_EQ(embedder.embed(Image::Constant(32, 32, 0.1)).status, EmbeddingStatus::kFlat);
  EXPECT_EQ(embedder.embed(Image::Zero(32, 32)).status, EmbeddingStatus::kFlat);
  EXPECT_EQ(embedder.embed(Image::Constant(32, 32, std::nan(""))).status,
            EmbeddingStatus::kNoPixels);
  const scattering::Mask all = scattering::Mask::Ones(128, 128);
  EXPECT_EQ(embedder.embed(pattern(0, {}), all).status, EmbeddingStatus::kNoPixels);
  EXPECT_THROW(static_cast<void>(embedder.embed(Image::Zero(15, 200))), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(embedder.embed(Image::Zero(20, 2000))), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(embedder.embed(Image::Zero(32, 32), all)), std::invalid_argument);
  EXPECT_EQ(embedder.embed(pattern(0, {}, 256, 31)).status, EmbeddingStatus::kDone);
  try {
    static_cast<void>(embedder.embed(Image::Zero(257, 31)));
    ADD_FAILURE();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "ImageEmbedder: expected an image of which at least 16 x 16 pixels are left when "
                 "it is averaged down to 256 a side, got 257 x 31, which becomes 128 x 15");
  }
}

TEST(Weighed, MultipliesEachPart) {
  const Eigen::MatrixXf ones = Eigen::MatrixXf::Ones(Parts::kAll, 2);
  const Eigen::MatrixXf found = weighed(ones, {.texture = 2, .scale = 0, .symmetry = 3});
  EXPECT_EQ(found.sum(), 2 * (2 * Parts::kTexture + 3 * Parts::kSymmetry));
  EXPECT_EQ(found(Parts::kTexture, 1), 0);
  EXPECT_THROW(weighed(ones, {.texture = -1}), std::invalid_argument);
  EXPECT_THROW(weighed(ones, {.texture = 0, .scale = 0, .symmetry = 0}), std::invalid_argument);
  EXPECT_THROW(weighed(ones.topRows(5), {}), std::invalid_argument);
}

}  // namespace
}  // namespace foray::classifier::embedding_test
