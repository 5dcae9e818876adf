#pragma once

#include <Eigen/Core>
#include <memory>

#include "foray/classifier/encoder.h"
#include "foray/scattering/image.h"

namespace foray::classifier {

/// Images with a longer side are averaged down, by whole pixels, until none is.
inline constexpr Eigen::Index kMostEmbeddedSide = 256;

/// Rows of an image's features, part by part. Texture and scale have length 1 each; symmetry holds
/// probabilities over the root of their number, so that its length is at most 1, 0 without lattice.
/// Where an ImageEncoder tells the texture that part has as many rows as it tells numbers.
struct EmbeddingParts {
  static constexpr Eigen::Index kTexture = 960;  ///< the pattern, irrespective of position, angle
                                                 ///< and size.
  static constexpr Eigen::Index kScale = 64;     ///< its length scale.
  static constexpr Eigen::Index kSymmetry = 17;  ///< which plane groups' operations hold.
  static constexpr Eigen::Index kAll = kTexture + kScale + kSymmetry;
};

/// What counts when images are compared: weights >= 0 of the parts, not all 0.
struct EmbeddingWeights {
  double texture = 1;
  double scale = 0.5;  ///< 0: the same pattern in another size is the same.
  double symmetry = 0.5;
};

/// What came of an image.
enum class EmbeddingStatus {
  kDone,      ///< features are given.
  kNoPixels,  ///< fewer than half of the pixels are good: nothing is given.
  kFlat,      ///< all good pixels have one value: nothing is given.
};

/// An image as a point among others: near ones look alike.
struct Embedding {
  EmbeddingStatus status = EmbeddingStatus::kNoPixels;
  Eigen::VectorXf features;  ///< as many as ImageEmbedder::features(); empty unless kDone.
};

/// Turns images into features whose Euclidean distances, weighed, tell how alike they look.
///
/// Texture: the power spectrum over (ln |k|, angle), where a turn and a scaling are shifts, by the
/// magnitudes of its own Fourier transform, which shifts do not change. Scale: the power spectrum
/// by |k|. Symmetry: for each plane group whether its operations hold. See docs/explore.md.
///
/// Images are averaged down to at most 256 pixels a side; lengths count in those pixels. Const
/// methods may be called concurrently.
///
/// Source: Casasent and Psaltis (1976), doi:10.1364/AO.15.001795, of whose descriptors of images
/// these are the same for spectra.
class ImageEmbedder {
 public:
  /// @param encoder  tells the texture instead, of the image averaged down; its length becomes 1.
  explicit ImageEmbedder(std::shared_ptr<const ImageEncoder> encoder = nullptr);
  ~ImageEmbedder();
  ImageEmbedder(const ImageEmbedder&) = delete;
  ImageEmbedder& operator=(const ImageEmbedder&) = delete;

  /// Number of features: EmbeddingParts::kAll, or another one with an encoder.
  [[nodiscard]] Eigen::Index features() const;

  /// @param image  at least 16 x 16; values that are not finite count as masked.
  ///               At least 16 a side must be left when it is averaged down.
  /// @param mask   0 is a good pixel; empty: all are.
  /// @param symmetry  false: its part is left at 0, which saves much of the time.
  /// @throws std::invalid_argument when the image is smaller or the mask's shape differs;
  ///         std::runtime_error when the encoder fails.
  [[nodiscard]] Embedding embed(const scattering::Image& image, const scattering::Mask& mask = {},
                                bool symmetry = true) const;

 private:
  class Impl;
  std::unique_ptr<const Impl> impl_;
};

/// Features with each part multiplied by its weight.
/// @param features  ImageEmbedder::features() x n: all but the last rows are texture.
/// @throws std::invalid_argument on fewer rows than the parts need, or a weight that is negative or
/// not
///         finite, or when all are 0.
Eigen::MatrixXf weighed(const Eigen::Ref<const Eigen::MatrixXf>& features,
                        const EmbeddingWeights& weights);

}  // namespace foray::classifier
