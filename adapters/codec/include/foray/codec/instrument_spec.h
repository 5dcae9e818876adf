#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "foray/scattering/geometry.h"
#include "foray/simulator/beamline_spec.h"
#include "foray/simulator/sample_spec.h"

namespace foray::codec {

/// Faults that a simulated instrument can be made to have. Chances are per measurement and drawn
/// from (seed, measurement id), so they do not depend on the order of measurements.
struct FaultSpec {
  double late = 0;        ///< chance of an answer `late_s` later than it should come, in [0, 1].
  double late_s = 30;     ///< how much later [s], > 0; later answers overtake it.
  double lost = 0;        ///< chance of no answer at all, in [0, 1].
  double wrong = 0;       ///< chance of an answer that cannot be understood, in [0, 1].
  double saturated = 0;   ///< chance of a saturated detector, in [0, 1].
  double beam_off = 0;    ///< chance that a measurement meets no beam, in [0, 1].
  double not_finite = 0;  ///< chance of a NaN among the data, in [0, 1].
  double refused = 0;     ///< chance that the request is refused, in [0, 1].
  /// Every measurement that starts between these two times has no beam [s on the instrument's
  /// clock]; the same time twice: never.
  double beam_off_from_s = 0;
  double beam_off_until_s = 0;
  /// Added to the position that is reached and reported, by parameter, in its unit.
  std::map<std::string, double> read_back_offset = {};
  /// Drift of where the sample stands, by parameter, in its unit an hour; not reported.
  std::map<std::string, double> drift_per_hour = {};
};

/// How the time of a simulated instrument passes.
enum class InstrumentTime {
  kSimulated,  ///< a measurement takes no longer than computing it; its seconds are counted.
  kReal,       ///< a measurement takes its motion, exposure and latency (times `time_scale`).
};

/// What all simulated instruments share.
struct SimulationSpec {
  std::uint64_t seed = 1;  ///< of noise and faults.
  InstrumentTime time = InstrumentTime::kSimulated;
  double time_scale = 1;  ///< real seconds a simulated second when time is real, > 0.
  double latency_s = 0;   ///< between the end of an exposure and its answer [s], >= 0.
  /// Units per second by parameter; parameters without one move at once. The campaign's speeds are
  /// used where this is empty.
  std::map<std::string, double> speed = {};
  double settle_s = 0;  ///< after each move [s], >= 0.
  /// Seconds besides the exposure, by parameter and its value: the campaign's, not in files.
  std::map<std::string, std::map<double, double>> way_s = {};
  FaultSpec faults = {};
  std::string log_file = {};  ///< what was done, kept for outcome() after a restart; "" for none.
};

/// The scattering simulator as an instrument: frames of a sample library.
struct SimulatorInstrumentSpec {
  /// Name of a sample library, or a file ("*.json") that holds one; a relative name starts at the
  /// campaign file. Not used where `composed` is given.
  std::string sample = "film_library";
  std::optional<simulator::SampleSpec> composed = {};  ///< a sample that the campaign describes.
  std::uint64_t sample_seed = 1;                       ///< its hidden structure.
  std::string detector = "demo";                       ///< name of the beamline: "demo".
  /// Another beamline; absent: that of the sample's file, or else the demo's.
  std::optional<simulator::BeamlineSpec> beamline = {};
  std::optional<double> flux = {};  ///< photons a second instead of the beamline's.
  SimulationSpec simulation = {};
};

/// A cheap function as an instrument that answers with the value "f".
struct FunctionInstrumentSpec {
  std::string function = "branin";  ///< "branin", "ackley", "hartmann6", "sphere", "step".
  double noise_sd = 0;              ///< standard deviation of the noise at 1 s exposure, >= 0.
  /// Parameters in the order of the function; empty: the axes of the campaign.
  std::vector<std::string> inputs = {};
  SimulationSpec simulation = {};
};

/// How a table answers between its rows.
enum class ReplayMethod {
  kNearest,          ///< the nearest row, and its position as the read-back.
  kInverseDistance,  ///< mean of `neighbours` rows weighted with 1 / distance^2.
  kLocalLinear,      ///< plane fitted to `neighbours` rows, weighted with their distance.
};

/// A table of positions and values, or of positions and frame files, as an instrument.
struct ReplayInstrumentSpec {
  /// CSV (".csv", ".tsv", ".txt", ".dat") or HDF5 (".h5", ".nxs" ...); a relative name starts at
  /// the campaign file.
  std::string file = {};
  std::string group = "/";  ///< HDF5: where the columns are.
  /// Column of each parameter; one that is not named has the column of its own name.
  std::map<std::string, std::string> positions = {};
  /// Column of each value; empty: every column that is neither position nor variance.
  std::map<std::string, std::string> values = {};
  /// Column of each value's variance; default: the value's column with "_variance", else 0.
  std::map<std::string, std::string> variances = {};
  std::string frames = {};  ///< column of frame files, instead of values; "" for none.
  ReplayMethod method = ReplayMethod::kNearest;
  int neighbours = 8;  ///< of the interpolating methods, >= 1.
  SimulationSpec simulation = {};
};

/// Attributes of a Tango device as parameters and observables.
struct TangoInstrumentSpec {
  std::string device = {};  ///< "sys/tg_test/1" or "tango://host:port/sys/tg_test/1#dbase=no".
  /// Attribute of each parameter: "ATTRIBUTE" of the device, or "DEVICE/ATTRIBUTE" of another.
  std::map<std::string, std::string> parameters = {};
  std::map<std::string, std::string> observables = {};  ///< attribute of each value, likewise.
  std::map<std::string, double> variances = {};         ///< constant, of each value; default 0.
  std::string image = {};              ///< attribute of the detector image; "" for none.
  scattering::Geometry geometry = {};  ///< of the image.
  double saturation = 0;               ///< counts of the image; 0: not known.
  std::string exposure = {};           ///< attribute that takes the exposure [s]; "" for none.
  std::string trigger = {};            ///< command that starts an exposure; "" for none.
  std::string abort = {};              ///< command that stops motion and exposure; "" for none.
  bool wait_while_moving = true;       ///< wait until none of the devices is MOVING.
  /// Hard limits by parameter, checked before anything is written; the device's own come on top.
  std::map<std::string, std::pair<double, double>> limits = {};
  /// Largest |read-back - set| of each parameter, in its unit; default: any.
  std::map<std::string, double> tolerance = {};
  double deadline_s = 60;     ///< for one measurement [s], > 0.
  double call_timeout_s = 3;  ///< for one call to the device [s], > 0.
};

/// An instrument in a process of its own.
struct ProcessInstrumentSpec {
  std::string address = {};  ///< "unix:PATH" or "tcp:127.0.0.1:PORT"; "": use `command`.
  std::vector<std::string> command = {};  ///< program and arguments, talked to by its pipes.
  double reconnect_s = 0.5;               ///< pause between attempts to reach it [s], > 0.
  double answer_timeout_s = 5;            ///< for what it should answer at once [s], > 0.
};

/// A client of the service that registered itself as the instrument.
struct RegisteredInstrumentSpec {
  std::string name = {};  ///< as given to instrument.register.
};

/// The `instrument` of a campaign file.
struct InstrumentSpec {
  std::variant<SimulatorInstrumentSpec, FunctionInstrumentSpec, ReplayInstrumentSpec,
               TangoInstrumentSpec, ProcessInstrumentSpec, RegisteredInstrumentSpec>
      settings;
};

/// The `scorer` of a campaign file.
struct ScorerSpec {
  std::string classifier = "builtin";  ///< "builtin", "none", or a file of weights.
  std::string reduce = "auto";         ///< "auto" (as the class asks), "azimuthal" or "none".
};

}  // namespace foray::codec
