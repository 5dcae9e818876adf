#include "foray/codec/campaign_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <variant>

#include "foray/codec/campaign_json.h"
#include "foray/optimizer/acquisition_kinds.h"

namespace foray::codec::campaign_codec_test {
namespace {

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string full_campaign() {
  return read_text(std::string(FORAY_TEST_DATA) + "/campaigns/full.json");
}

TEST(CampaignCodec, ReadsEveryFieldOfAFullCampaign) {
  const CampaignFile file = read_campaign(full_campaign());
  const campaign::CampaignSpec& spec = file.campaign;
  EXPECT_EQ(spec.name, "copolymer-library");
  EXPECT_EQ(spec.seed, 7U);
  ASSERT_EQ(spec.parameters.size(), 3U);
  EXPECT_EQ(spec.parameters[1].step, 0.25);
  EXPECT_EQ(spec.parameters[2].scale, optimizer::ParameterScale::kLog);
  EXPECT_EQ(spec.parameters[2].role, optimizer::ParameterRole::kExposure);
  ASSERT_EQ(spec.constraints.size(), 1U);
  ASSERT_EQ(spec.limits.size(), 1U);
  EXPECT_EQ(spec.limits[0].lower, -1);
  EXPECT_EQ(spec.observables[2].transform, campaign::Transform::kLog);
  ASSERT_EQ(spec.objective.terms.size(), 2U);
  EXPECT_EQ(spec.objective.terms[0].kind, optimizer::ObjectiveKind::kBoundary);
  EXPECT_EQ(spec.objective.terms[1].where[0].at_least, 0.5);
  EXPECT_EQ(spec.objective.subject_to[0].at_most, 500);
  EXPECT_EQ(spec.surrogate.kernel.kind, surrogate::KernelKind::kMatern32);
  EXPECT_EQ(spec.acquisition.kind, optimizer::AcquisitionKind::kLogNoisyExpectedImprovement);
  EXPECT_EQ(spec.in_flight, 2);
  EXPECT_EQ(spec.budget.hours, 6);
  EXPECT_EQ(spec.stop[1].kind, campaign::StopKind::kUncertaintyBelow);
  ASSERT_TRUE(spec.react[0].objective.has_value());
  EXPECT_EQ(spec.react[1].range_of, "x");
  EXPECT_EQ(spec.patience.consecutive_faults, 5);
  const auto& simulator = std::get<SimulatorInstrumentSpec>(file.instrument.settings);
  EXPECT_EQ(simulator.sample_seed, 3U);
  EXPECT_EQ(simulator.simulation.faults.beam_off_until_s, 160);
  EXPECT_EQ(simulator.simulation.faults.read_back_offset.at("x"), 0.01);
}

TEST(CampaignCodec, WritesWhatItReadsBackAndTheGoldenText) {
  const std::string once = write_campaign(read_campaign(full_campaign()));
  EXPECT_EQ(write_campaign(read_campaign(once)), once);
  EXPECT_EQ(once, read_text(std::string(FORAY_TEST_DATA) + "/campaigns/full.written.json"));
}

std::string campaign_that_stops(const std::string& rules) {
  return R"({"parameters": [{"name": "x", "range": [0, 1]}],
    "instrument": {"adapter": "function", "function": "branin"},
    "observables": [{"name": "f", "from": "value:f"}, {"name": "g", "from": "value:f"}],
    "objective": {"kind": "maximise", "observable": "f"}, "stop": )" +
         rules + "}";
}

std::string refusal_of(const std::string& text) {
  try {
    read_campaign(text);
  } catch (const CodecError& error) {
    return error.what();
  }
  return "";
}

TEST(CampaignCodec, ReadsAndWritesStopRulesWithinStopRules) {
  const CampaignFile file = read_campaign(campaign_that_stops(
      R"([{"all": [{"kind": "stagnated", "amount": 0.5, "patience": 7},
                   {"any": [{"kind": "spent", "measurements": 30, "hours": 2.5},
                            {"kind": "target_reached", "observable": "f", "value": 3}]}]},
          {"kind": "converged", "improvement": 0.1, "patience": 3}])"));
  const std::vector<campaign::StopRule>& stop = file.campaign.stop;
  ASSERT_EQ(stop.size(), 2U);
  EXPECT_EQ(stop[0].kind, campaign::StopKind::kAll);
  ASSERT_EQ(stop[0].rules.size(), 2U);
  EXPECT_EQ(stop[0].rules[0].kind, campaign::StopKind::kStagnated);
  EXPECT_EQ(stop[0].rules[0].value, 0.5);
  EXPECT_EQ(stop[0].rules[0].patience, 7);
  EXPECT_EQ(stop[0].rules[1].kind, campaign::StopKind::kAny);
  EXPECT_EQ(stop[0].rules[1].rules.at(0).budget.measurements, 30);
  EXPECT_EQ(stop[0].rules[1].rules.at(0).budget.hours, 2.5);
  EXPECT_EQ(stop[0].rules[1].rules.at(1).value, 3);
  const std::string once = write_campaign(file);
  EXPECT_EQ(write_campaign(read_campaign(once)), once);
  EXPECT_THAT(once, ::testing::HasSubstr(R"("all")"));
}

TEST(CampaignCodec, RefusesStopRulesThatCannotHoldWithTheirPath) {
  using ::testing::HasSubstr;
  EXPECT_THAT(refusal_of(campaign_that_stops(
                  R"([{"all": [{"kind": "target_reached", "observable": "g", "value": 1}]}])")),
              HasSubstr("/stop/0/all/0/observable: expected an observable of the objective"));
  EXPECT_THAT(refusal_of(campaign_that_stops(
                  R"([{"any": [{"kind": "uncertainty_below", "observable": "h", "value": 1}]}])")),
              HasSubstr("/stop/0/any/0/observable: expected an observable (\"f\", \"g\")"));
  EXPECT_THAT(refusal_of(campaign_that_stops(R"([{"kind": "spent"}])")),
              HasSubstr("/stop/0/measurements: expected measurements or hours above 0"));
  EXPECT_THAT(refusal_of(campaign_that_stops(R"([{"all": []}])")), HasSubstr("/stop/0/all: "));
  EXPECT_THAT(refusal_of(campaign_that_stops(R"([{"all": [{"kind": "stagnatd"}]}])")),
              HasSubstr("/stop/0/all/0/kind: expected one of"));
  EXPECT_THAT(
      refusal_of(campaign_that_stops(R"([{"any": [{"kind": "stagnated", "amount": -1}]}])")),
      HasSubstr("/stop/0/any/0/amount: expected"));
  std::string map = campaign_that_stops(R"([{"kind": "stagnated"}])");
  map.replace(map.find("maximise"), 8, "explore");
  EXPECT_THAT(refusal_of(map), HasSubstr("/stop/0/kind: expected a rule that suits the objective"));
}

TEST(CampaignCodec, ReadsAndWritesCostsAndTravelLimits) {
  std::string text = campaign_that_stops(
      R"([{"kind": "gain_rate_below", "value": 0.01, "patience": 2}],
         "acquisition": {"kind": "expected_improvement", "per_second": true})");
  text.replace(text.find("[0, 1]"), 6, R"([0, 1], "speed": 0.5, "settle_s": 2, "max_move": 0.25)");
  const CampaignFile file = read_campaign(text);
  EXPECT_TRUE(file.campaign.acquisition.per_second);
  EXPECT_EQ(file.campaign.parameters[0].max_move, 0.25);
  EXPECT_EQ(file.campaign.stop[0].kind, campaign::StopKind::kGainRateBelow);
  EXPECT_EQ(file.campaign.stop[0].value, 0.01);
  EXPECT_EQ(file.campaign.stop[0].patience, 2);
  const std::string once = write_campaign(file);
  EXPECT_EQ(write_campaign(read_campaign(once)), once);
}

TEST(CampaignCodec, RefusesCostsThatAreNone) {
  using ::testing::AllOf;
  using ::testing::HasSubstr;
  const auto with_acquisition = [](const std::string& acquisition) {
    return refusal_of(campaign_that_stops(R"([], "acquisition": )" + acquisition));
  };
  EXPECT_THAT(with_acquisition(R"({"kind": "upper_confidence_bound", "per_second": true})"),
              AllOf(HasSubstr("/acquisition/per_second: expected an acquisition function that is a "
                              "gain (expected_improvement, "),
                    HasSubstr("got \"upper_confidence_bound\"")));
  EXPECT_EQ(with_acquisition(R"({"kind": "automatic", "per_second": true})"), "");
  const auto with_parameter = [](const std::string& more) {
    std::string text = campaign_that_stops("[]");
    text.replace(text.find("[0, 1]"), 6, "[0, 1], " + more);
    return refusal_of(text);
  };
  EXPECT_THAT(with_parameter(R"("speed": -1)"), HasSubstr("/parameters/0/speed: expected"));
  EXPECT_THAT(with_parameter(R"("settle_s": -0.5)"), HasSubstr("/parameters/0/settle_s: expected"));
  EXPECT_THAT(with_parameter(R"("max_move": -2)"), HasSubstr("/parameters/0/max_move: expected"));
  std::string two = campaign_that_stops(R"([{"kind": "gain_rate_below", "value": 1}])");
  two.replace(two.find(R"("kind": "maximise")"), 18, R"("kind": "level_set", "level": 1)");
  EXPECT_THAT(refusal_of(two), HasSubstr("/stop/0/kind: \"gain_rate_below\": expected"));
}

// A campaign that any acquisition suits: an objective for each kind.
std::string campaign_with(const std::string& acquisition) {
  return R"({"parameters": [{"name": "x", "range": [0, 1]}],
    "instrument": {"adapter": "function", "function": "branin"},
    "observables": [{"name": "f", "from": "value:f"}, {"name": "g", "from": "value:f"}],
    "objective": {"kind": "combine", "terms": [{"kind": "explore", "observable": "f"},
      {"kind": "maximise", "observable": "f"}, {"kind": "target", "observable": "f", "level": 1},
      {"kind": "boundary", "observables": ["f", "g"]},
      {"kind": "trade_off", "observables": ["f", "g"], "directions": ["maximise", "minimise"],
       "reference": [0, 3]}]},
    "acquisition": )" +
         acquisition + "}";
}

TEST(CampaignCodec, ReadsAndWritesEveryAcquisitionAndTheSchemaKnowsNoOther) {
  for (const auto& [kind, name] : optimizer::acquisition_names()) {
    const CampaignFile file = read_campaign(
        campaign_with(R"({"kind": ")" + std::string(name) +
                      R"(", "beta": 3, "xi": 0.01, "tolerance": 0.2, "expression": "mu + x * sigma",
            "function": "mine"})"));
    EXPECT_EQ(file.campaign.acquisition.kind, kind);
    const CampaignFile again = read_campaign(write_campaign(file));
    EXPECT_EQ(again.campaign.acquisition.kind, kind);
    const optimizer::ObjectiveTerm& traded = again.campaign.objective.terms.back();
    EXPECT_EQ(traded.observables, (std::vector<std::string>{"f", "g"}));
    EXPECT_EQ(traded.directions[1], optimizer::Direction::kMinimise);
    EXPECT_EQ(traded.reference, (std::vector<double>{0, 3}));
    EXPECT_EQ(again.campaign.acquisition.beta, 3);
    EXPECT_EQ(again.campaign.acquisition.xi, 0.01);
    EXPECT_EQ(again.campaign.acquisition.tolerance, 0.2);
    EXPECT_EQ(again.campaign.acquisition.expression, "mu + x * sigma");
  }
  const Json schema = parse_json(
      read_text(std::string(FORAY_SOURCE_DIR) + "/adapters/codec/schema/campaign.schema.json"));
  EXPECT_EQ(schema["definitions"]["acquisition"]["properties"]["kind"]["enum"].size(),
            optimizer::acquisition_names().size());
}

TEST(CampaignCodec, ReadsTheDemoCampaign) {
  const CampaignFile file =
      read_campaign(read_text(std::string(FORAY_SOURCE_DIR) + "/demo/film_library.json"));
  EXPECT_EQ(file.campaign.objective.terms.size(), 2U);
  const campaign::ObservableChoice& grain_size = file.campaign.observables.at(4);
  EXPECT_EQ(grain_size.given.size(), 3U);
  EXPECT_FALSE(grain_size.kernel.has_value());
  CampaignFile smooth = file;
  smooth.campaign.observables.at(4).kernel = surrogate::KernelKind::kSquaredExponential;
  const CampaignFile again = read_campaign(write_campaign(smooth));
  EXPECT_EQ(again.campaign.observables.at(4).given, grain_size.given);
  EXPECT_EQ(again.campaign.observables.at(4).kernel.value().kind,
            surrogate::KernelKind::kSquaredExponential);
  EXPECT_FALSE(again.campaign.observables.at(0).kernel.has_value());
}

TEST(CampaignCodec, RoundTripsEveryInstrument) {
  for (const char* text :
       {R"({"adapter": "simulator", "flux": 1e9})",
        R"({"adapter": "function", "function": "hartmann6", "noise_sd": 0.1, "inputs": ["a"]})",
        R"({"adapter": "replay", "file": "t.csv", "positions": {"x": "stage_x"},
               "values": {"f": "col"}, "method": "local_linear", "neighbours": 5})",
        R"({"adapter": "replay", "file": "t.h5", "group": "/entry/data", "frames": "file"})",
        R"({"adapter": "tango", "device": "sys/tg_test/1", "parameters": {"x": "ampli"},
               "observables": {"f": "double_scalar"}, "limits": {"x": [0, 1]},
               "tolerance": {"x": 0.01}, "deadline_s": 3})",
        R"({"adapter": "tango", "device": "sys/tg_test/1", "parameters": {"x": "ampli"},
               "image": "ushort_image_ro",
               "geometry": {"dist": 1, "poni1": 0, "poni2": 0, "wavelength": 1e-10}})",
        R"({"adapter": "process", "address": "tcp:127.0.0.1:5000"})",
        R"({"adapter": "process", "command": ["instrument", "--seed", "1"]})",
        R"({"adapter": "registered", "name": "my detector"})"}) {
    const InstrumentSpec spec = instrument_from_json(parse_json(text));
    const Json written = json_from_instrument(spec);
    EXPECT_EQ(json_from_instrument(instrument_from_json(written)), written) << text;
  }
}

// Of an observable and a context, where the settings of the instrument say what it gives. What has
// begun can be read all the same.
TEST(CampaignCodec, TellsOfValuesThatTheInstrumentDoesNotGiveWhereACampaignBegins) {
  using ::testing::HasSubstr;
  const auto refusal = [](const std::string& instrument, const std::string& observable,
                          const std::string& context) -> std::string {
    const CampaignFile file =
        read_campaign(R"({"parameters": [{"name": "x", "range": [0, 1]},
          {"name": "T", "range": [0, 1], "role": "context", "from": "value:)" +
                      context + R"("}], "instrument": )" + instrument +
                      R"(, "observables": [{"name": "f", "from": "value:)" + observable +
                      R"("}], "objective": {"kind": "maximise", "observable": "f"}})");
    try {
      require_given_values(file);
    } catch (const CodecError& error) {
      return error.what();
    }
    return "accepted";
  };
  const std::string replay =
      R"({"adapter": "replay", "file": "t.csv", "values": {"yield": "a", "oven": "b"}})";
  EXPECT_EQ(refusal(replay, "yield", "oven"), "accepted");
  EXPECT_THAT(refusal(replay, "yeild", "oven"),
              HasSubstr("/observables/0/from: expected a value that the instrument gives "
                        "(\"oven\", \"yield\"), got \"yeild\"; did you mean \"yield\"?"));
  EXPECT_THAT(refusal(replay, "yield", "owen"),
              HasSubstr("/parameters/1/from: expected a value that the instrument gives "
                        "(\"oven\", \"yield\"), got \"owen\"; did you mean \"oven\"?"));
  const std::string tango = R"({"adapter": "tango", "device": "a/b/c", "parameters": {"x": "p"},
                                "observables": {"yield": "a", "oven": "b"}})";
  EXPECT_EQ(refusal(tango, "yield", "oven"), "accepted");
  EXPECT_THAT(refusal(tango, "yeild", "oven"), HasSubstr("/observables/0/from"));
  const std::string function = R"({"adapter": "function", "function": "sphere", "inputs": ["x"]})";
  EXPECT_EQ(refusal(function, "f", "f"), "accepted");
  EXPECT_THAT(refusal(function, "g", "f"), HasSubstr("/observables/0/from"));
  // Only the table, or the robot, knows.
  EXPECT_EQ(refusal(R"({"adapter": "replay", "file": "t.csv"})", "any", "thing"), "accepted");
  EXPECT_EQ(refusal(R"({"adapter": "registered", "name": "robot"})", "any", "thing"), "accepted");
}

TEST(CampaignCodec, ReadsTheCampaignWithoutItsAdaptersForTheJournal) {
  const campaign::CampaignSpec spec = read_campaign(full_campaign()).campaign;
  const Json written = json_from_spec(spec);
  EXPECT_EQ(json_from_spec(spec_from_json(written)), written);
}

TEST(CampaignCodec, RefusesToWriteASeedThatJsonCannotHold) {
  CampaignFile file = read_campaign(full_campaign());
  file.campaign.seed = ~std::uint64_t{0};
  EXPECT_THROW(write_campaign(file), CodecError);
}

TEST(ObjectiveCodec, RoundTripsByItself) {
  for (const char* text : {R"({"kind":"maximise","observable":"f","weight":1.0})",
                           R"({"kind":"level_set","level":2.5,"observable":"f","weight":1.0})",
                           R"({"kind":"boundary","observables":["a","b"],"weight":2.0})"}) {
    EXPECT_EQ(write_objective(read_objective(text)), text);
  }
  EXPECT_THROW(read_objective(R"({"kind": "target", "observable": "f"})"), CodecError);
}

TEST(CampaignSchema, IsDraftSevenAndRefusesAnythingUnnamedEverywhere) {
  const Json schema = parse_json(campaign_schema());
  EXPECT_EQ(schema["$schema"], "http://json-schema.org/draft-07/schema#");
  EXPECT_EQ(schema["additionalProperties"], false);
  for (const auto& [name, definition] : schema["definitions"].items()) {
    if (definition.contains("properties") && !definition.contains("allOf")) {
      EXPECT_EQ(definition["additionalProperties"], false) << name;
    }
  }
}

}  // namespace
}  // namespace foray::codec::campaign_codec_test
