#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "foray/codec/campaign_codec.h"
#include "foray/codec/campaign_json.h"

namespace foray::codec::parameter_codec_test {
namespace {

using optimizer::ParameterRole;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A campaign of x in [0, 1] and of what is asked about.
std::string campaign_with(const std::string& parameter, const std::string& more = "") {
  return R"({"parameters": [{"name": "x", "range": [0, 1]}, )" + parameter + R"(],
             "instrument": {"adapter": "registered", "name": "robot"},
             "observables": [{"name": "f", "from": "value:f"}],
             "objective": {"kind": "maximise", "observable": "f"})" +
         more + "}";
}

optimizer::Parameter read(const std::string& parameter) {
  const CampaignFile file = read_campaign(campaign_with(parameter));
  const std::string once = write_campaign(file);
  EXPECT_EQ(write_campaign(read_campaign(once)), once) << parameter;
  return read_campaign(once).campaign.parameters.at(1);
}

std::string refusal(const std::string& parameter, const std::string& more = "") {
  try {
    (void)read_campaign(campaign_with(parameter, more));
  } catch (const std::exception& error) {
    return error.what();
  }
  return "accepted";
}

const char* const kSolvent = R"({"name": "solvent", "values": ["water", "toluene"]})";

TEST(ParameterCodec, ReadsWhatItWritesForEveryKind) {
  const optimizer::Parameter solvent = read(kSolvent);
  EXPECT_THAT(solvent.categories, ElementsAre("water", "toluene"));
  EXPECT_EQ(solvent.upper, 1);
  const optimizer::Parameter n = read(R"({"name": "n", "integer": true, "range": [1, 9]})");
  EXPECT_TRUE(n.integer);
  EXPECT_EQ(n.lower, 1);
  EXPECT_EQ(n.upper, 9);
  const optimizer::Parameter t =
      read(R"({"name": "t", "unit": "K", "values": [10, 20, 50], "scale": "log", "speed": 2})");
  EXPECT_THAT(t.values, ElementsAre(10, 20, 50));
  EXPECT_EQ(t.lower, 10);
  EXPECT_EQ(t.upper, 50);
  EXPECT_EQ(t.scale, optimizer::ParameterScale::kLog);
  EXPECT_EQ(t.speed, 2);
  const optimizer::Parameter z = read(R"({"name": "z", "fixed": -3.5})");
  EXPECT_EQ(z.role, ParameterRole::kFixed);
  EXPECT_EQ(z.lower, -3.5);
  EXPECT_EQ(z.upper, -3.5);
}

TEST(ParameterCodec, ReadsWhatIsMeasuredAndNotSet) {
  const optimizer::Parameter t = read(
      R"({"name": "T", "unit": "K", "range": [280, 320], "role": "context", "from": "value:oven"})");
  EXPECT_EQ(t.role, ParameterRole::kContext);
  EXPECT_EQ(t.from, "oven");
  EXPECT_EQ(t.upper, 320);
  EXPECT_EQ(read(R"({"name": "T", "range": [0, 1], "role": "context"})").from, "");
  const optimizer::Parameter age = read(
      R"({"name": "t", "unit": "min", "range": [0, 90], "role": "context", "from": "elapsed"})");
  EXPECT_EQ(age.elapsed_unit_s, 60);
  EXPECT_EQ(age.from, "");
}

TEST(ParameterCodec, ReadsWaysOfMeasuring) {
  const char* const text =
      R"({"name": "way", "role": "fidelity", "values": ["fast", "slow"], "seconds": [1, 60]})";
  const optimizer::Parameter way = read(text);
  EXPECT_EQ(way.role, ParameterRole::kFidelity);
  EXPECT_EQ(way.categories, (std::vector<std::string>{"fast", "slow"}));
  EXPECT_EQ(way.seconds, (std::vector<double>{1, 60}));
  const Json written = json_from_campaign(read_campaign(campaign_with(text)));
  EXPECT_EQ(written["parameters"][1]["role"], "fidelity");
  EXPECT_EQ(written["parameters"][1]["seconds"], Json({1.0, 60.0}));
  const CampaignFile file = read_campaign(
      campaign_with(text, R"(, "start": [{"x": 1, "way": "fast"}, {"x": 0.5}, [0.25]])"));
  EXPECT_EQ(file.campaign.start[0].position, Eigen::Vector2d(1, 0));
  EXPECT_EQ(file.campaign.start[1].position, Eigen::Vector2d(0.5, 1));
  EXPECT_EQ(file.campaign.start[2].position, Eigen::Vector2d(0.25, 1));
  EXPECT_EQ(json_from_campaign(file)["start"][0], Json({{"x", 1.0}, {"way", "fast"}}));
  const optimizer::Parameter bin =
      read(R"({"name": "bin", "role": "fidelity", "values": [1, 2, 8], "scale": "log"})");
  EXPECT_EQ(bin.values, (std::vector<double>{1, 2, 8}));
  EXPECT_EQ(bin.scale, optimizer::ParameterScale::kLog);
  EXPECT_TRUE(bin.seconds.empty());
}

TEST(ParameterCodec, MakesAParameterOfEachPartOfASimplex) {
  const CampaignFile file = read_campaign(campaign_with(
      R"({"name": "ink", "simplex": ["water", "resin", "salt"], "total": 100, "unit": "%", "step": 5,
          "speed": 2, "max_move": 20, "ranges": {"water": [40, 90]}},
         {"name": "mix", "simplex": ["a", "b"]})"));
  const auto& parameters = file.campaign.parameters;
  ASSERT_EQ(parameters.size(), 6U);
  EXPECT_EQ(parameters[1].name, "water");
  EXPECT_EQ(parameters[1].lower, 40);
  EXPECT_EQ(parameters[1].upper, 90);
  EXPECT_EQ(parameters[3].name, "salt");
  EXPECT_EQ(parameters[3].upper, 100);
  for (std::size_t i : {1U, 2U, 3U}) {
    EXPECT_EQ(parameters[i].simplex, "ink");
    EXPECT_EQ(parameters[i].total, 100);
    EXPECT_EQ(parameters[i].unit, "%");
    EXPECT_EQ(parameters[i].step, 5);
    EXPECT_EQ(parameters[i].max_move, 20);
  }
  EXPECT_EQ(parameters[5].simplex, "mix");
  EXPECT_EQ(parameters[5].total, 1);
  const std::string once = write_campaign(file);
  EXPECT_EQ(write_campaign(read_campaign(once)), once);
  EXPECT_EQ(read_campaign(once).campaign.parameters[1].lower, 40);
}

TEST(ParameterCodec, RefusesByName) {
  for (const auto& [parameter, message] : {
           std::pair{R"({"name": "n"})", "/parameters/1: expected the key \"range\""},
           {R"({"name": "n", "integer": true, "range": [1, 8.5]})",
            "/parameters/1/range: expected whole numbers, got 8.5"},
           {R"({"name": "n", "integer": true, "range": [1, 9], "step": 2})",
            "/parameters/1/step: expected none beside \"integer\", got 2"},
           {R"({"name": "n", "integer": true, "range": [1, 9], "role": "exposure"})",
            "/parameters/1/integer: expected it of a parameter with the role \"axis\" only"},
           {R"({"name": "n", "integer": 1, "range": [1, 9]})",
            "/parameters/1/integer: expected true or false, got 1"},
           {R"({"name": "t", "values": [10, 50, 20]})",
            "/parameters/1/values/2: expected a number above the one before, got 20"},
           {R"({"name": "t", "values": [0, 50], "scale": "log"})",
            "/parameters/1/values: expected numbers above 0 for the scale \"log\", got 0"},
           {R"({"name": "t", "values": [10, "20"]})",
            "/parameters/1/values/1: expected a number, got \"20\""},
           {R"({"name": "t", "values": ["a", 20]})",
            "/parameters/1/values/1: expected a string, got 20"},
           {R"({"name": "t", "values": ["a", "a"]})", "/parameters/1/values: expected an array"},
           {R"({"name": "t", "values": ["a"]})", "/parameters/1/values: expected an array of 2"},
           {R"({"name": "t", "values": ["a", "b"], "range": [0, 1]})",
            "/parameters/1/values: expected no such key beside \"range\""},
           {R"({"name": "t", "values": ["a", "b"], "scale": "log"})",
            "/parameters/1/scale: expected no such key beside \"values\", got \"log\""},
           {R"({"name": "t", "values": [1, 2], "integer": true})",
            "/parameters/1/integer: expected no such key beside \"values\", got true"},
           {R"({"name": "z", "fixed": "high"})", "/parameters/1/fixed: expected a number"},
           {R"({"name": "z", "fixed": 1, "step": 0.5})",
            "/parameters/1/step: expected no such key beside \"fixed\", got 0.5"},
           {R"({"name": "T", "range": [0, 1], "role": "context", "step": 0.5})",
            "/parameters/1/step: expected no such key of what is measured, not set, got 0.5"},
           {R"({"name": "T", "range": [0, 1], "from": "value:T"})",
            "/parameters/1/from: expected no such key without the role \"context\""},
           {R"({"name": "T", "range": [0, 1], "role": "context", "from": "peak:T"})",
            "/parameters/1/from: expected \"value:NAME\" or \"elapsed\""},
           {R"({"name": "way", "range": [0, 1], "role": "fidelity"})",
            "/parameters/1/role: expected \"values\" of the role \"fidelity\", got \"range\""},
           {R"({"name": "way", "values": ["a", "b"], "seconds": [1, 2]})",
            "/parameters/1/seconds: expected no such key without the role \"fidelity\""},
           {R"({"name": "way", "role": "fidelity", "values": ["a", "b"], "seconds": [1, 2, 3]})",
            "/parameters/1/seconds: expected a number for each of \"values\", 2 of them, got 3"},
           {R"({"name": "way", "role": "fidelity", "values": ["a", "b"], "seconds": [1, -2]})",
            "/parameters/1/seconds/1: expected a number >= 0, got -2"},
           {R"({"name": "T", "unit": "K", "range": [0, 1], "role": "context", "from": "elapsed"})",
            "/parameters/1/unit: expected \"s\", \"min\", \"h\" or \"d\" of an elapsed time"},
           {R"({"name": "ink", "simplex": ["a"]})",
            "/parameters/1/simplex: expected an array of 2 to 32 different identifiers"},
           {R"({"name": "ink", "simplex": ["a", "x"]})",
            "/parameters/1/simplex: expected a name that no other parameter has, got \"x\""},
           {R"({"name": "ink", "simplex": ["a", "b"], "range": [0, 1]})",
            "/parameters/1/simplex: expected no such key beside \"range\""},
           {R"({"name": "ink", "simplex": ["a", "b"], "integer": true})",
            "/parameters/1/integer: expected no such key beside \"simplex\""},
           {R"({"name": "y", "range": [0, 1], "total": 1})",
            "/parameters/1/total: expected no such key without \"simplex\", got 1"},
           {R"({"name": "ink", "simplex": ["a", "b"], "ranges": {"c": [0, 1]}})",
            "/parameters/1/ranges/c: expected the name of a part of \"ink\""},
           {R"({"name": "ink", "simplex": ["a", "b"], "ranges": {"b": [0.5, 1.5]}})",
            "/parameters/1/ranges/b: expected two increasing numbers from 0 to the total, got "},
           {R"({"name": "ink", "simplex": ["a", "b"], "ranges": {"a": [0, 0.2], "b": [0, 0.2]}})",
            "expected ranges within which parts can add up to the total"},
           {R"({"name": "ink", "simplex": ["a", "b"]}, {"name": "z", "range": [2, 1]})",
            "/parameters/2/range: expected two increasing numbers"},
           {R"({"name": "ink", "simplex": ["a", "b"], "step": 0.3})",
            "expected a whole number of steps between the lower ends and the total"},
       })
    EXPECT_THAT(refusal(parameter), HasSubstr(message)) << parameter;
}

TEST(CandidateCodec, ReadsArraysAndObjectsWithWhatIsKnownOfThem) {
  const CampaignFile file =
      read_campaign(campaign_with(kSolvent, R"(, "candidates": [[0.5, "toluene"],
                     {"solvent": "water", "x": 0.25, "hole": "A3", "thickness": 1.5}])"));
  ASSERT_EQ(file.campaign.candidates.size(), 2U);
  EXPECT_EQ(file.campaign.candidates[0].position, Eigen::Vector2d(0.5, 1));
  EXPECT_EQ(file.campaign.candidates[1].position, Eigen::Vector2d(0.25, 0));
  EXPECT_EQ(std::get<std::string>(file.campaign.candidates[1].about.at("hole")), "A3");
  EXPECT_EQ(std::get<double>(file.campaign.candidates[1].about.at("thickness")), 1.5);
  const std::string once = write_campaign(file);
  EXPECT_EQ(write_campaign(read_campaign(once)), once);
  EXPECT_THAT(once, HasSubstr("\"hole\": \"A3\""));
  EXPECT_THAT(once, HasSubstr("\"solvent\": \"toluene\""));
}

TEST(CandidateCodec, LeavesOutWhatIsNoAxis) {
  const CampaignFile file = read_campaign(
      campaign_with(R"({"name": "z", "fixed": 4})", R"(, "candidates": [[0.5], {"x": 1}])"));
  EXPECT_EQ(file.campaign.candidates[0].position, Eigen::Vector2d(0.5, 4));
  EXPECT_EQ(file.campaign.candidates[1].position, Eigen::Vector2d(1, 4));
}

TEST(CandidateCodec, RefusesByName) {
  for (const auto& [candidates, message] : {
           std::pair{"[]", "/candidates: expected an array of 1 to 100000 positions, got []"},
           {R"([[0.5, "water"], [1.5, "water"]])",
            "/candidates/1: expected a value in [0, 1] of \"x\", got 1.5"},
           {R"([[0.5, "acetone"]])",
            "/candidates/0/1: expected one of the values of \"solvent\" (\"water\", \"toluene\"), "
            "got "
            "\"acetone\""},
           {R"([[0.5, "watr"]])", "got \"watr\"; did you mean \"water\"?"},
           {R"([{"x": 0.5, "solvent": 1}])", "/candidates/0/solvent: expected a string, got 1"},
           {R"([[0.5]])", "/candidates/0: expected 2 values, one for each parameter"},
           {R"([{"x": 0.5}])", "/candidates/0: expected the key \"solvent\""},
           {R"([{"x": 0.5, "solvent": "water", "hole": [1]}])",
            "/candidates/0/hole: expected a number"},
           {"[3]", "/candidates/0: expected an array of a value for each parameter"},
       })
    EXPECT_THAT(refusal(kSolvent, std::string(", \"candidates\": ") + candidates),
                HasSubstr(message))
        << candidates;
  EXPECT_THAT(refusal(R"({"name": "n", "integer": true, "range": [1, 9]})",
                      R"(, "candidates": [[0.5, 3.5]])"),
              HasSubstr("/candidates/0: expected a whole number of \"n\", got 3.5"));
}

TEST(CandidateCodec, PartsOfCandidatesAddUpAndWhatIsMeasuredIsLeftOut) {
  const std::string ink = R"({"name": "ink", "simplex": ["a", "b"]},
                             {"name": "T", "range": [0, 1], "role": "context"})";
  EXPECT_THAT(refusal(ink, R"(, "candidates": [[0, 0.5, 0.5], [1, 0.5, 0.4]])"),
              HasSubstr("/candidates/1: expected a + b = 1, got 0.9"));
  const CampaignFile file = read_campaign(
      campaign_with(ink, R"(, "candidates": [[0, 0.5, 0.5], {"x": 1, "a": 0.25, "b": 0.75}])"));
  EXPECT_EQ(file.campaign.candidates[1].position.head(3), Eigen::Vector3d(1, 0.25, 0.75));
}

TEST(ValueCodec, CategoriesAreNamedAndNumbersAreNumbers) {
  const optimizer::Parameter solvent = read(kSolvent);
  EXPECT_EQ(json_from_value(1, solvent), Json("toluene"));
  EXPECT_EQ(value_from_json("toluene", solvent, "/v"), 1);
  optimizer::Parameter x;
  EXPECT_EQ(json_from_value(0.25, x), Json(0.25));
  EXPECT_EQ(value_from_json(0.25, x, "/v"), 0.25);
}

}  // namespace
}  // namespace foray::codec::parameter_codec_test
