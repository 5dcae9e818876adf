#pragma once

#include <Eigen/Core>
#include <vector>

#include "foray/optimizer/propose.h"

namespace foray::optimizer {

/// The learned constraints that must hold with a stated probability wherever something is measured.
/// Where nothing is known it holds with a probability of 0.69 at most, whatever the surrogate says,
/// and nowhere farther from what is measured than that lies apart (see the source). Refers to the
/// models. What is in flight teaches it nothing: it has not been seen to be safe.
class Safety {
 public:
  /// @throws std::runtime_error when one of their observables has no model.
  Safety(const SearchSpace& space, const Objective& objective, const ModelMap& models,
         const Eigen::Ref<const Eigen::MatrixXd>& measured);

  [[nodiscard]] bool asked() const { return !limits_.empty(); }
  [[nodiscard]] bool holds(const Eigen::VectorXd& x) const;

  /// The measured points at which it holds. @throws std::runtime_error where there is none.
  [[nodiscard]] Eigen::MatrixXd safe_measured() const;

 private:
  struct Limit {
    const surrogate::Model* model = nullptr;
    double at_least = 0;  // may be infinite
    double at_most = 0;
    double log_probability = 0;
    double most_known = 1;  // share of the variance before any data, above 0
  };
  [[nodiscard]] bool extrapolates(const Eigen::VectorXd& x) const;
  [[nodiscard]] static bool holds(const Limit& limit, const Eigen::VectorXd& x);

  Eigen::MatrixXd measured_;
  Eigen::VectorXd extent_;  // along each axis; infinite where distances mean nothing
  std::vector<Limit> limits_;
};

}  // namespace foray::optimizer
