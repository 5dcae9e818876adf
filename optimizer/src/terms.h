#pragma once

#include <Eigen/Core>
#include <functional>
#include <memory>
#include <vector>

#include "foray/optimizer/acquisition.h"
#include "foray/surrogate/model.h"

namespace foray::optimizer {

/// Keeps logarithms of what underflows finite and comparable.
inline constexpr double kTiny = 1e-300;

/// Marginals of several models at the columns of x; variances floored above zero.
struct Marginals {
  Eigen::MatrixXd x;
  std::vector<surrogate::Posterior> of;  ///< one a model.
};

/// The same at one point, with gradients.
struct PointMarginals {
  Eigen::VectorXd x;
  std::vector<surrogate::PosteriorGradient> of;
};

/// A logarithm and its gradient at a point.
struct Slope {
  double value = 0;
  Eigen::VectorXd gradient;
};

/// ln of the mean of what they are the logarithms of, one or more; sets its gradient.
[[nodiscard]] double log_mean(const std::vector<Slope>& logs, Eigen::VectorXd& gradient);

/// The same of each row.
[[nodiscard]] Eigen::VectorXd log_mean(const Eigen::Ref<const Eigen::MatrixXd>& logs);

/// One summand of an acquisition function: the logarithm of a positive function of the next point.
/// Immutable; const methods may be called concurrently.
class Term {
 public:
  virtual ~Term() = default;
  /// At each point.
  [[nodiscard]] virtual Eigen::VectorXd log_values(const Marginals& at) const = 0;
  /// At one point; sets `gradient`.
  [[nodiscard]] virtual double log_value(const PointMarginals& at,
                                         Eigen::VectorXd& gradient) const = 0;
};

/// A function of the marginal of one model.
class PointTerm final : public Term {
 public:
  PointTerm(std::size_t model, std::function<Scored(double, double)> function)
      : model_(model), function_(std::move(function)) {}
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  std::size_t model_;
  std::function<Scored(double, double)> function_;
};

/// ln of the sum of the variances of several models.
class VarianceTerm final : public Term {
 public:
  explicit VarianceTerm(std::vector<std::size_t> models) : models_(std::move(models)) {}
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  std::vector<std::size_t> models_;
};

/// A function of the margin, >= 0, between the two classes that are hardest to tell apart at a
/// point, and of its variance, the sum of theirs.
class MarginTerm final : public Term {
 public:
  MarginTerm(std::vector<std::size_t> models, std::function<Scored(double, double)> function)
      : models_(std::move(models)), function_(std::move(function)) {}
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  std::vector<std::size_t> models_;
  std::function<Scored(double, double)> function_;
};

/// ln of the weighted variance at reference points that measuring here is expected to remove:
/// sum_u w_u c(x, u)^2 / (v(x) + noise). Cohn (1996), doi:10.1016/0893-6080(95)00137-9; Seo et al.
/// (2000), doi:10.1109/IJCNN.2000.861310 (ALC).
class ReductionTerm final : public Term {
 public:
  ReductionTerm(std::size_t model, std::unique_ptr<surrogate::CovarianceTo> covariance,
                Eigen::VectorXd weights, double noise)
      : model_(model),
        covariance_(std::move(covariance)),
        weights_(std::move(weights)),
        noise_(noise) {}
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  std::size_t model_;
  std::unique_ptr<surrogate::CovarianceTo> covariance_;
  Eigen::VectorXd weights_;
  double noise_;
};

/// ln of the mean of several positive functions: an expected gain or a probability, expected over
/// the members that a model averages over too.
class AveragedTerm final : public Term {
 public:
  explicit AveragedTerm(std::vector<std::unique_ptr<Term>> terms) : terms_(std::move(terms)) {}
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  std::vector<std::unique_ptr<Term>> terms_;
};

/// The two classes hardest to tell apart at a point.
struct Rivals {
  std::size_t first = 0;   ///< position of the largest mean.
  std::size_t second = 1;  ///< the one whose lead is fewest standard deviations away.
  double margin = 0;       ///< difference of the means, >= 0.
  double variance = 0;     ///< sum of the variances, classes taken as independent.
};
[[nodiscard]] Rivals find_rivals(const std::vector<double>& means,
                                 const std::vector<double>& variances);

/// ln of the area whose class measuring here is expected to put right: the sum over reference
/// points of `expected_error_reduction` for their two rivals. A stepwise uncertainty reduction
/// after Bect et al. (2012), doi:10.1007/s11222-011-9241-4, for several classes.
class BoundaryTerm final : public Term {
 public:
  struct Reference {
    Rivals rivals;
    double weight = 1;
  };
  /// @param covariances  one a class, each to all references.  @param noise  one a class.
  BoundaryTerm(std::vector<std::size_t> models,
               std::vector<std::unique_ptr<surrogate::CovarianceTo>> covariances,
               const std::vector<Reference>& references, std::vector<double> noise);
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  // Over the references, whose margins lose the shares rho2 of their variances.
  [[nodiscard]] double summed(const Eigen::ArrayXd& rho2) const;

  std::vector<std::size_t> models_;
  std::vector<std::unique_ptr<surrogate::CovarianceTo>> covariances_;
  std::vector<double> noise_;
  Eigen::ArrayXd distance_;  // Margin of each reference in standard deviations.
  Eigen::ArrayXd weights_;
  // 1 / variance of the margin where the class is one of the two rivals, else 0: references x
  // classes.
  Eigen::ArrayXXd involved_;
};

/// ln(exp(a) - exp(b)) of logarithms a > b, with its derivatives; the smallest number where
/// rounding leaves nothing.
[[nodiscard]] Scored log_difference(const Scored& a, const Scored& b);

/// ln softplus(t) and its derivative: t where it is very negative, ln t where it is large.
struct LogSoftplus {
  double value = 0;
  double slope = 0;
};
[[nodiscard]] LogSoftplus log_softplus(double t);

/// ln softplus((f - reference) / width) of a signed f, with its derivatives: positive, and in the
/// order of f.
[[nodiscard]] Scored softened(const Scored& f, double reference, double width);

}  // namespace foray::optimizer
