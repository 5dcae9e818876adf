#include "foray/optimizer/parameter.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace foray::optimizer {

using Eigen::Index;

namespace {

double on_scale(const Parameter& p, double value) {
  return p.scale == ParameterScale::kLog ? std::log(value) : value;
}

// The values of an ordered parameter that lie in its range.
std::pair<std::vector<double>::const_iterator, std::vector<double>::const_iterator> in_range(
    const Parameter& p) {
  return {std::lower_bound(p.values.begin(), p.values.end(), p.lower),
          std::upper_bound(p.values.begin(), p.values.end(), p.upper)};
}

}  // namespace

bool is_coordinate(const Parameter& parameter) {
  return parameter.role == ParameterRole::kAxis || parameter.role == ParameterRole::kContext ||
         parameter.role == ParameterRole::kFidelity;
}

bool is_discrete(const Parameter& parameter) {
  return parameter.integer || !parameter.values.empty() || !parameter.categories.empty();
}

Index level_count(const Parameter& parameter) {
  if (!parameter.values.empty()) {
    const auto [first, last] = in_range(parameter);
    return std::max<Index>(0, last - first);
  }
  return static_cast<Index>(
      std::max(0.0, std::floor(parameter.upper) - std::ceil(parameter.lower) + 1));
}

double level(const Parameter& parameter, Index index) {
  if (!parameter.values.empty()) return *(in_range(parameter).first + index);
  return std::ceil(parameter.lower) + static_cast<double>(index);
}

Index level_index(const Parameter& parameter, double value) {
  if (parameter.values.empty()) return static_cast<Index>(value - std::ceil(parameter.lower));
  const auto [first, last] = in_range(parameter);
  return std::find(first, last, value) - first;
}

double nearest_level(const Parameter& parameter, double value) {
  if (parameter.values.empty())
    return std::clamp(std::round(value), std::ceil(parameter.lower), std::floor(parameter.upper));
  const auto [first, last] = in_range(parameter);
  const auto above = std::lower_bound(first, last, value);
  if (above == first) return *first;
  if (above == last) return *(last - 1);
  const double below = *(above - 1);
  return on_scale(parameter, value) - on_scale(parameter, below) <
                 on_scale(parameter, *above) - on_scale(parameter, value)
             ? below
             : *above;
}

std::optional<std::string> refusal(const Parameter& parameter, double value) {
  if (parameter.role == ParameterRole::kContext) return std::nullopt;
  std::ostringstream text;
  if (!(value >= parameter.lower && value <= parameter.upper)) {
    text << "expected a value in [" << parameter.lower << ", " << parameter.upper << "]";
  } else if (is_discrete(parameter) && nearest_level(parameter, value) != value) {
    text << "expected " << (parameter.integer ? "a whole number" : "one of its values");
  } else {
    return std::nullopt;
  }
  text << " of \"" << parameter.name << "\", got " << value;
  return text.str();
}

std::optional<std::string> refusal_of_sums(const std::vector<Parameter>& parameters,
                                           const Eigen::Ref<const Eigen::VectorXd>& position) {
  constexpr double kRounding = 1e-9;  // Of the total: what people write adds up no better.
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& head = parameters[i];
    if (head.simplex.empty() || (i > 0 && parameters[i - 1].simplex == head.simplex)) continue;
    std::ostringstream text;
    double sum = 0;
    for (std::size_t k = i; k < parameters.size() && parameters[k].simplex == head.simplex; ++k) {
      sum += position(static_cast<Index>(k));
      text << (k > i ? " + " : "expected ") << parameters[k].name;
    }
    if (std::abs(sum - head.total) <= kRounding * head.total) continue;
    text << " = " << head.total << ", got " << sum;
    return text.str();
  }
  return std::nullopt;
}

std::optional<std::size_t> find_fidelity(const std::vector<Parameter>& parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].role == ParameterRole::kFidelity) return i;
  return std::nullopt;
}

double full_fidelity(const Parameter& fidelity) {
  return level(fidelity, level_count(fidelity) - 1);
}

bool at_full_fidelity(const std::vector<Parameter>& parameters,
                      const Eigen::Ref<const Eigen::VectorXd>& position) {
  const auto i = find_fidelity(parameters);
  if (!i) return true;
  Parameter all = parameters[*i];  // Also what is no longer in range.
  all.lower = all.values.empty() ? 0 : all.values.front();
  all.upper =
      all.values.empty() ? static_cast<double>(all.categories.size()) - 1 : all.values.back();
  return nearest_level(all, position(static_cast<Index>(*i))) == full_fidelity(parameters[*i]);
}

double fidelity_seconds(const Parameter& fidelity, double value) {
  if (fidelity.seconds.empty()) return 0;
  if (fidelity.values.empty()) return fidelity.seconds.at(static_cast<std::size_t>(value));
  const auto found = std::find(fidelity.values.begin(), fidelity.values.end(), value);
  return fidelity.seconds.at(static_cast<std::size_t>(found - fidelity.values.begin()));
}

std::string value_text(const Parameter& parameter, double value) {
  const auto count = static_cast<double>(parameter.categories.size());
  if (value >= 0 && value < count && value == std::floor(value))
    return parameter.categories[static_cast<std::size_t>(value)];
  std::ostringstream text;
  text << value;
  return text.str();
}

}  // namespace foray::optimizer
