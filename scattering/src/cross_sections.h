#pragma once

#include <Eigen/Core>
#include <complex>
#include <vector>

#include "foray/scattering/grazing.h"

namespace foray::scattering {

// Moments of a cross-section over the shapes of a mixture.
struct SectionMoments {
  std::complex<double> mean;  // <f>
  double square = 0;          // <|f|^2>
};

// The cross-sections of shapes with upright walls, by their shares. Those of cylinders alone depend
// on |q| alone: for many pixels they are tabulated, cubic to 1e-9 of what they are at q = 0.
class CrossSections {
 public:
  // q_max: the largest |q| along the surface that is asked for, of `pixels` pixels.
  CrossSections(const std::vector<ShapeShare>& shapes, double q_max, Eigen::Index pixels);

  [[nodiscard]] SectionMoments at(double qx, double qy) const {
    return values_.empty() ? sum(qx, qy) : look_up(std::sqrt(qx * qx + qy * qy) * steps_per_q_);
  }

 private:
  struct Entry {
    double mean, square;
  };
  [[nodiscard]] SectionMoments sum(double qx, double qy) const;
  [[nodiscard]] SectionMoments look_up(double place) const;

  const std::vector<ShapeShare>& shapes_;
  double steps_per_q_ = 0;
  std::vector<Entry> values_;  // from the step before q = 0 on
};

}  // namespace foray::scattering
