#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "bounds.h"
#include "evidence.h"
#include "foray/common/random.h"
#include "foray/surrogate/gp_training.h"

namespace foray::surrogate::detail {

// How one number is sought: on a logarithmic scale where it must be positive. The prior is normal
// on that scale; with scale 0 there is none.
struct Sought {
  double lower = 0, upper = 0;              // natural
  double initial = 0;                       // natural
  double start_lower = 0, start_upper = 0;  // natural: where random starts are drawn
  double prior_location = 0, prior_scale = 0;
  bool logarithmic = true;

  [[nodiscard]] double to_search(double natural) const {
    return logarithmic ? std::log(std::max(natural, std::numeric_limits<double>::min())) : natural;
  }
  [[nodiscard]] double to_natural(double searched) const {
    return logarithmic ? std::exp(searched) : searched;
  }
  [[nodiscard]] bool fixed() const { return lower == upper; }
};

// All that is sought for standardised y, the nugget last. `variance` is what standardising divided
// by, for limits that people give in the unit of y squared.
std::vector<Sought> sought(const Kernel& kernel, const FitOptions& options,
                           const Observations& data, double variance);

// These of the points, in this order.
Observations points_at(const Observations& data, const std::vector<Eigen::Index>& order);

// The log posterior as a function of theta, the numbers that are not fixed, as they are sought, for
// standardised y.
class Target {
 public:
  Target(Observations data, std::vector<Sought> all, const GpOptions& gp);

  [[nodiscard]] Eigen::Index size() const { return static_cast<Eigen::Index>(free_.size()); }
  [[nodiscard]] const Sought& of(Eigen::Index i) const {
    return all_[free_[static_cast<std::size_t>(i)]];
  }

  [[nodiscard]] Eigen::VectorXd lower() const;
  [[nodiscard]] Eigen::VectorXd upper() const;
  [[nodiscard]] Eigen::VectorXd initial() const;
  [[nodiscard]] Eigen::VectorXd random_start(Rng& rng) const;

  [[nodiscard]] Hyperparameters natural(const Eigen::VectorXd& theta) const;
  [[nodiscard]] Eigen::VectorXd searched(const Hyperparameters& h) const;

  // Value and gradient in theta.
  double operator()(const Eigen::VectorXd& theta, Eigen::VectorXd& gradient);

  // The value and, where it is above `above`, gradient and information: an estimate of minus the
  // second derivatives that is positive semidefinite.
  Evidence look(const Eigen::VectorXd& theta, double above);

 private:
  Evidence asked(const Eigen::VectorXd& theta, Asked what);
  [[nodiscard]] Eigen::Index place(Eigen::Index i) const {
    return static_cast<Eigen::Index>(free_[static_cast<std::size_t>(i)]);
  }
  [[nodiscard]] Eigen::VectorXd within(const Eigen::VectorXd& theta) const {
    return theta.cwiseMax(lower()).cwiseMin(upper());
  }

  Observations data_;
  std::vector<Sought> all_;
  std::vector<std::size_t> free_;
  GpOptions gp_;
  ValuesForBounds values_;  // Of the last evaluation, where the next one begins.
};

}  // namespace foray::surrogate::detail
