#include "measurement_check.h"

#include <cmath>
#include <variant>

#include "overloaded.h"

namespace foray::campaign {
namespace {

using scattering::Observable;
using scattering::ObservableStatus;

std::string not_finite(const std::string& what, double value) {
  return what + ": expected a finite value, got " + std::to_string(value);
}

std::optional<std::string> first_bad(const std::string& name, const Eigen::VectorXd& values) {
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values(i))) {
      return not_finite(name + "[" + std::to_string(i) + "]", values(i));
    }
  }
  return std::nullopt;
}

// What masked pixels hold has no meaning.
std::optional<std::string> bad_datum(const scattering::Frame& frame) {
  const bool masked =
      frame.mask.rows() == frame.counts.rows() && frame.mask.cols() == frame.counts.cols();
  for (Eigen::Index i = 0; i < frame.counts.rows(); ++i) {
    for (Eigen::Index j = 0; j < frame.counts.cols(); ++j) {
      if (!std::isfinite(frame.counts(i, j)) && !(masked && frame.mask(i, j) != 0)) {
        return not_finite("frame.counts[" + std::to_string(i) + "][" + std::to_string(j) + "]",
                          frame.counts(i, j));
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> bad_datum(const scattering::Curve& curve) {
  const auto bad = first_bad("curve.q", curve.q);
  return bad ? bad : first_bad("curve.intensity", curve.intensity);
}

std::optional<std::string> bad_datum(const scattering::QImage& image) {
  for (Eigen::Index i = 0; i < image.intensity.size(); ++i) {
    const auto k = static_cast<std::size_t>(i);
    const bool masked = k < image.masked.size() && image.masked[k];
    if (!std::isfinite(image.intensity(i)) && !masked) {
      return not_finite("image.intensity[" + std::to_string(i) + "]", image.intensity(i));
    }
  }
  return std::nullopt;
}

std::optional<std::string> bad_datum(const scattering::Values& values) {
  for (const scattering::NamedValue& named : values) {
    if (!std::isfinite(named.value)) {
      return not_finite("value \"" + named.name + "\"", named.value);
    }
    if (!std::isfinite(named.variance) || named.variance < 0) {
      return "variance of \"" + named.name + "\": expected a finite value of at least 0, got " +
             std::to_string(named.variance);
    }
  }
  return std::nullopt;
}

std::optional<double> value_named(const scattering::Measurement& measurement,
                                  const std::string& name) {
  if (const auto* values = std::get_if<scattering::Values>(&measurement)) {
    for (const scattering::NamedValue& one : *values) {
      if (one.name == name) return one.value;
    }
  }
  return std::nullopt;
}

}  // namespace

double finite_or_zero(double value) { return std::isfinite(value) && value > 0 ? value : 0; }

std::optional<Trouble> what_is_wrong(const MeasureResult& result, std::size_t parameters) {
  if (!result.measurement) {
    return Trouble{FaultKind::kMalformed, "the answer: expected a measurement, got none"};
  }
  if (result.read_back.size() != 0 &&
      result.read_back.size() != static_cast<Eigen::Index>(parameters)) {
    return Trouble{FaultKind::kMalformed, "the read-back: expected " + std::to_string(parameters) +
                                              " values, got " +
                                              std::to_string(result.read_back.size())};
  }
  if (const auto bad = first_bad("the read-back", result.read_back)) {
    return Trouble{FaultKind::kNotFinite, *bad};
  }
  for (const double cost : {result.motion_s, result.exposure_s}) {
    if (!std::isfinite(cost) || cost < 0) {
      return Trouble{FaultKind::kMalformed,
                     "the times: expected seconds of at least 0, got " + std::to_string(cost)};
    }
  }
  const auto bad =
      std::visit([](const auto& data) { return bad_datum(data); }, *result.measurement);
  return bad ? std::optional(Trouble{FaultKind::kNotFinite, *bad}) : std::nullopt;
}

std::optional<Trouble> take_context(const std::vector<optimizer::Parameter>& parameters,
                                    const Eigen::VectorXd& requested, double elapsed_s,
                                    MeasureResult& result) {
  const bool reported = result.read_back.size() > 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const optimizer::Parameter& parameter = parameters[i];
    if (parameter.role != optimizer::ParameterRole::kContext) continue;
    if (parameter.elapsed_unit_s > 0) {
      if (result.read_back.size() == 0) result.read_back = requested;
      result.read_back(static_cast<Eigen::Index>(i)) = elapsed_s / parameter.elapsed_unit_s;
      continue;
    }
    if (parameter.from.empty()) {
      if (reported) continue;
      return Trouble{FaultKind::kMalformed,
                     "the read-back: expected one with \"" + parameter.name + "\", got none"};
    }
    const auto value = value_named(*result.measurement, parameter.from);
    if (!value) {
      return Trouble{FaultKind::kMalformed, "the values: expected \"" + parameter.from +
                                                "\" for \"" + parameter.name +
                                                "\", got none of that name"};
    }
    if (result.read_back.size() == 0) result.read_back = requested;
    result.read_back(static_cast<Eigen::Index>(i)) = *value;
  }
  return std::nullopt;
}

std::vector<Observable> in_order(const CampaignSpec& spec,
                                 const std::vector<Observable>& reported) {
  std::vector<Observable> ordered;
  for (const ObservableChoice& choice : spec.observables) {
    Observable observable;
    observable.name = choice.spec.name;
    observable.status = ObservableStatus::kAbsent;
    observable.note = "not reported";
    for (const Observable& candidate : reported) {
      if (candidate.name == choice.spec.name) {
        observable = candidate;
      }
    }
    const bool present = observable.status == ObservableStatus::kPresent;
    if (present && (!std::isfinite(observable.value) || !std::isfinite(observable.variance) ||
                    observable.variance < 0)) {
      observable.status = ObservableStatus::kFailed;
      observable.note = "expected a finite value with a variance of at least 0, got " +
                        std::to_string(observable.value) + " with " +
                        std::to_string(observable.variance);
    }
    if (observable.status != ObservableStatus::kPresent) {
      observable.value = 0;
      observable.variance = 0;
    }
    ordered.push_back(std::move(observable));
  }
  return ordered;
}

std::vector<scattering::ClassProbability> finite_classes(
    const std::vector<scattering::ClassProbability>& classes) {
  std::vector<scattering::ClassProbability> finite;
  for (const auto& entry : classes) {
    if (std::isfinite(entry.probability) && std::isfinite(entry.logit_variance)) {
      finite.push_back(entry);
    }
  }
  return finite;
}

}  // namespace foray::campaign
