// Transitions in campaign files: where they are looked for, and rules that wait for one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "foray/codec/campaign_codec.h"

namespace foray::codec::transition_codec_test {
namespace {

using ::testing::HasSubstr;

std::string campaign(const std::string& more, const std::string& from = "value:f") {
  return R"({"parameters": [{"name": "x", "range": [0, 1]},
      {"name": "e", "range": [1, 5], "role": "exposure"},
      {"name": "t", "range": [0, 9], "role": "context", "from": "elapsed", "unit": "min"}],
    "instrument": {"adapter": "function", "function": "branin"},
    "observables": [{"name": "f", "from": ")" +
         from + R"("}], "objective": {"kind": "explore", "observable": "f"}, )" + more + "}";
}

TEST(TransitionCodec, ReadsAndWritesEveryMember) {
  const CampaignFile file = read_campaign(campaign(
      R"("transitions": {"along": "x", "of": ["f"], "chance": 0.001, "stretch": 0.25},
      "react": [{"transition": {}, "narrow": {"around": 0.2}},
                {"transition": {"within": 0.1}, "densify": {"to": 0.01, "measurements": 7},
                 "objective": {"kind": "maximise", "observable": "f"}, "pause": true},
                {"observable": "f", "at_least": 2, "narrow": {"parameter": "x", "range": [0, 0.5]}}],
      "stop": [{"kind": "transition_within", "value": 0.01}])"));
  const campaign::CampaignSpec& spec = file.campaign;
  ASSERT_TRUE(spec.transitions);
  EXPECT_EQ(spec.transitions->along, "x");
  EXPECT_EQ(spec.transitions->of, std::vector<std::string>{"f"});
  EXPECT_EQ(spec.transitions->chance, 0.001);
  EXPECT_EQ(spec.transitions->stretch, 0.25);
  ASSERT_EQ(spec.react.size(), 3U);
  EXPECT_TRUE(std::isinf(spec.react[0].transition_within.value()));
  EXPECT_EQ(spec.react[0].around, 0.2);
  EXPECT_EQ(spec.react[1].transition_within, 0.1);
  EXPECT_EQ(spec.react[1].densify->to, 0.01);
  EXPECT_EQ(spec.react[1].densify->measurements, 7);
  EXPECT_FALSE(spec.react[2].transition_within);
  EXPECT_EQ(spec.react[2].range_of, "x");
  EXPECT_EQ(spec.stop[0].kind, campaign::StopKind::kTransitionWithin);
  EXPECT_EQ(spec.stop[0].value, 0.01);
  const std::string once = write_campaign(file);
  EXPECT_EQ(write_campaign(read_campaign(once)), once);
  EXPECT_THAT(once, HasSubstr("\"within\": 0.1"));
}

TEST(TransitionCodec, FramesAreWatchedWhereNoObservablesAreNamed) {
  const CampaignFile file =
      read_campaign(campaign(R"("transitions": {"along": "t"})", "curve:mean_intensity"));
  EXPECT_TRUE(file.campaign.transitions->of.empty());
  EXPECT_EQ(file.campaign.transitions->chance, 1e-4);
  EXPECT_EQ(file.campaign.transitions->stretch, 0);
}

TEST(TransitionCodec, WhatCannotBeIsRefusedByItsPlace) {
  const auto refused = [](const std::string& more) -> std::string {
    try {
      read_campaign(campaign(more));
    } catch (const CodecError& error) {
      return error.what();
    }
    return "accepted";
  };
  const std::string watch = R"("transitions": {"along": "x", "of": ["f"]}, )";
  for (const auto& [more, problem] : std::vector<std::pair<std::string, std::string>>{
           {R"("transitions": {"of": ["f"]})", "/transitions: expected the key \"along\""},
           {R"("transitions": {"along": "y", "of": ["f"]})",
            "/transitions/along: expected the name of a parameter, got \"y\""},
           {R"("transitions": {"along": "e", "of": ["f"]})",
            "/transitions/along: expected a parameter with numbers that are set or measured"},
           {R"("transitions": {"along": "x", "of": ["g"]})",
            "/transitions/of: expected observables of the campaign, each once, got \"g\""},
           {R"("transitions": {"along": "x"})",
            "/transitions: expected observables in \"of\", as an instrument that answers with"},
           {R"("transitions": {"along": "x", "of": ["f"], "chance": 0.5})",
            "/transitions/chance: expected a number above 0, at most 0.1"},
           {R"("transitions": {"along": "x", "of": ["f"], "length": 1})",
            "/transitions/length: unknown key"},
           {R"("react": [{"transition": {}, "pause": true}])",
            "/react/0/transition: expected a campaign that says with \"transitions\""},
           {watch + R"("react": [{"transition": {}, "observable": "f", "pause": true}])",
            "/react/0: expected \"observable\" or \"transition\", got both or neither"},
           {watch + R"("react": [{"narrow": {"around": 1}, "pause": true}])",
            "/react/0: expected the key \"observable\""},
           {watch + R"("react": [{"transition": {}, "at_least": 3, "pause": true}])",
            "/react/0/at_least: expected none of a rule that waits for a \"transition\""},
           {watch + R"("react": [{"transition": {}, "at_most": 3, "pause": true}])",
            "/react/0/at_most: expected none of a rule that waits for a \"transition\""},
           {watch + R"("react": [{"transition": {"within": 1}}])",
            "or with \"transition\", and what to do, got {\"transition\":{\"within\":1}}"},
           {watch + R"("react": [{"observable": "f", "at_least": 3, "densify": {"to": 1}}])",
            "/react/0/densify: expected a rule that waits for a \"transition\""},
           {watch + R"("react": [{"transition": {}, "densify": {"to": 0}}])",
            "/react/0/densify/to: expected a number > 0"},
           {watch + R"("react": [{"transition": {}, "narrow": {"around": 1, "range": [0, 1]}}])",
            "/react/0/narrow/range: unknown key"},
           {R"("transitions": {"along": "t", "of": ["f"]},
               "react": [{"transition": {}, "narrow": {"around": 1}}])",
            "/react/0/narrow/around: expected transitions along a parameter that is set"},
           {R"("stop": [{"kind": "transition_within", "value": 1}])",
            "/stop/0/kind: \"transition_within\": expected a campaign that says"}}) {
    EXPECT_THAT(refused(more), HasSubstr(problem)) << more;
  }
}

}  // namespace
}  // namespace foray::codec::transition_codec_test
