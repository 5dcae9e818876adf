#include "foray/instruments/factory.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "foray/common/check.h"
#include "foray/instruments/process_instrument.h"
#include "foray/instruments/simulated_instrument.h"
#include "foray/instruments/tango_instrument.h"

namespace foray::instruments {
namespace {

// Parameters that an answer depends on; exposures are no place, and what is measured is not set.
std::vector<std::string> axes(const campaign::CampaignSpec& spec) {
  std::vector<std::string> names;
  for (const optimizer::Parameter& parameter : spec.parameters) {
    if (parameter.role == optimizer::ParameterRole::kAxis ||
        parameter.role == optimizer::ParameterRole::kFidelity) {
      names.push_back(parameter.name);
    }
  }
  return names;
}

codec::SimulationSpec complete(codec::SimulationSpec simulation, const campaign::CampaignSpec& spec,
                               const std::filesystem::path& folder) {
  for (const optimizer::Parameter& parameter : spec.parameters) {
    for (std::size_t i = 0; i < parameter.seconds.size(); ++i) {
      const double value = parameter.values.empty() ? static_cast<double>(i) : parameter.values[i];
      simulation.way_s[parameter.name][value] = parameter.seconds[i];
    }
  }
  if (simulation.speed.empty()) {
    for (const optimizer::Parameter& parameter : spec.parameters) {
      if (parameter.speed > 0) {
        simulation.speed[parameter.name] = parameter.speed;
      }
      simulation.settle_s = std::max(simulation.settle_s, parameter.settle_s);
    }
  }
  if (!simulation.log_file.empty()) {
    simulation.log_file = (folder / simulation.log_file).string();
  }
  return simulation;
}

struct Maker {
  const campaign::CampaignSpec& campaign;
  const InstrumentContext& context;

  using Made = std::unique_ptr<campaign::Instrument>;

  [[nodiscard]] const std::filesystem::path& inputs() const {
    return context.inputs.empty() ? context.folder : context.inputs;
  }

  [[nodiscard]] Made simulated(std::unique_ptr<MeasurementSource> source,
                               const codec::SimulationSpec& simulation) const {
    return std::make_unique<SimulatedInstrument>(
        std::move(source), complete(simulation, campaign, context.folder), context.clock);
  }

  Made operator()(const codec::SimulatorInstrumentSpec& spec) const {
    SimulatedLab lab = make_simulated_lab(spec, inputs());
    for (const simulator::SampleCoordinate& one : lab.coordinates) {
      const bool set = std::any_of(
          campaign.parameters.begin(), campaign.parameters.end(),
          [&one](const optimizer::Parameter& parameter) { return parameter.name == one.name; });
      require(set || one.value || one.from != simulator::SampleCoordinate::From::kParameter,
              "simulated instrument: expected the parameter " + one.name + ", which the sample " +
                  lab.name + " depends on, got none");
    }
    return simulated(make_source_of_lab(std::move(lab)), spec.simulation);
  }

  Made operator()(const codec::FunctionInstrumentSpec& spec) const {
    return simulated(make_function_source(spec, spec.inputs.empty() ? axes(campaign) : spec.inputs),
                     spec.simulation);
  }

  Made operator()(const codec::ReplayInstrumentSpec& spec) const {
    return simulated(make_replay_source(spec, axes(campaign), inputs(), context.reader),
                     spec.simulation);
  }

  Made operator()(const codec::TangoInstrumentSpec& spec) const {
    for (const optimizer::Parameter& parameter : campaign.parameters) {
      // Of those that are measured what a value of the measurement says needs no attribute.
      require(!optimizer::is_coordinate(parameter) || !parameter.from.empty() ||
                  parameter.elapsed_unit_s > 0 || spec.parameters.contains(parameter.name),
              "tango instrument: expected an attribute for the parameter " + parameter.name +
                  ", got none");
    }
    return std::make_unique<TangoInstrument>(spec);
  }

  Made operator()(const codec::ProcessInstrumentSpec& spec) const {
    return std::make_unique<ProcessInstrument>(spec);
  }

  Made operator()(const codec::RegisteredInstrumentSpec& spec) const {
    throw std::invalid_argument("instrument \"" + spec.name +
                                "\": expected a running service (foray serve), which registered "
                                "instruments belong to");
  }
};

}  // namespace

std::unique_ptr<campaign::Instrument> make_instrument(const codec::CampaignFile& file,
                                                      const InstrumentContext& context) {
  return std::visit(Maker{file.campaign, context}, file.instrument.settings);
}

}  // namespace foray::instruments
