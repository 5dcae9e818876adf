#include "remote_function.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <sstream>

#include "foray/common/check.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

std::vector<double> key_of(const MatrixXd& x, Index column) {
  return {x.col(column).begin(), x.col(column).end()};
}

void require_numbers(const FunctionRequest& question, const VectorXd& values) {
  std::ostringstream text;
  text << "remote function \"" << question.function << "\": expected " << question.points.cols()
       << " finite numbers, one a point, got ";
  if (values.size() != question.points.cols()) {
    text << values.size();
    throw FunctionFailed(text.str());
  }
  for (Index j = 0; j < values.size(); ++j) {
    if (std::isfinite(values(j))) continue;
    text << values(j) << " for point " << j;
    throw FunctionFailed(text.str());
  }
}

}  // namespace

void RemoteFunction::ask(const Marginals& at, const std::vector<Index>& columns) const {
  const auto count = static_cast<Index>(columns.size());
  FunctionRequest question = question_;
  question.points.resize(static_cast<Index>(question.parameters.size()), count);
  for (const auto& [model, name] : observed_)
    question.models.push_back({name, VectorXd(count), VectorXd(count)});
  for (Index i = 0; i < count; ++i) {
    const Index j = columns[static_cast<std::size_t>(i)];
    question.points.col(i) = physical_(at.x.col(j));
    for (std::size_t k = 0; k < observed_.size(); ++k) {
      const surrogate::Posterior& posterior = at.of[observed_[k].first];
      question.models[k].mean(i) = posterior.mean(j);
      question.models[k].sigma(i) = std::sqrt(posterior.variance(j));
    }
  }
  const VectorXd values = evaluate_(question);
  require_numbers(question, values);
  for (Index i = 0; i < count; ++i)
    known_[key_of(at.x, columns[static_cast<std::size_t>(i)])] = values(i);
}

VectorXd RemoteFunction::values(const Marginals& at) const {
  // A message of so many numbers is read by any client, whatever limit its library has.
  constexpr std::size_t kNumbers = 20'000;
  constexpr std::size_t kPoints = 1000;
  const std::size_t each = question_.parameters.size() + 2 * observed_.size();
  const std::size_t most = std::clamp<std::size_t>(kNumbers / each, 1, kPoints);
  const Lock lock(mutex_);
  std::vector<Index> unknown;
  std::set<Key> asked;
  for (Index j = 0; j < at.x.cols(); ++j) {
    Key key = key_of(at.x, j);
    if (known_.count(key) == 0 && asked.insert(std::move(key)).second) unknown.push_back(j);
  }
  for (std::size_t first = 0; first < unknown.size(); first += most) {
    const auto part = std::span(unknown).subspan(first, std::min(most, unknown.size() - first));
    ask(at, {part.begin(), part.end()});
  }
  VectorXd result(at.x.cols());
  for (Index j = 0; j < result.size(); ++j) result(j) = known_.at(key_of(at.x, j));
  return result;
}

double RemoteFunction::value(const PointMarginals& /*at*/, VectorXd& /*gradient*/) const {
  ensure(false, "RemoteFunction: it has no gradient");
  return 0;
}

}  // namespace foray::optimizer
