#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "foray/codec/sample_codec.h"
#include "foray/common/check.h"
#include "foray/common/random.h"
#include "foray/instruments/measurement_source.h"
#include "foray/simulator/composed_library.h"
#include "foray/simulator/frame_maker.h"
#include "named_position.h"

namespace foray::instruments {
namespace {

using simulator::SampleCoordinate;

codec::SampleFile read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream) {
    throw std::runtime_error(file.string() + ": expected a sample's file that can be read");
  }
  try {
    return codec::read_sample_file(text);
  } catch (const codec::CodecError& error) {
    throw std::invalid_argument(file.string() + ": " + error.what());
  }
}

simulator::Beamline without_beam(simulator::Beamline beamline) {
  beamline.flux = 0;
  return beamline;
}

using Names = std::vector<std::string>;

class SampleSource final : public MeasurementSource {
 public:
  explicit SampleSource(SimulatedLab lab)
      : lab_(std::move(lab)), maker_(lab_.beamline), dark_maker_(without_beam(lab_.beamline)) {}

  [[nodiscard]] std::string description() const override { return "simulated " + lab_.name; }

  [[nodiscard]] SourceReading read(const SourceRequest& request) const override {
    const simulator::FrameMaker& maker = request.beam ? maker_ : dark_maker_;
    return {maker
                .make(lab_.library->scene(place(request)), request.exposure_s,
                      derive_seed(request.seed, "frames"), static_cast<std::uint64_t>(request.id))
                .frame,
            {}};
  }

 private:
  // A parameter's value, or that of the sample where the campaign has no such parameter.
  [[nodiscard]] double value_of(const SampleCoordinate& one, const Names& names,
                                const Eigen::VectorXd& position) const {
    const bool given = std::find(names.begin(), names.end(), one.name) != names.end();
    if (!given && one.value) return *one.value;
    return pick(names, position, {one.name}, "sample " + lab_.name)[0];
  }

  [[nodiscard]] const SampleCoordinate& coordinate(const std::string& name) const {
    const auto found = std::find_if(lab_.coordinates.begin(), lab_.coordinates.end(),
                                    [&](const SampleCoordinate& one) { return one.name == name; });
    ensure(found != lab_.coordinates.end(), "SampleSource: a dose within what is no coordinate");
    return *found;
  }

  // Seconds of beam that a place has had: exposures at which no parameter differed by more.
  [[nodiscard]] double dose_of(const SampleCoordinate& dose, const SourceRequest& request) const {
    double sum = 0;
    for (const EarlierExposure& earlier : request.earlier) {
      const bool same = std::all_of(dose.within.begin(), dose.within.end(), [&](const auto& limit) {
        const SampleCoordinate& one = coordinate(limit.first);
        return std::abs(value_of(one, earlier.names, earlier.position) -
                        value_of(one, request.names, request.position)) <= limit.second;
      });
      sum += same ? earlier.exposure_s : 0;
    }
    return sum;
  }

  [[nodiscard]] double value_of(const SampleCoordinate& one, const SourceRequest& request) const {
    if (one.from == SampleCoordinate::From::kClock) return request.time_s;
    if (one.from == SampleCoordinate::From::kDose) return dose_of(one, request);
    return value_of(one, request.names, request.position);
  }

  [[nodiscard]] Eigen::VectorXd place(const SourceRequest& request) const {
    Eigen::VectorXd at(static_cast<Eigen::Index>(lab_.coordinates.size()));
    for (Eigen::Index i = 0; i < at.size(); ++i) {
      at[i] = value_of(lab_.coordinates[static_cast<std::size_t>(i)], request);
    }
    return at;
  }

  SimulatedLab lab_;
  simulator::FrameMaker maker_;
  simulator::FrameMaker dark_maker_;
};

}  // namespace

SimulatedLab make_simulated_lab(const codec::SimulatorInstrumentSpec& spec,
                                const std::filesystem::path& inputs) {
  require(
      spec.detector == "demo",
      "simulated instrument: expected the detector demo or a \"beamline\", got " + spec.detector);
  std::optional<simulator::SampleSpec> sample = spec.composed;
  std::optional<simulator::BeamlineSpec> beamline = spec.beamline;
  if (!sample && spec.sample.ends_with(".json")) {
    codec::SampleFile file = read_file(inputs / spec.sample);
    sample = std::move(file.sample);
    if (!beamline) beamline = file.beamline;
  }
  SimulatedLab lab;
  if (sample) {
    lab.name = sample->name;
    lab.coordinates = sample->coordinates;
    lab.library = simulator::make_composed_library(*sample, spec.sample_seed);
  } else {
    lab.name = spec.sample;
    lab.library = simulator::make_sample_library(spec.sample, spec.sample_seed);
    for (const std::string& name : lab.library->coordinates()) {
      lab.coordinates.emplace_back().name = name;
    }
  }
  lab.beamline = beamline ? simulator::make_beamline(*beamline) : simulator::demo_beamline();
  if (spec.flux) lab.beamline.flux = *spec.flux;
  return lab;
}

std::unique_ptr<MeasurementSource> make_sample_source(const codec::SimulatorInstrumentSpec& spec,
                                                      const std::filesystem::path& inputs) {
  return make_source_of_lab(make_simulated_lab(spec, inputs));
}

std::unique_ptr<MeasurementSource> make_source_of_lab(SimulatedLab lab) {
  return std::make_unique<SampleSource>(std::move(lab));
}

}  // namespace foray::instruments
