#pragma once

#include <Eigen/Core>
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

// Pseudo-Voigts of unit area at distances x from their centre; see profiles.h.
Eigen::ArrayXd pseudo_voigts(const Eigen::ArrayXd& x, const PeakWidth& shape);

// Cosine and sine of 2 chi in directions (x, y), which need not be unit vectors: what even laws are
// powers of.
struct TwiceTheAngle {
  TwiceTheAngle(const Eigen::Ref<const Eigen::ArrayXd>& x,
                const Eigen::Ref<const Eigen::ArrayXd>& y);

  Eigen::ArrayXd cosine, sine;
};

// azimuthal_law() at directions (x, y), which need not be unit vectors. No angle is computed:
// cos(n chi) is the real part of ((x + i y) / r)^n.
struct AzimuthalLaw {
  double orientation = 0, director = 0;
  int symmetry = 2;  // even

  [[nodiscard]] Eigen::ArrayXd at(const Eigen::Ref<const Eigen::ArrayXd>& x,
                                  const Eigen::Ref<const Eigen::ArrayXd>& y) const;
  [[nodiscard]] Eigen::ArrayXd at(const TwiceTheAngle& direction) const;
};

inline AzimuthalLaw law_of(const Ring& ring) {
  return {ring.orientation, ring.director, ring.symmetry};
}

// Rings, halos and flat background of a scene as tables in q; what is oriented times its law.
class RadialSet {
 public:
  RadialSet(const Scene& scene, const Resolution& resolution, double q_min, double q_max);

  // Intensities [1/cm] at q = q_min + radial (q_max - q_min), radial in [0, 1], in the directions
  // (x, y) of chi.
  void get(const Eigen::Ref<const Eigen::ArrayXd>& radial,
           const Eigen::Ref<const Eigen::ArrayXd>& x, const Eigen::Ref<const Eigen::ArrayXd>& y,
           Eigen::Ref<Eigen::ArrayXd> out) const;

 private:
  struct Group {  // rings that share one azimuthal law
    AzimuthalLaw law;
    Eigen::ArrayXd radial;
  };

  Eigen::ArrayXd& table_for(const Ring& ring, Eigen::Index size);

  Eigen::ArrayXd isotropic_;
  std::vector<Group> groups_;
};

}  // namespace foray::simulator
