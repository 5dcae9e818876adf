#include "composite.h"

#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "foray/surrogate/mixture_model.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Of the members of model k, which follow it.
template <typename Marginal>
std::span<const Marginal> members_of(const Composite& composite, const std::vector<Marginal>& all,
                                     std::size_t k) {
  return std::span(all).subspan(k + 1, composite.members[k]);
}

// The positions of what a gate is the mean probability of.
std::pair<std::size_t, std::size_t> models_of(const Gate& gate) {
  return gate.members == 0 ? std::pair(gate.model, gate.model + 1)
                           : std::pair(gate.model + 1, gate.model + 1 + gate.members);
}

}  // namespace

Marginals Composite::marginals(const Eigen::Ref<const MatrixXd>& x) const {
  Marginals at{x, std::vector<surrogate::Posterior>(models.size())};
  // Members before what averages over them, so that each is asked once.
  for (std::size_t k = models.size(); k-- > 0;) {
    at.of[k] =
        members[k] > 0 ? surrogate::moments_of(members_of(*this, at.of, k)) : models[k]->predict(x);
    at.of[k].variance = at.of[k].variance.cwiseMax(variance_floors[k]);
  }
  return at;
}

VectorXd Composite::log_gates(const std::vector<Gate>& gates, const Marginals& at) {
  VectorXd sum = VectorXd::Zero(at.x.cols());
  for (const Gate& gate : gates) {
    const auto [first, last] = models_of(gate);
    MatrixXd logs(sum.size(), static_cast<Index>(last - first));
    for (std::size_t k = first; k < last; ++k) {
      for (Index j = 0; j < sum.size(); ++j)
        logs(j, static_cast<Index>(k - first)) =
            log_probability_between(at.of[k].mean(j), at.of[k].variance(j), gate.at_least,
                                    gate.at_most)
                .value;
    }
    sum += log_mean(logs);
  }
  return sum;
}

VectorXd Composite::values(const Eigen::Ref<const MatrixXd>& x) const {
  const Marginals at = marginals(x);
  MatrixXd logs(x.cols(), static_cast<Index>(parts.size()));
  for (std::size_t t = 0; t < parts.size(); ++t)
    logs.col(static_cast<Index>(t)) =
        (parts[t].term->log_values(at) + log_gates(parts[t].gates, at)).array() +
        parts[t].log_weight;
  const VectorXd largest = logs.rowwise().maxCoeff();
  const VectorXd sums = (logs.colwise() - largest).array().exp().rowwise().sum();
  VectorXd result = largest.array() + sums.array().log() + log_gates(subject_to, at).array();
  if (cost) result -= cost->log_seconds(x);
  return result;
}

namespace {

double add_gates(const std::vector<Gate>& gates, const PointMarginals& at, VectorXd& gradient) {
  double sum = 0;
  for (const Gate& gate : gates) {
    const auto [first, last] = models_of(gate);
    std::vector<Slope> logs;
    for (std::size_t k = first; k < last; ++k) {
      const surrogate::PosteriorGradient& posterior = at.of[k];
      const Scored scored =
          log_probability_between(posterior.mean, posterior.variance, gate.at_least, gate.at_most);
      logs.push_back({scored.value, scored.by_mean * posterior.mean_gradient +
                                        scored.by_variance * posterior.variance_gradient});
    }
    VectorXd slope;
    sum += log_mean(logs, slope);
    gradient += slope;
  }
  return sum;
}

}  // namespace

PointMarginals Composite::marginals_at(const VectorXd& x) const {
  PointMarginals at{x, std::vector<surrogate::PosteriorGradient>(models.size())};
  for (std::size_t k = models.size(); k-- > 0;) {
    at.of[k] = members[k] > 0 ? surrogate::moments_of(members_of(*this, at.of, k))
                              : models[k]->predict_with_gradient(x);
    if (at.of[k].variance >= variance_floors[k]) continue;
    at.of[k].variance = variance_floors[k];
    at.of[k].variance_gradient.setZero();
  }
  return at;
}

double Composite::value(const Eigen::Ref<const VectorXd>& x, VectorXd& gradient) const {
  const PointMarginals at = marginals_at(x);
  std::vector<double> logs(parts.size());
  std::vector<VectorXd> gradients(parts.size());
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t t = 0; t < parts.size(); ++t) {
    logs[t] = parts[t].log_weight + parts[t].term->log_value(at, gradients[t]);
    logs[t] += add_gates(parts[t].gates, at, gradients[t]);
    largest = std::max(largest, logs[t]);
  }
  double sum = 0;
  gradient = VectorXd::Zero(x.size());
  for (std::size_t t = 0; t < parts.size(); ++t) {
    const double share = std::exp(logs[t] - largest);
    sum += share;
    gradient += share * gradients[t];
  }
  gradient /= sum;
  const double feasible = add_gates(subject_to, at, gradient);
  const double seconds = cost ? cost->log_seconds(x, gradient) : 0;
  return largest + std::log(sum) + feasible - seconds;
}

double Composite::joint_value(const MatrixXd& x, MatrixXd& gradient, VectorXd& log_gains) const {
  const Part& part = parts.front();
  const Index q = x.cols();
  VectorXd log_weights = VectorXd::Constant(q, part.log_weight);
  MatrixXd slopes = MatrixXd::Zero(x.rows(), q);
  if (!part.gates.empty() || !subject_to.empty()) {
    for (Index i = 0; i < q; ++i) {
      const PointMarginals at = marginals_at(x.col(i));
      VectorXd slope = VectorXd::Zero(x.rows());
      log_weights(i) += add_gates(part.gates, at, slope) + add_gates(subject_to, at, slope);
      slopes.col(i) = slope;
    }
  }
  // All points of all members side by side, so that the members are averaged like anything else.
  std::vector<Slope> logs(part.joint.size());
  MatrixXd gains(q, static_cast<Index>(logs.size()));
  for (std::size_t s = 0; s < logs.size(); ++s) {
    const JointFunction::Together one = part.joint[s]->together(x, log_weights);
    logs[s] = {one.value, (one.gradient + slopes * one.shares.asDiagonal()).reshaped()};
    gains.col(static_cast<Index>(s)) = one.log_gains;
  }
  VectorXd flat;
  const double value = log_mean(logs, flat);
  gradient = flat.reshaped(x.rows(), q);
  log_gains = log_mean(gains) + (log_weights.array() - part.log_weight).matrix();
  return value;
}

}  // namespace foray::optimizer
