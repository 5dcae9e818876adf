#include "foray/simulator/wallpaper.h"

#include <Eigen/LU>
#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

#include "foray/common/check.h"
#include "wallpaper_pattern.h"

namespace foray::simulator {
namespace {

using scattering::Image;
using scattering::WallpaperGroup;

void check(const WallpaperOptions& options) {
  require_in_range("draw_wallpaper: rows", options.rows, 16, 4096);
  require_in_range("draw_wallpaper: columns", options.columns, 16, 4096);
  require_in_range("draw_wallpaper: least_cells", options.least_cells, 1e-3, 1e6);
  require_in_range("draw_wallpaper: most_cells", options.most_cells, options.least_cells, 1e6);
  require_in_range("draw_wallpaper: distortion", options.distortion, 0, 1e3);
  require_in_range("draw_wallpaper: blur", options.blur, 0, 10);
  require_in_range("draw_wallpaper: noise", options.noise, 0, 1e6);
  require_in_range("draw_wallpaper: likeness", options.likeness, 1e-3, 1);
  require_in_range("draw_wallpaper: attempts", options.attempts, 1, 1e6);
}

// A smooth displacement with a wavelength of the image's size.
class Warp {
 public:
  Warp(const WallpaperOptions& options, CounterStream& random)
      : amplitude_(options.distortion),
        wave_(2 * std::numbers::pi / std::max(options.rows, options.columns)) {
    for (double& phase : phases_) phase = 2 * std::numbers::pi * random.uniform();
  }

  [[nodiscard]] Eigen::Vector2d at(const Eigen::Vector2d& place) const {
    if (amplitude_ <= 0) return place;
    const double u = wave_ * place(0);
    const double v = wave_ * place(1);
    return place + 0.5 * amplitude_ *
                       Eigen::Vector2d(std::sin(u + phases_[0]) + std::sin(v + phases_[1]),
                                       std::sin(u + phases_[2]) + std::sin(v + phases_[3]));
  }

 private:
  double amplitude_;
  double wave_;
  std::array<double, 4> phases_{};
};

// Columns, then rows, by a Gaussian; the image loses `margin` on each side.
Image blurred(const Image& image, double deviation, int margin) {
  if (margin == 0) return image;
  Eigen::ArrayXd kernel(2 * margin + 1);
  for (int k = -margin; k <= margin; ++k) {
    kernel(k + margin) = std::exp(-0.5 * k * k / (deviation * deviation));
  }
  kernel /= kernel.sum();
  const Eigen::Index rows = image.rows() - 2 * margin;
  const Eigen::Index columns = image.cols() - 2 * margin;
  Image along = Image::Zero(rows, image.cols());
  Image both = Image::Zero(rows, columns);
  for (Eigen::Index k = 0; k < kernel.size(); ++k) along += kernel(k) * image.middleRows(k, rows);
  for (Eigen::Index k = 0; k < kernel.size(); ++k) both += kernel(k) * along.middleCols(k, columns);
  return both;
}

// Pixels are means of 2 x 2 points.
Image rendered(const WallpaperPattern& pattern, const WallpaperOptions& options,
               const Eigen::Vector2d& origin, const Warp& warp) {
  const int margin = options.blur > 0 ? static_cast<int>(std::ceil(3 * options.blur)) : 0;
  const Eigen::Matrix2d inverse = pattern.basis().inverse();
  Image image(options.rows + 2 * margin, options.columns + 2 * margin);
  for (Eigen::Index row = 0; row < image.rows(); ++row) {
    for (Eigen::Index column = 0; column < image.cols(); ++column) {
      double sum = 0;
      for (int k = 0; k < 4; ++k) {
        const int right = k % 2;
        const int down = k / 2;
        const Eigen::Vector2d place(static_cast<double>(column - margin) - 0.25 + 0.5 * right,
                                    static_cast<double>(row - margin) - 0.25 + 0.5 * down);
        sum += pattern.at(inverse * (warp.at(place) - origin));
      }
      image(row, column) = 0.25 * sum;
    }
  }
  image = blurred(image, options.blur, margin);
  image -= image.mean();
  const double deviation = std::sqrt(image.square().mean());
  return deviation > 0 ? Image(image / deviation) : image;
}

void add_noise(Image& image, double noise, CounterStream& random) {
  if (noise <= 0) return;
  for (Eigen::Index k = 0; k < image.size(); ++k) image(k) += noise * random.normal();
}

}  // namespace

WallpaperImage draw_wallpaper(WallpaperGroup group, PatternContent content,
                              const WallpaperOptions& options, std::uint64_t seed,
                              std::uint64_t index) {
  check(options);
  for (int attempt = 0; attempt < options.attempts; ++attempt) {
    CounterStream random(derive_seed(seed, static_cast<std::uint64_t>(attempt)), index);
    WallpaperImage result;
    result.group = group;
    result.rejected = attempt;
    result.cells =
        options.least_cells * std::pow(options.most_cells / options.least_cells, random.uniform());
    const double area = static_cast<double>(options.rows) * options.columns / result.cells;
    result.basis = draw_basis(group, area, random);
    const WallpaperPattern pattern(group, content, result.basis, random);
    const double x = random.uniform() * options.columns;
    result.origin << x, random.uniform() * options.rows;
    const Warp warp(options, random);
    // Flat patterns (no disc shows) have no correlation; NaN is refused too.
    if (!(likeness_to_more(pattern) <= options.likeness)) continue;
    result.image = rendered(pattern, options, result.origin, warp);
    add_noise(result.image, options.noise, random);
    return result;
  }
  throw std::runtime_error("draw_wallpaper: expected a draw of " +
                           std::string(scattering::name_of(group)) + " within " +
                           std::to_string(options.attempts) +
                           " attempts that is no more symmetric than its group, got none");
}

}  // namespace foray::simulator
