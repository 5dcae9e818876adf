#include "foray/surrogate/model.h"

#include <stdexcept>

#include "foray/common/check.h"

namespace foray::surrogate {

namespace {

// Of central differences: balances rounding and third derivatives on the unit cube.
constexpr double kDifference = 1e-5;

// x + kDifference e_i and x - kDifference e_i for each i, in turn, and x last.
Eigen::MatrixXd star(const Eigen::Ref<const Eigen::VectorXd>& x) {
  const Eigen::Index d = x.size();
  Eigen::MatrixXd around = x.replicate(1, 2 * d + 1);
  for (Eigen::Index i = 0; i < d; ++i) {
    around(i, 2 * i) += kDifference;
    around(i, 2 * i + 1) -= kDifference;
  }
  return around;
}

class DefaultCovarianceTo final : public CovarianceTo {
 public:
  DefaultCovarianceTo(const Model& model, const Eigen::Ref<const Eigen::MatrixXd>& references)
      : model_(model), references_(references) {}

  [[nodiscard]] Eigen::MatrixXd values(const Eigen::Ref<const Eigen::MatrixXd>& x) const override {
    return model_.cross_covariance(x, references_);
  }

  [[nodiscard]] Eigen::MatrixXd with_gradient(
      const Eigen::Ref<const Eigen::VectorXd>& x) const override {
    const Eigen::Index d = x.size();
    const Eigen::MatrixXd covariances = values(star(x));
    Eigen::MatrixXd result(1 + d, references_.cols());
    result.row(0) = covariances.row(2 * d);
    for (Eigen::Index i = 0; i < d; ++i)
      result.row(1 + i) = (covariances.row(2 * i) - covariances.row(2 * i + 1)) / (2 * kDifference);
    return result;
  }

 private:
  const Model& model_;
  Eigen::MatrixXd references_;
};

}  // namespace

double SamplePath::evaluate_with_gradient(const Eigen::Ref<const Eigen::VectorXd>& x,
                                          Eigen::VectorXd& gradient) const {
  const Eigen::Index d = x.size();
  const Eigen::VectorXd values = evaluate(star(x));
  gradient.resize(d);
  for (Eigen::Index i = 0; i < d; ++i)
    gradient(i) = (values(2 * i) - values(2 * i + 1)) / (2 * kDifference);
  return values(2 * d);
}

Posterior Model::prior(const Eigen::Ref<const Eigen::MatrixXd>& /*x*/) const {
  throw std::logic_error("Model::prior: this model does not keep its prior");
}

std::unique_ptr<CovarianceTo> Model::covariance_to(
    const Eigen::Ref<const Eigen::MatrixXd>& references) const {
  return std::make_unique<DefaultCovarianceTo>(*this, references);
}

Eigen::VectorXd Model::predict_mean(const Eigen::Ref<const Eigen::MatrixXd>& x) const {
  return predict(x).mean;
}

Eigen::MatrixXd Model::cross_covariance(const Eigen::Ref<const Eigen::MatrixXd>& a,
                                        const Eigen::Ref<const Eigen::MatrixXd>& b) const {
  require(a.rows() == b.rows(), "Model::cross_covariance: a and b differ in dimension");
  Eigen::MatrixXd both(a.rows(), a.cols() + b.cols());
  both << a, b;
  return joint(both).covariance.topRightCorner(a.cols(), b.cols());
}

}  // namespace foray::surrogate
