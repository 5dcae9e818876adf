#include "corrected_frames.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "foray/common/draws.h"
#include "foray/scattering/geometry.h"
#include "foray/simulator/noise.h"

namespace foray::app {
namespace {

using scattering::Frame;
using scattering::Image;

// Mean count of good pixels in the darkest of 8 x 8 parts, of those that are good to a quarter.
double darkest_level(const Frame& frame) {
  constexpr Eigen::Index kParts = 8;
  const Eigen::Index rows = frame.counts.rows(), columns = frame.counts.cols();
  double darkest = std::numeric_limits<double>::infinity();
  for (Eigen::Index part = 0; part < kParts * kParts; ++part) {
    const Eigen::Index i = part / kParts, j = part % kParts;
    const Eigen::Index top = i * rows / kParts, left = j * columns / kParts;
    const Eigen::Index height = (i + 1) * rows / kParts - top;
    const Eigen::Index width = (j + 1) * columns / kParts - left;
    const auto good = frame.mask.block(top, left, height, width) == 0;
    const auto count = static_cast<double>(good.count());
    if (4 * count < static_cast<double>(height * width) || count == 0) continue;
    const double sum = good.select(frame.counts.block(top, left, height, width), 0).sum();
    darkest = std::min(darkest, sum / count);
  }
  return std::isfinite(darkest) ? darkest : 0;
}

// 1 at the beam, 1 + falloff at the farthest pixel.
Image weights_of(const Frame& frame, double falloff) {
  const Eigen::Vector2d center = scattering::beam_center(frame.geometry);
  Image square(frame.counts.rows(), frame.counts.cols());
  for (Eigen::Index i = 0; i < square.rows(); ++i) {
    for (Eigen::Index j = 0; j < square.cols(); ++j) {
      square(i, j) = (Eigen::Vector2d(static_cast<double>(i), static_cast<double>(j)).array() +
                      0.5 - center.array())
                         .square()
                         .sum();
    }
  }
  return 1 + falloff * square / square.maxCoeff();
}

}  // namespace

Correction draw_correction(Rng& rng) {
  Correction how;
  how.scale = log_uniform(rng, 1e-3, 300);
  how.errors = chance(rng, 0.65);
  if (how.errors && chance(rng, 0.6)) {
    how.background = uniform(rng, 0.3, 1);
    how.exposure = log_uniform(rng, 0.3, 3);
  }
  if (chance(rng, 0.4)) how.falloff = log_uniform(rng, 0.05, 1.5);
  return how;
}

void correct(const Correction& how, std::uint64_t seed, Frame& frame) {
  Image variance = frame.counts.max(1.0);
  if (how.background > 0) {
    const double level = how.background * darkest_level(frame);
    const Image told = simulator::poisson_image(
        Image::Constant(variance.rows(), variance.cols(), level * how.exposure), seed, 0);
    frame.counts -= told / how.exposure;
    variance += told / (how.exposure * how.exposure);
  }
  const Image weights = how.scale * weights_of(frame, how.falloff);
  frame.counts *= weights;
  if (how.errors) frame.variance = variance * weights.square();
  frame.saturation = 0;
}

}  // namespace foray::app
