#pragma once

#include <Eigen/Core>

#include "foray/simulator/scene.h"

namespace foray::simulator {

// What a paracrystal scatters, by directions to pixels; transmission only.
class ParacrystalField {
 public:
  // fwhm: of what resolution and pixels make of a point [1/angstrom].
  ParacrystalField(const Paracrystal& crystal, double wavelength, double fwhm);

  [[nodiscard]] Eigen::ArrayXd intensity(const double* up, const double* side,
                                         Eigen::Index n) const;

  // Of the intensity: what its particles alone scatter or less, and where it is kCrest times as
  // much what goes beyond that, around the first reflections and around others.
  struct Parts {
    Eigen::ArrayXd falling, first, beyond;
  };
  [[nodiscard]] Parts parts(const double* up, const double* side, Eigen::Index n) const;

 private:
  struct Place {
    double q = 0;
    Eigen::Vector2d turns = Eigen::Vector2d::Zero();  // of the phase from step to step
  };
  static constexpr double kCrest = 4;

  [[nodiscard]] Place place_of(double up, double side) const;
  [[nodiscard]] double particles(double q) const;
  [[nodiscard]] double interference(const Place& place) const;
  [[nodiscard]] bool is_first(const Eigen::Vector2d& order) const;

  Paracrystal crystal_;
  double wave_number_, half_width_;
  Eigen::Matrix2d reciprocal_;  // its columns, with a factor 2 pi
  double shortest_;             // of the lattice's reflections [1/angstrom]
};

}  // namespace foray::simulator
