#pragma once

#include <Eigen/Core>
#include <array>
#include <memory>

#include "foray/scattering/image.h"
#include "foray/scattering/wallpaper_group.h"

namespace foray::classifier {

/// How the plane group of an image is decided.
struct WallpaperAnalysisOptions {
  double stretch = 0.03;  ///< relative change of a length that an operation may bring and still
                          ///< be tried, 0 to 0.2; lattices of distorted images need more.
  double largest_break = 0.006;  ///< an operation holds while the share of the pattern's power that
                                 ///< it does not map onto itself is below this, whatever the noise:
                                 ///< what interpolation alone makes of an exact one.
  double least_break = 0.014;    ///< it is broken when the share is above this, > largest_break; in
                                 ///< between neither is favoured.
  double caution = 8;  ///< divides log-likelihood ratios, >= 1: coefficients of one pattern
                       ///< are not independent.
};

/// What came of an analysis.
enum class WallpaperStatus {
  kFound,      ///< lattice and probabilities are given.
  kNoPixels,   ///< fewer than 256 good pixels: nothing is given.
  kFlat,       ///< all good pixels have one value: nothing is given.
  kNoLattice,  ///< no two periods found; the image holds less than about two cells, or is not
               ///< periodic: nothing is given.
};

/// A plane group with what it was decided from.
struct WallpaperResult {
  WallpaperStatus status = WallpaperStatus::kNoLattice;
  scattering::WallpaperGroup group = scattering::WallpaperGroup::kP1;  ///< the most probable.
  std::array<double, scattering::kWallpaperGroups> probability{};      ///< sums to 1.
  std::array<double, scattering::kWallpaperGroups> evidence{};  ///< log-likelihood ratio that the
                                                                ///< group's operations hold.
  std::array<double, scattering::kWallpaperGroups> broken{};  ///< share of the pattern's power that
                                                              ///< they do not map onto itself.
  Eigen::Matrix2d basis = Eigen::Matrix2d::Zero();   ///< columns: the shortest primitive vectors
                                                     ///< (column, row) [pixels].
  Eigen::Vector2d origin = Eigen::Vector2d::Zero();  ///< of the group, fractional.
  Eigen::ArrayXXd cell;   ///< mean over all cells; (i, j) at fractional (i / n, j / n) from pixel
                          ///< (0, 0); smoothed by a pixel.
  Eigen::ArrayXXd motif;  ///< the same after averaging over the group's operations.
  double ceiling = 0;     ///< correlation of the mean cell with its noise-free self as its two
                          ///< halves tell: what no operation can exceed.
};

/// Finds the lattice and the plane group of an image of a periodic pattern.
///
/// The lattice comes from the image's normalised autocorrelation. The image is averaged into one
/// cell, whose Fourier coefficients tell for each group how far its operations hold against the
/// noise, which the difference between two halves of the cells gives. See docs/symmetry.md.
///
/// Const methods may be called concurrently.
class WallpaperAnalyzer {
 public:
  /// @throws std::invalid_argument naming the option that is out of range.
  explicit WallpaperAnalyzer(const WallpaperAnalysisOptions& options = {});
  ~WallpaperAnalyzer();
  WallpaperAnalyzer(const WallpaperAnalyzer&) = delete;
  WallpaperAnalyzer& operator=(const WallpaperAnalyzer&) = delete;

  /// @param image  at least 16 x 16; values that are not finite count as masked.
  /// @param mask   0 is a good pixel; empty: all are.
  /// @throws std::invalid_argument when the image is smaller or the mask's shape differs.
  [[nodiscard]] WallpaperResult analyze(const scattering::Image& image,
                                        const scattering::Mask& mask = {}) const;

 private:
  class Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace foray::classifier
