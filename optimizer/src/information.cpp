#include "foray/optimizer/information.h"

#include <Eigen/Cholesky>
#include <cmath>
#include <numbers>
#include <string>

#include "foray/common/check.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

namespace {

Eigen::LLT<MatrixXd> factor(const char* where, const Ref<const MatrixXd>& covariance) {
  require(covariance.rows() == covariance.cols() && covariance.rows() > 0,
          std::string(where) + ": expected a square covariance, got " +
              std::to_string(covariance.rows()) + " x " + std::to_string(covariance.cols()));
  Eigen::LLT<MatrixXd> result(covariance);
  require(result.info() == Eigen::Success,
          std::string(where) + ": expected a positive definite covariance");
  return result;
}

double log_determinant(const Eigen::LLT<MatrixXd>& factored) {
  return 2 * factored.matrixLLT().diagonal().array().log().sum();
}

double log_determinant(const char* where, const Ref<const MatrixXd>& covariance) {
  return log_determinant(factor(where, covariance));
}

}  // namespace

double entropy(const Ref<const MatrixXd>& covariance) {
  const auto n = static_cast<double>(covariance.rows());
  return 0.5 * (n * (1 + std::log(2 * std::numbers::pi)) + log_determinant("entropy", covariance));
}

double divergence(const Ref<const VectorXd>& mean_p, const Ref<const MatrixXd>& p,
                  const Ref<const VectorXd>& mean_q, const Ref<const MatrixXd>& q) {
  const Index n = p.rows();
  require(q.rows() == n && mean_p.size() == n && mean_q.size() == n,
          "divergence: expected means and covariances of one dimension");
  const Eigen::LLT<MatrixXd> of_q = factor("divergence", q);
  const VectorXd apart = mean_q - mean_p;
  return 0.5 * (of_q.solve(MatrixXd(p)).trace() + apart.dot(of_q.solve(apart)) -
                static_cast<double>(n) + log_determinant(of_q) - log_determinant("divergence", p));
}

double mutual_information(const Ref<const MatrixXd>& covariance, Index first) {
  const Index rest = covariance.rows() - first;
  require(first > 0 && rest > 0, "mutual_information: expected variables on both sides");
  constexpr const char* kWhere = "mutual_information";
  return 0.5 * (log_determinant(kWhere, covariance.topLeftCorner(first, first)) +
                log_determinant(kWhere, covariance.bottomRightCorner(rest, rest)) -
                log_determinant(kWhere, covariance));
}

double total_correlation(const Ref<const MatrixXd>& covariance, Index first) {
  const Index rest = covariance.rows() - first;
  require(first >= 0 && rest >= 0, "total_correlation: expected `first` of the variables at most");
  constexpr const char* kWhere = "total_correlation";
  const double together =
      first == 0 ? 0 : log_determinant(kWhere, covariance.topLeftCorner(first, first));
  return 0.5 * (together + covariance.diagonal().tail(rest).array().log().sum() -
                log_determinant(kWhere, covariance));
}

}  // namespace foray::optimizer
