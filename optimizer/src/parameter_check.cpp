#include "parameter_check.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <set>
#include <sstream>
#include <string>

#include "foray/common/check.h"

namespace foray::optimizer {

namespace {

void refuse_parameter(const std::string& name, const std::string& reason) {
  require(false, "SearchSpace: parameter \"" + name + "\": " + reason);
}

bool is_identifier(const std::string& name) {
  if (name.empty() || (std::isalpha(static_cast<unsigned char>(name[0])) == 0 && name[0] != '_'))
    return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

void check_levels(const Parameter& p, const std::string& got) {
  const int kinds =
      (p.integer ? 1 : 0) + (p.values.empty() ? 0 : 1) + (p.categories.empty() ? 0 : 1);
  if (kinds > 1 || p.step != 0)
    refuse_parameter(p.name, "expected one of a step, integer, values and categories");
  if (p.role != ParameterRole::kAxis && p.role != ParameterRole::kFidelity)
    refuse_parameter(p.name, "expected levels of an axis or a fidelity only");
  if (std::adjacent_find(p.values.begin(), p.values.end(), std::greater_equal<>()) !=
          p.values.end() ||
      !std::all_of(p.values.begin(), p.values.end(), [](double v) { return std::isfinite(v); }))
    refuse_parameter(p.name, "expected finite values, each above the one before");
  if (std::set<std::string>(p.categories.begin(), p.categories.end()).size() != p.categories.size())
    refuse_parameter(p.name, "expected categories of different names");
  if (!p.categories.empty() &&
      (p.lower < 0 || p.upper > static_cast<double>(p.categories.size()) - 1 ||
       p.scale == ParameterScale::kLog))
    refuse_parameter(
        p.name, "expected a linear range from 0 to one less than the number of categories, " + got);
  if (level_count(p) < 1)
    refuse_parameter(p.name, "expected a range that holds one of its values, " + got);
}

void check_fidelity(const Parameter& p) {
  const std::size_t count = std::max(p.values.size(), p.categories.size());
  if (p.role == ParameterRole::kFidelity && count < 2)
    refuse_parameter(p.name, "expected two values or more of the role fidelity");
  if (p.role == ParameterRole::kFidelity && (p.speed != 0 || p.max_move != 0))
    refuse_parameter(p.name, "expected no speed and no max_move of the role fidelity");
  if (p.role != ParameterRole::kFidelity && !p.seconds.empty())
    refuse_parameter(p.name, "expected seconds of the role fidelity only");
  if (!p.seconds.empty() && p.seconds.size() != count)
    refuse_parameter(p.name, "expected seconds for each of its values");
  if (!std::all_of(p.seconds.begin(), p.seconds.end(),
                   [](double s) { return std::isfinite(s) && s >= 0; }))
    refuse_parameter(p.name, "expected finite seconds >= 0");
}

}  // namespace

void check(const Parameter& p) {
  std::ostringstream got;
  got << "got [" << p.lower << ", " << p.upper << "]";
  if (!is_identifier(p.name)) refuse_parameter(p.name, "expected a name of letters, digits and _");
  if (!std::isfinite(p.lower) || !std::isfinite(p.upper))
    refuse_parameter(p.name, "expected a finite range, " + got.str());
  if (p.role == ParameterRole::kFixed && p.lower != p.upper)
    refuse_parameter(p.name, "expected one value of a fixed parameter, " + got.str());
  if (p.role != ParameterRole::kFixed && !(p.lower < p.upper))
    refuse_parameter(p.name, "expected lower < upper, " + got.str());
  if (p.scale == ParameterScale::kLog && !(p.lower > 0))
    refuse_parameter(p.name, "expected a positive range for a logarithmic scale, " + got.str());
  if (!std::isfinite(p.step) || p.step < 0 || p.step > p.upper - p.lower)
    refuse_parameter(p.name, "expected a step from 0 to the width of the range");
  if (!std::isfinite(p.speed) || p.speed < 0) refuse_parameter(p.name, "expected a speed >= 0");
  if (!std::isfinite(p.settle_s) || p.settle_s < 0)
    refuse_parameter(p.name, "expected settle_s >= 0");
  if (!std::isfinite(p.max_move) || p.max_move < 0)
    refuse_parameter(p.name, "expected max_move >= 0");
  if (p.role == ParameterRole::kExposure && p.lower < 0)
    refuse_parameter(p.name, "expected an exposure >= 0 seconds, " + got.str());
  if (p.role == ParameterRole::kContext && (is_discrete(p) || p.scale != ParameterScale::kLinear ||
                                            p.step != 0 || p.speed != 0 || p.max_move != 0))
    refuse_parameter(p.name,
                     "expected a linear range and nothing else of what is measured, not set");
  if (p.role != ParameterRole::kContext && !p.from.empty())
    refuse_parameter(p.name, "expected the name of a measured value of the role context only");
  if (!std::isfinite(p.elapsed_unit_s) || p.elapsed_unit_s < 0 ||
      (p.elapsed_unit_s > 0 && (p.role != ParameterRole::kContext || !p.from.empty())))
    refuse_parameter(p.name,
                     "expected elapsed_unit_s > 0 of the role context without \"from\" only");
  check_fidelity(p);
  if (is_discrete(p)) check_levels(p, got.str());
}

}  // namespace foray::optimizer
