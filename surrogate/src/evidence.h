#pragma once

#include <Eigen/Core>
#include <limits>
#include <vector>

#include "foray/surrogate/gp.h"

namespace foray::surrogate::detail {

/// What a search wants to know of the log marginal likelihood at one point besides its value.
struct Asked {
  bool gradient = false;
  /// Of which hyperparameters the information is wanted besides the gradient: their places among
  /// those of the kernel and the nugget, the last. A network's connections are too many for it.
  std::vector<Eigen::Index> information = {};
  /// Neither is wanted where the value is not above this.
  double above = -std::numeric_limits<double>::infinity();
};

struct Evidence : Likelihood {
  /// Of the natural hyperparameters that were asked for; else empty. The average of what is
  /// expected and what is observed of minus the second derivatives, positive semidefinite.
  /// Gilmour, Thompson & Cullis (1995), Biometrics 51:1440, eq. 7. Zero of a network's connections.
  Eigen::MatrixXd information;
};

}  // namespace foray::surrogate::detail
