#include <algorithm>
#include <vector>

#include "foray/campaign/spec.h"
#include "foray/common/check.h"
#include "unit_axis.h"

namespace foray::campaign {
namespace {

using optimizer::Parameter;
using surrogate::KernelKind;
using surrogate::KernelSpec;
using surrogate::ParameterKind;
using surrogate::ParameterLimit;

// The power of the unit of x in a kernel's parameter.
int power_of_length(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::kLengthscale:
    case ParameterKind::kPeriod:
      return 1;
    case ParameterKind::kFrequency:
    case ParameterKind::kSlope:
      return -1;
    default:
      return 0;
  }
}

ParameterLimit in_unit(const ParameterLimit& limit, const std::vector<const Parameter*>& axes,
                       bool each, const std::string& where) {
  const int power = power_of_length(limit.kind);
  if (power == 0) return limit;
  const std::string place = where + "." + name_of(limit.kind);
  const auto count = static_cast<Eigen::Index>(axes.size());
  ParameterLimit scaled{limit.kind, Eigen::VectorXd(count), Eigen::VectorXd(count)};
  for (Eigen::Index i = 0; i < count; ++i) {
    const Parameter& axis = *axes[static_cast<std::size_t>(i)];
    require(axis.unit == axes.front()->unit && axis.scale == axes.front()->scale,
            place + ": expected axes of one unit and scale, got \"" + axes.front()->name +
                "\" and \"" + axis.name + "\"");
    const double factor = power > 0 ? 1 / reach(axis) : reach(axis);
    scaled.lower(i) = limit.lower(0) * factor;
    scaled.upper(i) = limit.upper(0) * factor;
  }
  if (each) return scaled;
  require(scaled.lower.minCoeff() == scaled.lower.maxCoeff(),
          place + ": expected \"ard\" true, or axes whose ranges are equally wide");
  return {limit.kind, scaled.lower.head(1), scaled.upper.head(1)};
}

// The unit coordinates of the categories of the one axis.
Eigen::VectorXd categories_of(const std::vector<const Parameter*>& axes, const std::string& where) {
  require(axes.size() == 1 && axes.front()->categories.size() >= 2,
          where + ".axes: expected one categorical parameter");
  const auto count = static_cast<Eigen::Index>(axes.front()->categories.size());
  Eigen::VectorXd levels(count);
  for (Eigen::Index k = 0; k < count; ++k)
    levels(k) = to_unit(*axes.front(), static_cast<double>(k));
  return levels;
}

KernelSpec in_unit(const KernelSpec& kernel, const std::vector<Parameter>& all,
                   const std::string& above, bool has_features) {
  const std::string where = above + (above.empty() ? "" : ".") + name_of(kernel.kind);
  KernelSpec scaled = kernel;
  // What acts on features has no unit.
  for (std::size_t t = 0; t < scaled.terms.size() && kernel.kind != KernelKind::kDeep; ++t)
    scaled.terms[t] =
        in_unit(kernel.terms[t], all, where + "[" + std::to_string(t) + "]", has_features);
  std::vector<const Parameter*> axes;
  for (const Eigen::Index axis : kernel.axes) {
    require(axis >= 0 && axis < static_cast<Eigen::Index>(all.size()),
            where + ".axes: expected parameters of the campaign");
    axes.push_back(&all[static_cast<std::size_t>(axis)]);
  }
  if (axes.empty()) {
    require(!has_features || (kernel.limits.empty() && kernel.centres.size() == 0),
            where + ".axes: expected the names of axes where an observable is given others");
    for (const Parameter& axis : all) axes.push_back(&axis);
  }
  for (ParameterLimit& limit : scaled.limits) limit = in_unit(limit, axes, kernel.ard, where);
  require(
      kernel.centres.size() == 0 || kernel.centres.rows() == static_cast<Eigen::Index>(axes.size()),
      where + ".centres: expected " + std::to_string(axes.size()) + " coordinates each, got " +
          std::to_string(kernel.centres.rows()));
  for (Eigen::Index i = 0; i < kernel.centres.rows(); ++i)
    for (Eigen::Index j = 0; j < kernel.centres.cols(); ++j)
      scaled.centres(i, j) = to_unit(*axes[static_cast<std::size_t>(i)], kernel.centres(i, j));
  if (kernel.kind == KernelKind::kCoregionalisation) scaled.levels = categories_of(axes, where);
  return scaled;
}

bool names_axes(const KernelSpec& kernel) {
  return !kernel.axes.empty() || std::any_of(kernel.terms.begin(), kernel.terms.end(), names_axes);
}

bool has_axes(KernelKind kind) {
  return kind != KernelKind::kSum && kind != KernelKind::kProduct &&
         kind != KernelKind::kConstant && kind != KernelKind::kWhite;
}

// The kernel over these axes only, by all of its parts.
KernelSpec over(KernelSpec kernel, const std::vector<Eigen::Index>& axes) {
  if (has_axes(kernel.kind)) kernel.axes = axes;
  if (kernel.kind == KernelKind::kDeep) return kernel;
  for (KernelSpec& term : kernel.terms) term = over(std::move(term), axes);
  return kernel;
}

// The same, when each part that has axes is to depend on the class probabilities too.
KernelSpec with_features(KernelSpec kernel, Eigen::Index first, Eigen::Index count) {
  if (has_axes(kernel.kind) && kernel.kind != KernelKind::kCategorical &&
      kernel.kind != KernelKind::kCoregionalisation) {
    require(kernel.limits.empty() && kernel.centres.size() == 0,
            std::string(name_of(kernel.kind)) +
                ".axes: expected the names of axes where an observable is given others");
    for (Eigen::Index i = 0; i < count; ++i) kernel.axes.push_back(first + i);
  }
  if (kernel.kind == KernelKind::kDeep) return kernel;
  for (KernelSpec& term : kernel.terms) term = with_features(std::move(term), first, count);
  return kernel;
}

// A kernel that names no axes, where some are categorical: categories have no distance.
KernelSpec with_categories(const KernelSpec& kernel, const std::vector<Parameter>& axes,
                           std::size_t given) {
  KernelSpec product(KernelKind::kProduct);
  std::vector<Eigen::Index> others;
  for (std::size_t a = 0; a < axes.size(); ++a) {
    const auto axis = static_cast<Eigen::Index>(a);
    if (axes[a].categories.empty()) {
      others.push_back(axis);
      continue;
    }
    KernelSpec categories(KernelKind::kCategorical);
    categories.axes = {axis};
    product.terms.push_back(std::move(categories));
  }
  if (!others.empty())
    product.terms.insert(product.terms.begin(), in_unit(over(kernel, others), axes, "", given > 0));
  if (given > 0) {
    if (others.empty()) product.terms.insert(product.terms.begin(), kernel);
    product = with_features(std::move(product), static_cast<Eigen::Index>(axes.size()),
                            static_cast<Eigen::Index>(given));
  }
  return product;
}

}  // namespace

KernelSpec unit_kernel(const CampaignSpec& spec, const ObservableChoice& observable,
                       const std::vector<Parameter>& parameters) {
  std::vector<Parameter> axes;
  for (const Parameter& parameter : parameters)
    if (optimizer::is_coordinate(parameter)) axes.push_back(parameter);
  const KernelSpec kernel = observable.kernel.value_or(spec.surrogate.kernel);
  const bool has_categories = std::any_of(
      axes.begin(), axes.end(), [](const Parameter& axis) { return !axis.categories.empty(); });
  if (has_categories && !names_axes(kernel))
    return with_categories(kernel, axes, observable.given.size());
  return in_unit(kernel, axes, "", !observable.given.empty());
}

void validate_kernel(const CampaignSpec& spec, const ObservableChoice& observable) {
  const auto axes =
      std::count_if(spec.parameters.begin(), spec.parameters.end(), optimizer::is_coordinate);
  const surrogate::Kernel kernel(unit_kernel(spec, observable, spec.parameters),
                                 axes + static_cast<Eigen::Index>(observable.given.size()));
}

}  // namespace foray::campaign
