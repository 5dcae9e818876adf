#include "foray/classifier/exploration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "formula_points.h"

namespace foray::classifier::exploration_test {
namespace {

using testing::formula_points;

constexpr int kImages = 90;
constexpr int kClusters = 3;  // image i is of cluster i % 3

ExplorationState state_of_images() {
  ExplorationState state;
  for (int i = 0; i < kImages; ++i) {
    state.names.push_back("image " + std::to_string(i));
    state.facts.push_back({{"cluster", std::string(1, static_cast<char>('a' + i % kClusters))},
                           {"temperature", std::to_string(10 * i)}});
  }
  state.facts[5].erase("temperature");
  state.projection.layout.epochs = 100;
  return state;
}

Exploration exploration() { return {state_of_images(), formula_points(kImages, kClusters, 12)}; }

InRegion rectangle(double x1, double y1, double x2, double y2) {
  InRegion region{Eigen::Matrix2Xd(2, 4)};
  region.corners << x1, x2, x2, x1, y1, y1, y2, y2;
  return region;
}

template <typename Call>
std::string refusal_of(const Call& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Exploration, BeginsWithAllImages) {
  const Exploration all = exploration();
  EXPECT_EQ(all.level().images.size(), kImages);
  EXPECT_EQ(all.level().map.cols(), kImages);
  EXPECT_EQ(all.breadcrumbs(), std::vector<std::string>{"all"});
}

TEST(Exploration, SelectsARegionAndLaysItOutAnew) {
  Exploration some = exploration();
  const Eigen::MatrixXf map = some.level().map;
  const float middle = map.row(0).mean();
  std::vector<int> expected;
  for (int i = 0; i < kImages; ++i) {
    if (map(0, i) < middle) expected.push_back(i);
  }
  some.select(rectangle(-1e3, -1e3, middle, 1e3));
  EXPECT_EQ(some.level().images, expected);
  EXPECT_EQ(some.level().map.cols(), static_cast<Eigen::Index>(expected.size()));
  EXPECT_NE(some.level().map.col(0), map.col(expected[0]));
}

TEST(Exploration, SelectsWithinAPolygonThatIsNotConvex) {
  Exploration some = exploration();
  const Eigen::MatrixXf map = some.level().map;
  const Eigen::Vector2f a = map.rowwise().minCoeff().array() - 1;
  const Eigen::Vector2f b = map.rowwise().maxCoeff().array() + 1;
  const Eigen::Vector2f middle = (a + b) / 2;
  // An L: all but the upper right quarter.
  InRegion region{Eigen::Matrix2Xd(2, 6)};
  region.corners << a.x(), b.x(), b.x(), middle.x(), middle.x(), a.x(),  //
      a.y(), a.y(), middle.y(), middle.y(), b.y(), b.y();
  const std::vector<int> found = some.chosen(region);
  for (int i = 0; i < kImages; ++i) {
    const bool upper_right = map(0, i) > middle.x() && map(1, i) > middle.y();
    EXPECT_EQ(std::binary_search(found.begin(), found.end(), i), !upper_right) << i;
  }
}

TEST(Exploration, SelectsAnImageWithItsNearest) {
  Exploration some = exploration();
  some.select(NearImage{"image 7", 20});
  ASSERT_EQ(some.level().images.size(), 21);
  for (const int image : some.level().images) EXPECT_EQ(image % kClusters, 7 % kClusters);
  EXPECT_TRUE(std::binary_search(some.level().images.begin(), some.level().images.end(), 7));
}

TEST(Exploration, SelectsByFactsAsNumbersWhereTheyAre) {
  const Exploration all = exploration();
  EXPECT_EQ(all.chosen(WithFact{"cluster", Comparison::kEqual, "b"}).size(), 30);
  EXPECT_EQ(all.chosen(WithFact{"cluster", Comparison::kUnequal, "b"}).size(), 60);
  // As texts "90" would be above "500"; image 5 has no temperature.
  EXPECT_EQ(all.chosen(WithFact{"temperature", Comparison::kLess, "100"}).size(), 9);
  EXPECT_EQ(all.chosen(WithFact{"temperature", Comparison::kLessOrEqual, "100.0"}).size(), 10);
  EXPECT_EQ(all.chosen(WithFact{"temperature", Comparison::kGreater, "880"}).size(), 1);
  EXPECT_EQ(all.chosen(WithFact{"temperature", Comparison::kGreaterOrEqual, "880"}).size(), 2);
}

TEST(Exploration, GoesToAnyDepthAndBack) {
  Exploration some = exploration();
  some.select(WithFact{"cluster", Comparison::kEqual, "a"});
  some.select(NearImage{"image 0", 15});
  some.select(WithFact{"temperature", Comparison::kLess, "700"});
  const ExplorationLevel deep = some.level();
  EXPECT_EQ(some.breadcrumbs(),
            (std::vector<std::string>{"all", "cluster = a", "15 nearest to image 0",
                                      "temperature < 700"}));
  for (const int image : deep.images) EXPECT_EQ(image % kClusters, 0);
  some.back();
  EXPECT_EQ(some.level().images.size(), 16);
  some.select(WithFact{"temperature", Comparison::kLess, "700"});
  EXPECT_EQ(some.level().map, deep.map);
  some.back(3);
  EXPECT_EQ(some.level().images.size(), kImages);
  EXPECT_THROW(some.back(), std::invalid_argument);
}

TEST(Exploration, OpensWhereItWasLeft) {
  Exploration some = exploration();
  some.select(WithFact{"cluster", Comparison::kEqual, "a"});
  Exploration again(some.state(), formula_points(kImages, kClusters, 12));
  EXPECT_EQ(again.level().map, some.level().map);
  some.select(NearImage{"image 3", 10});
  again.select(NearImage{"image 3", 10});
  EXPECT_EQ(again.level().map, some.level().map);
}

TEST(Exploration, RefusesSelectionsThatHoldNothingAndStaysAsItWas) {
  Exploration some = exploration();
  const auto refused = [&](const Selection& selection) {
    return refusal_of([&] { some.select(selection); });
  };
  EXPECT_NE(refused(rectangle(1e5, 1e5, 2e5, 2e5)).find("got none"), std::string::npos);
  EXPECT_NE(refused(InRegion{Eigen::Matrix2Xd::Zero(2, 2)}).find("corners"), std::string::npos);
  EXPECT_NE(refused(NearImage{"image", 3}).find("name"), std::string::npos);
  EXPECT_NE(refused(NearImage{"image 3", 0}).find("count"), std::string::npos);
  EXPECT_NE(refused(WithFact{"temprature", Comparison::kEqual, "3"}).find("temperature"),
            std::string::npos);
  EXPECT_EQ(some.breadcrumbs().size(), 1);
  some.select(WithFact{"cluster", Comparison::kEqual, "a"});
  EXPECT_NE(refused(NearImage{"image 1", 3}).find("on the map"), std::string::npos);
}

TEST(Describe, RefusesAPolygonWithoutCorners) {
  EXPECT_THROW(describe(InRegion{Eigen::Matrix2Xd(2, 0)}), std::invalid_argument);
}

TEST(Exploration, RefusesStatesThatDoNotHoldTogether) {
  const Eigen::MatrixXf features = formula_points(kImages, kClusters, 12);
  Exploration whole = exploration();
  whole.select(WithFact{"cluster", Comparison::kEqual, "a"});
  const auto refused = [&](const auto& change) {
    ExplorationState state = whole.state();
    change(state);
    return refusal_of([&] { Exploration(state, features); });
  };
  EXPECT_EQ(refused([](ExplorationState&) {}), "accepted");
  EXPECT_NE(refused([](auto& state) { state.names[1] = state.names[0]; }).find("once"),
            std::string::npos);
  EXPECT_NE(refused([](auto& state) { state.names.pop_back(); }).find("features"),
            std::string::npos);
  EXPECT_NE(refused([](auto& state) { state.facts.pop_back(); }).find("facts"), std::string::npos);
  EXPECT_NE(refused([](auto& state) { state.levels[1].images[0] = 900; }).find("level 1"),
            std::string::npos);
  EXPECT_NE(refused([](auto& state) { state.levels[0].images.pop_back(); }).find("level 0"),
            std::string::npos);
  EXPECT_NE(refused([](auto& state) { state.levels[1].selection.reset(); }).find("selection"),
            std::string::npos);
  const auto refused_as = [&](const Selection& selection) {
    return refused([&](auto& state) { state.levels[1].selection = selection; });
  };
  EXPECT_NE(refused_as(InRegion{Eigen::Matrix2Xd(2, 0)}).find("level 1"), std::string::npos);
  EXPECT_NE(refused_as(rectangle(0, 0, std::nan(""), 1)).find("finite"), std::string::npos);
  EXPECT_NE(refused_as(NearImage{"image 0", 0}).find("count"), std::string::npos);
  EXPECT_NE(
      refused([](auto& state) { state.levels[1].map.conservativeResize(2, 3); }).find("place"),
      std::string::npos);
  EXPECT_THROW(Exploration(ExplorationState{}, Eigen::MatrixXf(3, 0)), std::invalid_argument);
}

}  // namespace
}  // namespace foray::classifier::exploration_test
