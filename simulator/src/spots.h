#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "foray/simulator/frame_maker.h"
#include "foray/simulator/scene.h"

namespace foray::simulator {

// A spot where it meets the detector: the pixels that it may reach, and what it scatters there.
class SpotImage {
 public:
  SpotImage(const Spot& spot, const FrameMaker& maker);

  // Calls visit(pixel index, intensity [1/cm]) for each pixel that the spot reaches.
  template <typename Visit>
  void for_each(Visit visit) const {
    if (end_fast_ <= first_fast_) return;
    for (Eigen::Index i = first_slow_; i < end_slow_; ++i) {
      for (Eigen::Index j = first_fast_; j < end_fast_; j += kAtOnce) {
        const Few square = distances(i, j);
        if (!(square.minCoeff() < kReach * kReach)) continue;
        const Few value = top_ * (-0.5 * square).exp();
        const Eigen::Index first = i * maker_.q().cols() + j;
        const Eigen::Index n = std::min(kAtOnce, end_fast_ - j);
        for (Eigen::Index k = 0; k < n; ++k) {
          if (square[k] < kReach * kReach) visit(first + k, value[k]);
        }
      }
    }
  }

 private:
  static constexpr double kReach = 5;         // standard deviations; beyond, 4e-6 of the top
  static constexpr Eigen::Index kAtOnce = 8;  // numbers in a processor's vector, at most
  using Few = Eigen::Array<double, kAtOnce, 1>;

  // Squares of the distance from the centre in standard deviations, of a pixel and those after it
  // in its row, which may end before. Worked out, as the maps of all pixels are far away in memory.
  [[nodiscard]] Few distances(Eigen::Index slow, Eigen::Index fast) const;

  const FrameMaker& maker_;
  Eigen::Vector3d center_, along_;  // q and its direction
  double k_ = 0, top_ = 0;
  double radial_ = 0, across_ = 0;  // standard deviations [1/angstrom]
  Eigen::Index first_slow_ = 0, end_slow_ = 0, first_fast_ = 0, end_fast_ = 0;
};

// The spots of a scene on a beamline, which both are to be kept.
class SpotImages {
 public:
  SpotImages(const std::vector<Spot>& spots, const FrameMaker& maker);

  // As SpotImage::for_each of one of them, by its place.
  template <typename Visit>
  void for_each(std::size_t spot, Visit visit) const {
    if (spot + 1 >= first_.size()) {
      SpotImage(spots_[spot], maker_).for_each(visit);
      return;
    }
    for (std::size_t k = first_[spot]; k < first_[spot + 1]; ++k) {
      visit(static_cast<Eigen::Index>(pixels_[k]), values_[k]);
    }
  }

 private:
  const std::vector<Spot>& spots_;
  const FrameMaker& maker_;
  // Of the spots up to one: those beyond have too many pixels to be kept.
  std::vector<std::size_t> first_;
  std::vector<std::int32_t> pixels_;
  std::vector<double> values_;
};

}  // namespace foray::simulator
