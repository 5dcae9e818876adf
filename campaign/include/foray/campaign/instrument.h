#pragma once

#include <Eigen/Core>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "foray/scattering/measurement.h"

namespace foray::campaign {

/// Identifies a request to measure; unique in a campaign, also across resumes.
using MeasurementId = std::int64_t;

/// What the campaign asks an instrument for.
struct MeasureRequest {
  MeasurementId id = 0;
  std::vector<std::string> names;  ///< parameter names, exposure included.
  Eigen::VectorXd position;        ///< one value a name, in the parameters' units.
  double exposure_s = 1.0;         ///< [s]
  /// Of the names those that are measured and not set: `position` has what was measured last.
  std::vector<std::string> measured = {};
};

/// Why a measurement has no result.
enum class FaultKind {
  kNone,
  kTimeout,       ///< no answer before the deadline; it may still come.
  kDisconnected,  ///< the instrument cannot be reached; nothing was recorded.
  kRefused,       ///< the instrument refused the request (limits, interlock); nothing was measured.
  kBeamLoss,      ///< measured without beam; what was measured is kept, no number is taken from it.
  kSaturated,     ///< detector saturated; likewise.
  kNotFinite,     ///< NaN or infinite value; likewise.
  kMalformed,     ///< the answer could not be understood; its text is kept.
  kAborted,       ///< stopped on request.
};

/// What came back for one request: a measurement or a fault, never both.
struct MeasureResult {
  MeasurementId id = 0;
  FaultKind fault = FaultKind::kNone;
  std::string message;        ///< for people: what happened, with place, expected and actual.
  Eigen::VectorXd read_back;  ///< where it was measured; empty: not reported.
  double motion_s = 0;        ///< seconds of moving and settling.
  double exposure_s = 0;      ///< seconds of exposure.
  std::optional<scattering::Measurement>
      measurement;       ///< may be present with a fault, for the record.
  double arrived_s = 0;  ///< on the campaign's clock; filled by the campaign when it takes it.
};

/// What an instrument knows of a request, asked after a restart.
enum class RequestState {
  kDone,        ///< it was carried out; poll() delivers (again) its result.
  kNotStarted,  ///< it never reached the hardware; it may be requested again.
  kUnknown,     ///< the instrument cannot tell; the campaign measures again and records the
                ///< possible duplicate.
};

/// Port: an instrument. Owned and called by one thread (the campaign's); implementations do slow
/// work on threads of their own, so that no call here blocks for more than a moment, except poll().
class Instrument {
 public:
  virtual ~Instrument() = default;

  /// Names the instrument for records: "simulated diblock_wedge", "tango test/xr/1".
  [[nodiscard]] virtual std::string description() const = 0;

  /// Accepts a request to move and measure. Results arrive through poll(), in any order.
  virtual void submit(const MeasureRequest& request) = 0;

  /// Waits up to `timeout` for a result. Results of requests that the campaign no longer waits for
  /// (late after a timeout) are delivered too; the campaign records them.
  virtual std::optional<MeasureResult> poll(std::chrono::milliseconds timeout) = 0;

  /// Whether it is where its last result says although the program was started anew, and counts
  /// its next motion from there: it kept a log of its own, or went on by itself. Asked when a
  /// campaign is taken up again. The default: it cannot tell.
  [[nodiscard]] virtual bool kept_its_place() const { return false; }

  /// What became of a request made before a restart.
  virtual RequestState outcome(MeasurementId id) = 0;

  /// Stops motion and exposure as soon as possible and forgets what was submitted.
  virtual void abort() = 0;
};

}  // namespace foray::campaign
