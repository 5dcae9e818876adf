#pragma once

#include <vector>

#include "foray/simulator/scene.h"
#include "grazing_field.h"
#include "radial_set.h"

namespace foray::simulator {

// What a scene scatters at grazing incidence, with tables for all that depends on one variable.
class GrazingScene {
 public:
  // q_max: the largest |q| outside the medium that a pixel sees [1/angstrom].
  GrazingScene(const Scene& scene, const GrazingField& field, double resolution_fwhm, double q_max);

  // [1/cm] at a point above the horizon.
  [[nodiscard]] double intensity(const GrazingPoint& point) const;

 private:
  const Scene& scene_;
  const GrazingField& field_;
  double resolution_;
  double reach_;  // no |q| inside the medium is beyond
  RadialSet radial_;
  bool oriented_ = false;
  std::vector<std::vector<double>> along_;  // of each rod
};

}  // namespace foray::simulator
