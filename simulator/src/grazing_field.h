#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "foray/simulator/scene.h"

namespace foray::simulator {

// Reciprocal space of a beam at grazing incidence, as one pixel sees it.
struct GrazingPoint {
  bool above = false;       // the pixel is above the horizon; the rest is 0 if not
  double sine_exit = 0;     // sin(alpha_f)
  double transmitted = 0;   // |t(alpha_i)|^2 |t(alpha_f)|^2
  double exit_factor = 0;   // |t(alpha_f)|^2
  double streak = 0;        // of the plane of incidence at this q_z, before its width [1/cm]
  double q_y = 0, q_r = 0;  // [1/angstrom]; q_r has the sign of q_y
  double q_z = 0;           // inside the medium, refraction included
  std::size_t index = 0;    // place in tables over the exit angle,
  double part = 0;          // and between two of their entries
};

// Directions to pixels as reciprocal space above a surface. Coordinates: Renaud, Lazzari, Leroy
// (2009), doi:10.1016/j.surfrep.2009.07.002: q_x = k (cos alpha_f cos psi - cos alpha_i),
// q_y = k cos alpha_f sin psi; q_z is that of the transmitted-transmitted channel, k Re(k'_z(i) +
// k'_z(f)), so that refraction shifts what the medium scatters.
class GrazingField {
 public:
  // wavelength in angstrom.
  GrazingField(const Surface& surface, double wavelength);

  // up and side: components of the unit vector to the pixel along t1 and t2 (t3 is positive).
  [[nodiscard]] GrazingPoint at(double up, double side) const;

  // What the surface itself and the rods on it scatter [1/cm].
  [[nodiscard]] double streak(const GrazingPoint& point) const;

  // Across a rod, 1 at its centre; rod_profile() is what goes along it.
  static double across(const Rod& rod, const GrazingPoint& point, double resolution_fwhm) {
    const double x = 2 * (std::abs(point.q_r) - rod.q) / std::hypot(rod.fwhm, resolution_fwhm);
    return 1 / (1 + x * x);
  }

  // Any function of q_z alone as a table over the exit angle, and its value at a point.
  template <typename Function>
  [[nodiscard]] std::vector<double> tabulate(Function function) const {
    std::vector<double> table;
    table.reserve(exits_.size());
    for (const Exit& exit : exits_)
      table.push_back(function(k_ * (incident_inside_ + exit.inside)));
    return table;
  }
  [[nodiscard]] static double look_up(const std::vector<double>& table, const GrazingPoint& point) {
    const double low = table[point.index];
    return low + point.part * (table[point.index + 1] - low);
  }

  [[nodiscard]] double critical_sine() const;
  [[nodiscard]] double reflectivity() const { return reflectivity_; }
  [[nodiscard]] double wave_number() const { return k_; }

 private:
  struct Exit {
    double factor, inside;  // |t|^2 and Re(k'_z) / k
    double streak;          // [1/cm]
  };

  Surface surface_;
  double k_;
  double sin_i_, cos_i_;
  double incident_factor_, incident_inside_;
  double reflectivity_;
  double normal_up_, normal_side_;
  std::vector<Exit> exits_;  // over sqrt(sin(alpha_f)), finer where the critical angle is
};

}  // namespace foray::simulator
