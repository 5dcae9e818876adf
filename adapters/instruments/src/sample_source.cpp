#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "foray/common/check.h"
#include "foray/common/random.h"
#include "foray/instruments/measurement_source.h"
#include "foray/simulator/frame_maker.h"
#include "foray/simulator/sample_library.h"
#include "named_position.h"

namespace foray::instruments {
namespace {

simulator::Beamline beamline_of(const codec::SimulatorInstrumentSpec& spec) {
  require(spec.detector == "demo",
          "simulated instrument: expected the detector demo, got " + spec.detector);
  simulator::Beamline beamline = simulator::demo_beamline();
  if (spec.flux) {
    beamline.flux = *spec.flux;
  }
  return beamline;
}

simulator::Beamline without_beam(simulator::Beamline beamline) {
  beamline.flux = 0;
  return beamline;
}

class SampleSource final : public MeasurementSource {
 public:
  SampleSource(std::string name, std::unique_ptr<simulator::SampleLibrary> library,
               const simulator::Beamline& beamline)
      : name_(std::move(name)),
        library_(std::move(library)),
        coordinates_(library_->coordinates()),
        maker_(beamline),
        dark_maker_(without_beam(beamline)) {}

  [[nodiscard]] std::string description() const override { return "simulated " + name_; }

  [[nodiscard]] SourceReading read(const SourceRequest& request) const override {
    const Eigen::VectorXd at =
        pick(request.names, request.position, coordinates_, "sample " + name_);
    const simulator::FrameMaker& maker = request.beam ? maker_ : dark_maker_;
    return {maker
                .make(library_->scene(at), request.exposure_s, derive_seed(request.seed, "frames"),
                      static_cast<std::uint64_t>(request.id))
                .frame,
            {}};
  }

 private:
  std::string name_;
  std::unique_ptr<simulator::SampleLibrary> library_;
  std::vector<std::string> coordinates_;
  simulator::FrameMaker maker_;
  simulator::FrameMaker dark_maker_;
};

}  // namespace

std::unique_ptr<MeasurementSource> make_sample_source(const codec::SimulatorInstrumentSpec& spec) {
  return std::make_unique<SampleSource>(
      spec.sample, simulator::make_sample_library(spec.sample, spec.sample_seed),
      beamline_of(spec));
}

}  // namespace foray::instruments
