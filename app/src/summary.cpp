#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>

#include "report.h"
#include "report_data.h"
#include "report_transition.h"

namespace foray::app {

namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson position_of(const campaign::CampaignView& view, const Eigen::VectorXd& position) {
  OrderedJson json = OrderedJson::object();
  for (std::size_t k = 0; k < view.parameters().size(); ++k) {
    const optimizer::Parameter& parameter = view.parameters()[k];
    const double value = position(static_cast<Eigen::Index>(k));
    if (parameter.categories.empty()) {
      json[parameter.name] = value;
    } else {
      json[parameter.name] = optimizer::value_text(parameter, value);
    }
  }
  return json;
}

OrderedJson measurement_of(const campaign::CampaignView& view,
                           const campaign::MeasurementView& one) {
  OrderedJson json;
  json["id"] = one.id;
  json["position"] = position_of(view, one.position);
  for (const auto& known : known_of(view, one)) {
    std::visit([&](const auto& simple) { json["candidate"][known.first] = simple; }, known.second);
  }
  if (one.state == campaign::MeasurementState::kFailed) {
    json["fault"] = campaign::fault_name(one.fault);
    json["message"] = one.message;
    return json;
  }
  for (const scattering::Observable& observable : one.observables) {
    if (observable.status == scattering::ObservableStatus::kPresent) {
      json["observables"][observable.name] = {{"value", observable.value},
                                              {"variance", observable.variance}};
    } else {
      const bool absent = observable.status == scattering::ObservableStatus::kAbsent;
      json["observables"][observable.name] = {{"status", absent ? "absent" : "failed"},
                                              {"note", observable.note}};
    }
  }
  if (!one.file.path.empty()) json["file"] = one.file.path;
  if (!one.curve.path.empty()) json["curve"] = one.curve.path;
  return json;
}

// How the run compares with random points, or even ones.
OrderedJson comparison_of(const campaign::Comparison& comparison) {
  OrderedJson json = OrderedJson::object();
  if (const auto& search = comparison.search) {
    OrderedJson& found = json["search"];
    found["observable"] = search->observable;
    found["random_points"] = search->points;
    found["found"] = search->found;
    if (search->draws_that_allow_none < search->draws) {
      found["random"] = search->random;
      found["random_deviation"] = search->random_deviation;
    }
    found["probability_better"] = search->probability;
  }
  for (const campaign::MapComparison& map : comparison.maps) {
    json["maps"][map.observable] = {{"even_points", map.points},
                                    {"remaining_variance", map.remaining},
                                    {"remaining_variance_of_even_points", map.spread_out}};
  }
  return json;
}

OrderedJson predictions_of(const surrogate::Calibration& calibration) {
  OrderedJson json = {{"points", calibration.points},
                      {"crps", calibration.ranked_score},
                      {"crps_expected", calibration.expected_ranked_score},
                      {"nlpd", calibration.negative_density},
                      {"nlpd_expected", calibration.expected_negative_density}};
  for (std::size_t k = 0; k < calibration.coverage.size(); ++k) {
    const double percent = 100 * surrogate::Calibration::kIntervals[k];
    json["coverage"][std::to_string(std::lround(percent))] = calibration.coverage[k];
  }
  return json;
}

// null: none was found.
OrderedJson transition_of(const campaign::CampaignView& view) {
  if (!view.transition()) return nullptr;
  const campaign::TransitionFound& found = *view.transition();
  return {{"along", view.spec().transitions->along},
          {"between", {found.between.lower, found.between.upper}},
          {"at", found.at},
          {"shape", found.shape == scattering::CourseShape::kStep ? "step" : "bend"},
          {"of", found.of},
          {"size", found.size},
          {"scatter", found.scatter},
          {"log10_p", found.log10_p},
          {"measurement", found.id}};
}

}  // namespace

std::string summary_json(const campaign::CampaignView& view, const Assessment& assessment) {
  const RunSummary summary = summarise(view);
  OrderedJson json;
  json["campaign"] = summary.name;
  json["state"] = summary.state;
  json["reason"] = summary.reason;
  json["instrument"] = summary.instrument;
  json["measured"] = summary.measured;
  json["failed"] = summary.failed;
  json["faults"] = summary.faults;
  json["late"] = summary.late;
  json["possible_duplicates"] = summary.possible_duplicates;
  json["searches_cut"] = summary.searches_cut;
  json["trainings"] = summary.trainings;
  json["trainings_not_converged"] = summary.trainings_not_converged;
  json["beam_s"] = {
      {"total", summary.beam_s}, {"motion", summary.motion_s}, {"exposure", summary.exposure_s}};
  json["wall_s"] = summary.wall_s;
  json["overhead_ms_median"] = summary.overhead_ms_median;
  json["stage_ms_median"] = summary.stage_ms_median;
  if (summary.best) json["best"] = measurement_of(view, view.measurement(*summary.best));
  if (OrderedJson compared = comparison_of(assessment.comparison); !compared.empty()) {
    json["better_than_random"] = std::move(compared);
  }
  for (const campaign::Predictability& one : assessment.predictabilities) {
    json["predictions"][one.observable] = predictions_of(one.calibration);
  }
  if (view.spec().transitions) json["transition"] = transition_of(view);
  if (const std::string trouble = transition_trouble(view); !trouble.empty()) {
    json["transition_trouble"] = trouble;
  }
  for (const campaign::Reacted& reacted : view.reactions()) {
    OrderedJson& one = json["reactions"].emplace_back(OrderedJson{
        {"rule", reacted.rule}, {"measurement", reacted.id}, {"message", reacted.message}});
    if (reacted.range) one["range"] = {reacted.range->lower, reacted.range->upper};
  }
  json["measurements"] = OrderedJson::array();
  for (const campaign::MeasurementView& one : view.measurements()) {
    if (one.state == campaign::MeasurementState::kScored ||
        one.state == campaign::MeasurementState::kFailed) {
      json["measurements"].push_back(measurement_of(view, one));
    }
  }
  return json.dump(2) + "\n";
}

}  // namespace foray::app
