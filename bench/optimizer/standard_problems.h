#pragma once

#include <Eigen/Core>
#include <functional>
#include <string>
#include <vector>

#include "foray/common/random.h"

namespace foray::bench {

/// A function of d coordinates whose smallest value is known, over the unit cube.
struct Problem {
  std::string name;
  Eigen::Index dimension = 0;
  double minimum = 0;
  double range = 0;  ///< largest minus smallest value over the cube, by dense sampling, for noise.
  std::function<double(const Eigen::VectorXd& unit)> value;
};

/// branin, hartmann6, ackley5, levy4, rosenbrock4, camel6.
std::vector<std::string> problem_names();

/// @param moved  shifts and rotates the problem at random: the optimum stays within the cube, and
///        coordinates beyond the original domain are mirrored into it.
/// @throws std::invalid_argument on an unknown name.
Problem make_problem(const std::string& name, bool moved, Rng& rng);

}  // namespace foray::bench
