#pragma once

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "foray/simulator/scene.h"

namespace foray::simulator {

// Reciprocal space of a beam at grazing incidence, as some pixels see it: an entry for each. Below
// the horizon of an opaque substrate `transmitted` and `exit_factor` are 0, and the rest is what it
// is on the horizon; through a transparent one q_z goes on falling, to 0 in the direct beam.
struct GrazingPoints {
  Eigen::ArrayXd sine_exit;    // sin(alpha_f), below 0 below the horizon
  Eigen::ArrayXd transmitted;  // |t(alpha_i)|^2 |t(alpha_f)|^2
  Eigen::ArrayXd exit_factor;  // |t(alpha_f)|^2
  Eigen::ArrayXd streak;       // of the plane of incidence at this q_z, before its width [1/cm]
  Eigen::ArrayXd q_y, q_r;     // [1/angstrom]; q_r has the sign of q_y
  Eigen::ArrayXd q_z;          // inside the medium, refraction included
  Eigen::ArrayXd place;        // in tables over the exit angle

  [[nodiscard]] Eigen::Index size() const { return sine_exit.size(); }
};

// The root of the largest sin(alpha_f) that is seen: no exit angle is beyond the angle of
// scattering. 1 at most.
double exit_root(double q_max, double wavelength);

// Directions to pixels as reciprocal space above a surface. Coordinates: Renaud, Lazzari, Leroy
// (2009), doi:10.1016/j.surfrep.2009.07.002: q_x = k (cos alpha_f cos psi - cos alpha_i),
// q_y = k cos alpha_f sin psi; q_z is that of the transmitted-transmitted channel, k Re(k'_z(i) +
// k'_z(f)), so that refraction shifts what the medium scatters.
class GrazingField {
 public:
  // wavelength in angstrom; q_max: the largest |q| outside the medium that a pixel sees
  // [1/angstrom].
  GrazingField(const Surface& surface, double wavelength, double q_max);

  // up and side: components of the unit vectors to n pixels along t1 and t2 (t3 is positive).
  [[nodiscard]] GrazingPoints map(const double* up, const double* side, Eigen::Index n) const;

  // What the surface itself and the rods on it scatter [1/cm].
  [[nodiscard]] auto streak(const GrazingPoints& points) const {
    return points.streak / (1 + (2 / surface_.streak_fwhm * points.q_y).square());
  }

  // Across a rod, 1 at its centre.
  static Eigen::ArrayXd across(const Rod& rod, const GrazingPoints& points,
                               double resolution_fwhm) {
    const double scale = 2 / std::hypot(rod.fwhm, resolution_fwhm);
    const Eigen::ArrayXd square = (scale * (points.q_r.abs() - rod.q)).square();
    if (rod.lorentz == 1) return 1 / (1 + square);
    return rod.lorentz / (1 + square) + (1 - rod.lorentz) * (-std::numbers::ln2 * square).exp();
  }
  // Along it, 1 at the top.
  static double along(const Rod& rod, double q_z);

  // Any function of q_z alone as a table over the exit angle, and its values at points.
  template <typename Function>
  [[nodiscard]] std::vector<double> tabulate(Function function) const {
    std::vector<double> table;
    table.reserve(exits_.size());
    for (const Exit& exit : exits_)
      table.push_back(function(k_ * (incident_inside_ + exit.inside)));
    return table;
  }
  [[nodiscard]] Eigen::ArrayXd look_up(const std::vector<double>& table,
                                       const GrazingPoints& points) const;

  [[nodiscard]] double critical_sine() const;
  [[nodiscard]] double reflectivity() const { return reflectivity_; }
  [[nodiscard]] double wave_number() const { return k_; }
  // What is let through below the horizon.
  [[nodiscard]] double below() const { return surface_.below; }

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
  std::size_t last_ = 0;     // the last but one of them
};

}  // namespace foray::simulator
