#pragma once

#include <functional>
#include <string>
#include <vector>

#include "definition.h"
#include "quadrature.h"

namespace foray::scattering {

/// Values and normalised weights of a polydisperse parameter about `center`.
///
/// @param where     model and parameter, for messages.
/// @param furthest  the largest q to come [1/angstrom]: a length needs the more points the further
///                  q times its range reaches.
/// @param alone     whether no other parameter is polydisperse; with several, each has fewer
/// points.
/// @param narrowest width of the intensity's narrowest peak over this parameter, as a part of
///                  `center`, > 0; infinite where there are no peaks.
Rule discretise(const std::string& where, const ModelParameter& parameter, double center,
                const Polydispersity& distribution, double furthest, bool alone, double narrowest);

/// Sums over a distribution of particles of one kind.
struct PopulationMoments {
  Eigen::ArrayXd amplitude;  ///< mean of <F>; empty where there is none.
  Eigen::ArrayXd intensity;  ///< mean of <F^2>.
  double volume = 0.0;       ///< mean volume of what scatters.
  double outer_volume = 0.0;
  double radius = 0.0;  ///< mean effective radius, 0 unless a mode is asked for.
};

/// One value or one distribution of each parameter.
using ParameterRules = std::vector<Rule>;

/// What a lattice makes of the intensity at each q, of the values of a model.
using LatticeOfValues = std::function<Eigen::ArrayXd(Parameters)>;

/// @param radius_mode  > 0 to have the effective radius too.
/// @param lattice      of a definition that has one.
PopulationMoments average_population(const std::string& where, const ModelDefinition& definition,
                                     const ParameterRules& rules, int radius_mode,
                                     const Eigen::ArrayXd& q, const LatticeOfValues& lattice);

}  // namespace foray::scattering
