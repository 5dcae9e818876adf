#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "campaign_check.h"
#include "checker.h"
#include "foray/codec/campaign_json.h"
#include "parameter_codec.h"

namespace foray::codec {
namespace {

// The named values that an instrument answers with; nothing where only the instrument knows.
std::optional<Names> value_names(const InstrumentSpec& instrument) {
  const auto keys = [](const auto& by_name) {
    Names names;
    for (const auto& [name, unused] : by_name) names.push_back(name);
    return names;
  };
  if (std::holds_alternative<FunctionInstrumentSpec>(instrument.settings)) return Names{"f"};
  if (const auto* replay = std::get_if<ReplayInstrumentSpec>(&instrument.settings))
    if (replay->frames.empty() && !replay->values.empty()) return keys(replay->values);
  if (const auto* tango = std::get_if<TangoInstrumentSpec>(&instrument.settings))
    if (tango->image.empty() && !tango->observables.empty()) return keys(tango->observables);
  return std::nullopt;
}

}  // namespace

void require_given_values(const CampaignFile& file, const std::string& path) {
  const std::string value = "value:";
  const std::optional<Names> known = value_names(file.instrument);
  if (!known) return;
  const Json none;
  Checker checker(none, path);
  const auto check = [&](const std::string& name, const std::string& where) {
    checker.require_known(name, *known, where, "a value that the instrument gives");
  };
  const campaign::CampaignSpec& spec = file.campaign;
  for (std::size_t i = 0; i < spec.observables.size(); ++i) {
    const std::string& from = spec.observables[i].spec.from;
    if (from.rfind(value, 0) == 0)
      check(from.substr(value.size()), join_path("/observables", i) + "/from");
  }
  for (std::size_t i = 0; i < spec.parameters.size(); ++i) {
    const std::string& from = spec.parameters[i].from;
    if (!from.empty()) check(from, place_of(spec.parameters, i) + "/from");
  }
  std::vector<std::string> problems = checker.take();
  if (!problems.empty()) throw CodecError(std::move(problems));
}

std::vector<std::string> check_instrument(const CampaignFile& file, const std::string& path) {
  const Json none;
  Checker checker(none, path);
  const Names parameters = parameter_names(file.campaign);
  const auto check_map = [&](const auto& by_parameter, const std::string& where) {
    for (const auto& [name, unused] : by_parameter) {
      checker.require_known(name, parameters,
                            join_path("/instrument" + where, std::string_view(name)),
                            "a parameter");
    }
  };
  const auto check_simulation = [&](const SimulationSpec& simulation) {
    check_map(simulation.speed, "/speed");
    check_map(simulation.faults.read_back_offset, "/faults/read_back_offset");
    check_map(simulation.faults.drift_per_hour, "/faults/drift_per_hour");
  };
  if (const auto* simulator = std::get_if<SimulatorInstrumentSpec>(&file.instrument.settings)) {
    check_simulation(simulator->simulation);
  } else if (const auto* function =
                 std::get_if<FunctionInstrumentSpec>(&file.instrument.settings)) {
    check_simulation(function->simulation);
    for (std::size_t i = 0; i < function->inputs.size(); ++i) {
      checker.require_known(function->inputs[i], parameters, join_path("/instrument/inputs", i),
                            "a parameter");
    }
  } else if (const auto* replay = std::get_if<ReplayInstrumentSpec>(&file.instrument.settings)) {
    check_simulation(replay->simulation);
    check_map(replay->positions, "/positions");
  } else if (const auto* tango = std::get_if<TangoInstrumentSpec>(&file.instrument.settings)) {
    check_map(tango->parameters, "/parameters");
    check_map(tango->limits, "/limits");
    check_map(tango->tolerance, "/tolerance");
  }
  return checker.take();
}

}  // namespace foray::codec
