#include "build_context.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();

}  // namespace

std::shared_ptr<const surrogate::Model> when_measured(const surrogate::Model& model,
                                                      const std::string& name,
                                                      const ProposeState& state) {
  VectorXd noise = VectorXd::Zero(state.pending.cols());
  const auto given = state.pending_noise.find(name);
  if (given != state.pending_noise.end() && given->second.size() == noise.size())
    noise = given->second;
  return model.condition_on_pending(
      state.pending.cols() > 0 ? state.pending : MatrixXd(model.dimension(), 0), noise);
}

BuildContext::BuildContext(const BuildInputs& inputs, Rng& rng) : inputs_(inputs), rng_(rng) {
  for (const ObjectiveTerm& term : inputs.objective.terms) {
    for (const std::string& name : term.observables) take_model(name);
    for (const OutcomeConstraint& c : term.where) take_model(c.observable);
  }
  for (const OutcomeConstraint& c : inputs.objective.subject_to) take_model(c.observable);
  floor_variances();
  composite_.subject_to = gates_of(inputs.objective.subject_to);
}

void BuildContext::take_model(const std::string& name) {
  if (std::find(names_.begin(), names_.end(), name) != names_.end()) return;
  auto& missing = composite_.missing;
  if (std::find(missing.begin(), missing.end(), name) != missing.end()) return;
  const auto found = inputs_.models.find(name);
  if (found == inputs_.models.end() || found->second == nullptr) {
    missing.push_back(name);
    return;
  }
  const auto model = when_measured(*found->second, name, inputs_.state);
  const auto add = [&](std::shared_ptr<const surrogate::Model> one, std::size_t members) {
    names_.push_back(name);
    composite_.models.push_back(std::move(one));
    composite_.members.push_back(members);
  };
  const auto members = model->members();
  add(model, members.size());
  for (const auto& member : members) add(member, 0);
}

void BuildContext::floor_variances() {
  composite_.variance_floors.assign(composite_.models.size(), 0.0);
  at_raw_ = composite_.marginals(inputs_.raw);
  for (std::size_t k = 0; k < composite_.models.size(); ++k) {
    // Below this a standard deviation is rounding.
    composite_.variance_floors[k] = std::max(1e-14 * at_raw_.of[k].variance.mean(), 1e-290);
    at_raw_.of[k].variance = at_raw_.of[k].variance.cwiseMax(composite_.variance_floors[k]);
  }
}

std::vector<std::size_t> BuildContext::indices(const std::vector<std::string>& names) const {
  std::vector<std::size_t> result;
  for (const std::string& name : names) {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found != names_.end()) result.push_back(static_cast<std::size_t>(found - names_.begin()));
  }
  return result;
}

std::vector<std::pair<std::size_t, std::string>> BuildContext::observed() const {
  std::vector<std::pair<std::size_t, std::string>> found;
  for (std::size_t k = 0; k < names_.size(); ++k)
    if (indices({names_[k]}).front() == k) found.emplace_back(k, names_[k]);
  return found;
}

std::size_t BuildContext::members(const std::vector<std::size_t>& models) const {
  std::size_t most = 0;
  for (const std::size_t model : models) most = std::max(most, composite_.members[model]);
  return most;
}

std::vector<std::size_t> BuildContext::member(const std::vector<std::size_t>& models,
                                              std::size_t s) const {
  std::vector<std::size_t> result = models;
  for (std::size_t& model : result)
    if (const std::size_t count = composite_.members[model]; count > 0) model += 1 + s % count;
  return result;
}

std::vector<Gate> BuildContext::gates_of(const std::vector<OutcomeConstraint>& constraints) const {
  std::vector<Gate> gates;
  for (const OutcomeConstraint& c : constraints)
    for (const std::size_t model : indices({c.observable}))
      gates.push_back({model, c.at_least.value_or(-kEndless), c.at_most.value_or(kEndless),
                       composite_.members[model]});
  return gates;
}

std::size_t BuildContext::unconditioned(std::size_t model) {
  if (inputs_.state.pending.cols() == 0) return model;
  const std::string name = names_[model];
  const std::size_t member = model - indices({name}).front();
  const surrogate::Model& given = *inputs_.models.at(name);
  // The caller owns what was given, and the member's owner is the member's list.
  const std::shared_ptr<const surrogate::Model> original =
      member == 0 ? std::shared_ptr<const surrogate::Model>(std::shared_ptr<void>(), &given)
                  : given.members()[member - 1];
  names_.push_back(name);
  composite_.models.push_back(original);
  composite_.members.push_back(0);
  composite_.variance_floors.push_back(composite_.variance_floors[model]);
  at_raw_.of.push_back(original->predict(inputs_.raw));
  at_raw_.of.back().variance =
      at_raw_.of.back().variance.cwiseMax(composite_.variance_floors.back());
  return composite_.models.size() - 1;
}

double BuildContext::noise_of(std::size_t model) const {
  const auto found = inputs_.state.next_noise.find(names_[model]);
  return std::max(found == inputs_.state.next_noise.end() ? 0.0 : found->second,
                  composite_.variance_floors[model]);
}

double BuildContext::mean_deviation(std::size_t model) const {
  return std::sqrt(at_raw_.of[model].variance.mean());
}

MatrixXd BuildContext::feasible_measured(const Composite::Part& part) const {
  const MatrixXd& measured = inputs_.state.measured;
  if (measured.cols() == 0) return MatrixXd(inputs_.references.rows(), 0);
  if (part.gates.empty() && composite_.subject_to.empty()) return measured;
  if (!at_measured_) at_measured_ = composite_.marginals(measured);
  const std::vector<bool> holds = probably_feasible(part, *at_measured_);
  MatrixXd points(measured.rows(), measured.cols());
  Index count = 0;
  for (Index j = 0; j < measured.cols(); ++j)
    if (holds[static_cast<std::size_t>(j)]) points.col(count++) = measured.col(j);
  return points.leftCols(count);
}

std::vector<bool> BuildContext::feasible_pending(const Composite::Part& part) const {
  const MatrixXd& pending = inputs_.state.pending;
  std::vector<bool> feasible(static_cast<std::size_t>(pending.cols()), true);
  if (pending.cols() > 0 && !(part.gates.empty() && composite_.subject_to.empty()))
    feasible = probably_feasible(part, composite_.marginals(pending));
  // What is measured in another way than is asked about teaches, but is no answer.
  for (const Index axis : inputs_.space.standing_axes())
    for (std::size_t j = 0; j < feasible.size(); ++j)
      feasible[j] = feasible[j] && pending(axis, static_cast<Index>(j)) == inputs_.raw(axis, 0);
  return feasible;
}

std::vector<bool> BuildContext::probably_feasible(const Composite::Part& part,
                                                  const Marginals& at) const {
  const VectorXd gates =
      Composite::log_gates(part.gates, at) + Composite::log_gates(composite_.subject_to, at);
  const auto limits = static_cast<double>(part.gates.size() + composite_.subject_to.size());
  std::vector<bool> holds;
  for (const double gate : gates) holds.push_back(gate >= limits * std::log(0.5));
  return holds;
}

bool BuildContext::seeks_feasibility(const Composite::Part& part) const {
  return !(part.gates.empty() && composite_.subject_to.empty()) &&
         feasible_measured(part).cols() == 0;
}

const Marginals& BuildContext::at_references() const {
  if (!at_references_) at_references_ = composite_.marginals(inputs_.references);
  return *at_references_;
}

VectorXd BuildContext::reference_weights(const Composite::Part& part) const {
  if (part.gates.empty()) return VectorXd::Ones(inputs_.references.cols());
  return Composite::log_gates(part.gates, at_references()).array().exp();
}

}  // namespace foray::optimizer
