#include "fault_draw.h"

#include <algorithm>
#include <limits>
#include <string>
#include <variant>

#include "foray/common/random.h"

namespace foray::instruments {
namespace {

using campaign::FaultKind;
using campaign::MeasureResult;

void saturate(MeasureResult& result) {
  result.fault = FaultKind::kSaturated;
  result.message = "simulated fault: the detector is saturated";
  if (auto* frame = std::get_if<scattering::Frame>(&*result.measurement)) {
    // The brightest pixels stand at the counter's end, as they do when a beam is too strong.
    const double end = frame->saturation > 0 ? frame->saturation : frame->counts.maxCoeff() + 1;
    const double bright = 0.5 * frame->counts.maxCoeff();
    frame->counts = (frame->counts >= bright).select(end, frame->counts);
    frame->saturation = end;
  }
}

void poison(MeasureResult& result) {
  result.fault = FaultKind::kNotFinite;
  if (auto* frame = std::get_if<scattering::Frame>(&*result.measurement)) {
    const Eigen::Index row = frame->counts.rows() / 2;
    const Eigen::Index column = frame->counts.cols() / 2;
    frame->counts(row, column) = std::numeric_limits<double>::quiet_NaN();
    result.message = "simulated fault: pixel (" + std::to_string(row) + ", " +
                     std::to_string(column) + "): expected a number, got NaN";
  } else {
    result.measurement.reset();  // there is nothing beside the NaN to keep
    result.message = "simulated fault: expected a number, got NaN";
  }
}

}  // namespace

FaultDraw draw_faults(const codec::FaultSpec& faults, std::uint64_t seed,
                      campaign::MeasurementId id) {
  CounterStream stream(derive_seed(seed, "faults"), static_cast<std::uint64_t>(id));
  // Braces evaluate in order: one draw each, whatever the chances.
  return {stream.uniform() < faults.refused,   stream.uniform() < faults.lost,
          stream.uniform() < faults.late,      stream.uniform() < faults.beam_off,
          stream.uniform() < faults.saturated, stream.uniform() < faults.wrong,
          stream.uniform() < faults.not_finite};
}

void apply_faults(const FaultDraw& draw, campaign::MeasureResult& result) {
  if (draw.wrong) {
    result.fault = FaultKind::kMalformed;
    result.message = "simulated fault: expected a measurement, got \"#%&!?\"";
    result.measurement.reset();
  } else if (draw.beam_off) {
    result.fault = FaultKind::kBeamLoss;
    result.message = "simulated fault: no beam";
  } else if (draw.not_finite) {
    poison(result);
  } else if (draw.saturated) {
    saturate(result);
  }
}

}  // namespace foray::instruments
