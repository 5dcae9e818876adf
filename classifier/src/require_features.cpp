#include "require_features.h"

#include <cmath>

#include "foray/common/check.h"

namespace foray::classifier {

void require_features(const std::string& where, const Eigen::Ref<const Eigen::MatrixXf>& features,
                      Eigen::Index least) {
  require(features.rows() >= 1 && features.cols() >= least,
          where + ": expected at least one row and " + std::to_string(least) + " column(s), got " +
              std::to_string(features.rows()) + " x " + std::to_string(features.cols()));
  for (Eigen::Index j = 0; j < features.cols(); ++j) {
    if (features.col(j).allFinite()) continue;
    Eigen::Index i = 0;
    while (std::isfinite(features(i, j))) ++i;
    require(false, where + ": expected finite values, got " + std::to_string(features(i, j)) +
                       " at (" + std::to_string(i) + ", " + std::to_string(j) + ")");
  }
}

}  // namespace foray::classifier
