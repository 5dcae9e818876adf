#include "foray/surrogate/model.h"

#include "foray/common/check.h"

namespace foray::surrogate {

Eigen::MatrixXd Model::cross_covariance(const Eigen::Ref<const Eigen::MatrixXd>& a,
                                        const Eigen::Ref<const Eigen::MatrixXd>& b) const {
  require(a.rows() == b.rows(), "Model::cross_covariance: a and b differ in dimension");
  Eigen::MatrixXd both(a.rows(), a.cols() + b.cols());
  both << a, b;
  return joint(both).covariance.topRightCorner(a.cols(), b.cols());
}

}  // namespace foray::surrogate
