#pragma once

#include <Eigen/Core>
#include <memory>

#include "foray/surrogate/model.h"

namespace foray::optimizer {

/// The lower factor of a covariance that may be singular: of points that coincide, or that were
/// measured next to exactly. `floor` > 0 is added to its diagonal, and more where that does not do.
[[nodiscard]] Eigen::MatrixXd factor_of(const Eigen::MatrixXd& covariance, double floor);

/// ln of the sum of what all are the logarithms of.
[[nodiscard]] double log_sum(const Eigen::Ref<const Eigen::MatrixXd>& logs);

/// Joint draws of a function at points where it is not known exactly, measured with noise or in
/// flight, and the function elsewhere given each of them: normal, with the same variance. Larger is
/// better: of what is made small all means are negated. Refers to the model; const methods may be
/// called concurrently.
class FixedDraws {
 public:
  /// @param points  d x f, f >= 0.  @param base  f x s base samples (base_samples.h); of draws that
  ///        are to be independent, rows of one call: those of two calls go together.
  /// @param floor  below it a variance is rounding, > 0.
  FixedDraws(const surrogate::Model& model, const Eigen::MatrixXd& points, bool maximise,
             Eigen::MatrixXd base, double floor);

  [[nodiscard]] bool empty() const { return base_.rows() == 0; }
  [[nodiscard]] double sign() const { return sign_; }
  [[nodiscard]] const Eigen::MatrixXd& values() const { return values_; }  ///< f x s.
  [[nodiscard]] const Eigen::MatrixXd& base() const { return base_; }      ///< f x s samples.
  [[nodiscard]] const Eigen::MatrixXd& lower() const { return lower_; }    ///< f x f factor.
  /// Covariances to the points; null where there are none.
  [[nodiscard]] const surrogate::CovarianceTo* covariance() const { return covariance_.get(); }

  struct Given {
    Eigen::MatrixXd mean;      ///< s x n, given each of the first s draws.
    Eigen::VectorXd variance;  ///< n.
  };
  /// At the columns of x, whose marginals are `at`.
  [[nodiscard]] Given given(const Eigen::MatrixXd& x, const surrogate::Posterior& at,
                            Eigen::Index samples) const;

  struct Slope {
    Eigen::VectorXd mean;  ///< s.
    double variance = 0;   ///< floored: nothing is known of its slope.
    bool floored = false;
    Eigen::MatrixXd slopes;  ///< (1 + d) x f: covariances to the points and their gradients.
    Eigen::VectorXd half;    ///< f: lower^-1 of the covariances.
  };
  /// The same at one point.
  [[nodiscard]] Slope given(const Eigen::VectorXd& x, const surrogate::PosteriorGradient& at) const;
  /// From derivatives by the means (s) and by the variance, that by the point.
  [[nodiscard]] Eigen::VectorXd gradient(const Slope& here, const surrogate::PosteriorGradient& at,
                                         const Eigen::VectorXd& by_mean, double by_variance) const;

 private:
  double sign_;
  double floor_;
  std::unique_ptr<surrogate::CovarianceTo> covariance_;
  Eigen::MatrixXd lower_;
  Eigen::MatrixXd base_;
  Eigen::MatrixXd values_;
};

}  // namespace foray::optimizer
