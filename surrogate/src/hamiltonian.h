#pragma once

#include <Eigen/Core>
#include <functional>
#include <limits>
#include <vector>

#include "foray/common/random.h"

namespace foray::surrogate::detail {

// The logarithm of a density, up to a constant, at a point; sets its gradient. Minus infinity, or
// no number, where the density is zero.
using LogDensity = std::function<double(const Eigen::VectorXd&, Eigen::VectorXd&)>;

struct HamiltonianOptions {
  int draws = 8;
  int thinning = 4;         // transitions from one draw to the next
  int warmup = 30;          // transitions that tune the step and lead away from the start
  double acceptance = 0.8;  // that the step is tuned to
  int most_steps = 16;      // of one transition
  int most_evaluations = std::numeric_limits<int>::max();
  std::function<bool()> expired = {};  // asked before each evaluation; empty: never
};

struct HamiltonianDraws {
  std::vector<Eigen::VectorXd> points;
  int evaluations = 0;
  double step = 0;        // that was tuned
  double acceptance = 0;  // mean over the transitions after the warmup
  bool cut = false;       // there are fewer points than asked for
};

// Draws from a density by Hamiltonian Monte Carlo: one chain from `start`, in the coordinates in
// which `root` times its transpose, an estimate of the density's covariance, is the identity.
// Deterministic given the generator.
//
// Source: Hoffman & Gelman (2014), JMLR 15:1593, section 3.2: dual averaging of the step. Departs
// from it in shrinking the step towards 1, which suits the coordinates, and in drawing the length
// of each trajectory from around a quarter of a period (Neal 2011, arXiv:1206.1901, section 3.2),
// so that none is in step with the density.
HamiltonianDraws hamiltonian_draws(const LogDensity& density, const Eigen::VectorXd& start,
                                   const Eigen::MatrixXd& root, const HamiltonianOptions& options,
                                   Rng& rng);

}  // namespace foray::surrogate::detail
