#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "definition.h"

namespace foray::scattering {

/// A single model, or a particle with its structure factor.
struct ModelFactor {
  const ModelDefinition* form = nullptr;
  const ModelDefinition* structure = nullptr;
  std::size_t start = 0;  ///< of the form's parameters in those of the whole.
  // Where else in the whole the parameters of P@S are.
  std::size_t radius_effective = 0, volfraction = 0, structure_rest = 0;
  bool volfraction_in_form = false;
  std::optional<std::size_t> structure_factor_mode = {}, radius_effective_mode = {};
};

/// A product of factors with its own scale where it is one of several terms.
struct ModelTerm {
  std::optional<std::size_t> scale = {};
  std::vector<ModelFactor> factors = {};
};

/// A sum of terms and the parameters of the whole: scale, background, then those of the factors.
struct ModelExpression {
  std::vector<ModelParameter> parameters;
  std::vector<ModelTerm> terms;
};

/// See `model`.
ModelExpression parse_model(std::string_view expression);

}  // namespace foray::scattering
