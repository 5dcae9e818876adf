#pragma once

#include <Eigen/Core>

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
    Eigen::ArrayXd values(end_fast_ - first_fast_);
    for (Eigen::Index i = first_slow_; i < end_slow_; ++i) {
      const Eigen::Index first = i * maker_.q().cols() + first_fast_;
      row(first, values);
      for (Eigen::Index j = 0; j < values.size(); ++j) {
        if (values[j] > 0) visit(first + j, values[j]);
      }
    }
  }

 private:
  // Of the pixels from `first` on.
  void row(Eigen::Index first, Eigen::ArrayXd& values) const;

  const FrameMaker& maker_;
  Eigen::Vector3d center_, along_;  // q and its direction
  double k_ = 0, top_ = 0;
  double radial_ = 0, across_ = 0;  // standard deviations [1/angstrom]
  Eigen::Index first_slow_ = 0, end_slow_ = 0, first_fast_ = 0, end_fast_ = 0;
};

}  // namespace foray::simulator
