#pragma once

#include <string>
#include <vector>

#include "foray/scattering/model_fit.h"

namespace foray::app {

/// What a person writes on the command line about a model fit.
struct FitWords {
  std::vector<std::string> free;  ///< "radius", "radius=50", "radius=40:80", "radius=40:50:80".
  std::vector<std::string> set;   ///< "sld=1.2".
  std::vector<std::string> distributions;  ///< "radius=0.1", "radius=schulz:0.1".
};

/// Reads it. Scale and background are free unless they are set.
/// @throws std::invalid_argument naming the option, what was expected and what came.
scattering::ModelFitOptions fit_options(const FitWords& words);

}  // namespace foray::app
