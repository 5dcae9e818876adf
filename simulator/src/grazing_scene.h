#pragma once

#include <Eigen/Core>
#include <vector>

#include "foray/simulator/scene.h"
#include "radial_set.h"
#include "scene_tables.h"

namespace foray::simulator {

// No |q| inside the medium is beyond this, where q_max is the largest |q| outside that a pixel sees
// [1/angstrom]: it is never larger inside, but both angles add to what the detector spans.
double q_reach(const Scene& scene, const Beamline& beamline, double q_max);

// What a scene scatters at grazing incidence, with tables for all that depends on one variable.
class GrazingScene {
 public:
  // tables: of the scene, with a field and models to q_reach(); to be kept.
  GrazingScene(const Scene& scene, const SceneTables& tables, const Beamline& beamline,
               double q_max);

  // [1/cm] at points; 0 below the horizon of an opaque substrate (Surface::below is 0).
  [[nodiscard]] Eigen::ArrayXd intensity(const GrazingPoints& points) const;

 private:
  const Scene& scene_;
  const SceneTables& tables_;
  double resolution_;
  double reach_;
  RadialSet radial_;
  std::vector<std::vector<double>> along_;  // of each rod
};

}  // namespace foray::simulator
