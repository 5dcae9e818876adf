#pragma once

#include <Eigen/Core>

#include "evidence.h"
#include "foray/surrogate/gp.h"
#include "foray/surrogate/observations.h"

namespace foray::surrogate::detail {

// Bounds turned into values: Gaussian observations that give the posterior and the evidence that
// the bounds give, as far as Gaussians can.
struct ValuesForBounds {
  Eigen::VectorXd y;          // n
  Eigen::VectorXd noise;      // n, nugget not included
  double log_correction = 0;  // evidence of the bounds less that of these values
  int sweeps = 0;
  bool settled = true;  // whether the sweeps converged
};

// The options as these data want them: their kernel, and the sample mean, which the values in place
// of bounds would shift, as a fixed one.
GpOptions options_for(GpOptions options, const Observations& data);

// Expectation propagation: Minka (2001), "Expectation propagation for approximate Bayesian
// inference"; Rasmussen & Williams (2006), section 3.6. Departs from them in taking the noise of a
// bound into the prior of the noisy value, so that a site is a hard truncation, cavities are the
// leave-one-out predictions and the gradient of the evidence at fixed sites is that of ordinary
// values; and in updating all sites at once, damped.
//
// `start`, where it has the right size, is where the sites begin. Deterministic.
// Throws std::runtime_error when the covariance stays singular with the largest jitter.
ValuesForBounds values_for_bounds(const Observations& data, const Hyperparameters& hyperparameters,
                                  const GpOptions& options, const ValuesForBounds& start = {});

// The log marginal likelihood whose sites begin at `values` and are left there, for a search that
// asks again and again nearby.
Evidence evidence(const Observations& data, const Hyperparameters& hyperparameters,
                  const GpOptions& options, const Asked& asked, ValuesForBounds& values);

}  // namespace foray::surrogate::detail
