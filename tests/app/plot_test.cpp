#include "plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace foray::app::plot_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Ticks, AreRoundAndInsideTheRange) {
  EXPECT_THAT(ticks(0, 10, 5, false), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(ticks(-1, 1, 4, false), ElementsAre(-1, -0.5, 0, 0.5, 1));
  EXPECT_THAT(ticks(0.5, 2000, 5, true), ElementsAre(1, 10, 100, 1000));
  EXPECT_THAT(ticks(14, 440, 5, true), ElementsAre(20, 50, 100, 200));
  EXPECT_TRUE(ticks(1, 1, 5, false).empty());
  EXPECT_TRUE(ticks(0, std::nan(""), 5, false).empty());
}

TEST(Escape, LeavesNoMarkup) {
  EXPECT_EQ(escape("<b a='1'>&\""), "&lt;b a=&#39;1&#39;&gt;&amp;&quot;");
}

TEST(LinePlot, BreaksTheLineAtValuesThatAreNotFinite) {
  const std::string svg = line_plot({}, {{"one", {0, 1, 2, 3}, {1, std::nan(""), 2, 3}}});
  const auto moves = std::count(svg.begin(), svg.end(), 'M');
  EXPECT_EQ(moves, 2);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(LinePlot, LeavesOutWhatALogarithmCannotShow) {
  Axes axes;
  axes.log_y = true;
  const std::string svg = line_plot(axes, {{"", {0, 1, 2}, {0, 1, 10}}});
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(LinePlot, EscapesWhatPeopleNamed) {
  const std::string svg = line_plot({"<script>", "x", "y"}, {{"<i>", {0, 1}, {0, 1}}});
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
  EXPECT_THAT(svg, Not(HasSubstr("<i>")));
}

TEST(MapPlot, DrawsPointsAtTheirPlaces) {
  Map map;
  map.values = Eigen::MatrixXd::Random(4, 4);
  map.points = {{0.5, 0.5, "white", 1}};
  Axes axes;
  const std::string svg = map_plot(axes, map);
  // The middle of the drawing: between 62 and width - 92, between 30 and height - 44.
  EXPECT_THAT(svg, HasSubstr("cx='215.0' cy='153.0'"));
}

TEST(MapPlot, SurvivesAFieldWithoutAnyValue) {
  Map map;
  map.values = Eigen::MatrixXd::Constant(3, 3, std::nan(""));
  EXPECT_THAT(map_plot({}, map), Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace foray::app::plot_test
