#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include "foray/simulator/scene.h"

namespace foray::simulator {

// What cylinders of one mean direction scatter. |F|^2 is a function of q along the axis times one
// of q across it, each averaged over its size, so that two tables serve every orientation: linear,
// to 1e-6 of what the nearest crest of each is, where that is not too fine for a table (see
// require_table in the source).
class OrientedField {
 public:
  // wavelength in angstrom; q_max: the largest |q| that a pixel sees [1/angstrom].
  // index: its place among the scene's cylinders.
  // Throws std::invalid_argument naming what is too large for the tables or the jitter's limit.
  OrientedField(const OrientedCylinders& cylinders, double wavelength, double q_max,
                std::size_t index = 0);

  // [1/cm] in n directions, by the components of their unit vectors along t1 and t2.
  [[nodiscard]] Eigen::ArrayXd intensity(const double* up, const double* side,
                                         Eigen::Index n) const;

 private:
  static constexpr Eigen::Index kTogether = 256;  // directions
  using Directions = Eigen::Array<double, Eigen::Dynamic, 1, 0, kTogether, 1>;
  struct Step {  // of a table
    double value, slope;
  };
  static std::vector<Step> steps_of(const Eigen::ArrayXd& values);
  static double look_up(const std::vector<Step>& table, double place) {
    const auto i = static_cast<std::size_t>(place);
    return table[i].value + (place - static_cast<double>(i)) * table[i].slope;
  }
  // rate: how fast the waves turn with the direction, at most.
  void set_axes(const OrientedCylinders& cylinders, double rate);
  [[nodiscard]] double at(const Eigen::Vector3d& q) const;
  [[nodiscard]] double sum(const Directions& along, const Directions& across,
                           Eigen::Index first) const;

  double k_;
  Eigen::ArrayXd x_, y_, z_;           // of the axes in all orientations
  Eigen::ArrayXd weight_;              // adding up to what |F|^2 is multiplied with
  std::vector<Step> along_;            // over |q| along the axis
  std::vector<Step> across_;           // over the square of q across it
  double along_steps_, across_steps_;  // a unit of either
};

}  // namespace foray::simulator
