#pragma once

#include <cmath>
#include <vector>

#include "foray/simulator/profiles.h"
#include "foray/simulator/scene.h"

namespace foray::simulator {

// Width in q of what a beamline makes of a sharp line: that of beam and detector, and that of the
// wavelength, which grows with q.
struct Resolution {
  double fwhm = 0;       // [1/angstrom]
  double bandwidth = 0;  // relative
  [[nodiscard]] double at(double q) const { return std::hypot(fwhm, bandwidth * q); }
};

inline Resolution resolution_of(const Beamline& beamline) {
  return {beamline.resolution_fwhm, beamline.bandwidth};
}

// Shape of a ring on the detector, resolution included.
PeakWidth observed(const Ring& ring, const Resolution& resolution);

// Rings, halos and flat background of a scene as tables in q and, for what is oriented, in chi.
class RadialSet {
 public:
  RadialSet(const Scene& scene, const Resolution& resolution, double q_min, double q_max);

  // Intensity [1/cm] at q = q_min + radial (q_max - q_min) and chi = 2 pi turn; both in [0, 1].
  [[nodiscard]] double at(double radial, double turn) const {
    double value = look_up(isotropic_, radial);
    for (const Group& group : groups_) {
      value += look_up(group.radial, radial) * look_up(group.azimuth, turn);
    }
    return value;
  }

 private:
  struct Group {  // rings that share one azimuthal law
    double orientation, director;
    int symmetry;
    std::vector<double> radial, azimuth;
  };

  // One entry beyond the end, so that 1 itself needs no case of its own.
  static double look_up(const std::vector<double>& table, double fraction) {
    const double x = fraction * static_cast<double>(table.size() - 2);
    const auto i = static_cast<std::size_t>(x);
    const double part = x - static_cast<double>(i);
    return table[i] + part * (table[i + 1] - table[i]);
  }

  std::vector<double>& table_for(const Ring& ring, std::size_t size);

  std::vector<double> isotropic_;
  std::vector<Group> groups_;
};

}  // namespace foray::simulator
