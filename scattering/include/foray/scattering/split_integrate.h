#pragma once

#include <Eigen/Core>
#include <memory>
#include <optional>

#include "foray/scattering/integrate.h"

namespace foray::scattering {

/// What pixels are sorted by.
enum class PixelAxis {
  kQ,         ///< |q| [1/angstrom].
  kTwoTheta,  ///< scattering angle [rad].
  kRadius,    ///< distance from the beam, at right angles to it [m].
  kSpacing,   ///< d = 2 pi / q [angstrom].
  kChi,       ///< azimuth [rad] in -pi .. pi.
  kQx,        ///< |q| cos chi [1/angstrom]: with a range of kQy, a slab along the fast axis.
  kQy,        ///< |q| sin chi [1/angstrom]: along the slow axis.
};

/// Which bins a pixel counts for.
enum class PixelSplit {
  kNone,         ///< the one that holds its centre: bins are independent.
  kBoundingBox,  ///< by the part of the smallest box about its corners, centred on its centre.
  kFull,         ///< by the part of its area, as a quadrangle over both axes.
};

/// Where the errors of bins come from.
enum class ErrorModel {
  kPoisson,    ///< the counts (or the variance given with the image).
  kAzimuthal,  ///< the scatter of the pixels of a bin about its mean: counts what Poisson does not.
  kHybrid,     ///< pixels are clipped by their scatter, and the rest has the errors of Poisson.
};

/// Options of SplitIntegrator.
struct SplitOptions {
  PixelAxis first = PixelAxis::kQ;         ///< the axis of a curve.
  Bins first_bins = {};                    ///< its bins, in its unit.
  PixelAxis second = PixelAxis::kChi;      ///< the other axis; not the first.
  std::optional<Bins> second_bins = {};    /**< absent: one bin over all, or over `second_range`. */
  std::optional<Range> second_range = {};  ///< a sector, or a slab; whole turns aside for kChi.
  PixelSplit split = PixelSplit::kNone;
  Corrections corrections = {};  ///< factors of each pixel.
};

/// Options of SplitIntegrator::integrate.
struct ClipOptions {
  ErrorModel errors = ErrorModel::kPoisson;
  double clip = 0; /**< pixels further than so many standard deviations from the mean of their bin
                        are left out, again and again; 0: none, else at least 2. A split pixel is
                        compared with the bin that has most of it. */
  int max_rounds = 5;  ///< of clipping, >= 1.
};

/// Sums over two axes; rows are bins of the first.
struct BinnedImage {
  Eigen::VectorXd first;   ///< n bin centres.
  Eigen::VectorXd second;  ///< m bin centres.
  Image signal;            ///< n x m sums of counts less dark counts.
  Image normalization;     ///< n x m; 0 in an empty bin.
  Image variance;          ///< n x m variances of signal.
  Image pixels;            ///< n x m sums of the pixels' parts.
  bool counting = true;    ///< as BinnedIntensity.

  /// signal / normalization; NaN in an empty bin.
  [[nodiscard]] Image intensity() const;
  /// sqrt(variance) / normalization; NaN in an empty bin.
  [[nodiscard]] Image sigma() const;
  /// The sums of bin j of the second axis, ready for to_curve.
  [[nodiscard]] BinnedIntensity column(Eigen::Index j) const;
};

/// Adds up the pixels of a detector image over two axes, with or without splitting them.
///
/// A pixel that counts for several bins by parts c adds c times its counts and c^2 times its
/// variance to each. That is the variance of the bin; bins that share a pixel are correlated,
/// so sums over bins have more. Without splitting they are independent. Built once for a
/// detector position and a mask. Const methods may be called concurrently.
///
/// Source: Kieffer et al. (2020), doi:10.1107/S1600577520000776.
class SplitIntegrator {
 public:
  /// @throws std::invalid_argument on an invalid geometry or option, or when no pixel is left.
  SplitIntegrator(const Geometry& geometry, const Mask& mask, const SplitOptions& options);
  SplitIntegrator(const SplitIntegrator&) = delete;
  SplitIntegrator& operator=(const SplitIntegrator&) = delete;
  SplitIntegrator(SplitIntegrator&&) noexcept;
  SplitIntegrator& operator=(SplitIntegrator&&) noexcept;
  ~SplitIntegrator();

  /// Adds up one image. @param counts, variance, skip  as AzimuthalIntegrator::integrate.
  [[nodiscard]] BinnedImage integrate(const Image& counts, const ClipOptions& options = {},
                                      const Image* variance = nullptr,
                                      const Mask* skip = nullptr) const;

 private:
  class Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace foray::scattering
