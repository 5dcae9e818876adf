// Campaigns against instruments as they are: faulty, slow, in a process that is killed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "campaign_bench.h"
#include "child.h"
#include "foray/instruments/measurement_source.h"
#include "helpers.h"

namespace foray::instruments {
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

// The acceptance campaign: an instrument in a process of its own with seconds of latency (here a
// thousand times faster), answers out of order, a read-back offset, drift and beam loss, two
// proposals in flight, killed on either side in turn.
TEST(CampaignOnInstruments, SurvivesDeathOnEitherSideOfAnInstrumentInAProcess) {
  const TemporaryFolder folder;
  const std::string address = "unix:" + (folder.path() / "socket").string();
  const std::string budget =
      R"("budget": {"measurements": 24}, "in_flight": 2, "decision_budget_s": 5,
         "timeouts": {"measurement_s": 20, "consecutive_faults": 100})";
  const std::filesystem::path served = folder.write(
      "instrument.json",
      campaign_text(R"({"adapter": "function", "function": "branin", "noise_sd": 1, "seed": 3,
        "time": "real", "time_scale": 0.001, "latency_s": 3, "log_file": ")" +
                        (folder.path() / "log").string() + R"(",
        "faults": {"late": 0.3, "late_s": 8, "beam_off": 0.1, "read_back_offset": {"x": 0.1},
                   "drift_per_hour": {"y": 0.01}}})",
                    budget));
  CampaignBench bench(campaign_text(R"({"adapter": "process", "address": ")" + address +
                                        R"(", "reconnect_s": 0.01, "answer_timeout_s": 20})",
                                    budget));
  Child server;
  const auto start = [&] { server.start({FORAY_INSTRUMENT_PROCESS, address, served.string()}); };
  start();
  std::set<campaign::MeasurementId> seen;
  bench.on_entry = [&](const campaign::JournalEntry& entry, campaign::Campaign* campaign) {
    const auto* requested = std::get_if<campaign::MeasureRequested>(&entry.record);
    if (requested == nullptr || !seen.insert(requested->id).second) {
      return;
    }
    if (seen.size() % 6 == 2) {  // the instrument dies
      server.kill_now();
      start();
    } else if (seen.size() % 6 == 5) {  // the campaign's side goes away
      campaign->leave();
    }
  };
  CampaignState state = CampaignState::kRunning;
  int lives = 0;
  while (state == CampaignState::kRunning && lives < 50) {
    state = bench.run();
    ++lives;
  }
  EXPECT_EQ(state, CampaignState::kFinished);
  EXPECT_GE(lives, 3);
  std::int64_t scored = 0;
  for (const MeasurementView& measurement : bench.view().measurements()) {
    scored += measurement.state == MeasurementState::kScored ? 1 : 0;
    EXPECT_TRUE(measurement.state == MeasurementState::kScored ||
                measurement.state == MeasurementState::kFailed ||
                bench.view().scored().size() >= 24U);
  }
  EXPECT_GE(scored, 24);
  // Drift moves the sample by up to 0.01 an hour of the instrument's clock, so values are compared
  // with the function within what that can change, not bit for bit; the noise is the id's.
  for (const campaign::MeasurementId id : bench.view().scored()) {
    const MeasurementView& measurement = bench.view().measurement(id);
    const auto source = make_function_source({.noise_sd = 1}, {"x", "y"});
    const auto reading = source->read({id, {"x", "y"}, measurement.position, 1, 3, true});
    EXPECT_NEAR(measurement.observables[0].value,
                std::get<scattering::Values>(reading.measurement)[0].value, 5)
        << id;
  }
}

}  // namespace
}  // namespace foray::instruments
