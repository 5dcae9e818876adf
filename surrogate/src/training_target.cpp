#include "training_target.h"

#include <numbers>
#include <random>
#include <utility>

namespace foray::surrogate::detail {

using Eigen::Index;
using Eigen::VectorXd;

namespace {

Sought sought_lengthscale(const KernelParameter& parameter, const FitOptions& options,
                          bool of_feature) {
  const double root = std::sqrt(static_cast<double>(parameter.axes));
  Sought s;
  s.lower = of_feature ? std::max(options.min_lengthscale, options.min_feature_lengthscale)
                       : options.min_lengthscale;
  s.upper = options.max_lengthscale;
  // Where nothing is known, a third of the cube's diagonal.
  s.initial = std::clamp(0.3 * root, options.min_lengthscale, options.max_lengthscale);
  s.start_lower = 0.08 * root;
  s.start_upper = 2 * root;
  if (options.lengthscale_prior) {
    s.prior_location = std::numbers::sqrt2 + std::log(root);
    s.prior_scale = std::numbers::sqrt3;
  }
  return s;
}

// Wide ranges and priors for what only some kernels have, in units of the cube's edge. `order` is
// the place among the kernel's parameters: equal frequencies would stay equal.
Sought sought_other(const KernelParameter& parameter, std::size_t order) {
  switch (parameter.kind) {
    case ParameterKind::kPeriod:
      return {0.05, 4, 0.5, 0.1, 1.5, std::log(0.5), 1};
    case ParameterKind::kFrequency:
      return {0, 20, 0.5 + static_cast<double>(order % 8), 0, 8, 0, 5, false};
    case ParameterKind::kAlpha:
      return {0.05, 100, 1, 0.1, 10, 0, 1.5};
    case ParameterKind::kOffset:
      return {1e-3, 1e3, 1, 0.1, 10, 0, 2};
    case ParameterKind::kWeight:
      return {1e-3, 1e3, 1, 0.3, 3, 0, 1};
    case ParameterKind::kSlope:
      return {-5, 5, 0, -1.5, 1.5, 0, 1, false};
    case ParameterKind::kLoading:
      // Different ones: columns of equal loadings would stay equal.
      return {-10, 10, 0.9 - 0.15 * static_cast<double>(order % 7), -1.5, 1.5, 0, 1.5, false};
    case ParameterKind::kConnection: {
      // The kernel without a network, from which the gradient leads nowhere: a start apart.
      const double s = parameter.spread;
      return {-10 * s, 10 * s, 0, -1.5 * s, 1.5 * s, 0, s, false};
    }
    case ParameterKind::kAngle:
    default:
      return {-std::numbers::pi / 2, std::numbers::pi / 2, 0, -0.8, 0.8, 0, 0, false};
  }
}

template <typename Function>
VectorXd each(const Target& target, Function function) {
  VectorXd values(target.size());
  for (Index i = 0; i < target.size(); ++i) values(i) = function(target.of(i));
  return values;
}

}  // namespace

std::vector<Sought> sought(const Kernel& kernel, const FitOptions& options,
                           const Observations& data, double variance) {
  const auto& parameters = kernel.parameters();
  const auto variances = std::count_if(parameters.begin(), parameters.end(), [](const auto& p) {
    return p.kind == ParameterKind::kVariance;
  });
  std::vector<Sought> all;
  for (const KernelParameter& parameter : parameters) {
    Sought s;
    if (parameter.kind == ParameterKind::kVariance) {
      const double location =
          has_bounds(data) ? options.bounded_signal_log_location : options.signal_log_location;
      s = {options.min_signal,
           options.max_signal,
           std::clamp(1.0 / static_cast<double>(variances), options.min_signal, options.max_signal),
           0.3,
           5,
           location,
           options.signal_log_scale};
    } else if (parameter.kind == ParameterKind::kLengthscale) {
      s = sought_lengthscale(parameter, options,
                             parameter.axis >= kernel.dimension() - data.features ||
                                 (parameter.axis < 0 && data.features > 0));
    } else {
      s = sought_other(parameter, all.size());
    }
    s.logarithmic = is_positive(parameter.kind);
    if (parameter.limited) {
      const double unit = parameter.kind == ParameterKind::kVariance  ? variance
                          : parameter.kind == ParameterKind::kLoading ? std::sqrt(variance)
                                                                      : 1;
      s.lower = parameter.lower / unit;
      s.upper = parameter.upper / unit;
      s.initial = std::clamp(s.initial, s.lower, s.upper);
    }
    all.push_back(s);
  }
  all.push_back({options.min_nugget, options.max_nugget,
                 std::clamp(1e-4, options.min_nugget, options.max_nugget), 1e-7, 0.1,
                 options.nugget_log_location, options.nugget_log_scale});
  return all;
}

Observations points_at(const Observations& data, const std::vector<Index>& order) {
  Observations part = data;
  part.x = data.x(Eigen::all, order);
  part.y = data.y(order);
  part.noise = data.noise(order);
  if (data.shared.cols() > 0) part.shared = data.shared(order, Eigen::all);
  if (!data.bounds.empty()) {
    part.bounds.clear();
    for (const Index i : order) part.bounds.push_back(data.bounds[static_cast<std::size_t>(i)]);
  }
  return part;
}

Target::Target(Observations data, std::vector<Sought> all, const GpOptions& gp)
    : data_(std::move(data)), all_(std::move(all)), gp_(gp) {
  for (std::size_t p = 0; p < all_.size(); ++p)
    if (!all_[p].fixed()) free_.push_back(p);
}

VectorXd Target::lower() const {
  return each(*this, [](const Sought& s) { return s.to_search(s.lower); });
}

VectorXd Target::upper() const {
  return each(*this, [](const Sought& s) { return s.to_search(s.upper); });
}

VectorXd Target::initial() const {
  return within(each(*this, [](const Sought& s) { return s.to_search(s.initial); }));
}

VectorXd Target::random_start(Rng& rng) const {
  std::uniform_real_distribution<double> uniform;
  return within(each(*this, [&](const Sought& s) {
    const double from = s.to_search(s.start_lower);
    return from + uniform(rng) * (s.to_search(s.start_upper) - from);
  }));
}

Hyperparameters Target::natural(const VectorXd& theta) const {
  VectorXd packed(static_cast<Index>(all_.size()));
  for (std::size_t p = 0; p < all_.size(); ++p) packed(static_cast<Index>(p)) = all_[p].lower;
  for (Index i = 0; i < size(); ++i) packed(place(i)) = of(i).to_natural(theta(i));
  return unpack(packed);
}

VectorXd Target::searched(const Hyperparameters& h) const {
  const VectorXd packed = pack(h);
  VectorXd theta(size());
  for (Index i = 0; i < size(); ++i) theta(i) = of(i).to_search(packed(place(i)));
  return within(theta);
}

double Target::operator()(const VectorXd& theta, VectorXd& gradient) {
  const Evidence found = asked(theta, {true});
  // There is none where the value is not finite.
  if (found.gradient.size() > 0)
    gradient = found.gradient;
  else
    gradient = VectorXd::Zero(size());
  return found.value;
}

Evidence Target::look(const VectorXd& theta, double above) {
  std::vector<Index> places;
  for (Index i = 0; i < size(); ++i) places.push_back(place(i));
  return asked(theta, {true, std::move(places), above});
}

Evidence Target::asked(const VectorXd& theta, Asked what) {
  // Densities over the numbers as they are sought: the maximum does not depend on the
  // parametrisation.
  double log_prior = 0;
  VectorXd pull = VectorXd::Zero(size());
  VectorXd precision = VectorXd::Zero(size());
  for (Index i = 0; i < size(); ++i) {
    const Sought& s = of(i);
    if (s.prior_scale == 0) continue;
    const double z = (theta(i) - s.prior_location) / s.prior_scale;
    log_prior -= 0.5 * z * z;
    pull(i) = -z / s.prior_scale;
    precision(i) = 1 / (s.prior_scale * s.prior_scale);
  }
  const Hyperparameters h = natural(theta);
  what.above -= log_prior;
  const Evidence data = evidence(data_, h, gp_, what, values_);
  Evidence result;
  result.value = data.value + log_prior;
  result.jitter = data.jitter;
  if (data.gradient.size() == 0) return result;
  const VectorXd packed = pack(h);
  VectorXd unit(size());  // d natural / d sought
  for (Index i = 0; i < size(); ++i) unit(i) = of(i).logarithmic ? packed(place(i)) : 1;
  std::vector<Index> places;
  for (Index i = 0; i < size(); ++i) places.push_back(place(i));
  result.gradient = data.gradient(places).cwiseProduct(unit) + pull;
  if (data.information.size() == 0) return result;
  result.information = unit.asDiagonal() * data.information * unit.asDiagonal();
  result.information.diagonal() += precision;
  return result;
}

}  // namespace foray::surrogate::detail
