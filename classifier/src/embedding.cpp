#include "foray/classifier/embedding.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "foray/classifier/wallpaper.h"
#include "foray/common/check.h"
#include "log_polar.h"

namespace foray::classifier {
namespace {

constexpr Eigen::Index kLeastSide = 16;
constexpr Eigen::Index kOtherParts = EmbeddingParts::kScale + EmbeddingParts::kSymmetry;

// An image averaged down, what is not good known as NaN.
scattering::Image averaged_down(const scattering::Image& image, const scattering::Mask& mask) {
  const Eigen::Index step =
      (std::max(image.rows(), image.cols()) + kMostEmbeddedSide - 1) / kMostEmbeddedSide;
  scattering::Image result(std::max(image.rows() / step, Eigen::Index{1}),
                           std::max(image.cols() / step, Eigen::Index{1}));
  for (Eigen::Index i = 0; i < result.rows(); ++i) {
    for (Eigen::Index j = 0; j < result.cols(); ++j) {
      double sum = 0;
      int good = 0;
      for (Eigen::Index y = i * step; y < (i + 1) * step; ++y) {
        for (Eigen::Index x = j * step; x < (j + 1) * step; ++x) {
          if ((mask.size() > 0 && mask(y, x) != 0) || !std::isfinite(image(y, x))) continue;
          sum += image(y, x);
          ++good;
        }
      }
      result(i, j) = good > 0 ? sum / good : std::nan("");
    }
  }
  return result;
}

// Mean 0 and variance 1, 0 where nothing is known; empty unless there are enough pixels that vary.
Plane standardised(const scattering::Image& image, EmbeddingStatus& status) {
  const auto good = image.isFinite();
  const auto count = static_cast<double>(good.count());
  status = EmbeddingStatus::kNoPixels;
  if (2 * count < static_cast<double>(image.size())) return {};
  const scattering::Image known = good.select(image, 0.0);
  const double scale = known.abs().maxCoeff();  // squares of large numbers would overflow
  status = EmbeddingStatus::kFlat;
  if (!(scale > 0)) return {};
  const scattering::Image scaled = known / scale;
  const double mean = scaled.sum() / count;
  const scattering::Image centred = good.select(scaled - mean, 0.0);
  const double deviation = std::sqrt(centred.square().sum() / count);
  // What rounding leaves of equal pixels is not a pattern.
  if (deviation < 1e-12) return {};
  status = EmbeddingStatus::kDone;
  return (centred / deviation).cast<float>();
}

// For each plane group the probability that its operations hold, whatever else does; 0 without a
// lattice.
Eigen::VectorXf held_operations(const WallpaperAnalyzer& analyzer, const Plane& plane) {
  constexpr double kCaution = 8;  // as the analysis divides evidence
  Eigen::VectorXf result = Eigen::VectorXf::Zero(scattering::kWallpaperGroups);
  const WallpaperResult found = analyzer.analyze(plane.cast<double>());
  if (found.status != WallpaperStatus::kFound) return result;
  for (std::size_t g = 0; g < found.evidence.size(); ++g) {
    result(static_cast<Eigen::Index>(g)) =
        static_cast<float>(1 / (1 + std::exp(-found.evidence[g] / kCaution)));
  }
  return result / std::sqrt(static_cast<float>(result.size()));
}

}  // namespace

class ImageEmbedder::Impl {
 public:
  explicit Impl(std::shared_ptr<const ImageEncoder> encoder) : encoder_(std::move(encoder)) {}

  [[nodiscard]] Eigen::Index size() const {
    return encoder_ ? encoder_->features() + kOtherParts : EmbeddingParts::kAll;
  }

  [[nodiscard]] Eigen::VectorXf features(const Plane& plane, bool symmetry) const {
    const Plane power = log_polar_power(plane);
    Eigen::VectorXf result(size());
    result << (encoder_ ? texture_by_encoder(plane) : shift_invariants(power)),
        radial_amplitudes(power),
        symmetry ? held_operations(analyzer_, plane)
                 : Eigen::VectorXf(Eigen::VectorXf::Zero(EmbeddingParts::kSymmetry));
    return result;
  }

 private:
  [[nodiscard]] Eigen::VectorXf texture_by_encoder(const Plane& plane) const {
    const Eigen::VectorXf told = encoder_->encode(plane);
    const float length = told.norm();
    return length > 0 ? Eigen::VectorXf(told / length) : told;
  }

  WallpaperAnalyzer analyzer_;
  std::shared_ptr<const ImageEncoder> encoder_;
};

ImageEmbedder::ImageEmbedder(std::shared_ptr<const ImageEncoder> encoder)
    : impl_(std::make_unique<const Impl>(std::move(encoder))) {}
ImageEmbedder::~ImageEmbedder() = default;

Eigen::Index ImageEmbedder::features() const { return impl_->size(); }

Embedding ImageEmbedder::embed(const scattering::Image& image, const scattering::Mask& mask,
                               bool symmetry) const {
  require(image.rows() >= kLeastSide && image.cols() >= kLeastSide,
          "ImageEmbedder: expected an image of at least 16 x 16 pixels, got " +
              std::to_string(image.rows()) + " x " + std::to_string(image.cols()));
  require(mask.size() == 0 || (mask.rows() == image.rows() && mask.cols() == image.cols()),
          "ImageEmbedder: expected a mask of the image's shape");
  Embedding result;
  const scattering::Image small = averaged_down(image, mask);
  require(small.rows() >= kLeastSide && small.cols() >= kLeastSide,
          "ImageEmbedder: expected an image of which at least 16 x 16 pixels are left when it is "
          "averaged down to 256 a side, got " +
              std::to_string(image.rows()) + " x " + std::to_string(image.cols()) +
              ", which becomes " + std::to_string(small.rows()) + " x " +
              std::to_string(small.cols()));
  const Plane plane = standardised(small, result.status);
  if (result.status != EmbeddingStatus::kDone) return result;
  result.features = impl_->features(plane, symmetry);
  return result;
}

Eigen::MatrixXf weighed(const Eigen::Ref<const Eigen::MatrixXf>& features,
                        const EmbeddingWeights& weights) {
  using Parts = EmbeddingParts;
  require(features.rows() > kOtherParts,
          "weighed: expected more than " + std::to_string(kOtherParts) +
              " features an image, got " + std::to_string(features.rows()));
  require_in_range("weighed: texture", weights.texture, 0, 1e6);
  require_in_range("weighed: scale", weights.scale, 0, 1e6);
  require_in_range("weighed: symmetry", weights.symmetry, 0, 1e6);
  require(weights.texture + weights.scale + weights.symmetry > 0,
          "weighed: expected a weight above 0, got none");
  const Eigen::Index texture = features.rows() - kOtherParts;
  Eigen::VectorXf factors(features.rows());
  factors << Eigen::VectorXf::Constant(texture, static_cast<float>(weights.texture)),
      Eigen::VectorXf::Constant(Parts::kScale, static_cast<float>(weights.scale)),
      Eigen::VectorXf::Constant(Parts::kSymmetry, static_cast<float>(weights.symmetry));
  return factors.asDiagonal() * features;
}

}  // namespace foray::classifier
