#include "foray/classifier/label_queue.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "foray/common/check.h"

namespace foray::classifier {
namespace {

// Of a yes or no [bit].
double binary_entropy(double p) {
  if (p <= 0 || p >= 1) return 0;
  return -(p * std::log2(p) + (1 - p) * std::log2(1 - p));
}

}  // namespace

double doubt(const std::vector<scattering::ClassProbability>& classes) {
  std::map<std::string, double> known = {{"", 1.0}};
  double sum = 0;
  for (const auto& one : classes) {
    const auto slash = one.path.rfind('/');
    const auto above = known.find(slash == std::string::npos ? "" : one.path.substr(0, slash));
    // An aspect, such as "problem", is no class itself.
    const double parent = above == known.end() ? 1.0 : above->second;
    known[one.path] = one.probability;
    if (parent > 0) sum += parent * binary_entropy(one.probability / parent);
  }
  return sum;
}

std::vector<int> label_queue(const Eigen::Ref<const Eigen::VectorXd>& doubts,
                             const Eigen::Ref<const Eigen::MatrixXf>& features, int count) {
  require(doubts.size() == features.cols(), "label_queue: expected as many doubts as frames, got " +
                                                std::to_string(doubts.size()) + " for " +
                                                std::to_string(features.cols()));
  require_finite("label_queue: doubts", doubts);
  require_finite("label_queue: features", features.cast<double>());
  require(doubts.size() == 0 || doubts.minCoeff() >= 0, "label_queue: expected doubts >= 0");
  require(count >= 0, "label_queue: expected count >= 0, got " + std::to_string(count));
  std::vector<int> queue;
  Eigen::VectorXd worth = doubts;
  Eigen::VectorXd distance =
      Eigen::VectorXd::Constant(doubts.size(), std::numeric_limits<double>::infinity());
  while (static_cast<int>(queue.size()) < std::min<int>(count, static_cast<int>(doubts.size()))) {
    Eigen::Index next = 0;
    if (!(worth.maxCoeff(&next) > 0)) break;
    queue.push_back(static_cast<int>(next));
    const Eigen::VectorXd own =
        (features.colwise() - features.col(next)).colwise().norm().transpose().cast<double>();
    distance = distance.cwiseMin(own);
    worth = doubts.cwiseProduct(distance);
  }
  return queue;
}

}  // namespace foray::classifier
