#pragma once

#include <optional>
#include <vector>

#include "foray/scattering/island_form.h"
#include "foray/scattering/surface_lattice.h"
#include "foray/simulator/scene.h"
#include "grazing_field.h"

namespace foray::simulator {

// Islands in a two-dimensional paracrystal.
scattering::SurfaceParacrystal paracrystal_of(const Islands& islands);

// What islands on a surface scatter, by the four-term distorted-wave Born approximation of
// scattering/grazing.h. For upright cylinders it is a function of the exit angle times one of q
// along the surface, so that a frame needs two tables; for other shapes see
// scattering/island_form.h. Sizes are distributed by number; with neighbours, |F|^2 is <|F|^2> +
// |<F>|^2 (S - 1).
class IslandField {
 public:
  // q_max: the largest |q| that a pixel sees [1/angstrom].
  IslandField(const Scene& scene, const Beamline& beamline, double q_max);

  // As intensities in 1/cm of the beamline's nominal sample; 0 below the horizon.
  [[nodiscard]] Eigen::ArrayXd intensity(const GrazingPoints& points) const;

  // Where neighbours give a rod, |q| along the surface [1/angstrom]; 0 without neighbours.
  [[nodiscard]] double rod() const { return rod_; }

 private:
  static double look_up(const std::vector<double>& table, double place);
  void tabulate_cylinders(const Scene& scene, double wavelength);
  [[nodiscard]] double form_at(double sine, double q) const;

  Surface surface_;
  double scale_;  // of a share of the beam's photons into a solid angle, as an intensity
  double k_;
  std::optional<scattering::IslandForm> form_;  // of shapes other than cylinders
  std::vector<double> structure_;               // of those, over q along the surface; empty: 1
  std::vector<double> exit_;                    // of cylinders, over sqrt(sin(alpha_f))
  std::vector<double> across_;                  // of cylinders, over q along the surface
  double q_max_, rod_;
};

}  // namespace foray::simulator
