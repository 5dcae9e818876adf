#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "foray/scattering/curve_table.h"
#include "foray/simulator/scene.h"
#include "radial_set.h"

namespace foray::simulator {

// The parts that a curve is made of in the words of labels.h, at equal steps from 0 to a last
// place, and one step beyond.
struct CurveShape {
  struct Crest {
    std::size_t first, end;  // steps that it takes
    double place;            // of its top, as a share of the last one
    double width;            // at half maximum, over its place
    double height;
  };
  std::vector<double> value;
  std::vector<double> diffuse;  // what falls, above what is left at the last place
  std::vector<double> above;    // what stands above what falls: crests
  std::vector<Crest> crests;
  bool is_particle = false;  // crests are oscillations of a form factor,
  bool is_crowded = false;   // but for the first, where that is one of a structure factor

  [[nodiscard]] bool of_form(std::size_t crest) const {
    return is_particle && !(is_crowded && crest == 0);
  }

  [[nodiscard]] static double at(const std::vector<double>& part, double fraction) {
    const double x = std::clamp(fraction, 0.0, 1.0) * static_cast<double>(part.size() - 2);
    const auto i = static_cast<std::size_t>(x);
    return part[i] + (x - static_cast<double>(i)) * (part[i + 1] - part[i]);
  }
  // Of one crest, 0 elsewhere.
  [[nodiscard]] double at(const Crest& crest, double fraction) const {
    const double x = fraction * static_cast<double>(above.size() - 2);
    if (x < static_cast<double>(crest.first) || x > static_cast<double>(crest.end)) return 0;
    return at(above, fraction);
  }
};

inline constexpr std::size_t kShapePoints = 1024;
inline constexpr double kLeastHaloWidth = 0.25;  // of a crest that is a halo, over its place

// The shape of kShapePoints values, the last but one of which is at the last place.
CurveShape shape_of(std::vector<double> value);

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
