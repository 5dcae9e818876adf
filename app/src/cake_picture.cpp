#include "cake_picture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "plot.h"

namespace foray::app {
namespace {

constexpr Eigen::Index kWidth = 800, kHeight = 400;
// Below the brightest thousandth by more than this factor everything looks alike.
constexpr double kContrast = 1e5;

// log10 of the intensity, NaN in bins without a pixel, what is beyond the scale at its end.
Eigen::MatrixXd brightness(const scattering::Image& intensity) {
  std::vector<double> positive;
  for (const double value : intensity.reshaped()) {
    if (std::isfinite(value) && value > 0) positive.push_back(value);
  }
  double least = 1, most = 10;
  if (!positive.empty()) {
    std::sort(positive.begin(), positive.end());
    const auto at = [&](double part) {
      return positive[static_cast<std::size_t>(part * static_cast<double>(positive.size() - 1))];
    };
    most = at(0.999);
    least = std::max(at(0.001), most / kContrast);
    if (!(least < most)) least = most / 10;
  }
  return intensity.unaryExpr([&](double value) {
    return std::isnan(value) ? value : std::log10(std::clamp(value, least, most));
  });
}

// Whether bins have equal ratios rather than equal widths.
bool by_ratios(const Eigen::VectorXd& q) {
  if (q.size() < 3 || !(q[0] > 0)) return false;
  return q[2] - q[1] > (1 + 1e-6) * (q[1] - q[0]);
}

bool evenly_spaced(const Eigen::VectorXd& edges, bool ratios) {
  const Eigen::ArrayXd at = ratios ? Eigen::ArrayXd(edges.array().log()) : edges.array();
  const double mean = (at[at.size() - 1] - at[0]) / static_cast<double>(at.size() - 1);
  const auto steps = at.tail(at.size() - 1) - at.head(at.size() - 1);
  return ((steps - mean).abs() < 1e-3 * mean).all();
}

}  // namespace

Picture cake_picture(const files::AzimuthalIntegral& cake) {
  const Eigen::MatrixXd values = brightness(cake.intensity);
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (const double value : values.reshaped()) {
    if (std::isnan(value)) continue;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  const Eigen::Index wide = std::max<Eigen::Index>(1, kWidth / values.cols());
  const Eigen::Index high = std::max<Eigen::Index>(1, kHeight / values.rows());
  Picture picture;
  picture.width = static_cast<int>(wide * values.cols());
  picture.height = static_cast<int>(high * values.rows());
  for (Eigen::Index i = 0; i < high * values.rows(); ++i) {
    for (Eigen::Index j = 0; j < wide * values.cols(); ++j) {
      const double value = values(values.rows() - 1 - i / high, j / wide);
      picture.pixels.push_back(std::isnan(value)
                                   ? Rgb{128, 128, 128}
                                   : heat_colour((value - least) / std::max(most - least, 1e-12)));
    }
  }
  return picture;
}

std::string cake_plot(const std::string& title, const files::AzimuthalIntegral& cake) {
  const bool ratios = by_ratios(cake.q);
  const bool even = cake.q_edges.size() > 1 && evenly_spaced(cake.q_edges, ratios);
  Axes axes{.title = title,
            .x_label = even ? "q [1/angstrom]" : "bin of q",
            .y_label = "azimuth [degrees]",
            .log_x = even && ratios,
            .width = 760,
            .height = 440};
  axes.title += " (log10 of the intensity)";
  Map map;
  if (even) {
    map.x_lower = cake.q_edges[0];
    map.x_upper = cake.q_edges[cake.q_edges.size() - 1];
  } else {
    map.x_upper = static_cast<double>(cake.q.size());
  }
  map.y_lower = cake.chi_edges[0] * 180 / M_PI;
  map.y_upper = cake.chi_edges[cake.chi_edges.size() - 1] * 180 / M_PI;
  map.values = brightness(cake.intensity);
  return plot_file(map_plot(axes, map));
}

}  // namespace foray::app
