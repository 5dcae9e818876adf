#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "foray/campaign/instrument.h"
#include "foray/codec/instrument_spec.h"
#include "foray/simulator/sample_library.h"

namespace foray::instruments {

/// What the instrument exposed to its beam before.
struct EarlierExposure {
  std::vector<std::string> names;  ///< parameter names.
  Eigen::VectorXd position;        ///< where the sample really stood, one value a name.
  double exposure_s = 0;           ///< [s]
};

/// Where and how a source is asked to measure.
struct SourceRequest {
  campaign::MeasurementId id = 0;
  std::vector<std::string> names;  ///< parameter names.
  Eigen::VectorXd position;        ///< where the sample really stands, one value a name.
  double exposure_s = 1;           ///< [s]
  std::uint64_t seed = 0;          ///< of the noise; with `id` it names the random stream.
  bool beam = true;                ///< false: nothing arrives at the sample.
  double time_s = 0;               ///< on the instrument's clock, when the exposure begins [s].
  /// What began before and had beam; after a restart all of it with a log file only.
  std::vector<EarlierExposure> earlier = {};
};

/// What a source measured, and where when that is not where it was asked to (a table's row).
struct SourceReading {
  scattering::Measurement measurement;
  Eigen::VectorXd position;  ///< one value a name; empty: where it was asked to.
};

/// What a simulated instrument looks at. Deterministic: the same request has the same reading.
/// Const methods may be called concurrently.
class MeasurementSource {
 public:
  virtual ~MeasurementSource() = default;

  /// For records: "simulated film_library".
  [[nodiscard]] virtual std::string description() const = 0;

  /// @throws std::invalid_argument when it cannot measure there (out of range, a parameter that it
  ///         needs is missing); std::runtime_error when the data cannot be read.
  [[nodiscard]] virtual SourceReading read(const SourceRequest& request) const = 0;
};

/// Frames of a sample library, with Poisson noise from the stream (seed, id).
/// @param inputs  where a relative name of a sample's file starts.
/// @throws std::invalid_argument naming the samples or detectors that exist, or what is wrong with
///         a sample; codec::CodecError for a file with mistakes; std::runtime_error for one that
///         cannot be read.
std::unique_ptr<MeasurementSource> make_sample_source(const codec::SimulatorInstrumentSpec& spec,
                                                      const std::filesystem::path& inputs = {});

/// What a simulator's specification means: its sample and its beamline, files read.
struct SimulatedLab {
  std::string name;  ///< of the sample.
  std::unique_ptr<simulator::SampleLibrary> library;
  std::vector<simulator::SampleCoordinate> coordinates;  ///< of the library.
  simulator::Beamline beamline;
};

/// @throws as make_sample_source.
SimulatedLab make_simulated_lab(const codec::SimulatorInstrumentSpec& spec,
                                const std::filesystem::path& inputs = {});

/// The same of a laboratory that is made already.
std::unique_ptr<MeasurementSource> make_source_of_lab(SimulatedLab lab);

/// The value "f" of a test function, with normal noise of standard deviation
/// noise_sd / sqrt(exposure) from the stream (seed, id).
///
/// "branin" (Branin 1972; two inputs, [-5, 10] x [0, 15], minimum 0.397887), "hartmann6" (Hartmann
/// 1973; unit cube, minimum -3.32237), "ackley" (Ackley 1987; any dimension, minimum 0 at 0),
/// "sphere" (sum of squares), "step" (1 where the first input is above the mean of the others, or
/// above 0.5 when alone, else 0).
/// @param inputs  names of the parameters that are its inputs, in order.
/// @throws std::invalid_argument on an unknown function or a wrong number of inputs.
std::unique_ptr<MeasurementSource> make_function_source(const codec::FunctionInstrumentSpec& spec,
                                                        std::vector<std::string> inputs);

/// Value of a test function, as named above.
double test_function(const std::string& name, const Eigen::Ref<const Eigen::VectorXd>& x);

}  // namespace foray::instruments
