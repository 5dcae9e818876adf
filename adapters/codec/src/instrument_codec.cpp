#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include "check_document.h"
#include "enum_names.h"
#include "foray/codec/campaign_json.h"
#include "sample_json.h"

namespace foray::codec {
namespace {

constexpr EnumNames<InstrumentTime, 2> kTimes = {
    {{InstrumentTime::kSimulated, "simulated"}, {InstrumentTime::kReal, "real"}}};

constexpr EnumNames<ReplayMethod, 3> kMethods = {
    {{ReplayMethod::kNearest, "nearest"},
     {ReplayMethod::kInverseDistance, "inverse_distance"},
     {ReplayMethod::kLocalLinear, "local_linear"}}};

template <typename Value>
void read_map(const Json& object, const char* key, std::map<std::string, Value>& field) {
  if (const auto found = object.find(key); found != object.end()) {
    field = found->get<std::map<std::string, Value>>();  // the schema has checked the types
  }
}

std::pair<double, double> read_range(const Json& value, const std::string& path) {
  const Eigen::VectorXd ends = vector_of(value, path);
  if (ends.size() != 2 || !(ends[0] < ends[1])) {
    throw CodecError(path + ": expected two increasing numbers, got " + describe(value));
  }
  return {ends[0], ends[1]};
}

FaultSpec read_faults(const Json& value, const std::string& path) {
  FaultSpec faults;
  read_field(value, "late", path, faults.late);
  read_field(value, "late_s", path, faults.late_s);
  read_field(value, "lost", path, faults.lost);
  read_field(value, "wrong", path, faults.wrong);
  read_field(value, "saturated", path, faults.saturated);
  read_field(value, "beam_off", path, faults.beam_off);
  read_field(value, "not_finite", path, faults.not_finite);
  read_field(value, "refused", path, faults.refused);
  if (const Json* between = find_member(value, "beam_off_between_s", path)) {
    std::tie(faults.beam_off_from_s, faults.beam_off_until_s) =
        read_range(*between, path + "/beam_off_between_s");
  }
  read_map(value, "read_back_offset", faults.read_back_offset);
  read_map(value, "drift_per_hour", faults.drift_per_hour);
  return faults;
}

Json json_from_faults(const FaultSpec& faults) {
  Json value = {{"late", faults.late},
                {"late_s", faults.late_s},
                {"lost", faults.lost},
                {"wrong", faults.wrong},
                {"saturated", faults.saturated},
                {"beam_off", faults.beam_off},
                {"not_finite", faults.not_finite},
                {"refused", faults.refused},
                {"read_back_offset", Json(faults.read_back_offset)},
                {"drift_per_hour", Json(faults.drift_per_hour)}};
  if (faults.beam_off_from_s < faults.beam_off_until_s) {
    value["beam_off_between_s"] = Json::array({faults.beam_off_from_s, faults.beam_off_until_s});
  }
  return value;
}

SimulationSpec read_simulation(const Json& value, const std::string& path) {
  SimulationSpec simulation;
  read_field(value, "seed", path, simulation.seed);
  read_field(value, "time", path, kTimes, simulation.time);
  read_field(value, "time_scale", path, simulation.time_scale);
  read_field(value, "latency_s", path, simulation.latency_s);
  read_map(value, "speed", simulation.speed);
  read_field(value, "settle_s", path, simulation.settle_s);
  if (const Json* faults = find_member(value, "faults", path)) {
    simulation.faults = read_faults(*faults, path + "/faults");
  }
  read_field(value, "log_file", path, simulation.log_file);
  return simulation;
}

void write_simulation(const SimulationSpec& simulation, Json& value) {
  value["seed"] = json_of_seed(simulation.seed, "/instrument/seed");
  value["time"] = name_of(kTimes, simulation.time);
  value["time_scale"] = simulation.time_scale;
  value["latency_s"] = simulation.latency_s;
  value["speed"] = simulation.speed;
  value["settle_s"] = simulation.settle_s;
  value["faults"] = json_from_faults(simulation.faults);
  if (!simulation.log_file.empty()) {
    value["log_file"] = simulation.log_file;
  }
}

void write_text(Json& value, const char* key, const std::string& text) {
  if (!text.empty()) {
    value[key] = text;
  }
}

SimulatorInstrumentSpec read_simulator(const Json& value, const std::string& path) {
  SimulatorInstrumentSpec spec;
  if (const Json* sample = find_member(value, "sample", path)) {
    if (sample->is_object()) {
      spec.composed = sample_from_json(*sample, path + "/sample");
    } else {
      spec.sample = text_of(*sample, path + "/sample");
    }
  }
  if (const Json* beamline = find_member(value, "beamline", path)) {
    spec.beamline = beamline_from_json(*beamline, path + "/beamline");
  }
  read_field(value, "sample_seed", path, spec.sample_seed);
  read_field(value, "detector", path, spec.detector);
  if (const Json* flux = find_member(value, "flux", path)) {
    spec.flux = number_of(*flux, path + "/flux");
  }
  spec.simulation = read_simulation(value, path);
  return spec;
}

FunctionInstrumentSpec read_function(const Json& value, const std::string& path) {
  FunctionInstrumentSpec spec;
  read_field(value, "function", path, spec.function);
  read_field(value, "noise_sd", path, spec.noise_sd);
  if (const Json* inputs = find_member(value, "inputs", path)) {
    spec.inputs = texts_of(*inputs, path + "/inputs");
  }
  spec.simulation = read_simulation(value, path);
  return spec;
}

ReplayInstrumentSpec read_replay(const Json& value, const std::string& path) {
  ReplayInstrumentSpec spec;
  read_field(value, "file", path, spec.file);
  read_field(value, "group", path, spec.group);
  read_map(value, "positions", spec.positions);
  read_map(value, "values", spec.values);
  read_map(value, "variances", spec.variances);
  read_field(value, "frames", path, spec.frames);
  read_field(value, "method", path, kMethods, spec.method);
  read_field(value, "neighbours", path, spec.neighbours);
  if (!spec.frames.empty() && spec.method != ReplayMethod::kNearest) {
    throw CodecError(path + "/method: expected \"nearest\" for a table of frames, got " +
                     describe(value.at("method")));
  }
  spec.simulation = read_simulation(value, path);
  return spec;
}

TangoInstrumentSpec read_tango(const Json& value, const std::string& path) {
  TangoInstrumentSpec spec;
  read_field(value, "device", path, spec.device);
  read_map(value, "parameters", spec.parameters);
  read_map(value, "observables", spec.observables);
  read_map(value, "variances", spec.variances);
  read_field(value, "image", path, spec.image);
  if (const Json* geometry = find_member(value, "geometry", path)) {
    spec.geometry = geometry_from_json(*geometry, path + "/geometry");
  } else if (!spec.image.empty()) {
    throw CodecError(path + ": expected the key \"geometry\" beside \"image\", got " +
                     describe(value));
  }
  if (spec.image.empty() == spec.observables.empty()) {
    throw CodecError(path + ": expected either \"observables\" or \"image\", got " +
                     (spec.image.empty() ? "neither" : "both"));
  }
  read_field(value, "saturation", path, spec.saturation);
  read_field(value, "exposure", path, spec.exposure);
  read_field(value, "trigger", path, spec.trigger);
  read_field(value, "abort", path, spec.abort);
  read_field(value, "wait_while_moving", path, spec.wait_while_moving);
  if (const Json* limits = find_member(value, "limits", path)) {
    for (const auto& [name, range] : limits->items()) {
      spec.limits[name] = read_range(range, join_path(path + "/limits", name));
    }
  }
  read_map(value, "tolerance", spec.tolerance);
  read_field(value, "deadline_s", path, spec.deadline_s);
  read_field(value, "call_timeout_s", path, spec.call_timeout_s);
  return spec;
}

ProcessInstrumentSpec read_process(const Json& value, const std::string& path) {
  ProcessInstrumentSpec spec;
  read_field(value, "address", path, spec.address);
  if (const Json* command = find_member(value, "command", path)) {
    spec.command = texts_of(*command, path + "/command");
  }
  if (spec.address.empty() == spec.command.empty()) {
    throw CodecError(path + ": expected either \"address\" or \"command\", got " +
                     (spec.address.empty() ? "neither" : "both"));
  }
  read_field(value, "reconnect_s", path, spec.reconnect_s);
  read_field(value, "answer_timeout_s", path, spec.answer_timeout_s);
  return spec;
}

struct InstrumentWriter {
  Json operator()(const SimulatorInstrumentSpec& spec) const {
    Json value = {{"adapter", "simulator"},
                  {"sample", spec.composed ? json_from_sample(*spec.composed) : Json(spec.sample)},
                  {"sample_seed", json_of_seed(spec.sample_seed, "/instrument/sample_seed")},
                  {"detector", spec.detector}};
    if (spec.beamline) {
      value["beamline"] = json_from_beamline(*spec.beamline);
    }
    if (spec.flux) {
      value["flux"] = *spec.flux;
    }
    write_simulation(spec.simulation, value);
    return value;
  }

  Json operator()(const FunctionInstrumentSpec& spec) const {
    Json value = {
        {"adapter", "function"}, {"function", spec.function}, {"noise_sd", spec.noise_sd}};
    if (!spec.inputs.empty()) {
      value["inputs"] = spec.inputs;
    }
    write_simulation(spec.simulation, value);
    return value;
  }

  Json operator()(const ReplayInstrumentSpec& spec) const {
    Json value = {{"adapter", "replay"},
                  {"file", spec.file},
                  {"group", spec.group},
                  {"positions", Json(spec.positions)},
                  {"values", Json(spec.values)},
                  {"variances", Json(spec.variances)},
                  {"method", name_of(kMethods, spec.method)},
                  {"neighbours", spec.neighbours}};
    write_text(value, "frames", spec.frames);
    write_simulation(spec.simulation, value);
    return value;
  }

  Json operator()(const TangoInstrumentSpec& spec) const {
    Json value = {{"adapter", "tango"},
                  {"device", spec.device},
                  {"parameters", Json(spec.parameters)},
                  {"observables", Json(spec.observables)},
                  {"variances", Json(spec.variances)},
                  {"saturation", spec.saturation},
                  {"wait_while_moving", spec.wait_while_moving},
                  {"tolerance", Json(spec.tolerance)},
                  {"deadline_s", spec.deadline_s},
                  {"call_timeout_s", spec.call_timeout_s}};
    write_text(value, "image", spec.image);
    write_text(value, "exposure", spec.exposure);
    write_text(value, "trigger", spec.trigger);
    write_text(value, "abort", spec.abort);
    if (!spec.image.empty()) {
      value["geometry"] = json_from_geometry(spec.geometry);
    }
    Json limits = Json::object();
    for (const auto& [name, range] : spec.limits) {
      limits[name] = Json::array({range.first, range.second});
    }
    value["limits"] = std::move(limits);
    return value;
  }

  Json operator()(const ProcessInstrumentSpec& spec) const {
    Json value = {{"adapter", "process"},
                  {"reconnect_s", spec.reconnect_s},
                  {"answer_timeout_s", spec.answer_timeout_s}};
    write_text(value, "address", spec.address);
    if (!spec.command.empty()) {
      value["command"] = spec.command;
    }
    return value;
  }

  Json operator()(const RegisteredInstrumentSpec& spec) const {
    return {{"adapter", "registered"}, {"name", spec.name}};
  }
};

}  // namespace

InstrumentSpec instrument_from_json(const Json& value, const std::string& path) {
  require_valid("instrument", value, path);
  const std::string adapter = value.at("adapter").get<std::string>();
  if (adapter == "simulator") {
    return {read_simulator(value, path)};
  }
  if (adapter == "function") {
    return {read_function(value, path)};
  }
  if (adapter == "replay") {
    return {read_replay(value, path)};
  }
  if (adapter == "tango") {
    return {read_tango(value, path)};
  }
  if (adapter == "process") {
    return {read_process(value, path)};
  }
  return {RegisteredInstrumentSpec{value.at("name").get<std::string>()}};
}

Json json_from_instrument(const InstrumentSpec& instrument) {
  return std::visit(InstrumentWriter{}, instrument.settings);
}

scattering::Geometry geometry_from_json(const Json& value, const std::string& path) {
  require_valid("geometry", value, path);
  scattering::Geometry geometry;
  read_field(value, "dist", path, geometry.dist);
  read_field(value, "poni1", path, geometry.poni1);
  read_field(value, "poni2", path, geometry.poni2);
  read_field(value, "rot1", path, geometry.rot1);
  read_field(value, "rot2", path, geometry.rot2);
  read_field(value, "rot3", path, geometry.rot3);
  read_field(value, "wavelength", path, geometry.wavelength);
  read_field(value, "pixel1", path, geometry.pixel1);
  read_field(value, "pixel2", path, geometry.pixel2);
  return geometry;
}

Json json_from_geometry(const scattering::Geometry& geometry) {
  return {{"dist", geometry.dist},
          {"poni1", geometry.poni1},
          {"poni2", geometry.poni2},
          {"rot1", geometry.rot1},
          {"rot2", geometry.rot2},
          {"rot3", geometry.rot3},
          {"wavelength", geometry.wavelength},
          {"pixel1", geometry.pixel1},
          {"pixel2", geometry.pixel2}};
}

}  // namespace foray::codec
