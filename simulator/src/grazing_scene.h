#pragma once

#include <optional>
#include <vector>

#include "foray/simulator/scene.h"
#include "grazing_field.h"
#include "island_field.h"
#include "model_curves.h"
#include "radial_set.h"

namespace foray::simulator {

// No |q| inside the medium is beyond this, where q_max is the largest |q| outside that a pixel sees
// [1/angstrom]: it is never larger inside, but both angles add to what the detector spans.
double q_reach(const Scene& scene, const Beamline& beamline, double q_max);

// What a scene scatters at grazing incidence, with tables for all that depends on one variable.
class GrazingScene {
 public:
  // curves: of the scene's models, to q_reach().
  GrazingScene(const Scene& scene, const GrazingField& field, const ModelCurves& curves,
               const Beamline& beamline, double q_max);

  // [1/cm] at a point above the horizon.
  [[nodiscard]] double intensity(const GrazingPoint& point) const;

 private:
  const Scene& scene_;
  const GrazingField& field_;
  const ModelCurves& curves_;
  double resolution_;
  double reach_;
  RadialSet radial_;
  std::optional<IslandField> islands_;
  bool oriented_ = false;
  std::vector<std::vector<double>> along_;  // of each rod
};

}  // namespace foray::simulator
