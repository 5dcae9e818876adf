// Campaigns against instruments as they are: faulty and slow. (The one in a process that is killed:
// tests/app/acceptance_test.py.)

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "campaign_bench.h"
#include "foray/instruments/measurement_source.h"
#include "helpers.h"

namespace foray::instruments::campaign_test {
namespace {

using campaign::CampaignState;
using campaign::MeasurementState;
using campaign::MeasurementView;

std::string campaign_text(const std::string& instrument, const std::string& more) {
  return R"({"seed": 5, "parameters": [
      {"name": "x", "range": [-5, 10], "speed": 3}, {"name": "y", "range": [0, 15], "speed": 3}],
    "instrument": )" +
         instrument + R"(, "observables": [{"name": "f", "from": "value:f"}],
    "objective": {"kind": "minimise", "observable": "f"}, )" +
         more + "}";
}

// Whether a measurement's value is the function's at its read-back position, noise from its id.
void expect_true_value(const MeasurementView& measurement, double noise_sd, std::uint64_t seed) {
  const auto source =
      make_function_source({.function = "branin", .noise_sd = noise_sd}, {"x", "y"});
  const auto reading =
      source->read({measurement.id, {"x", "y"}, measurement.position, 1, seed, true});
  ASSERT_EQ(measurement.observables.size(), 1U);
  EXPECT_EQ(measurement.observables[0].value,
            std::get<scattering::Values>(reading.measurement)[0].value)
      << measurement.id;
}

TEST(CampaignOnInstruments, UsesItsBudgetThoughTheInstrumentHasEveryFault) {
  CampaignBench bench(
      campaign_text(R"({"adapter": "function", "function": "branin", "noise_sd": 1, "seed": 9,
        "latency_s": 2, "settle_s": 0.5,
        "faults": {"late": 0.1, "late_s": 100, "lost": 0.05, "wrong": 0.05, "saturated": 0.05,
                   "beam_off": 0.05, "not_finite": 0.05, "refused": 0.05,
                   "read_back_offset": {"x": 0.1}}})",
                    R"("budget": {"measurements": 30}, "in_flight": 2,
                       "timeouts": {"measurement_s": 60, "consecutive_faults": 100})"),
      true);
  EXPECT_EQ(bench.run(), CampaignState::kFinished);
  std::set<campaign::FaultKind> faults;
  std::int64_t scored = 0;
  for (const MeasurementView& measurement : bench.view().measurements()) {
    if (measurement.state == MeasurementState::kScored) {
      ++scored;
      expect_true_value(measurement, 1, 9);
    } else {
      faults.insert(measurement.fault);
    }
  }
  EXPECT_GE(scored, 30);
  EXPECT_GE(faults.size(), 4U);
}

}  // namespace
}  // namespace foray::instruments::campaign_test
