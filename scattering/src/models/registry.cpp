#include <algorithm>
#include <iterator>

#include "definition.h"

namespace foray::scattering {

const std::vector<ModelDefinition>& model_table() {
  static const std::vector<ModelDefinition> kTable = [] {
    std::vector<ModelDefinition> table;
    for (const auto& family :
         {shape_independent_models, polymer_models, fractal_models, sphere_models, ellipsoid_models,
          superball_models, cylinder_models, capped_models, box_models, chain_models,
          lamellar_models, paracrystal_models, structure_factors}) {
      std::vector<ModelDefinition> rows = family();
      std::move(rows.begin(), rows.end(), std::back_inserter(table));
    }
    std::sort(table.begin(), table.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return table;
  }();
  return kTable;
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const ModelDefinition& row : model_table()) names.push_back(row.name);
  return names;
}

}  // namespace foray::scattering
