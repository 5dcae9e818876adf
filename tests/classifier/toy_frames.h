#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "foray/common/random.h"
#include "foray/scattering/measurement.h"

namespace foray::classifier::testing {

/// A ring of a toy frame: centre and width in 1/angstrom, height in counts, contrast of cos 2 chi.
struct ToyRing {
  double q = 0.05;
  double width = 0.002;
  double height = 40;
  double contrast = 0;
};

/// A small detector with a gap and the beam at the centre, Poisson counts of rings over a flat
/// background.
inline scattering::Frame toy_frame(const std::vector<ToyRing>& rings, std::uint64_t seed,
                                   Eigen::Index slow = 120, Eigen::Index fast = 100,
                                   double background = 3) {
  scattering::Frame frame;
  frame.geometry.dist = 1.0;
  frame.geometry.wavelength = 1e-10;
  frame.geometry.pixel1 = frame.geometry.pixel2 = 4e-4 * 120 / static_cast<double>(slow);
  frame.geometry.poni1 = 0.5 * static_cast<double>(slow) * frame.geometry.pixel1;
  frame.geometry.poni2 = 0.5 * static_cast<double>(fast) * frame.geometry.pixel2;
  frame.mask = scattering::Mask::Zero(slow, fast);
  frame.mask.middleRows(slow / 3, slow / 40 + 1) = scattering::kMaskGap;
  const scattering::Image q = scattering::q_map(frame.geometry, slow, fast);
  const scattering::Image chi = scattering::chi_map(frame.geometry, slow, fast);
  frame.counts = scattering::Image::Zero(slow, fast);
  CounterStream stream(seed, 0);
  for (Eigen::Index k = 0; k < q.size(); ++k) {
    double mean = background;
    for (const ToyRing& ring : rings) {
      const double z = (q.data()[k] - ring.q) / ring.width;
      mean +=
          ring.height * std::exp(-0.5 * z * z) * (1 + ring.contrast * std::cos(2 * chi.data()[k]));
    }
    frame.counts.data()[k] = stream.poisson(mean);
  }
  return frame;
}

}  // namespace foray::classifier::testing
