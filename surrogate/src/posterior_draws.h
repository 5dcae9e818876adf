#pragma once

#include <Eigen/Core>
#include <functional>
#include <vector>

#include "training_target.h"

namespace foray::surrogate::detail {

struct PosteriorDraws {
  std::vector<Eigen::VectorXd> theta;  // Within the target's limits.
  int evaluations = 0;
  bool cut = false;  // There are fewer than asked for.
};

// Draws of theta from the posterior whose logarithm the target is, truncated at its limits, by a
// Hamiltonian chain from `best`, where it is largest. Deterministic given the generator and
// `expired`, which is asked before each of `most_evaluations` evaluations.
//
// Each number is mapped to the whole line by the logit of its place between its limits (Carpenter
// et al. 2017, doi:10.18637/jss.v076.i01), so that no trajectory meets a wall.
PosteriorDraws draw_posterior(Target& target, const Eigen::VectorXd& best, int count,
                              int most_evaluations, const std::function<bool()>& expired, Rng& rng);

}  // namespace foray::surrogate::detail
