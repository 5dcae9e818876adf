#include "foray/surrogate/kernel.h"

#include <sstream>

#include "foray/common/check.h"
#include "kernel_detail.h"

namespace foray::surrogate {

double correlation(KernelKind kind, double r) {
  require_in_range("correlation: r", r, 0, 1e300);
  Eigen::Array<double, 1, 1> value(r * r);
  detail::to_correlation(kind, value);
  return value(0);
}

Eigen::VectorXd pack(const Hyperparameters& hyperparameters) {
  const Eigen::Index d = hyperparameters.lengthscales.size();
  Eigen::VectorXd packed(d + 2);
  packed << hyperparameters.signal_variance, hyperparameters.lengthscales, hyperparameters.nugget;
  return packed;
}

Hyperparameters unpack(const Eigen::Ref<const Eigen::VectorXd>& packed) {
  const Eigen::Index size = packed.size();
  if (size < 3) {
    std::ostringstream message;
    message << "unpack: expected [signal variance, lengthscales, nugget], got " << size
            << " values";
    require(false, message.str());
  }
  require_finite("unpack: hyperparameters", packed);
  require((packed.head(size - 1).array() > 0).all(),
          "unpack: signal variance and lengthscales must be > 0");
  require(packed(size - 1) >= 0, "unpack: the nugget must be >= 0");
  return {packed(0), packed.segment(1, size - 2), packed(size - 1)};
}

Eigen::MatrixXd covariance(KernelKind kind, const Hyperparameters& hyperparameters,
                           const Eigen::Ref<const Eigen::MatrixXd>& a,
                           const Eigen::Ref<const Eigen::MatrixXd>& b) {
  const Eigen::Index d = hyperparameters.lengthscales.size();
  require(a.rows() == d && b.rows() == d,
          "covariance: expected points with as many rows as there are lengthscales");
  return detail::covariance_of_rows(kind, hyperparameters.signal_variance,
                                    detail::scaled_rows(hyperparameters, a),
                                    detail::scaled_rows(hyperparameters, b));
}

}  // namespace foray::surrogate
