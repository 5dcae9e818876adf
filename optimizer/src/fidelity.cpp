#include "fidelity.h"

#include <algorithm>
#include <cmath>

#include "build_context.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

VectorXd noise_of_levels(const std::string& name, const ProposeState& state, Index levels) {
  const auto known = state.fidelity_noise.find(name);
  if (known != state.fidelity_noise.end()) return known->second;
  const auto next = state.next_noise.find(name);
  return VectorXd::Constant(levels, next == state.next_noise.end() ? 0 : next->second);
}

}  // namespace

FidelityChoice::FidelityChoice(const SearchSpace& space, const Objective& objective,
                               const ModelMap& models, const ProposeState& state)
    : space_(space) {
  const auto found = find_fidelity(space.parameters());
  if (!found) return;
  parameter_ = static_cast<Index>(*found);
  axis_ = 0;
  for (std::size_t i = 0; i < *found; ++i) axis_ += is_coordinate(space.parameters()[i]) ? 1 : 0;
  const Index levels = space.levels(axis_).size();
  for (const ObjectiveTerm& term : objective.terms)
    for (const std::string& name : term.observables) {
      const auto model = models.find(name);
      if (model == models.end() || model->second == nullptr) continue;
      models_.push_back(when_measured(*model->second, name, state));
      noise_.push_back(noise_of_levels(name, state, levels));
    }
}

VectorXd FidelityChoice::shares(const VectorXd& unit) const {
  const VectorXd levels = space_.levels(axis_);
  const Index full = levels.size() - 1;
  MatrixXd ways = unit.replicate(1, levels.size());
  ways.row(axis_) = levels.transpose();
  VectorXd sum = VectorXd::Zero(levels.size());
  for (std::size_t k = 0; k < models_.size(); ++k) {
    const MatrixXd covariance = models_[k]->joint(ways).covariance;
    for (Index l = 0; l <= full; ++l) {
      const double seen = (covariance(l, l) + noise_[k](l)) * covariance(full, full);
      if (seen > 0) sum(l) += std::min(std::pow(covariance(l, full), 2) / seen, 1.0);
    }
  }
  return sum / static_cast<double>(models_.size());
}

void FidelityChoice::choose(const Cost& cost, Proposal& proposal) const {
  const Parameter& fidelity = space_.parameters()[static_cast<std::size_t>(parameter_)];
  const VectorXd share = shares(proposal.unit);
  const Index full = share.size() - 1;
  Index best = full;
  double most = -1;
  for (Index l = full; l >= 0; --l) {  // Where nothing is to be learned, the full one.
    proposal.physical(parameter_) = level(fidelity, l);
    const double rate = share(l) / cost.seconds(proposal.physical);
    if (!(rate > most)) continue;
    most = rate;
    best = l;
  }
  proposal.physical(parameter_) = level(fidelity, best);
  proposal.unit(axis_) = space_.levels(axis_)(best);
  if (proposal.gain && best != full) *proposal.gain *= share(best);
}

}  // namespace foray::optimizer
