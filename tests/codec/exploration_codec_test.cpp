#include "foray/codec/exploration_codec.h"

#include <gtest/gtest.h>

#include <string>

#include "foray/codec/codec_error.h"

namespace foray::codec::exploration_codec_test {
namespace {

using namespace classifier;

Exploration explored() {
  ExplorationState state;
  Eigen::MatrixXf features(3, 40);
  for (int i = 0; i < 40; ++i) {
    state.names.push_back("a \"" + std::to_string(i) + "\"");
    state.facts.push_back({{"t", std::to_string(i % 7)}});
    features.col(i) << static_cast<float>(i % 4), static_cast<float>(i % 7),
        0.1F * static_cast<float>(i);
  }
  state.left_out = {"broken"};
  state.folder = "/images";
  state.features_sha256 = "0123";
  state.encoder_sha256 = "4567";
  state.weights = {.texture = 0.25, .scale = 0, .symmetry = 2};
  state.projection.metric = Metric::kCorrelation;
  state.projection.neighbours = 7;
  state.projection.layout.epochs = 20;
  state.projection.layout.seed = 99;
  Exploration exploration(state, features);
  InRegion all{Eigen::Matrix2Xd(2, 4)};
  all.corners << -100, 100, 100, -100, -100, -100, 100, 100;
  exploration.select(all);
  exploration.select(NearImage{state.names[3], 20});
  exploration.select(WithFact{"t", Comparison::kGreaterOrEqual, "1"});
  return exploration;
}

TEST(ExplorationCodec, WritesWhatItReads) {
  const ExplorationState state = explored().state();
  const std::string text = write_exploration(state);
  const ExplorationState again = read_exploration(text);
  EXPECT_EQ(write_exploration(again), text);
  EXPECT_EQ(again.names, state.names);
  EXPECT_EQ(again.left_out, state.left_out);
  EXPECT_EQ(again.facts, state.facts);
  EXPECT_EQ(again.folder, "/images");
  EXPECT_EQ(again.features_sha256, "0123");
  EXPECT_EQ(again.encoder_sha256, "4567");
  EXPECT_EQ(again.weights.scale, 0);
  EXPECT_EQ(again.projection.layout.seed, 99U);
  ASSERT_EQ(again.levels.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(again.levels[i].images, state.levels[i].images);
    EXPECT_EQ(again.levels[i].map, state.levels[i].map);
    ASSERT_EQ(again.levels[i].selection.has_value(), i > 0);
    if (i == 0) continue;
    EXPECT_EQ(describe(*again.levels[i].selection), describe(*state.levels[i].selection));
  }
}

TEST(ExplorationCodec, RefusesWhatIsWrongByItsPlace) {
  const std::string text = write_exploration(explored().state());
  const auto refused = [&](const std::string& from, const std::string& to) -> std::string {
    std::string changed = text;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);
    try {
      read_exploration(changed);
    } catch (const CodecError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_NE(refused("\"foray_exploration\":1", "\"foray_exploration\":2").find("version 1"),
            std::string::npos);
  EXPECT_NE(refused("\"metric\":\"correlation\"", "\"metric\":\"l1\"").find("/projection/metric"),
            std::string::npos);
  EXPECT_NE(refused("\"neighbours\"", "\"neighbors\"").find("neighbours"), std::string::npos);
  EXPECT_NE(refused("\"images\":[0,", "\"images\":[-1,").find("/levels/0/images/0"),
            std::string::npos);
  EXPECT_NE(refused("\"comparison\":\">=\"", "\"comparison\":\"~\"").find("/comparison"),
            std::string::npos);
  EXPECT_NE(refused("\"images\":[0,", "\"images\":[").find("x and y"), std::string::npos);
  EXPECT_NE(refused("\"selection\":{\"x\":[-100.0,100.0,100.0,-100.0],"
                    "\"y\":[-100.0,-100.0,100.0,100.0]}",
                    "\"selection\":{\"x\":[],\"y\":[]}")
                .find("/levels/1/selection/x: expected at least 3 corners"),
            std::string::npos);
  EXPECT_NE(refused("\"count\":20", "\"count\":0").find("/levels/2/selection/count"),
            std::string::npos);
  EXPECT_THROW(read_exploration("{}"), CodecError);
  EXPECT_THROW(read_exploration(text.substr(0, text.size() / 2)), CodecError);
}

}  // namespace
}  // namespace foray::codec::exploration_codec_test
