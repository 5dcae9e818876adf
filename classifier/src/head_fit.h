#pragma once

#include <Eigen/Core>
#include <vector>

namespace foray::classifier {

// One decision of n frames as a regression on their d features: logits are what they were plus a
// linear change. A softmax over the k columns or, where `or_none`, over these and one more that is
// always 0 (a sigmoid has one column and that).
struct Decision {
  Eigen::MatrixXd offsets;   // n x k: logits as they were
  Eigen::MatrixXd features;  // n x d
  std::vector<int> truth;    // n columns, -1 for the one that is always 0
  bool or_none = false;
};

// d x k: the most probable change when each of its entries is normal around 0 with the variance
// 1 / pull beforehand. Newton's method on a convex loss; steps are halved until it falls.
Eigen::MatrixXd most_probable_change(const Decision& decision, double pull);

}  // namespace foray::classifier
