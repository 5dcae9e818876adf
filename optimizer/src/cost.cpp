#include "cost.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "foray/optimizer/propose.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

Cost::Cost(const SearchSpace& space, VectorXd from, double exposure_s, double overhead_s)
    : space_(&space), from_(std::move(from)), exposure_s_(exposure_s), overhead_s_(overhead_s) {}

double Cost::seconds(const Ref<const VectorXd>& physical) const {
  constexpr double kLeast = 1e-3;
  double exposure = exposure_s_;
  double way = 0;
  const std::vector<Parameter>& parameters = space_->parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const double value = physical(static_cast<Index>(i));
    if (parameters[i].role == ParameterRole::kExposure) exposure = value;
    if (parameters[i].role == ParameterRole::kFidelity)
      way = fidelity_seconds(parameters[i], nearest_level(parameters[i], value));
  }
  const double moving = from_.size() > 0 ? space_->move_seconds(from_, physical) : 0;
  return std::max(moving + exposure + way + overhead_s_, kLeast);
}

VectorXd Cost::log_seconds(const Ref<const MatrixXd>& x) const {
  VectorXd result(x.cols());
  for (Index j = 0; j < x.cols(); ++j)
    result(j) = std::log(seconds(space_->unsnapped(x.col(j), exposure_s_)));
  return result;
}

double Cost::log_seconds(const Ref<const VectorXd>& x, VectorXd& gradient) const {
  // Between the places where another axis is the slowest, and where a move begins, the seconds are
  // as good as linear in x, so that differences are exact there; a kink has no gradient anyway.
  constexpr double kStep = 1e-6;
  for (Index i = 0; i < x.size(); ++i) {
    VectorXd ahead = x;
    VectorXd behind = x;
    ahead(i) = std::min(x(i) + kStep, 1.0);
    behind(i) = std::max(x(i) - kStep, 0.0);
    gradient(i) -= (log_seconds(MatrixXd(ahead))(0) - log_seconds(MatrixXd(behind))(0)) /
                   (ahead(i) - behind(i));
  }
  return log_seconds(MatrixXd(x))(0);
}

Reach::Reach(const SearchSpace& space, const Ref<const VectorXd>& from) {
  sums_ = !space.parts().empty();
  const std::vector<Parameter>& parameters = space.parameters();
  VectorXd lower(static_cast<Index>(parameters.size()));
  VectorXd upper(lower.size());
  bool limited = false;
  for (Index i = 0; i < lower.size(); ++i) {
    const Parameter& p = parameters[static_cast<std::size_t>(i)];
    lower(i) = p.lower;
    upper(i) = p.upper;
    if (p.max_move == 0 || from.size() == 0) continue;
    limited = true;
    // Nothing is left, lower > upper, where the range itself lies farther away.
    lower(i) = std::max(p.lower, from(i) - p.max_move);
    upper(i) = std::min(p.upper, from(i) + p.max_move);
  }
  if (!limited) return;
  lower_ = space.to_unit(lower);
  upper_ = space.to_unit(upper);
  const VectorXd now = space.snap(VectorXd::Constant(lower_.size(), 0.5));
  for (const Index axis : space.standing_axes()) lower_(axis) = upper_(axis) = now(axis);
  if (sums_) centre_ = space.to_unit(from);
}

void Reach::narrow(const VectorXd& lower, const VectorXd& upper, const VectorXd& centre) {
  const bool before = limited();
  lower_ = before ? VectorXd(lower_.cwiseMax(lower)) : lower;
  upper_ = before ? VectorXd(upper_.cwiseMin(upper)) : upper;
  if (sums_) centre_ = centre;
}

bool Reach::holds(const Ref<const VectorXd>& x) const {
  constexpr double kRounding = 1e-9;
  return !limited() || ((x.array() >= lower_.array() - kRounding).all() &&
                        (x.array() <= upper_.array() + kRounding).all());
}

MatrixXd Reach::shrink(const Ref<const MatrixXd>& x) const {
  if (!limited()) return x;
  if (centre_.size() > 0) return towards_centre(x);
  const VectorXd width = (upper_ - lower_).cwiseMax(0.0);
  return (width.asDiagonal() * x).colwise() + lower_;
}

// Between two points whose parts add up all do. To nearer places and to farther ones, else all
// would lie on the sides of the box.
MatrixXd Reach::towards_centre(const Ref<const MatrixXd>& x) const {
  constexpr Index kLengths = 4;
  MatrixXd result(x.rows(), x.cols());
  for (Index j = 0; j < x.cols(); ++j) {
    const VectorXd step = x.col(j) - centre_;
    double most = 1;
    for (Index i = 0; i < step.size(); ++i) {
      const double room = step(i) > 0 ? upper_(i) - centre_(i) : lower_(i) - centre_(i);
      if (step(i) != 0) most = std::min(most, std::max(room / step(i), 0.0));
    }
    const double length = static_cast<double>(1 + j % kLengths) / kLengths;
    result.col(j) = centre_ + most * length * step;
  }
  return result;
}

VectorXd Reach::clamp(const Ref<const VectorXd>& x) const {
  return limited() ? VectorXd(x.cwiseMin(upper_).cwiseMax(lower_)) : VectorXd(x);
}

VectorXd within_reach(const SearchSpace& space, const Eigen::Ref<const VectorXd>& from,
                      const Eigen::Ref<const VectorXd>& target, Rng& rng) {
  constexpr Index kSamples = 512;
  const Reach reach(space, from);
  if (reach.holds(target)) return target;
  const auto allowed = [&](const VectorXd& x) { return space.feasible(x) && reach.holds(x); };
  VectorXd clamped = space.snap(reach.clamp(target));
  if (allowed(clamped)) return clamped;
  const MatrixXd samples = reach.shrink(space.sample(kSamples, rng));
  VectorXd best;
  for (Index j = 0; j < samples.cols(); ++j) {
    VectorXd point = space.snap(samples.col(j));
    if (allowed(point) && (best.size() == 0 || (point - target).norm() < (best - target).norm()))
      best = std::move(point);
  }
  if (best.size() == 0)
    throw NothingLeft(
        "within_reach: no point satisfies the constraints within the largest moves of the "
        "parameters");
  return best;
}

}  // namespace foray::optimizer
