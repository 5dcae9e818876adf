#include "foray/campaign/together.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "foray/campaign/learning.h"
#include "foray/common/check.h"
#include "foray/surrogate/gp.h"

namespace foray::campaign {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using surrogate::KernelKind;
using surrogate::KernelSpec;

// The last coordinate of each output, from 0 to 1: places along a spectrum, or just in order.
VectorXd levels_of(const OutputGroup& group) {
  const auto count = static_cast<Index>(group.observables.size());
  if (group.at.size() == 0) return VectorXd::LinSpaced(count, 0, 1);
  const double first = group.at.minCoeff();
  return (group.at.array() - first) / (group.at.maxCoeff() - first);
}

// Axes that are not named are all but the last, which tells the outputs apart.
KernelSpec over_parameters(KernelSpec kernel, Index axes) {
  const bool none = kernel.kind == KernelKind::kSum || kernel.kind == KernelKind::kProduct ||
                    kernel.kind == KernelKind::kConstant || kernel.kind == KernelKind::kWhite;
  if (!none && kernel.axes.empty()) {
    kernel.axes.resize(static_cast<std::size_t>(axes));
    std::iota(kernel.axes.begin(), kernel.axes.end(), Index{0});
  }
  if (kernel.kind == KernelKind::kDeep) return kernel;  // Its term acts on features.
  for (KernelSpec& term : kernel.terms) term = over_parameters(std::move(term), axes);
  return kernel;
}

KernelSpec between_outputs(const OutputGroup& group, Index axis) {
  KernelSpec outputs(group.at.size() > 0 ? KernelKind::kMatern52 : KernelKind::kCoregionalisation);
  outputs.axes = {axis};
  outputs.rank = group.rank;
  if (group.at.size() == 0) outputs.levels = levels_of(group);
  return outputs;
}

KernelSpec times(KernelSpec kernel, const KernelSpec& factor) {
  KernelSpec product(KernelKind::kProduct);
  product.terms = {std::move(kernel), factor};
  return product;
}

// Every term of a sum has outputs that mix it in their own way: the linear model of
// coregionalisation. White noise is of each measurement and mixes with nothing.
KernelSpec group_kernel(const CampaignSpec& spec, const OutputGroup& group,
                        const std::vector<optimizer::Parameter>& parameters, Index dimension) {
  const ObservableChoice& any = spec.observables.at(members_of(spec, group).front());
  const KernelSpec kernel = over_parameters(unit_kernel(spec, any, parameters), dimension);
  const KernelSpec outputs = between_outputs(group, dimension);
  if (kernel.kind != KernelKind::kSum) return times(kernel, outputs);
  KernelSpec sum(KernelKind::kSum);
  for (const KernelSpec& term : kernel.terms)
    sum.terms.push_back(term.kind == KernelKind::kWhite ? term : times(term, outputs));
  return sum;
}

}  // namespace

const OutputGroup* group_of(const CampaignSpec& spec, const std::string& observable) {
  for (const OutputGroup& group : spec.surrogate.together) {
    const auto& names = group.observables;
    if (std::find(names.begin(), names.end(), observable) != names.end()) return &group;
  }
  return nullptr;
}

std::vector<std::size_t> members_of(const CampaignSpec& spec, const OutputGroup& group) {
  std::vector<std::size_t> members;
  for (const std::string& name : group.observables) {
    const auto found = std::find_if(spec.observables.begin(), spec.observables.end(),
                                    [&](const auto& one) { return one.spec.name == name; });
    require(found != spec.observables.end(),
            "observables: expected observables of the campaign, got \"" + name + "\"");
    members.push_back(static_cast<std::size_t>(found - spec.observables.begin()));
  }
  return members;
}

surrogate::Stacked lesson_together(const CampaignSpec& spec, const OutputGroup& group,
                                   const optimizer::SearchSpace& space,
                                   const std::vector<surrogate::Observations>& members) {
  surrogate::Stacked stacked = surrogate::stack_outputs(members, levels_of(group));
  stacked.points.kernel = group_kernel(spec, group, space.parameters(), space.dimension());
  // Each output was brought to a mean of 0.
  stacked.points.mean = surrogate::MeanKind::kFixed;
  stacked.points.fixed_mean = 0;
  return stacked;
}

std::vector<std::unique_ptr<surrogate::Model>> complete_together(
    const std::shared_ptr<const surrogate::Model>& joint, const surrogate::Stacked& stacked,
    const CampaignSpec& spec, const OutputGroup& group, const optimizer::SearchSpace& space,
    const std::vector<surrogate::Observations>& members) {
  const VectorXd levels = levels_of(group);
  const std::vector<std::size_t> places = members_of(spec, group);
  std::vector<std::unique_ptr<surrogate::Model>> models(members.size());
  for (std::size_t t = 0; t < models.size(); ++t) {
    if (members[t].y.size() == 0) continue;
    const auto output = static_cast<Index>(t);
    models[t] = complete(
        surrogate::output_of(joint, levels(output), stacked.mean(output), stacked.scale(output)),
        spec, places[t], space, nullptr);
  }
  return models;
}

void validate_together(const CampaignSpec& spec, const OutputGroup& group) {
  const auto count = static_cast<Index>(group.observables.size());
  require(count >= 2, "observables: expected two or more, got " + std::to_string(count));
  for (const std::size_t k : members_of(spec, group)) {
    const ObservableChoice& choice = spec.observables[k];
    const std::string name = "\"" + choice.spec.name + "\"";
    Index groups = 0;
    for (const OutputGroup& one : spec.surrogate.together)
      groups += std::count(one.observables.begin(), one.observables.end(), choice.spec.name);
    require(groups == 1, "observables: " + name + " is named twice");
    require(choice.given.empty(),
            "observables: expected observables that are given no others, got " + name);
    require(!choice.kernel,
            "observables: expected observables without a kernel of their own, got " + name +
                "; theirs is that of \"surrogate\"");
    require(choice.mean.kind == MeanChoice::Kind::kConstant ||
                choice.mean.kind == MeanChoice::Kind::kExpression,
            "observables: expected observables whose mean is \"constant\" or an expression, got " +
                name);
  }
  require(group.rank >= 1 && group.rank <= count, "rank: expected an integer from 1 to " +
                                                      std::to_string(count) + ", got " +
                                                      std::to_string(group.rank));
  if (group.at.size() == 0) return;
  require(group.rank == 1, "rank: expected none beside \"at\", which says how they go together");
  require(group.at.size() == count, "at: expected a number for each of the " +
                                        std::to_string(count) + " observables, got " +
                                        std::to_string(group.at.size()));
  require_finite("at", group.at);
  std::vector<double> places(group.at.begin(), group.at.end());
  std::sort(places.begin(), places.end());
  require(std::adjacent_find(places.begin(), places.end()) == places.end(),
          "at: expected different numbers");
}

}  // namespace foray::campaign
