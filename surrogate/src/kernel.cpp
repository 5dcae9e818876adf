#include "foray/surrogate/kernel.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "correlation.h"
#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "kernel_node.h"

namespace foray::surrogate {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

namespace {

bool is_compound(KernelKind kind) {
  return kind == KernelKind::kSum || kind == KernelKind::kProduct;
}

// Whether the parameters of the description, or of one of a product's factors, include its size.
bool has_variance(const KernelSpec& spec) {
  if (spec.kind == KernelKind::kProduct || spec.kind == KernelKind::kDeep)
    return std::any_of(spec.terms.begin(), spec.terms.end(), &has_variance);
  return spec.kind == KernelKind::kConstant || spec.kind == KernelKind::kSpectralMixture ||
         spec.kind == KernelKind::kCoregionalisation || spec.kind == KernelKind::kSum;
}

void check_spec(const KernelSpec& spec, const std::string& path, Index dimension) {
  if (spec.kind == KernelKind::kDeep)
    require(spec.terms.size() == 1, path + ": expected one kernel on the features");
  else
    require(
        is_compound(spec.kind) == !spec.terms.empty(),
        path + (is_compound(spec.kind) ? ": expected one term or more" : ": expected no terms"));
  std::set<Index> seen;
  for (const Index axis : spec.axes) {
    require(axis >= 0 && axis < dimension, path + ".axes: expected axes from 0 to " +
                                               std::to_string(dimension - 1) + ", got " +
                                               std::to_string(axis));
    require(seen.insert(axis).second,
            path + ".axes: axis " + std::to_string(axis) + " is named twice");
  }
  require(spec.axes.empty() || !is_compound(spec.kind),
          path + ".axes: expected axes at the terms, not at a sum or product");
  require(!spec.rotate || detail::Correlation::covers(spec.kind),
          path + ".rotate: only kernels of a distance can be rotated");
  for (const ParameterLimit& limit : spec.limits) {
    const std::string place = path + "." + name_of(limit.kind);
    require(limit.lower.size() >= 1 && limit.lower.size() == limit.upper.size(),
            place + ": expected as many lower limits as upper ones, one or more");
    require_finite(place, limit.lower);
    require_finite(place, limit.upper);
    require((limit.lower.array() <= limit.upper.array()).all(),
            place + ": the lower limit is above the upper one");
    require(!is_positive(limit.kind) || limit.lower.minCoeff() > 0,
            place + ": expected a limit above 0");
  }
}

using Node = std::unique_ptr<const detail::KernelNode>;

Node build(const KernelSpec& spec, const std::string& path, detail::Layout& layout, bool sized);

bool is_deep(const KernelSpec& spec) {
  return spec.kind == KernelKind::kDeep ||
         std::any_of(spec.terms.begin(), spec.terms.end(), &is_deep);
}

Node build_deep(const KernelSpec& spec, const std::string& path, detail::Layout& layout) {
  require(!is_deep(spec.terms.front()), path + ": expected no deep kernel within a deep one");
  detail::DeepPlace place = detail::deep_place(spec, path, layout);
  const Index outside = std::exchange(layout.dimension, spec.features);
  const std::size_t first = layout.parameters.size();
  Node inner = build(spec.terms.front(), path, layout, false);
  layout.dimension = outside;
  // They lie along features, which are no coordinates.
  for (std::size_t p = first; p < layout.parameters.size(); ++p) layout.parameters[p].axis = -1;
  return detail::make_deep(spec, std::move(place), std::move(inner));
}

Node build_bare(const KernelSpec& spec, const std::string& path, detail::Layout& layout) {
  if (is_compound(spec.kind)) {
    std::vector<Node> terms;
    for (std::size_t t = 0; t < spec.terms.size(); ++t)
      terms.push_back(build(spec.terms[t], path + "[" + std::to_string(t) + "]", layout,
                            spec.kind == KernelKind::kSum));
    return detail::make_compound(spec.kind, std::move(terms));
  }
  if (detail::Correlation::covers(spec.kind)) return detail::make_stationary(spec, path, layout);
  switch (spec.kind) {
    case KernelKind::kSpectralMixture:
      return detail::make_spectral(spec, path, layout);
    case KernelKind::kGibbs:
    case KernelKind::kAmplitude:
      return detail::make_varying(spec, path, layout);
    case KernelKind::kCoregionalisation:
      return detail::make_coregionalisation(spec, path, layout);
    case KernelKind::kDeep:
      return build_deep(spec, path, layout);
    default:
      return detail::make_leaf(spec, path, layout);
  }
}

// `sized`: with a variance of its own. Limits that no parameter took are refused.
Node build(const KernelSpec& spec, const std::string& above, detail::Layout& layout, bool sized) {
  const std::string path = above.empty() ? name_of(spec.kind) : above + "." + name_of(spec.kind);
  check_spec(spec, path, layout.dimension);
  const std::size_t first = layout.parameters.size();
  Node node;
  if (sized && !has_variance(spec)) {
    KernelSpec constant(KernelKind::kConstant);
    for (const ParameterLimit& limit : spec.limits)
      if (limit.kind == ParameterKind::kVariance) constant.limits.push_back(limit);
    std::vector<Node> factors;
    factors.push_back(detail::make_leaf(constant, path, layout));
    factors.push_back(build_bare(spec, path, layout));
    node = detail::make_compound(KernelKind::kProduct, std::move(factors));
  } else {
    node = build_bare(spec, path, layout);
  }
  for (const ParameterLimit& limit : spec.limits) {
    // A deep kernel's own, not those of the kernel on its features.
    const bool deep = spec.kind == KernelKind::kDeep;
    const std::string own = path + "." + name_of(ParameterKind::kVariance);
    const bool taken = !is_compound(spec.kind) &&
                       std::any_of(layout.parameters.begin() + static_cast<std::ptrdiff_t>(first),
                                   layout.parameters.end(), [&](const KernelParameter& p) {
                                     return p.kind == limit.kind && (!deep || p.name == own);
                                   });
    require(taken, path + "." + name_of(limit.kind) + ": this kernel has no such parameter here");
  }
  return node;
}

template <typename Kind>
std::vector<Kind> every(Kind last) {
  std::vector<Kind> kinds;
  for (int i = 0; i <= static_cast<int>(last); ++i) kinds.push_back(static_cast<Kind>(i));
  return kinds;
}

}  // namespace

const char* name_of(KernelKind kind) {
  switch (kind) {
    case KernelKind::kMatern12:
      return "matern12";
    case KernelKind::kMatern32:
      return "matern32";
    case KernelKind::kMatern52:
      return "matern52";
    case KernelKind::kMatern:
      return "matern";
    case KernelKind::kSquaredExponential:
      return "squared_exponential";
    case KernelKind::kRationalQuadratic:
      return "rational_quadratic";
    case KernelKind::kWendland:
      return "wendland";
    case KernelKind::kPeriodic:
      return "periodic";
    case KernelKind::kLinear:
      return "linear";
    case KernelKind::kPolynomial:
      return "polynomial";
    case KernelKind::kConstant:
      return "constant";
    case KernelKind::kWhite:
      return "white";
    case KernelKind::kSpectralMixture:
      return "spectral_mixture";
    case KernelKind::kGibbs:
      return "gibbs";
    case KernelKind::kAmplitude:
      return "amplitude";
    case KernelKind::kCategorical:
      return "categorical";
    case KernelKind::kCoregionalisation:
      return "coregionalisation";
    case KernelKind::kDeep:
      return "deep";
    case KernelKind::kSum:
      return "sum";
    case KernelKind::kProduct:
      return "product";
  }
  return "";
}

const char* name_of(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::kVariance:
      return "variance";
    case ParameterKind::kLengthscale:
      return "lengthscale";
    case ParameterKind::kPeriod:
      return "period";
    case ParameterKind::kFrequency:
      return "frequency";
    case ParameterKind::kAlpha:
      return "alpha";
    case ParameterKind::kOffset:
      return "offset";
    case ParameterKind::kWeight:
      return "weight";
    case ParameterKind::kSlope:
      return "slope";
    case ParameterKind::kAngle:
      return "angle";
    case ParameterKind::kLoading:
      return "loading";
    case ParameterKind::kConnection:
      return "connection";
  }
  return "";
}

const std::vector<KernelKind>& kernel_kinds() {
  static const std::vector<KernelKind> kinds = every<KernelKind>(KernelKind::kProduct);
  return kinds;
}

const std::vector<ParameterKind>& parameter_kinds() {
  static const std::vector<ParameterKind> kinds = every<ParameterKind>(ParameterKind::kConnection);
  return kinds;
}

bool is_positive(ParameterKind kind) {
  return kind != ParameterKind::kFrequency && kind != ParameterKind::kSlope &&
         kind != ParameterKind::kAngle && kind != ParameterKind::kLoading &&
         kind != ParameterKind::kConnection;
}

Kernel::Kernel(const KernelSpec& spec, Index dimension) : dimension_(dimension) {
  require(dimension >= 1, "Kernel: expected one coordinate or more");
  detail::Layout layout;
  layout.dimension = dimension;
  root_ = build(spec, "", layout, true);
  features_ = layout.features;
  parameters_ = std::make_shared<const std::vector<KernelParameter>>(std::move(layout.parameters));
}

MatrixXd Kernel::covariance(const Ref<const VectorXd>& theta, const Ref<const MatrixXd>& a,
                            const Ref<const MatrixXd>& b) const {
  require(a.rows() == dimension_ && b.rows() == dimension_,
          "Kernel::covariance: expected points of " + std::to_string(dimension_) + " coordinates");
  require(theta.size() == static_cast<Index>(parameters().size()),
          "Kernel::covariance: expected " + std::to_string(parameters().size()) +
              " parameters, got " + std::to_string(theta.size()));
  return detail::covariance(*this, theta, detail::place(*this, theta, a), a.cols(),
                            detail::place(*this, theta, b));
}

Hyperparameters hyperparameters(double signal_variance, const Ref<const VectorXd>& lengthscales,
                                double nugget) {
  Hyperparameters h{VectorXd(1 + lengthscales.size()), nugget};
  h.kernel << signal_variance, lengthscales;
  return h;
}

VectorXd pack(const Hyperparameters& hyperparameters) {
  VectorXd packed(hyperparameters.kernel.size() + 1);
  packed << hyperparameters.kernel, hyperparameters.nugget;
  return packed;
}

Hyperparameters unpack(const Ref<const VectorXd>& packed) {
  const Index size = packed.size();
  require(size >= 2, "unpack: expected the kernel's parameters and the nugget, got " +
                         std::to_string(size) + " values");
  require_finite("unpack: hyperparameters", packed);
  require(packed(size - 1) >= 0, "unpack: the nugget must be >= 0");
  return {packed.head(size - 1), packed(size - 1)};
}

namespace detail {

void KernelNode::variances(const Theta&, const Placed&, Column out) const { out.setOnes(); }

// NOLINTBEGIN(performance-unnecessary-value-param): the parameters of nodes that write to them.
void KernelNode::add_variance_slopes(const Theta&, const Placed&, Index, double,
                                     Ref<VectorXd>) const {}

void KernelNode::add_moves(const Theta&, const Pairs&, const ConstColumn&, Ref<VectorXd>) const {}

void KernelNode::pull_back(const Theta&, const Placed&, const Ref<const MatrixXd>&,
                           Ref<VectorXd>) const {}
// NOLINTEND(performance-unnecessary-value-param)

std::vector<Index> axes_of(const KernelSpec& spec, const Layout& layout) {
  if (!spec.axes.empty()) return spec.axes;
  std::vector<Index> all;
  for (Index i = 0; i < layout.dimension; ++i) all.push_back(i);
  return all;
}

Index add_parameters(const KernelSpec& spec, const std::string& path, ParameterKind kind,
                     const std::vector<Index>& axes, bool each, Layout& layout) {
  const auto place = static_cast<Index>(layout.parameters.size());
  const Index count = each ? static_cast<Index>(axes.size()) : 1;
  for (Index i = 0; i < count; ++i) {
    KernelParameter parameter;
    parameter.name = path + "." + name_of(kind);
    if (each) parameter.name += "[" + std::to_string(axes[static_cast<std::size_t>(i)]) + "]";
    parameter.kind = kind;
    parameter.axis = each ? axes[static_cast<std::size_t>(i)] : -1;
    parameter.axes = std::max<Index>(1, static_cast<Index>(axes.size()));
    for (const ParameterLimit& limit : spec.limits) {
      if (limit.kind != kind) continue;
      require(limit.lower.size() == 1 || limit.lower.size() == count,
              parameter.name + ": expected limits for one or for " + std::to_string(count) +
                  " parameters, got " + std::to_string(limit.lower.size()));
      parameter.lower = limit.lower(limit.lower.size() == 1 ? 0 : i);
      parameter.upper = limit.upper(limit.lower.size() == 1 ? 0 : i);
      parameter.limited = true;
    }
    layout.parameters.push_back(std::move(parameter));
  }
  return place;
}

MatrixXd rows_at(const Ref<const MatrixXd>& x, const std::vector<Index>& axes) {
  MatrixXd rows(x.cols(), static_cast<Index>(axes.size()));
  for (std::size_t i = 0; i < axes.size(); ++i)
    rows.col(static_cast<Index>(i)) = x.row(axes[i]).transpose();
  return rows;
}

Placed place(const Kernel& kernel, const Theta& theta, const Ref<const MatrixXd>& x) {
  Placed placed;
  placed.count = x.cols();
  kernel.root().place(theta, x, placed);
  return placed;
}

MatrixXd covariance(const Kernel& kernel, const Theta& theta, const Placed& a, Index count,
                    const Placed& b) {
  MatrixXd k(count, b.count);
  for (Index j = 0; j < b.count; ++j)
    kernel.root().values(theta, {a, 0, count, b, j}, k.col(j).array());
  return k;
}

MatrixXd lower_covariance(const Kernel& kernel, const Theta& theta, const Placed& points,
                          bool noisy, int threads) {
  const Index n = points.count;
  MatrixXd k(n, n);
  parallel_for((n + kColumns - 1) / kColumns, n < kWorthThreads ? 1 : threads, [&](std::int64_t c) {
    const Index begin = static_cast<Index>(c) * kColumns;
    for (Index j = begin; j < std::min(n, begin + kColumns); ++j) {
      k.col(j).head(j).setZero();
      kernel.root().values(theta, {points, j, n - j, points, j, noisy},
                           k.col(j).tail(n - j).array());
    }
  });
  return k;
}

VectorXd variances(const Kernel& kernel, const Theta& theta, const Placed& points) {
  VectorXd values(points.count);
  kernel.root().variances(theta, points, values.array());
  return values;
}

VectorXd white_variances(const Kernel& kernel, const Theta& theta, const Placed& points) {
  VectorXd noisy(points.count);
  VectorXd latent(points.count);
  for (Index j = 0; j < points.count; ++j) {
    kernel.root().values(theta, {points, j, 1, points, j, true}, noisy.segment(j, 1).array());
    kernel.root().values(theta, {points, j, 1, points, j, false}, latent.segment(j, 1).array());
  }
  return noisy - latent;
}

MatrixXd slopes(const Kernel& kernel, const Theta& theta, const Placed& a, const Placed& at,
                Index j) {
  MatrixXd result = MatrixXd::Zero(a.count, kernel.dimension());
  kernel.root().add_slopes(theta, {a, 0, a.count, at, j}, Eigen::ArrayXd::Ones(a.count), result);
  return result;
}

void append(Placed& points, const Placed& more) {
  for (std::size_t s = 0; s < points.slots.size(); ++s) {
    MatrixXd& slot = points.slots[s];
    slot.conservativeResize(points.count + more.count, Eigen::NoChange);
    slot.bottomRows(more.count) = more.slots[s];
  }
  points.count += more.count;
}

}  // namespace detail

}  // namespace foray::surrogate
