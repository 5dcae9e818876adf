#pragma once

#include <optional>
#include <vector>

#include "grazing_field.h"
#include "island_field.h"
#include "model_curves.h"
#include "oriented_field.h"
#include "paracrystal.h"
#include "rough_field.h"
#include "spots.h"

namespace foray::simulator {

// What share of what a scene's sample scatters is there, by directions to pixels.
Eigen::ArrayXd shares_of(const Scene& scene, const Eigen::Ref<const Eigen::ArrayXd>& up,
                         const Eigen::Ref<const Eigen::ArrayXd>& side);

// What is tabulated of a scene on a beamline once, for its intensity and for its labels.
struct SceneTables {
  ModelCurves curves;
  SpotImages spots;
  std::optional<GrazingField> field = {};   // grazing incidence only
  std::optional<IslandField> islands = {};  // of islands only
  std::vector<OrientedField> cylinders = {};
  std::vector<ParacrystalField> paracrystals = {};
  std::vector<RoughField> roughness = {};
};

}  // namespace foray::simulator
