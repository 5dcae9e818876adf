#pragma once

#include <complex>
#include <optional>
#include <vector>

#include "foray/scattering/island_form.h"
#include "foray/simulator/scene.h"
#include "grazing_field.h"

namespace foray::simulator {

// What islands on a surface scatter, by the four-term distorted-wave Born approximation of
// scattering/grazing.h. For upright cylinders of one height the amplitude is a function of the exit
// angle times one of q along the surface, so that a frame needs two tables a height; for other
// shapes see scattering/island_form.h. Kinds and sizes are distributed by number; with neighbours,
// |F|^2 is <|F|^2> + |<F>|^2 (S - 1).
class IslandField {
 public:
  // q_max: the largest |q| that a pixel sees [1/angstrom].
  IslandField(const Scene& scene, const Beamline& beamline, double q_max);

  // As intensities in 1/cm of the beamline's nominal sample; 0 below the horizon.
  [[nodiscard]] Eigen::ArrayXd intensity(const GrazingPoints& points) const;

  // Where neighbours give a rod, |q| along the surface [1/angstrom]; 0 without neighbours.
  [[nodiscard]] double rod() const { return rod_; }

 private:
  // All cylinders of one height.
  struct Height {
    std::vector<double> exit;    // over sqrt(sin(alpha_f))
    std::vector<double> across;  // over q along the surface
    // Where heights differ and there are neighbours: what the heights add up to, over the same.
    std::vector<std::complex<double>> wave;
    std::vector<double> mean;
  };

  void tabulate_cylinders(const Scene& scene, double wavelength, const std::vector<double>& places);
  // Of places in the tables.
  [[nodiscard]] double cylinders_at(double exit, double along) const;
  [[nodiscard]] double form_at(double sine, double q) const;

  Surface surface_;
  double scale_;  // of a share of the beam's photons into a solid angle, as an intensity
  double k_;
  double q_max_, rod_, steps_per_q_ = 0;
  std::vector<Height> heights_;                 // of cylinders
  std::optional<scattering::IslandForm> form_;  // of other shapes
  // S - 1 over q along the surface; empty without neighbours, and for cylinders of one height,
  // where it is in the table across.
  std::vector<double> neighbours_;
};

}  // namespace foray::simulator
