#pragma once

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <optional>
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
inline AzimuthalLaw law_of(const Halo& halo) {
  return {halo.orientation, halo.director, halo.symmetry};
}

// What the spots of a ring's grains add up to along it, with a mean of 1, as a table over the turn.
class GrainLaw {
 public:
  // Spots are Gaussian; their places and strengths come from the stream (seed, 0).
  explicit GrainLaw(const Ring& ring);

  // Variance along the ring; spots that do not overlap have a large one.
  [[nodiscard]] double variance() const { return variance_; }

  // turn: of chi, in [0, 1].
  [[nodiscard]] double at(double turn) const {
    const double x = turn * static_cast<double>(table_.size() - 2);
    const auto i = static_cast<std::size_t>(x);
    return table_[i] + (x - static_cast<double>(i)) * (table_[i + 1] - table_[i]);
  }
  [[nodiscard]] Eigen::ArrayXd at(const Eigen::Ref<const Eigen::ArrayXd>& turns) const {
    return turns.unaryExpr([this](double turn) { return at(turn); });
  }

 private:
  std::vector<double> table_;
  double variance_ = 0;
};

// chi of directions (x, y) in turns, in [0, 1].
Eigen::ArrayXd turns_of(const Eigen::Ref<const Eigen::ArrayXd>& x,
                        const Eigen::Ref<const Eigen::ArrayXd>& y);

// I(q, chi) [1/cm] of what falls from a plateau, with chi as a direction (x, y).
Eigen::ArrayXd intensity_of(const Diffuse& diffuse, const Eigen::Ref<const Eigen::ArrayXd>& q,
                            const Eigen::Ref<const Eigen::ArrayXd>& x,
                            const Eigen::Ref<const Eigen::ArrayXd>& y);

// Whether RadialSet adds anything but a scene's flat background.
inline bool is_flat(const Scene& scene) {
  return scene.rings.empty() && scene.halos.empty() && scene.diffuse.empty() && scene.high_q == 0;
}

// Rings, halos, what falls from a plateau, what rises with q and the flat background of a scene,
// with tables in q; what is oriented times its law.
class RadialSet {
 public:
  RadialSet(const Scene& scene, const Resolution& resolution, double q_min, double q_max);

  // Intensities [1/cm] at q = q_min + radial (q_max - q_min), radial in [0, 1], in the directions
  // (x, y) of chi.
  void get(const Eigen::Ref<const Eigen::ArrayXd>& radial,
           const Eigen::Ref<const Eigen::ArrayXd>& x, const Eigen::Ref<const Eigen::ArrayXd>& y,
           Eigen::Ref<Eigen::ArrayXd> out) const;

 private:
  struct Group {  // what shares one azimuthal law
    AzimuthalLaw law;
    Eigen::ArrayXd radial;
    std::optional<GrainLaw> grains = {};  // of a single ring
  };

  Eigen::ArrayXd& table_for(const AzimuthalLaw& law, Eigen::Index size);
  Eigen::ArrayXd& table_for(const Ring& ring, Eigen::Index size);
  void add_rings(const Scene& scene, const Resolution& resolution, double q_min, double step,
                 const Eigen::ArrayXd& q);

  double q_min_, q_range_;
  std::vector<Diffuse> diffuse_;
  Eigen::ArrayXd isotropic_;
  std::vector<Group> groups_;
};

}  // namespace foray::simulator
