#pragma once

#include <Eigen/Core>
#include <limits>

#include "foray/surrogate/gp.h"

namespace foray::surrogate::detail {

/// What a search wants to know of the log marginal likelihood at one point besides its value.
struct Asked {
  bool gradient = false;
  bool information = false;  ///< where the gradient is asked for.
  /// Neither is wanted where the value is not above this.
  double above = -std::numeric_limits<double>::infinity();
};

struct Evidence : Likelihood {
  /// Of the natural hyperparameters, as the gradient; empty if not asked for. The average of what
  /// is expected and what is observed of minus the second derivatives, positive semidefinite.
  /// Gilmour, Thompson & Cullis (1995), Biometrics 51:1440, eq. 7. Connections of networks are
  /// left out: zero.
  Eigen::MatrixXd information;
};

}  // namespace foray::surrogate::detail
