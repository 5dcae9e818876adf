#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "foray/codec/campaign_codec.h"
#include "foray/codec/campaign_json.h"

namespace foray::codec {
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
            "/candidates/0/1: expected one of the values of \"solvent\", got \"acetone\""},
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

TEST(ValueCodec, CategoriesAreNamedAndNumbersAreNumbers) {
  const optimizer::Parameter solvent = read(kSolvent);
  EXPECT_EQ(json_from_value(1, solvent), Json("toluene"));
  EXPECT_EQ(value_from_json("toluene", solvent, "/v"), 1);
  optimizer::Parameter x;
  EXPECT_EQ(json_from_value(0.25, x), Json(0.25));
  EXPECT_EQ(value_from_json(0.25, x, "/v"), 0.25);
}

}  // namespace
}  // namespace foray::codec
