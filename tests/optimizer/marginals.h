#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "models.h"
#include "terms.h"

namespace foray::optimizer::testing {

inline Marginals marginals(const surrogate::Model& model, const Eigen::MatrixXd& x) {
  return {x, {model.predict(x)}};
}

inline PointMarginals point_marginals(const surrogate::Model& model, const Eigen::VectorXd& x) {
  return {x, {model.predict_with_gradient(x)}};
}

/// Value and gradient of a term of one model at a point agree with its batch values around.
inline void expect_consistent(const Term& term, const surrogate::Model& model,
                              const Eigen::VectorXd& point, double tolerance = 1e-6) {
  Eigen::VectorXd gradient;
  const double value = term.log_value(point_marginals(model, point), gradient);
  EXPECT_TRUE(std::isfinite(value));
  EXPECT_NEAR(value, term.log_values(marginals(model, point))(0), 1e-8);
  const Eigen::VectorXd expected =
      difference([&](const Eigen::VectorXd& x) { return term.log_values(marginals(model, x))(0); },
                 point, 1e-5);
  EXPECT_LT((gradient - expected).norm(), tolerance * std::max(1.0, expected.norm()))
      << gradient.transpose() << " against " << expected.transpose();
}

inline const Eigen::Vector2d kPoints[] = {{.31, .62}, {.83, .14}, {.5, .49}};

}  // namespace foray::optimizer::testing
