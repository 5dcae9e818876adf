#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "foray/scattering/bins.h"
#include "foray/scattering/measurement.h"

namespace foray::scattering {

/// What a count in a pixel is corrected for. All factors go into the normalisation, as pyFAI has
/// it, so that counts stay counts and their statistics stay Poisson's.
struct Corrections {
  bool solid_angle = true;                  ///< of each pixel, relative to one at normal incidence.
  std::optional<double> polarization = {};  /**< factor in [-1, 1]: 1 for a beam polarised along the
                                                 fast axis, 0 unpolarised; absent: no correction. */
  std::optional<Image> flat = {};           ///< relative response of each pixel, > 0 where good.
  std::optional<Image> dark = {};           ///< dark counts in one exposure, subtracted; >= 0.
  std::optional<Image> dark_variance = {};  ///< of dark; absent: Poisson, the variance is dark.
};

/// Options of AzimuthalIntegrator.
struct IntegrationOptions {
  Bins q = {};                   ///< bins of q [1/angstrom].
  std::optional<Range> chi = {}; /**< only pixels with chi in this range [rad]; upper - lower in
                                      (0, 2 pi], any turn: 3 .. 4 goes across the cut at pi. */
  Corrections corrections = {};  ///< factors of each pixel.
};

/// Options of AzimuthalProfiler.
struct ProfileOptions {
  Range q = {};              ///< the band of q [1/angstrom] to look along; lower < upper.
  Bins chi = {.count = 180,  // two degrees, finer than most textures
              .range = Range{-3.141592653589793, 3.141592653589793}};  ///< bins of chi [rad].
  Corrections corrections = {};                                        ///< factors of each pixel.
};

/// Sums over the pixels of each bin, the empty ones included.
struct BinnedIntensity {
  Eigen::VectorXd centre;         ///< n bin centres: q [1/angstrom] or chi [rad].
  Eigen::VectorXd signal;         ///< n sums of counts less dark counts.
  Eigen::VectorXd normalization;  ///< n sums of what a pixel counts for; 0 in an empty bin.
  Eigen::VectorXd variance;       ///< n sums of variances.
  Eigen::Array<std::int64_t, Eigen::Dynamic, 1> pixels;  ///< n numbers of pixels.
  bool counting = true;  ///< the variance is that of plain counts: an empty sum is one count's.
};

/// What to_curve makes of the sums.
struct CurveOptions {
  double scale = 1.0;                        ///< multiplies intensity and error, > 0.
  std::string intensity_unit = "arbitrary";  ///< of the scaled intensity.
};

/// Intensity and its error in every bin that holds a pixel; empty bins are left out.
///
/// I = scale sum(signal) / sum(normalization), sigma = scale sqrt(sum(variance)) /
/// sum(normalization). A bin of plain counts where nothing was counted gets the error of one count,
/// not 0, so that no fit takes it for certain.
Curve to_curve(const BinnedIntensity& sums, const CurveOptions& options);
Curve to_curve(const BinnedIntensity& sums);

/// Adds up the pixels of a detector image in rings of equal q, with the errors of counting.
///
/// No pixel is split over bins, so counts in different bins are independent and sigma is exact
/// (splitting makes them correlated and sigma too large). Built once for a detector position and a
/// mask; an image then costs one pass. Const methods may be called concurrently.
///
/// Source: I = sum(signal) / sum(normalization), sigma = sqrt(sum(variance)) / sum(normalization):
/// Kieffer et al. (2020), doi:10.1107/S1600577520000776; bins from the smallest to the
/// largest q of the good pixels, as pyFAI's.
class AzimuthalIntegrator {
 public:
  /// @param mask  slow x fast, 0 is good; its shape is the detector's.
  /// @throws std::invalid_argument on an invalid geometry or option, a flat or dark of another
  /// shape than the mask, or when no pixel is left.
  AzimuthalIntegrator(const Geometry& geometry, const Mask& mask,
                      const IntegrationOptions& options);
  AzimuthalIntegrator(const AzimuthalIntegrator&) = delete;
  AzimuthalIntegrator& operator=(const AzimuthalIntegrator&) = delete;
  AzimuthalIntegrator(AzimuthalIntegrator&&) noexcept;
  AzimuthalIntegrator& operator=(AzimuthalIntegrator&&) noexcept;
  ~AzimuthalIntegrator();

  /// Adds up one image.
  ///
  /// @param counts    slow x fast, finite, and >= 0 unless a variance is given.
  /// @param variance  slow x fast, >= 0; null: Poisson, the variance is the count.
  /// @param skip      slow x fast; pixels where it is not 0 are left out of this image as well
  ///                  (saturated ones); null: none. Costs about three times as much.
  /// @throws std::invalid_argument on another shape, or naming the first bad pixel.
  [[nodiscard]] BinnedIntensity integrate(const Image& counts, const Image* variance = nullptr,
                                          const Mask* skip = nullptr) const;

  /// Number of bins, the empty ones included.
  [[nodiscard]] int bins() const;

 private:
  class Impl;
  std::unique_ptr<const Impl> impl_;
};

/// Adds up the pixels of a band of q along the azimuth chi, for the orientation of a sample.
/// As AzimuthalIntegrator in all else.
class AzimuthalProfiler {
 public:
  /// @throws std::invalid_argument as AzimuthalIntegrator.
  AzimuthalProfiler(const Geometry& geometry, const Mask& mask, const ProfileOptions& options);
  AzimuthalProfiler(const AzimuthalProfiler&) = delete;
  AzimuthalProfiler& operator=(const AzimuthalProfiler&) = delete;
  AzimuthalProfiler(AzimuthalProfiler&&) noexcept;
  AzimuthalProfiler& operator=(AzimuthalProfiler&&) noexcept;
  ~AzimuthalProfiler();

  /// Adds up one image: the sums' centre is chi [rad]. Arguments as AzimuthalIntegrator::integrate.
  [[nodiscard]] BinnedIntensity integrate(const Image& counts, const Image* variance = nullptr,
                                          const Mask* skip = nullptr) const;

 private:
  class Impl;
  std::unique_ptr<const Impl> impl_;
};

/// Options of integrate_q_image.
struct QImageOptions {
  Bins q = {.count = 100};        ///< bins of |q| [1/angstrom].
  std::optional<Range> chi = {};  ///< only entries with atan2(qy, qx) in this range [rad].
  double unknown_sigma = 1e6; /**< an entry whose sigma is this or more counts with its intensity
                                   and with the mean variance of its bin: programs write 1e6 for
                                   the error 0 of a pixel that counted nothing, and leaving such
                                   pixels out would raise the mean. */
};

/// Mean intensity in rings of |q| of data that are already in reciprocal space.
///
/// The mean is unweighted: weights from the entries' own errors would favour low counts. Its sigma
/// is sqrt(sum(sigma^2)) / n. The result has no entry for a ring that holds no good entry, or none
/// whose sigma is known; sigma is empty where the image's is.
/// @throws std::invalid_argument on a malformed image or option, or when no entry is left.
Curve integrate_q_image(const QImage& image, const QImageOptions& options);

/// Edges between given centres, for a curve on the same bins as another: middles for equal steps,
/// geometric means for equal ratios, the ends as far out as the steps go on.
/// @param centres  at least 2 ascending values. @throws std::invalid_argument otherwise.
Eigen::VectorXd edges_around(const Eigen::Ref<const Eigen::VectorXd>& centres);

}  // namespace foray::scattering
