#pragma once

#include <Eigen/Cholesky>
#include <memory>

#include "terms.h"

namespace foray::optimizer {

/// ln of the mutual information [nat] between a measurement here and measurements of the same noise
/// at reference points: I = ln((v + noise) / (v + noise - c' (C + noise_R)^-1 c)) / 2 with c the
/// covariances to the references and C theirs. How much measuring here tells of the map; not, as
/// variance does, of this point alone. After Krause, Singh, Guestrin (2008), JMLR 9:235, whose rest
/// of a grid the references are.
class InformationTerm final : public Term {
 public:
  /// @param references  d x m.  @param noise  of a measurement here, > 0.
  /// @param reference_noise  of those at the references, > 0.
  InformationTerm(std::size_t index, const surrogate::Model& model,
                  const Eigen::MatrixXd& references, double noise, double reference_noise);
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  std::size_t index_;
  std::unique_ptr<surrogate::CovarianceTo> covariance_;
  Eigen::LLT<Eigen::MatrixXd> factor_;
  double noise_;
};

/// What two marginals of one point, before and after the data, are worth, and its derivatives.
struct PriorScored {
  double value = 0;
  double by_mean = 0;
  double by_variance = 0;
  double by_prior_mean = 0;
  double by_prior_variance = 0;
};

/// Minus the total correlation of a place with the data: ln(v / v_0) / 2, at most 0. For points
/// proposed one after the other, each in flight for the next, the sum is that of the set.
[[nodiscard]] PriorScored uncorrelatedness(double mean, double variance, double prior_mean,
                                           double prior_variance);

/// Minus the divergence [nat] of the posterior from the prior, seen from the prior:
/// -(v_0 / v - 1 - ln(v_0 / v) + (m - m_0)^2 / v) / 2, at most 0. It punishes what is known as 1 /
/// v and places whose mean differs from the prior's, whatever is unknown there.
[[nodiscard]] PriorScored relative_entropy(double mean, double variance, double prior_mean,
                                           double prior_variance);

/// A function of the marginals of one model before and after the data, itself a logarithm.
class PriorTerm final : public Term {
 public:
  using Function = PriorScored (*)(double, double, double, double);
  /// @param model  of `at.of[index]`; must outlive the term.
  PriorTerm(std::size_t index, const surrogate::Model& model, Function function)
      : index_(index), model_(model), function_(function) {}
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  std::size_t index_;
  const surrogate::Model& model_;
  Function function_;
};

}  // namespace foray::optimizer
