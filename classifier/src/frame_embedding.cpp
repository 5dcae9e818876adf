#include "frame_embedding.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

#include "foray/common/random.h"

namespace foray::classifier {
namespace {

using Eigen::Index;
using scattering::Frame;
using scattering::Image;

constexpr std::size_t kPairs = 4;  // of halves: 8 embeddings tell a variance to a half of it

// What a few pixels hold together.
struct Counts {
  Image sum, variance, good;
};

Counts summed(const Frame& frame) {
  const Index step = (std::max(frame.counts.rows(), frame.counts.cols()) + kMostEmbeddedSide - 1) /
                     kMostEmbeddedSide;
  const Index rows = frame.counts.rows() / step, columns = frame.counts.cols() / step;
  Counts counts{Image::Zero(rows, columns), Image::Zero(rows, columns), Image::Zero(rows, columns)};
  for (Index y = 0; y < rows * step; ++y) {
    for (Index x = 0; x < columns * step; ++x) {
      const double count = frame.counts(y, x);
      const bool saturated = frame.saturation > 0 && count >= frame.saturation;
      if (frame.mask(y, x) != 0 || !std::isfinite(count) || count < 0 || saturated) continue;
      counts.sum(y / step, x / step) += count;
      counts.variance(y / step, x / step) += frame.variance ? (*frame.variance)(y, x) : count;
      counts.good(y / step, x / step) += 1;
    }
  }
  return counts;
}

// Square roots of what a pixel holds on average, NaN where none is good.
Image roots(const Image& sum, const Image& good) {
  return (good > 0).select((sum.max(0.0) / good.max(1.0)).sqrt(), std::nan(""));
}

// Half of the counts, each count by a toss of a coin; many counts, and numbers that are no counts,
// by the normal distribution of as large a variance.
Image half_of(const Counts& counts, bool poisson, CounterStream& random) {
  Image half(counts.sum.rows(), counts.sum.cols());
  for (Index i = 0; i < half.size(); ++i) {
    const double sum = counts.sum.data()[i];
    if (poisson && sum <= 64 && sum == std::floor(sum)) {
      const auto tosses = static_cast<int>(sum);
      const std::uint64_t coins = tosses == 0 ? 0 : random() >> (64 - tosses);
      half.data()[i] = std::popcount(coins);
    } else {
      half.data()[i] =
          sum / 2 + std::sqrt(std::max(counts.variance.data()[i], 0.0)) / 2 * random.normal();
    }
  }
  return half;
}

Embedding embedded(const ImageEmbedder& embedder, const Image& image) {
  Embedding found = embedder.embed(image, {}, false);
  if (found.status == EmbeddingStatus::kDone) found.features = weighed(found.features, {});
  return found;
}

}  // namespace

FrameEmbedding embed_frame(const ImageEmbedder& embedder, const Frame& frame) {
  FrameEmbedding result;
  const Counts counts = summed(frame);
  Embedding whole;
  try {
    whole = embedded(embedder, roots(counts.sum, counts.good));
  } catch (const std::invalid_argument& error) {
    result.trouble = error.what();
    return result;
  }
  if (whole.status != EmbeddingStatus::kDone) {
    result.trouble = whole.status == EmbeddingStatus::kFlat
                         ? "all good pixels have one value"
                         : "fewer than half of the pixels are good";
    return result;
  }
  result.whole = std::move(whole.features);
  for (std::size_t pair = 0; pair < kPairs; ++pair) {
    CounterStream random(derive_seed(0, "halves of frames"), pair);
    const Image half = half_of(counts, !frame.variance, random);
    Embedding one = embedded(embedder, roots(half, counts.good));
    Embedding other = embedded(embedder, roots(counts.sum - half, counts.good));
    if (one.status == EmbeddingStatus::kDone && other.status == EmbeddingStatus::kDone) {
      result.halves.emplace_back(std::move(one.features), std::move(other.features));
    }
  }
  if (result.halves.size() < kPairs) {
    result.trouble = "too few counts to tell how well it is known";
  }
  return result;
}

scattering::Estimate distance_to(const FrameEmbedding& frame, const Eigen::VectorXf& reference) {
  const auto distance = [&](const Eigen::VectorXf& features) {
    return static_cast<double>((features - reference).norm());
  };
  constexpr double kRounding = 1e-6;  // of features in single precision
  double sum = 0;
  for (const auto& [one, other] : frame.halves) {
    const double difference = distance(one) - distance(other);
    sum += difference * difference / 4;
  }
  const auto pairs = static_cast<double>(std::max<std::size_t>(frame.halves.size(), 1));
  return {distance(frame.whole), sum / pairs + kRounding * kRounding};
}

}  // namespace foray::classifier
