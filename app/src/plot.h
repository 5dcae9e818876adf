#pragma once

#include <string>
#include <utility>
#include <vector>

#include "picture.h"

namespace foray::app {

/// One line, or set of marks, of a plot.
struct Series {
  std::string name;          ///< for the legend; "" keeps it out of it.
  std::vector<double> x, y;  ///< equal sizes; a point that is not finite breaks the line.
  std::string colour = "#3465a4";
  bool line = true;    ///< join the points.
  bool marks = false;  ///< draw each point.
  bool order = false;  ///< write 1, 2, 3 ... beside the marks.
  bool dashed = false;
  std::string text = {};  ///< written beside the first point.
};

/// What surrounds a plot.
struct Axes {
  std::string title;
  std::string x_label, y_label;  ///< with units.
  bool log_x = false, log_y = false;
  int width = 460, height = 320;  ///< of the drawing [CSS pixels].
};

/// A number in four digits, as plots and tables write it.
std::string short_number(double value);

/// How the parts of plots look, for the style of a page.
extern const char* const kPlotStyle;

/// A plot as a file of its own: on white, with the style that a page would give it.
std::string plot_file(const std::string& svg);

/// Lines and marks over labelled axes, the names beside them, as an inline SVG element. The range
/// is that of the data.
std::string line_plot(const Axes& axes, const std::vector<Series>& series);

/// What is drawn over a map.
struct MapPoint {
  double x = 0, y = 0;  ///< in the axes' units.
  std::string colour = "white";
  int order = 0;  ///< 1, 2, 3 ... written beside it where `show_order`.
};

/// A field over a rectangle.
struct Map {
  double x_lower = 0, x_upper = 1, y_lower = 0, y_upper = 1;
  /// (i, j): value at the i-th y and j-th x, cell centres, in equal steps along each axis as it is
  /// drawn (equal ratios along a logarithmic one); NaN: none.
  Eigen::MatrixXd values;
  std::vector<MapPoint> points;
  bool show_order = false;
  /// For class maps: names and colours of the values 0, 1, 2 ...; empty: a continuous scale.
  std::vector<std::pair<std::string, Rgb>> classes;
};

/// A heat map with its colour bar (or class legend) and the points over it, as an inline SVG
/// element.
std::string map_plot(const Axes& axes, const Map& map);

/// Text made safe for HTML and SVG.
std::string escape(const std::string& text);

/// Round tick positions that cover [lower, upper], about `count` of them.
std::vector<double> ticks(double lower, double upper, int count, bool logarithmic);

}  // namespace foray::app
