#include "foray/scattering/value_scorer.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string_view>

#include "foray/common/check.h"

namespace foray::scattering {
namespace {

constexpr std::string_view kValue = "value:";
constexpr std::string_view kCurve = "curve:";

bool starts_with(const std::string& text, std::string_view prefix) {
  return text.size() > prefix.size() && text.compare(0, prefix.size(), prefix) == 0;
}

Observable without(const std::string& name, ObservableStatus status, std::string note) {
  Observable result;
  result.name = name;
  result.status = status;
  result.note = std::move(note);
  return result;
}

Observable present(const std::string& name, double value, double variance, double least) {
  if (!std::isfinite(value) || !std::isfinite(variance) || variance < 0) {
    return without(name, ObservableStatus::kFailed,
                   "expected a finite value and a variance >= 0, got " + std::to_string(value) +
                       " and " + std::to_string(variance));
  }
  Observable result;
  result.name = name;
  result.value = value;
  result.variance = std::max(variance, least);
  if (variance < least) result.note = "variance raised to the least one";
  return result;
}

Observable from_values(const ObservableSpec& spec, const Values& values, double least) {
  const std::string wanted = spec.from.substr(kValue.size());
  const auto found = std::find_if(values.begin(), values.end(),
                                  [&](const NamedValue& value) { return value.name == wanted; });
  if (found == values.end()) {
    return without(spec.name, ObservableStatus::kAbsent, "no value named " + wanted);
  }
  return present(spec.name, found->value, found->variance, least);
}

Observable from_curve(const ObservableSpec& spec, const Curve& curve, double least) {
  const Eigen::Index n = curve.intensity.size();
  if (n == 0) return without(spec.name, ObservableStatus::kAbsent, "the curve is empty");
  const std::string field = spec.from.substr(kCurve.size());
  const auto variance = [&](Eigen::Index i) {
    return curve.sigma.size() != 0 ? curve.sigma[i] * curve.sigma[i] : 0.0;
  };
  if (field == "max_intensity") {
    Eigen::Index at = 0;
    const double most = curve.intensity.maxCoeff(&at);
    return present(spec.name, most, variance(at), least);
  }
  double sum = 0, spread = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    sum += curve.intensity[i];
    spread += variance(i);
  }
  const double parts = field == "mean_intensity" ? static_cast<double>(n) : 1.0;
  return present(spec.name, sum / parts, spread / (parts * parts), least);
}

}  // namespace

ValueScorer::ValueScorer(std::vector<ObservableSpec> specs, double least_variance)
    : specs_(std::move(specs)), least_variance_(least_variance) {
  require(std::isfinite(least_variance) && least_variance > 0,
          "ValueScorer: least_variance: expected a finite value > 0, got " +
              std::to_string(least_variance));
  std::set<std::string> names;
  for (const ObservableSpec& spec : specs_) {
    require(names.insert(spec.name).second,
            "ValueScorer: observable '" + spec.name + "': expected each name once");
    const std::string field = starts_with(spec.from, kCurve) ? spec.from.substr(kCurve.size()) : "";
    const bool curve =
        field == "mean_intensity" || field == "total_intensity" || field == "max_intensity";
    require(curve || starts_with(spec.from, kValue),
            "ValueScorer: observable '" + spec.name +
                "': expected 'value:NAME' or 'curve:' and mean_intensity, total_intensity or "
                "max_intensity, got '" +
                spec.from + "'");
  }
}

Score ValueScorer::score(const Measurement& measurement) const {
  Score result;
  result.reduction = "none";
  const auto* values = std::get_if<Values>(&measurement);
  const auto* curve = std::get_if<Curve>(&measurement);
  if (curve != nullptr) {
    validate(*curve);
    result.curve = *curve;
  }
  for (const ObservableSpec& spec : specs_) {
    const bool wants_curve = starts_with(spec.from, kCurve);
    if (wants_curve && curve != nullptr) {
      result.observables.push_back(from_curve(spec, *curve, least_variance_));
    } else if (!wants_curve && values != nullptr) {
      result.observables.push_back(from_values(spec, *values, least_variance_));
    } else {
      result.observables.push_back(
          without(spec.name, ObservableStatus::kAbsent,
                  wants_curve ? "the measurement is no curve" : "the measurement is no values"));
    }
  }
  return result;
}

}  // namespace foray::scattering
