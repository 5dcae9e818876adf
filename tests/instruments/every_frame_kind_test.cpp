// Everything that an observable of a frame can come from carries a short campaign to its end, and
// through the loss of its process. The table for what answers with values is in every_kind_test.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "campaign/fakes.h"
#include "campaign_bench.h"
#include "foray/classifier/classifying_scorer.h"
#include "foray/codec/sample_codec.h"
#include "foray/instruments/measurement_source.h"
#include "foray/instruments/simulated_instrument.h"
#include "foray/journal/sqlite_journal.h"
#include "helpers.h"

namespace foray::instruments::every_frame_kind_test {
namespace {

namespace fs = std::filesystem;
using campaign::CampaignState;
using campaign::testing::proposal_bits;
using scattering::ObservableStatus;

struct Row {
  const char* name;
  const char* from;       // Of the observable f.
  const char* more = "";  // Further members of the campaign file, each with a comma before it.
  bool network = false;   // Whether it needs the built-in classifier.
  const char* sample = nullptr;  // What is measured; else kSample.
};

// Along the axis the direction of a textured ring goes round, and beyond 50 it is another
// ring. The second order makes it one of layers.
const char* const kSample = R"json({
  "sample": {
    "coordinates": [{"name": "x", "range": [0, 90]}],
    "phases": [
      {"name": "layers", "fraction": "step(50 - x, 0.5)", "components": [
        {"kind": "ring", "q": "0.04 + 0.0001 * x", "fwhm": 0.004, "intensity": 30,
         "orientation": 0.6, "director_deg": "x"},
        {"kind": "ring", "q": "0.08 + 0.0002 * x", "fwhm": 0.004, "intensity": 6}]},
      {"name": "other", "components": [
        {"kind": "ring", "q": 0.06, "fwhm": 0.004, "intensity": 30, "orientation": 0.4, "director_deg": "90 - x"}]}
    ],
    "background": 0.02
  },
  "beamline": {"detector": "pilatus300k", "binning": 2, "energy_kev": 12.4, "distance_m": 3, "flux": 1e11}
})json";

// Layers everywhere, whose period grows.
const char* const kLayers = R"json({
  "sample": {
    "coordinates": [{"name": "x", "range": [0, 90]}],
    "phases": [{"name": "layers", "components": [
      {"kind": "lattice", "lattice": "lamellar", "spacing": "150 + 0.2 * x", "rings": 3, "domain_nm": 80,
       "intensity": 0.2, "displacement": 5}]}],
    "background": 0.02
  },
  "beamline": {"detector": "pilatus300k", "binning": 2, "energy_kev": 12.4, "distance_m": 3, "flux": 1e11}
})json";

// A surface that grows rougher.
const char* const kRoughSurface = R"json({
  "sample": {
    "coordinates": [{"name": "x", "range": [0, 90]}],
    "surface": {"incidence_deg": 0.25},
    "phases": [{"name": "stack", "components": [
      {"kind": "roughness", "roughness": "3 + 0.05 * x", "length": "200 + x", "hurst": 0.4, "vertical": "complete",
       "films": [{"delta": 9e-6, "beta": 1e-7, "thickness": 90, "roughness": "4 - 0.02 * x"}], "repeats": 3}]}]
  },
  "beamline": {"detector": "pilatus300k", "binning": 2, "energy_kev": 12.4, "distance_m": 2, "flux": 1e11}
})json";

// A monolayer that orders.
const char* const kMonolayer = R"json({
  "sample": {
    "coordinates": [{"name": "x", "range": [0, 90]}],
    "surface": {"incidence_deg": 0.25},
    "phases": [
      {"name": "ordered", "fraction": "step(x - 45, 20)", "components": [
        {"kind": "islands", "shape": "pyramid", "edge": 80, "top_edge": 30, "height": 60, "order": "paracrystal", "distance": "150 + 0.1 * x",
         "angle_deg": 60, "distance_spread": 0.1, "density": 5e-5}]},
      {"name": "halo", "components": [{"kind": "halo", "q": 0.05, "width": 0.02, "intensity": 1}]}
    ]
  },
  "beamline": {"detector": "pilatus300k", "binning": 2, "energy_kev": 12.4, "distance_m": 2, "flux": 1e10}
})json";

const char* const kWatch = R"(, "transitions": {"along": "x"},
    "react": [{"transition": {}, "narrow": {"around": 30}, "densify": {"to": 1, "measurements": 3}}])";

const Row kRows[] = {
    {"symmetry_rotation", "symmetry:rotation/2"},
    {"symmetry_inversion", "symmetry:inversion"},
    {"symmetry_mirror", "symmetry:mirror"},
    {"symmetry_mirror_azimuth", "symmetry:mirror_azimuth"},
    {"orientation", "orientation:order_parameter"},
    {"peak", "peak:first/q"},
    {"lattice", "lattice:lamellar/probability"},
    {"lattice_spacing", "lattice:lamellar/spacing", "", false, kLayers},
    {"curve", "curve:mean_intensity"},
    {"class_of_a_frame", "class:transmission_small_angle/ring", "", true},
    {"novelty", "novelty:score", "", true},
    {"distance_to_a_reference", "distance:reference.h5"},
    {"rough_surface", "curve:mean_intensity", "", false, kRoughSurface},
    {"ordered_islands", "curve:mean_intensity", "", false, kMonolayer},
    {"transition_of_frames", "curve:max_intensity", kWatch},
};

std::string campaign_text(const Row& row, const std::string& sample) {
  return R"({"seed": 5, "parameters": [{"name": "x", "range": [0, 90], "speed": 1}],
    "instrument": {"adapter": "simulator", "sample": ")" +
         sample + R"(", "time": "simulated"},
    "observables": [{"name": "f", "from": ")" +
         row.from + R"("}], "objective": {"kind": "explore", "observable": "f"},
    "initial": 8, "in_flight": 2, "exposure_s": 0.5, "decision_budget_s": 600,
    "budget": {"measurements": 16})" +
         row.more + "}";
}

scattering::Frame frame_at(double x) {
  const codec::SampleFile file = codec::read_sample_file(kSample);
  codec::SimulatorInstrumentSpec spec;
  spec.composed = file.sample;
  spec.beamline = file.beamline;
  SimulatedInstrument instrument(make_sample_source(spec), {});
  Eigen::VectorXd place(1);
  place << x;
  instrument.submit({1, {"x"}, place, 0.5});
  return std::get<scattering::Frame>(*instrument.poll(std::chrono::milliseconds(0))->measurement);
}

std::unique_ptr<scattering::Scorer> scorer_of(const Row& row, const std::string& sha256 = "ab") {
  classifier::ScorerOptions options;
  options.features = std::string(row.more).find("transitions") != std::string::npos;
  options.references["reference.h5"] = {frame_at(20), sha256};
  std::unique_ptr<classifier::Classifier> network;
  if (row.network) network = classifier::builtin_classifier();
  scattering::ObservableSpec spec;
  spec.name = "f";
  spec.from = row.from;
  return std::make_unique<classifier::ClassifyingScorer>(std::move(network), std::vector{spec},
                                                         options);
}

// A campaign that pauses would wait for a person for ever.
void leave_when_paused(CampaignBench& bench) {
  bench.on_entry = [](const campaign::JournalEntry& entry, campaign::Campaign* running) {
    if (const auto* paused = std::get_if<campaign::CampaignPaused>(&entry.record)) {
      ADD_FAILURE() << paused->reason;
      running->leave();
    }
  };
}

class EveryFrameKind : public ::testing::TestWithParam<Row> {};

TEST_P(EveryFrameKind, CarriesACampaignToItsEndAndThroughTheLossOfItsProcess) {
  if (GetParam().network && !classifier::available()) GTEST_SKIP() << "built without LibTorch";
  const TemporaryFolder folder;
  const std::string text = campaign_text(
      GetParam(),
      folder.write("sample.json", GetParam().sample != nullptr ? GetParam().sample : kSample));
  CampaignBench whole(text, true);
  whole.score_with(scorer_of(GetParam()));
  leave_when_paused(whole);
  ASSERT_EQ(whole.run(), CampaignState::kFinished);
  ASSERT_EQ(whole.view().scored().size(), 16U);
  // Most of them are there: an observable that never is says nothing of surviving.
  const auto& ids = whole.view().scored();
  EXPECT_GE(std::count_if(ids.begin(), ids.end(),
                          [&](campaign::MeasurementId id) {
                            return whole.view().measurement(id).observables[0].status ==
                                   ObservableStatus::kPresent;
                          }),
            6);
  EXPECT_EQ(whole.view().reactions().size(), whole.view().spec().react.size());
  const auto entries = whole.journal();
  for (const std::size_t share : {3U, 5U, 6U, 7U}) {
    const auto count = static_cast<std::ptrdiff_t>(entries.size() * share / 8);
    CampaignBench again(
        text, true,
        std::make_unique<campaign::MemoryJournal>(
            std::vector<campaign::JournalEntry>(entries.begin(), entries.begin() + count)));
    again.keep_measurements_of(whole);
    again.score_with(scorer_of(GetParam()));
    leave_when_paused(again);
    ASSERT_EQ(again.run(), CampaignState::kFinished);
    EXPECT_EQ(proposal_bits(again.log()), proposal_bits(whole.log())) << "cut at " << count;
    for (const campaign::MeasurementId id : ids) {
      const auto& a = whole.view().measurement(id).observables[0];
      const auto& b = again.view().measurement(id).observables[0];
      EXPECT_EQ(a.value, b.value) << id;
      EXPECT_EQ(a.variance, b.variance) << id;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, EveryFrameKind, ::testing::ValuesIn(kRows),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(EveryFrameKindTable, ACampaignIsNotTakenUpWithAnotherReference) {
  const Row& row = *std::find_if(std::begin(kRows), std::end(kRows), [](const Row& one) {
    return std::string(one.from).rfind("distance:", 0) == 0;
  });
  const TemporaryFolder folder;
  const std::string text = campaign_text(row, folder.write("sample.json", kSample));
  CampaignBench whole(text, true);
  whole.score_with(scorer_of(row, "ab"));
  ASSERT_EQ(whole.run(), CampaignState::kFinished);
  EXPECT_EQ(whole.view().inputs().at("reference.h5"), "ab");
  const auto entries = whole.journal();
  CampaignBench other(text, true,
                      std::make_unique<campaign::MemoryJournal>(std::vector<campaign::JournalEntry>(
                          entries.begin(), entries.begin() + 20)));
  other.score_with(scorer_of(row, "cd"));
  try {
    other.run();
    ADD_FAILURE();
  } catch (const campaign::JournalError& error) {
    EXPECT_STREQ(error.what(),
                 "Campaign: expected the file \"reference.h5\" that it was started with, of "
                 "SHA-256 ab, found one of cd");
  }
}

}  // namespace
}  // namespace foray::instruments::every_frame_kind_test
