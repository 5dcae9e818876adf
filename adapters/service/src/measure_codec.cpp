#include "measure_codec.h"

#include <utility>

#include "foray/campaign/records.h"
#include "foray/codec/schema.h"

namespace foray::service {

using campaign::FaultKind;
using campaign::MeasurementId;
using campaign::RequestState;
using codec::Json;

namespace {

constexpr FaultKind kClientFaults[] = {FaultKind::kTimeout,   FaultKind::kRefused,
                                       FaultKind::kBeamLoss,  FaultKind::kSaturated,
                                       FaultKind::kNotFinite, FaultKind::kAborted};

Json number_schema(const char* title) { return {{"type", "number"}, {"title", title}}; }

Json seconds_schema() {
  return {{"type", "number"}, {"minimum", 0}, {"title", "a number of seconds >= 0"}};
}

Json numbers_schema() {
  return {{"type", "array"},
          {"title", "an array of numbers"},
          {"items", number_schema("a number")},
          {"maxItems", 100'000}};
}

Json fault_schema() {
  Json kinds = Json::array();
  for (const FaultKind kind : kClientFaults) kinds.push_back(campaign::fault_name(kind));
  return {{"type", "object"},
          {"title", "an object with the kind of fault and a message"},
          {"required", {"kind"}},
          {"additionalProperties", false},
          {"properties",
           {{"kind", {{"enum", kinds}}},
            {"message", {{"type", "string"}, {"title", "a string"}, {"maxLength", 4000}}}}}};
}

Json values_schema() {
  const Json value = {{"type", {"number", "null"}},
                      {"title", "a number, or null where it is none"}};
  const Json variance = {{"type", "number"}, {"minimum", 0}, {"title", "a number >= 0"}};
  return {{"type", "object"},
          {"title", "an object of names with value and variance"},
          {"additionalProperties",
           {{"type", "object"},
            {"title", "an object with value and variance"},
            {"required", {"value"}},
            {"additionalProperties", false},
            {"properties", {{"value", value}, {"variance", variance}}}}}};
}

Json curve_schema() {
  return {{"type", "object"},
          {"title", "an object with q [1/angstrom], intensity and sigma"},
          {"required", {"q", "intensity"}},
          {"additionalProperties", false},
          {"properties",
           {{"q", numbers_schema()},
            {"intensity", numbers_schema()},
            {"sigma", numbers_schema()},
            {"intensity_unit", {{"enum", {"1/cm", "arbitrary", "counts/s"}}}}}}};
}

const codec::JsonSchema& measure_schema() {
  static const codec::JsonSchema schema(measure_result_schema());
  return schema;
}

scattering::Curve curve_of(const Json& curve) {
  scattering::Curve read;
  read.q = codec::vector_of(curve["q"], "/curve/q");
  read.intensity = codec::vector_of(curve["intensity"], "/curve/intensity");
  if (curve.contains("sigma")) read.sigma = codec::vector_of(curve["sigma"], "/curve/sigma");
  read.intensity_unit = curve.value("intensity_unit", "arbitrary");
  const auto check = [&](const char* name, Eigen::Index size) {
    if (size != read.q.size())
      throw codec::CodecError(std::string("/curve/") + name + ": expected as many values as q (" +
                              std::to_string(read.q.size()) + "), got " + std::to_string(size));
  };
  check("intensity", read.intensity.size());
  if (read.sigma.size() > 0) check("sigma", read.sigma.size());
  return read;
}

// The named values; a value that is null makes the answer a fault.
void read_values(const Json& values, RemoteAnswer& answer) {
  scattering::Values read;
  for (const auto& [name, value] : values.items()) {
    if (value["value"].is_null()) {
      answer.result.fault = FaultKind::kNotFinite;
      answer.result.message = "/values/" + name + "/value: expected a number, got null";
      continue;
    }
    read.push_back({name, value["value"].get<double>(), value.value("variance", 0.0)});
  }
  answer.result.measurement = std::move(read);
}

void read_fault(const Json& fault, RemoteAnswer& answer) {
  const auto kind = fault["kind"].get<std::string>();
  for (const FaultKind known : kClientFaults)
    if (campaign::fault_name(known) == kind) answer.result.fault = known;
  answer.result.message = fault.value("message", "the instrument reports " + kind);
}

void read_fields(const Json& result, RemoteAnswer& answer) {
  answer.result.motion_s = result.value("motion_s", 0.0);
  answer.result.exposure_s = result.value("exposure_s", 0.0);
  if (result.contains("read_back"))
    for (const auto& [name, value] : result["read_back"].items())
      answer.read_back[name] = value.get<double>();
  if (result.contains("values")) read_values(result["values"], answer);
  if (result.contains("curve")) answer.result.measurement = curve_of(result["curve"]);
  if (result.contains("file")) answer.file = result["file"].get<std::string>();
  if (result.contains("fault")) read_fault(result["fault"], answer);
  const int given = static_cast<int>(result.contains("values")) +
                    static_cast<int>(result.contains("curve")) +
                    static_cast<int>(result.contains("file"));
  if (given > 1 || (given == 0 && !result.contains("fault")))
    throw codec::CodecError("expected exactly one of values, curve and file, or a fault");
}

RemoteAnswer malformed_answer(MeasurementId id, const std::string& why, const Json& text) {
  RemoteAnswer answer;
  answer.result.id = id;
  answer.result.fault = FaultKind::kMalformed;
  answer.result.message = "answer to instrument.measure: " + why + "; got " + codec::describe(text);
  return answer;
}

}  // namespace

Json measure_params(const std::string& campaign, const campaign::MeasureRequest& request) {
  Json position = Json::object();
  for (std::size_t i = 0; i < request.names.size(); ++i)
    position[request.names[i]] = request.position[static_cast<Eigen::Index>(i)];
  Json params = {{"campaign", campaign},
                 {"measurement", request.id},
                 {"position", position},
                 {"exposure_s", request.exposure_s}};
  if (!request.measured.empty()) params["measured"] = request.measured;
  return params;
}

Json measure_result_schema() {
  return {{"type", "object"},
          {"title", "an object with what was measured"},
          {"description", "Exactly one of values, curve and file, or a fault."},
          {"additionalProperties", false},
          {"properties",
           {{"values", values_schema()},
            {"curve", curve_schema()},
            {"file",
             {{"type", "string"},
              {"title", "the path of a file that foray can read"},
              {"minLength", 1},
              {"maxLength", 4096}}},
            {"read_back",
             {{"type", "object"},
              {"title", "an object of parameter names with the positions that were reached"},
              {"additionalProperties", number_schema("a number")}}},
            {"motion_s", seconds_schema()},
            {"exposure_s", seconds_schema()},
            {"fault", fault_schema()}}}};
}

Json outcome_result_schema() {
  return {{"type", "object"},
          {"title", "an object with the state of the measurement"},
          {"required", {"state"}},
          {"properties",
           {{"state", {{"enum", {"done", "not_started", "unknown"}}}},
            {"result", measure_result_schema()}}}};
}

RemoteAnswer read_measure_answer(MeasurementId id, const Json& result) {
  const auto problems = measure_schema().problems(result, "/result");
  if (!problems.empty()) return malformed_answer(id, problems.front(), result);
  try {
    RemoteAnswer answer;
    answer.result.id = id;
    read_fields(result, answer);
    return answer;
  } catch (const codec::CodecError& error) {
    return malformed_answer(id, error.what(), result);
  }
}

RemoteAnswer refused_answer(MeasurementId id, const Json& error) {
  RemoteAnswer answer;
  answer.result.id = id;
  answer.result.fault = FaultKind::kRefused;
  const auto message = error.is_object() ? error.find("message") : error.end();
  answer.result.message = message != error.end() && message->is_string()
                              ? message->get<std::string>()
                              : "the instrument refused: " + codec::describe(error);
  return answer;
}

RequestState read_outcome(MeasurementId id, const Json& result,
                          std::optional<RemoteAnswer>& answer) {
  const auto state = result.is_object() ? result.find("state") : result.end();
  if (state == result.end() || !state->is_string()) return RequestState::kUnknown;
  if (*state == "not_started") return RequestState::kNotStarted;
  if (*state != "done" || !result.contains("result")) return RequestState::kUnknown;
  answer = read_measure_answer(id, result["result"]);
  return RequestState::kDone;
}

}  // namespace foray::service
