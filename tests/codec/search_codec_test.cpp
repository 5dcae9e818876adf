// How a campaign file says where to begin, what is safe, and how the search goes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "foray/codec/campaign_codec.h"

namespace foray::codec::search_codec_test {
namespace {

using ::testing::HasSubstr;

std::string campaign_with(const std::string& more, const std::string& subject_to = "[]",
                          const std::string& kind = "maximise") {
  return R"({"parameters": [{"name": "x", "range": [0, 1]}, {"name": "c", "values": ["a", "b"]},
                            {"name": "e", "range": [0.5, 9], "role": "exposure"}],
             "instrument": {"adapter": "registered", "name": "robot"},
             "observables": [{"name": "f", "from": "value:f"}, {"name": "g", "from": "value:g"}],
             "objective": {"kind": ")" +
         kind + R"(", "observable": "f", "subject_to": )" + subject_to + "}" + more + "}";
}

std::string refusal(const std::string& text) {
  try {
    (void)read_campaign(text);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "accepted";
}

campaign::CampaignSpec read(const std::string& text) {
  const std::string once = write_campaign(read_campaign(text));
  EXPECT_EQ(write_campaign(read_campaign(once)), once);
  return read_campaign(once).campaign;
}

const char* const kSafe = R"([{"observable": "g", "at_least": 0.5, "probability": 0.95}])";
const char* const kStart =
    R"(, "start": [[0.25, "b"], {"x": 0.5, "c": "a"}, {"c": "b", "x": 0, "why": "known"}])";

TEST(SearchCodec, ReadsTrustRegionsAndTheirDefaults) {
  EXPECT_FALSE(read(campaign_with("")).acquisition.trust_region);
  const auto plain = read(campaign_with(R"(, "acquisition": {"trust_region": true})"));
  ASSERT_TRUE(plain.acquisition.trust_region);
  EXPECT_EQ(plain.acquisition.trust_region->length, 0.8);
  const auto full = read(campaign_with(
      R"(, "acquisition": {"trust_region": {"length": 0.5, "least": 0.1, "successes": 2,
                                            "failures": 7}})"));
  EXPECT_EQ(full.acquisition.trust_region->length, 0.5);
  EXPECT_EQ(full.acquisition.trust_region->least, 0.1);
  EXPECT_EQ(full.acquisition.trust_region->successes, 2);
  EXPECT_EQ(full.acquisition.trust_region->failures, 7);
}

TEST(SearchCodec, ReadsWhoComputesARemoteFunction) {
  const auto plain =
      read(campaign_with(R"(, "acquisition": {"kind": "remote", "function": "my score"})"));
  EXPECT_EQ(plain.acquisition.kind, optimizer::AcquisitionKind::kRemote);
  EXPECT_EQ(plain.acquisition.function, "my score");
  EXPECT_EQ(plain.acquisition.timeout_s, 60);
  const auto hasty = read(campaign_with(
      R"(, "acquisition": {"kind": "remote", "function": "m", "timeout_s": 0.5, "batch": 3})"));
  EXPECT_EQ(hasty.acquisition.timeout_s, 0.5);
  EXPECT_EQ(hasty.in_flight, 3);
}

TEST(SearchCodec, ReadsWhereToBeginAndWhatIsSafe) {
  const campaign::CampaignSpec spec = read(campaign_with(kStart, kSafe));
  ASSERT_EQ(spec.start.size(), 3U);
  EXPECT_EQ(spec.start[0].position.head(2), Eigen::Vector2d(0.25, 1));
  EXPECT_EQ(spec.start[1].position.head(2), Eigen::Vector2d(0.5, 0));
  EXPECT_EQ(spec.objective.subject_to.at(0).probability, 0.95);
  EXPECT_TRUE(read(campaign_with(R"(, "acquisition": {"decide_exposure": true})"))
                  .acquisition.decide_exposure);
}

TEST(SearchCodec, ReadsWhetherABatchIsChosenTogether) {
  EXPECT_FALSE(read(campaign_with(R"(, "acquisition": {"batch": 4})")).joint_batch);
  const campaign::CampaignSpec spec =
      read(campaign_with(R"(, "acquisition": {"batch": 4, "joint": true})"));
  EXPECT_TRUE(spec.joint_batch);
  EXPECT_EQ(spec.in_flight, 4);
  EXPECT_FALSE(spec.learn_cost);
  EXPECT_TRUE(read(campaign_with(R"(, "acquisition": {"learn_cost": true})")).learn_cost);
}

TEST(SearchCodec, RefusesByName) {
  for (const auto& [text, message] : {
           std::pair{campaign_with("", kSafe),
                     "/start: expected 3 or more positions that are known"},
           {campaign_with(R"(, "start": [[0.5, "c"]])"), "/start/0/1: expected one of the values"},
           {campaign_with(R"(, "start": [[1.5, "a"]])"), "/start/0: expected a value in [0, 1]"},
           {campaign_with(R"(, "start": [[0.5, "a"]], "candidates": [[0.25, "a"]])"),
            "/start/0: expected one of the candidates"},
           {campaign_with("", R"([{"observable": "g", "at_least": 0.5, "probability": 1}])"),
            "/objective/subject_to/0/probability: expected a number above 0 and below 1, got 1"},
           {campaign_with(R"(, "acquisition": {"joint": true})"),
            "/acquisition/joint: expected a \"batch\" of 2 or more, got 1"},
           {campaign_with(R"(, "acquisition": {"trust_region": 3})"),
            "/acquisition/trust_region: expected true, or an object with length"},
           {campaign_with(R"(, "acquisition": {"trust_region": false})"),
            "/acquisition/trust_region: expected true or an object, got false"},
           {campaign_with(R"(, "acquisition": {"trust_region": {"size": 1}})"),
            "/acquisition/trust_region"},
           {campaign_with(R"(, "acquisition": {"trust_region": {"length": 0.5, "least": 0.5}})"),
            "trust_region: least must be above 0 and below length"},
           {campaign_with(R"(, "acquisition": {"trust_region": true})", "[]", "explore"),
            "/acquisition/trust_region: expected an objective of one term that is made largest"},
           {campaign_with(R"(, "acquisition": {"decide_exposure": 1})"),
            "/acquisition/decide_exposure: expected true or false, got 1"},
       })
    EXPECT_THAT(refusal(text), HasSubstr(message)) << text;
  std::string where = campaign_with("");
  const std::string empty = R"("subject_to": [])";
  where.replace(where.find(empty), empty.size(),
                R"("where": [{"observable": "g", "at_least": 1, "probability": 0.5}])");
  EXPECT_THAT(refusal(where), HasSubstr("/objective/where/0/probability: expected it in"));
  const std::string exposure = R"({"name": "e", "range": [0.5, 9], "role": "exposure"})";
  std::string none = campaign_with(R"(, "acquisition": {"decide_exposure": true})");
  none.replace(none.find(exposure), exposure.size(), R"({"name": "e", "range": [0.5, 9]})");
  EXPECT_THAT(refusal(none), HasSubstr("decide_exposure needs a parameter with the role exposure"));
}

}  // namespace
}  // namespace foray::codec::search_codec_test
