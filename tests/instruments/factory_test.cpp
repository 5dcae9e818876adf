#include "foray/instruments/factory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "helpers.h"

namespace foray::instruments::factory_test {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

codec::CampaignFile campaign_with(const std::string& instrument) {
  return codec::read_campaign(R"({"parameters": [
      {"name": "x", "range": [0, 10], "speed": 2, "settle_s": 0.5},
      {"name": "y", "range": [0, 10], "speed": 5},
      {"name": "t", "range": [1, 2], "role": "exposure"}],
    "instrument": )" + instrument +
                              R"(, "observables": [{"name": "f", "from": "value:f"}],
    "objective": {"kind": "explore", "observable": "f"}})");
}

std::string refusal(const std::string& instrument) {
  try {
    make_instrument(campaign_with(instrument));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "(accepted)";
}

TEST(MakeInstrument, MovesWithTheCampaignsSpeedsAndLeavesExposuresOut) {
  const auto instrument =
      make_instrument(campaign_with(R"({"adapter": "function", "function": "branin"})"));
  EXPECT_EQ(instrument->description(), "function branin");
  for (int id = 1; id <= 2; ++id) {
    instrument->submit({id, {"x", "y", "t"}, point({id * 2.0, 5, 1}), 1});
  }
  instrument->poll(milliseconds(0));
  const auto result = instrument->poll(milliseconds(0));
  ASSERT_TRUE(result);
  EXPECT_DOUBLE_EQ(result->motion_s, 2 / 2.0 + 0.5);
}

TEST(MakeInstrument, ReplaysATableOfTheFolder) {
  const TemporaryFolder folder;
  folder.write("t.csv", "x,y,f\n1,1,7\n2,2,8\n");
  const auto instrument = make_instrument(
      campaign_with(R"({"adapter": "replay", "file": "t.csv"})"), {.folder = folder.path()});
  instrument->submit({1, {"x", "y", "t"}, point({1.9, 2.2, 1}), 1});
  const auto result = instrument->poll(milliseconds(0));
  ASSERT_TRUE(result);
  EXPECT_EQ(value_of(*result), 8);
  EXPECT_EQ(result->read_back, point({2, 2, 1}));
}

TEST(MakeInstrument, AnswersForTheWayOfMeasuringAndTakesItsTime) {
  const TemporaryFolder folder;
  folder.write("t.csv", "x,way,f\n1,0,7\n1,1,9\n2,0,8\n2,1,10\n");
  const codec::CampaignFile file = codec::read_campaign(R"({"parameters": [
      {"name": "x", "range": [0, 10]},
      {"name": "way", "role": "fidelity", "values": ["fast", "slow"], "seconds": [2, 60]}],
    "instrument": {"adapter": "replay", "file": "t.csv"},
    "observables": [{"name": "f", "from": "value:f"}],
    "objective": {"kind": "explore", "observable": "f"}})");
  const auto instrument = make_instrument(file, {.folder = folder.path()});
  for (int id = 1; id <= 2; ++id) {
    instrument->submit({id, {"x", "way"}, point({1, id - 1.0}), 0.5});
    const auto result = instrument->poll(milliseconds(0));
    ASSERT_TRUE(result);
    EXPECT_EQ(value_of(*result), id == 1 ? 7 : 9);
    EXPECT_EQ(result->exposure_s, id == 1 ? 2.5 : 60.5);
  }
}

TEST(MakeInstrument, SaysWhatCannotBeHad) {
  EXPECT_THAT(refusal(R"({"adapter": "function", "function": "hartmann6"})"),
              HasSubstr("expected 6 inputs, got 2"));
  EXPECT_THAT(refusal(R"({"adapter": "simulator", "sample": "none"})"), HasSubstr("none"));
  EXPECT_THAT(refusal(R"({"adapter": "replay", "file": "nowhere.csv"})"),
              HasSubstr("could not open"));
  EXPECT_THAT(refusal(R"({"adapter": "tango", "device": "a/b/c", "parameters": {"x": "p"},
                          "observables": {"f": "q"}})"),
              HasSubstr("the parameter y"));
  EXPECT_THAT(refusal(R"({"adapter": "registered", "name": "mine"})"), HasSubstr("foray serve"));
}

}  // namespace
}  // namespace foray::instruments::factory_test
