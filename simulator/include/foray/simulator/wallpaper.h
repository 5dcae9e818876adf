#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "foray/scattering/image.h"
#include "foray/scattering/wallpaper_group.h"

namespace foray::simulator {

/// What fills the asymmetric unit of a periodic pattern.
enum class PatternContent {
  kTexture,  ///< as in photographs: overlapping shaded shapes, clouds, grain along a direction.
  kNoise,    ///< white noise with the grain of a pixel.
  kAtoms     ///< two kinds of discs on a dark ground.
};

/// How an image of a periodic pattern is drawn. Deviations are in pixels.
struct WallpaperOptions {
  int rows = 256;          ///< 16 to 4096.
  int columns = 256;       ///< 16 to 4096.
  double least_cells = 4;  ///< fewest primitive cells in the image, > 0.
  double most_cells = 70;  ///< most, >= least_cells; the number is log-uniform between the two.
  double distortion = 0;   ///< amplitude of a slow warp [pixels], >= 0.
  double blur = 0;         ///< standard deviation of a Gaussian blur [pixels], 0 to 10.
  double noise = 0;        ///< of each pixel, in standard deviations of the clean image, >= 0.
  double likeness = 0.97;  ///< refuse a draw that an operation outside its group maps onto itself
                           ///< with a correlation above this, in (0, 1].
  int attempts = 100;      ///< draws before giving up, > 0.
};

/// An image with what is true of it.
struct WallpaperImage {
  scattering::Image image;  ///< mean 0 and standard deviation 1 before noise.
  scattering::WallpaperGroup group = scattering::WallpaperGroup::kP1;
  Eigen::Matrix2d basis = Eigen::Matrix2d::Identity();  ///< columns: primitive vectors (column,
                                                        ///< row) [pixels], in the setting of
                                                        ///< scattering::operations_of.
  Eigen::Vector2d origin = Eigen::Vector2d::Zero();     ///< (column, row) of the group's origin.
  double cells = 0;  ///< number of primitive cells that the image's area holds.
  int rejected = 0;  ///< draws that were refused as more symmetric than their group.
};

/// Draws an image of a pattern whose symmetry is `group` and no more: lattice, angle, position,
/// scale and content at random, the same for the same seed and index.
///
/// Every point shows what the member of its orbit nearest to a random point shows, so the group's
/// operations hold exactly, in continuous coordinates, before pixels are made of it. Draws with a
/// likeness to a larger group, or to a finer lattice, are refused and drawn anew.
///
/// @throws std::invalid_argument naming the option that is out of range.
/// @throws std::runtime_error when no draw of `attempts` is accepted.
WallpaperImage draw_wallpaper(scattering::WallpaperGroup group, PatternContent content,
                              const WallpaperOptions& options, std::uint64_t seed,
                              std::uint64_t index);

}  // namespace foray::simulator
