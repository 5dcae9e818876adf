#pragma once

#include <Eigen/Core>
#include <string>

namespace foray::classifier {

// Refuses features without rows, fewer columns than `least`, or values that are not finite, with a
// message that begins with `where` and names the first bad value.
void require_features(const std::string& where, const Eigen::Ref<const Eigen::MatrixXf>& features,
                      Eigen::Index least);

}  // namespace foray::classifier
