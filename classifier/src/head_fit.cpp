#include "head_fit.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <utility>

namespace foray::classifier {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// The penalised loss of a change, and the probabilities (n x k) that it is made of.
struct Loss {
  MatrixXd probability;
  double value = 0;
};

Loss loss_of(const Decision& decision, const MatrixXd& change, double pull) {
  Loss loss{decision.offsets + decision.features * change, pull / 2 * change.squaredNorm()};
  MatrixXd& z = loss.probability;
  for (Index i = 0; i < z.rows(); ++i) {
    const int truth = decision.truth[static_cast<std::size_t>(i)];
    const double true_logit = truth < 0 ? 0.0 : z(i, truth);
    double most = z.row(i).maxCoeff();
    if (decision.or_none) most = std::max(most, 0.0);
    z.row(i) = (z.row(i).array() - most).exp().matrix().eval();
    const double total = z.row(i).sum() + (decision.or_none ? std::exp(-most) : 0.0);
    loss.value += std::log(total) + most - true_logit;
    z.row(i) /= total;
  }
  return loss;
}

MatrixXd gradient_of(const Decision& decision, const MatrixXd& change, const MatrixXd& probability,
                     double pull) {
  MatrixXd gap = probability;
  for (Index i = 0; i < gap.rows(); ++i) {
    const int truth = decision.truth[static_cast<std::size_t>(i)];
    if (truth >= 0) gap(i, truth) -= 1;
  }
  return decision.features.transpose() * gap + pull * change;
}

// Of the loss, blocks by column.
MatrixXd hessian_of(const Decision& decision, const MatrixXd& probability, double pull) {
  const Index d = decision.features.cols();
  const Index k = probability.cols();
  MatrixXd hessian = MatrixXd::Identity(d * k, d * k) * pull;
  for (Index a = 0; a < k; ++a) {
    for (Index b = 0; b <= a; ++b) {
      VectorXd weight = -probability.col(a).cwiseProduct(probability.col(b));
      if (a == b) weight += probability.col(a);
      const MatrixXd block =
          decision.features.transpose() * weight.asDiagonal() * decision.features;
      hessian.block(a * d, b * d, d, d) += block;
      if (a != b) hessian.block(b * d, a * d, d, d) += block;
    }
  }
  return hessian;
}

}  // namespace

MatrixXd most_probable_change(const Decision& decision, double pull) {
  constexpr int kIterations = 50;
  constexpr double kSmallestPart = 1e-6;  // of a step; less is lost in the rounding of the loss
  constexpr double kDone = 1e-8;          // length of a step
  MatrixXd change = MatrixXd::Zero(decision.features.cols(), decision.offsets.cols());
  Loss loss = loss_of(decision, change, pull);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    const MatrixXd gradient = gradient_of(decision, change, loss.probability, pull);
    const VectorXd step =
        hessian_of(decision, loss.probability, pull).llt().solve(gradient.reshaped());
    double part = 1;
    for (; part > kSmallestPart; part /= 2) {
      MatrixXd next = change - part * step.reshaped(change.rows(), change.cols());
      Loss next_loss = loss_of(decision, next, pull);
      if (next_loss.value > loss.value) continue;
      change = std::move(next);
      loss = std::move(next_loss);
      break;
    }
    if (part <= kSmallestPart || step.norm() < kDone) break;
  }
  return change;
}

}  // namespace foray::classifier
