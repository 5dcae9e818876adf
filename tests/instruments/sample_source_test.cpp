// Samples that users compose, and the ready ones of demo/samples, as instruments of campaigns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <variant>

#include "campaign_bench.h"
#include "foray/codec/sample_codec.h"
#include "foray/instruments/measurement_source.h"
#include "foray/instruments/simulated_instrument.h"
#include "foray/simulator/frame_maker.h"
#include "helpers.h"

namespace foray::instruments::sample_source_test {
namespace {

namespace fs = std::filesystem;
using campaign::CampaignState;
using std::chrono::milliseconds;

const char* const kSample = R"({
  "sample": {
    "coordinates": [
      {"name": "x", "range": [0, 10], "unit": "mm"},
      {"name": "depth", "range": [0, 1], "value": 0.25},
      {"name": "time", "range": [0, 1000], "from": "clock"},
      {"name": "dose", "range": [0, 100], "from": "dose", "within": {"x": 0.5}}
    ],
    "phases": [{"name": "all", "components": []}],
    "background": "1 + x + 100 * depth + 1000 * time + 1e5 * dose"
  },
  "beamline": {"detector": "pilatus100k", "binning": 8, "flux": 1e11, "saturation": 1e14, "beamstop": {"kind": "none"}}
})";

codec::SimulatorInstrumentSpec spec_of(const char* text) {
  const codec::SampleFile file = codec::read_sample_file(text);
  codec::SimulatorInstrumentSpec spec;
  spec.composed = file.sample;
  spec.beamline = file.beamline;
  return spec;
}

campaign::MeasureRequest at(campaign::MeasurementId id, double x, double exposure_s) {
  return {id, {"x"}, point({x}), exposure_s};
}

// Counts of a frame per second in units of those of an intensity of 1 / cm.
double brightness(const campaign::MeasureResult& result) {
  const auto& frame = std::get<scattering::Frame>(result.measurement.value());
  simulator::Scene flat;
  flat.background = 1;
  const codec::SampleFile file = codec::read_sample_file(kSample);
  const simulator::FrameMaker maker(simulator::make_beamline(*file.beamline));
  return frame.counts.sum() / maker.expected(flat, frame.exposure_s).sum();
}

TEST(SampleSource, KnowsTheClockTheDoseAndWhatIsNotAParameter) {
  SimulatedInstrument instrument(make_sample_source(spec_of(kSample)), {});
  const auto measure = [&](const campaign::MeasureRequest& request) {
    instrument.submit(request);
    return brightness(*instrument.poll(milliseconds(0)));
  };
  // Poisson noise of 4e8 counts and more is below 1e-4.
  EXPECT_NEAR(measure(at(1, 2, 3)) / (1 + 2 + 25), 1, 1e-3);
  EXPECT_NEAR(measure(at(2, 8, 4)) / (1 + 8 + 25 + 3000), 1, 1e-3);    // after 3 s
  EXPECT_NEAR(measure(at(3, 2.4, 1)) / (3e5 + 7000 + 28.4), 1, 1e-3);  // exposed once
  EXPECT_NEAR(measure(at(4, 2.6, 1)) / (1e5 + 8000 + 28.6), 1, 1e-3);  // only by the third
  EXPECT_NEAR(measure(at(5, 2.2, 1)) / (5e5 + 9000 + 28.2), 1, 1e-3);  // by 1, 3 and 4
}

TEST(SampleSource, GivesADoseWhereTheSampleStoodAndWithBeamOnly) {
  codec::SimulationSpec simulation;
  simulation.faults.read_back_offset = {{"x", 1}};
  simulation.faults.drift_per_hour = {{"x", 3600}};  // 1 a second
  simulation.faults.beam_off_from_s = 3;
  simulation.faults.beam_off_until_s = 4;
  SimulatedInstrument instrument(make_sample_source(spec_of(kSample)), simulation);
  const auto measure = [&](const campaign::MeasureRequest& request) {
    instrument.submit(request);
    return brightness(*instrument.poll(milliseconds(0)));
  };
  EXPECT_NEAR(measure(at(1, 2, 3)) / (1 + 3 + 25), 1, 1e-3);  // at 0 s it stands at 2 + 1
  instrument.submit(at(2, -1, 2));                            // at 3 s it stands at -1 + 1 + 3
  EXPECT_EQ(
      std::get<scattering::Frame>(*instrument.poll(milliseconds(0))->measurement).counts.sum(), 0);
  // At 5 s it stands at -3 + 1 + 5 once more; only the first exposure had beam.
  EXPECT_NEAR(measure(at(3, -3, 1)) / (3e5 + 5000 + 29), 1, 1e-3);
  // Where it was asked to be before it stands only now: no dose.
  EXPECT_NEAR(measure(at(4, -5, 1)) / (6000 + 28), 1, 1e-3);
}

TEST(SampleSource, CountsADoseWithinWhatIsNoParameter) {
  codec::SimulatorInstrumentSpec spec = spec_of(kSample);
  spec.composed->coordinates[3].within = {{"x", 0.5}, {"depth", 0.1}};
  SimulatedInstrument instrument(make_sample_source(spec), {});
  instrument.submit(at(1, 2, 3));
  instrument.poll(milliseconds(0));
  instrument.submit(at(2, 2, 1));
  const auto result = instrument.poll(milliseconds(0));
  ASSERT_EQ(result->fault, campaign::FaultKind::kNone) << result->message;
  EXPECT_NEAR(brightness(*result) / (3e5 + 3000 + 28), 1, 1e-3);
}

TEST(SampleSource, IsMadeForACampaignThatHasItsParameters) {
  const auto refusal = [](const char* name) -> std::string {
    try {
      make_instrument(codec::read_campaign(std::string(R"({"parameters": [{"name": ")") + name +
                                           R"(", "range": [0, 10]}],
        "instrument": {"adapter": "simulator", "sample": {
          "coordinates": [{"name": "x", "range": [0, 10]}, {"name": "y", "range": [0, 1], "value": 0},
                          {"name": "time", "range": [0, 9], "from": "clock"}],
          "phases": [{"name": "all", "components": []}]}},
        "observables": [{"name": "f", "from": "value:f"}],
        "objective": {"kind": "explore", "observable": "f"}})"));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "(accepted)";
  };
  EXPECT_EQ(refusal("x"), "(accepted)");
  EXPECT_THAT(refusal("z"), ::testing::HasSubstr("expected the parameter x, which the sample"));
}

TEST(SampleSource, RemembersTheDoseThroughItsLog) {
  const TemporaryFolder folder;
  codec::SimulationSpec simulation;
  simulation.log_file = (folder.path() / "log").string();
  scattering::Image first;
  {
    SimulatedInstrument instrument(make_sample_source(spec_of(kSample)), simulation);
    instrument.submit(at(1, 2, 3));
    instrument.poll(milliseconds(0));
    instrument.submit(at(2, 2, 3));
    first = std::get<scattering::Frame>(*instrument.poll(milliseconds(0))->measurement).counts;
  }
  SimulatedInstrument again(make_sample_source(spec_of(kSample)), simulation);
  again.submit(at(2, 2, 3));
  const auto result = again.poll(milliseconds(0));
  EXPECT_TRUE((std::get<scattering::Frame>(*result->measurement).counts == first).all());
}

TEST(SampleSource, ReadsAFileBesideTheCampaign) {
  const TemporaryFolder folder;
  folder.write("sample.json", kSample);
  codec::SimulatorInstrumentSpec spec;
  spec.sample = "sample.json";
  const SimulatedLab lab = make_simulated_lab(spec, folder.path());
  EXPECT_EQ(lab.beamline.slow, 24);
  EXPECT_EQ(lab.coordinates.size(), 4U);
  spec.flux = 5;
  spec.beamline = simulator::BeamlineSpec{};
  EXPECT_EQ(make_simulated_lab(spec, folder.path()).beamline.slow, 1043);
  EXPECT_EQ(make_simulated_lab(spec, folder.path()).beamline.flux, 5);
  spec.sample = "other.json";
  EXPECT_THROW(make_sample_source(spec, folder.path()), std::runtime_error);
  folder.write("bad.json", "{\"sample\": {}}");
  spec.sample = "bad.json";
  try {
    make_sample_source(spec, folder.path());
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("bad.json: /sample: expected the key"));
  }
}

// The logarithm of a frame's counts.
class CountingScorer final : public scattering::Scorer {
 public:
  [[nodiscard]] scattering::Score score(const scattering::Measurement& measurement) const override {
    const auto& frame = std::get<scattering::Frame>(measurement);
    const double sum = (frame.mask == 0).select(frame.counts, 0).sum() + 1;
    return values_.score(scattering::Values{{"counts", std::log(sum), 1 / sum}});
  }

 private:
  static scattering::ObservableSpec counts() {
    scattering::ObservableSpec spec;
    spec.name = "counts";
    spec.from = "value:counts";
    return spec;
  }
  scattering::ValueScorer values_{{counts()}};
};

std::string campaign_of(const fs::path& file, const fs::path& log) {
  codec::SimulatorInstrumentSpec spec;
  spec.sample = file.string();
  const SimulatedLab lab = make_simulated_lab(spec);
  std::string parameters;
  for (const simulator::SampleCoordinate& one : lab.coordinates) {
    if (one.from != simulator::SampleCoordinate::From::kParameter) continue;
    parameters += std::string(parameters.empty() ? "" : ", ") + "{\"name\": \"" + one.name +
                  "\", \"range\": [" + std::to_string(one.lower) + ", " +
                  std::to_string(one.upper) + "]}";
  }
  return R"({"seed": 3, "parameters": [)" + parameters + R"(],
    "instrument": {"adapter": "simulator", "sample": ")" +
         file.string() + R"(", "log_file": ")" + log.string() + R"("},
    "observables": [{"name": "counts", "from": "value:counts"}],
    "objective": {"kind": "explore", "observable": "counts"},
    "initial": 4, "exposure_s": 0.5, "decision_budget_s": 600, "budget": {"measurements": 7}})";
}

// A campaign on a sample, lost after five eighths of its journal and taken up again.
void expect_to_survive(const fs::path& file) {
  const TemporaryFolder folder;
  const std::string text = campaign_of(file, folder.path() / "log");
  CampaignBench whole(text, true);
  whole.score_with(std::make_unique<CountingScorer>());
  ASSERT_EQ(whole.run(), CampaignState::kFinished);
  ASSERT_EQ(whole.view().scored().size(), 7U);
  const auto entries = whole.journal();
  const auto half = static_cast<std::ptrdiff_t>(entries.size() * 5 / 8);
  CampaignBench again(text, true,
                      std::make_unique<campaign::MemoryJournal>(std::vector<campaign::JournalEntry>(
                          entries.begin(), entries.begin() + half)));
  again.score_with(std::make_unique<CountingScorer>());
  again.keep_measurements_of(whole);
  ASSERT_EQ(again.run(), CampaignState::kFinished);
  ASSERT_EQ(again.view().scored().size(), 7U);
  for (const campaign::MeasurementId id : whole.view().scored()) {
    const campaign::MeasurementView& a = whole.view().measurement(id);
    const campaign::MeasurementView& b = again.view().measurement(id);
    EXPECT_EQ(a.position, b.position) << id;
    EXPECT_EQ(a.observables[0].value, b.observables[0].value) << id;
  }
  // The sample is not the same everywhere, or nothing could differ.
  const auto& ids = whole.view().scored();
  EXPECT_TRUE(std::any_of(ids.begin(), ids.end(), [&](campaign::MeasurementId id) {
    return whole.view().measurement(id).observables[0].value !=
           whole.view().measurement(ids.front()).observables[0].value;
  }));
}

class ReadySample : public ::testing::TestWithParam<std::string> {};

TEST_P(ReadySample, CarriesACampaignThroughTheLossOfItsProcess) {
  expect_to_survive(fs::path(FORAY_SOURCE_DIR) / "demo/samples" / (GetParam() + ".json"));
}

INSTANTIATE_TEST_SUITE_P(Files, ReadySample,
                         ::testing::Values("diblock_wedge", "superlattice_film",
                                           "giwaxs_polymer_blend", "order_disorder_ramp",
                                           "rotated_crystal", "drifting_beam"),
                         [](const auto& tested) { return tested.param; });

struct ComponentRow {
  const char* name;
  const char* component;
  bool on_surface = false;
};

const ComponentRow kComponents[] = {
    {"model", R"({"kind": "model", "model": "sphere", "parameters": {"radius": "50 + x"}})"},
    {"lattice", R"({"kind": "lattice", "lattice": "hexagonal", "spacing": "200 + x"})"},
    {"lattice_of_particles_that_differ",
     R"({"kind": "lattice", "lattice": "face_centered_cubic", "spacing": "250 + x",
         "form": {"model": "sphere", "parameters": {"radius": 70, "scale": 0.1},
                  "polydispersity": {"radius": {"width": "0.05 + x / 100"}}}})"},
    {"crystal", R"({"kind": "lattice", "lattice": "square", "spacing": 200,
                    "rotation_deg": [0, "x", 0], "mosaic_deg": 3})"},
    {"ring", R"({"kind": "ring", "q": "0.04 + 0.001 * x"})"},
    {"halo", R"({"kind": "halo", "q": "0.04 + 0.001 * x"})"},
    {"rod", R"({"kind": "rod", "q": 0.02, "intensity": "1 + x"})", true},
    {"islands", R"({"kind": "islands", "radius": "50 + x"})", true},
    {"islands_of_several_kinds",
     R"({"kind": "islands", "distance": 250,
         "mixture": [{"share": "10 - x", "radius": 40, "height": 30}, {"radius": 70, "height": 60}]})",
     true},
    {"islands_on_a_lattice",
     R"({"kind": "islands", "order": "lattice", "domain": 800, "distance": "200 + x", "distance_b": 240, "angle_deg": 100})",
     true},
    {"islands_of_a_shape_in_a_paracrystal",
     R"({"kind": "islands", "shape": "prism", "sides": 3, "edge": "90 + x", "order": "paracrystal", "distance": 200})",
     true},
    {"roughness",
     R"({"kind": "roughness", "roughness": "5 + x", "films": [{"thickness": 80, "roughness": 3}]})",
     true},
    {"cylinders_with_jitter",
     R"({"kind": "cylinders", "scale": 0.05, "phi_deg": "9 * x", "theta_deg": 80,
         "theta_spread_deg": 10, "phi_spread_deg": "20 - x"})"},
};

std::string sample_of(const ComponentRow& row) {
  return std::string(R"({"sample": {"coordinates": [{"name": "x", "range": [0, 9], "unit": "mm"}],
    "phases": [{"name": "all", "components": [)") +
         row.component + "]}]" + (row.on_surface ? R"(, "surface": {"incidence_deg": 0.2})" : "") +
         R"(}, "beamline": {"detector": "pilatus100k", "binning": 4, "flux": 1e12}})";
}

class EveryComponent : public ::testing::TestWithParam<ComponentRow> {};

TEST_P(EveryComponent, CarriesACampaignThroughTheLossOfItsProcess) {
  const TemporaryFolder folder;
  expect_to_survive(folder.write("sample.json", sample_of(GetParam())));
}

INSTANTIATE_TEST_SUITE_P(Rows, EveryComponent, ::testing::ValuesIn(kComponents),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(EveryComponentTable, HasARowForEveryKind) {
  std::set<std::size_t> kinds;
  for (const ComponentRow& row : kComponents) {
    const codec::SampleFile file = codec::read_sample_file(sample_of(row));
    kinds.insert(file.sample.phases[0].components[0].index());
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<simulator::SampleComponent>);
}

}  // namespace
}  // namespace foray::instruments::sample_source_test
