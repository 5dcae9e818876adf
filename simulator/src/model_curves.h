#pragma once

#include <Eigen/Core>
#include <vector>

#include "foray/scattering/curve_table.h"
#include "foray/simulator/scene.h"
#include "radial_set.h"

namespace foray::simulator {

// The parts that a pattern is made of in the words of labels.h, over q as a table of its own.
struct CurveShape {
  std::vector<double> diffuse;  // what falls with q, above what is left at the last q
  std::vector<double> halo;     // crests wider than a quarter of their q
  std::vector<double> ring;     // narrower crests

  [[nodiscard]] double at(const std::vector<double>& part, double fraction) const {
    const double x = std::min(1.0, fraction) * static_cast<double>(part.size() - 2);
    const auto i = static_cast<std::size_t>(x);
    return part[i] + (x - static_cast<double>(i)) * (part[i + 1] - part[i]);
  }
};

// The models of a scene as one table over q, with resolution, exact to 1e-6 of the largest value
// near q (scattering/curve_table.h); below `lower` they stay at what they are there.
class ModelCurves {
 public:
  // lower, upper [1/angstrom]. Throws std::invalid_argument naming the model that is refused.
  ModelCurves(const Scene& scene, const Resolution& resolution, double lower, double upper);

  [[nodiscard]] bool empty() const { return table_.empty(); }

  // The sum of all [1/cm] at q, which is 0 to `upper`.
  [[nodiscard]] double at(double q) const {
    return table_.at(std::min(std::sqrt(q) * table_.steps_per_root(), last_));
  }

  // Adds the sum at n values of q by their roots.
  void add(const double* root, Eigen::Index n, double* out) const;

  // One for each model; q = fraction * upper().
  [[nodiscard]] const std::vector<CurveShape>& shapes() const { return shapes_; }
  [[nodiscard]] double upper() const { return upper_; }

 private:
  scattering::CurveTable table_;
  std::vector<CurveShape> shapes_;
  double upper_, last_ = 0;
};

}  // namespace foray::simulator
