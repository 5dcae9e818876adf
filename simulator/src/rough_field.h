#pragma once

#include <Eigen/Core>
#include <cstddef>

#include "foray/simulator/scene.h"
#include "grazing_field.h"

namespace foray::simulator {

// What a rough surface scatters diffusely (scattering/roughness.h): for each order of its series a
// table over the exit angle and one over q along the surface.
class RoughField {
 public:
  // q_max: the largest |q| that a pixel sees [1/angstrom]. index: of the scene's, for messages.
  RoughField(const Roughness& rough, const Surface& surface, const Beamline& beamline, double q_max,
             std::size_t index);

  // As intensities in 1/cm of the beamline's nominal sample; 0 below the horizon.
  [[nodiscard]] Eigen::ArrayXd intensity(const GrazingPoints& points) const;

 private:
  double length_;          // [angstrom]
  double steps_ = 0;       // of spectra_, a unit of ln(1 + q^2 length^2)
  Eigen::MatrixXd waves_;  // orders x places over sqrt(sin(alpha_f))
  Eigen::MatrixXd spectra_;
};

}  // namespace foray::simulator
