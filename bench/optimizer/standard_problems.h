#pragma once

#include <Eigen/Core>
#include <functional>
#include <string>
#include <vector>

#include "foray/common/random.h"

namespace foray::bench {

/// A problem over the unit cube whose answer is known. A place has `objectives` values, which are
/// all made as small as can be, and then `constraints` values, each of which has to be <= 0.
struct Problem {
  std::string name;
  Eigen::Index dimension = 0;
  Eigen::Index objectives = 1;
  Eigen::Index constraints = 0;
  /// The answer: the smallest value where the constraints hold; of two objectives the area that
  /// the best trade-offs dominate below `reference`.
  double answer = 0;
  Eigen::VectorXd reference;  ///< of two objectives: one value each; else empty.
  /// One a value: largest minus smallest over the cube, by dense sampling, for noise.
  Eigen::VectorXd range;
  std::function<Eigen::VectorXd(const Eigen::VectorXd& unit)> values;
};

/// branin, hartmann6, ackley5, levy4, rosenbrock4, camel6; with constraints branin_disk, gramacy2;
/// with two objectives zdt1_4, fonseca2.
std::vector<std::string> problem_names();

/// @param moved  shifts and rotates the problem at random: the optimum stays within the cube, and
///        coordinates beyond the original domain are mirrored into it.
/// @throws std::invalid_argument on an unknown name, or where a problem with two objectives, the
///         best places of which are many, is to be moved.
Problem make_problem(const std::string& name, bool moved, Rng& rng);

}  // namespace foray::bench
