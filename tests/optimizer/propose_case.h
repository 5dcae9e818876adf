#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "foray/optimizer/propose.h"
#include "models.h"

namespace foray::optimizer::testing {

using surrogate::Gp;

inline Parameter axis(const std::string& name, double step = 0) {
  Parameter p;
  p.name = name;
  p.lower = 0;
  p.upper = 1;
  p.step = step;
  return p;
}

inline SearchSpace square(double step = 0, std::vector<std::string> constraints = {}) {
  return SearchSpace({axis("x", step), axis("y", step)}, std::move(constraints));
}

inline ObjectiveTerm term_of(ObjectiveKind kind, std::vector<std::string> observables) {
  ObjectiveTerm term;
  term.kind = kind;
  term.observables = std::move(observables);
  return term;
}

inline double bumpy(const Eigen::VectorXd& x) {
  return std::sin(7 * x(0)) * std::cos(5 * x(1)) + x(0);
}

struct Case {
  Gp gp = gp_of(2, 25, 11, 0.3, 1e-6, bumpy);
  ModelMap models = {{"f", &gp}};
  ProposeState state;
  ProposeOptions options;
  Objective objective{{term_of(ObjectiveKind::kMaximise, {"f"})}, {}};
  AcquisitionSpec acquisition{.kind = AcquisitionKind::kLogExpectedImprovement};

  Case() { state.measured = gp.data_x(); }

  [[nodiscard]] Proposal ask(const SearchSpace& space, unsigned seed = 1) const {
    Rng rng(seed);
    return propose(space, objective, models, acquisition, state, options, rng);
  }
};

inline Eigen::VectorXd at(double x, double y) { return Eigen::Vector2d(x, y); }

inline SearchSpace slow_square(double speed, double max_move = 0) {
  Parameter x = axis("x");
  Parameter y = axis("y");
  x.speed = y.speed = speed;
  x.max_move = y.max_move = max_move;
  return SearchSpace({x, y}, {});
}

}  // namespace foray::optimizer::testing
