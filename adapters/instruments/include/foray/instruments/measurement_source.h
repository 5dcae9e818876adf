#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "foray/campaign/instrument.h"
#include "foray/codec/instrument_spec.h"

namespace foray::instruments {

/// Where and how a source is asked to measure.
struct SourceRequest {
  campaign::MeasurementId id = 0;
  std::vector<std::string> names;  ///< parameter names.
  Eigen::VectorXd position;        ///< where the sample really stands, one value a name.
  double exposure_s = 1;           ///< [s]
  std::uint64_t seed = 0;          ///< of the noise; with `id` it names the random stream.
  bool beam = true;                ///< false: nothing arrives at the sample.
};

/// What a source measured, and where when that is not where it was asked to (a table's row).
struct SourceReading {
  scattering::Measurement measurement;
  Eigen::VectorXd position;  ///< one value a name; empty: where it was asked to.
};

/// What a simulated instrument looks at. Deterministic: the same request has the same reading,
/// whatever was measured before. Const methods may be called concurrently.
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
/// @throws std::invalid_argument naming the samples or detectors that exist.
std::unique_ptr<MeasurementSource> make_sample_source(const codec::SimulatorInstrumentSpec& spec);

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
