#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "foray/common/random.h"
#include "foray/simulator/wallpaper.h"
#include "wallpaper_motif.h"

namespace foray::simulator {

// Primitive basis [pixels] of a random lattice that the group allows, standing at a random angle.
Eigen::Matrix2d draw_basis(scattering::WallpaperGroup group, double cell_area,
                           CounterStream& random);

// A periodic pattern as a function of continuous coordinates.
class WallpaperPattern {
 public:
  WallpaperPattern(scattering::WallpaperGroup group, PatternContent content,
                   const Eigen::Matrix2d& basis, CounterStream& random);

  [[nodiscard]] const Eigen::Matrix2d& basis() const { return basis_; }
  [[nodiscard]] const std::vector<scattering::PlaneOperation>& operations() const {
    return operations_;
  }

  // Grey value at a place in fractional coordinates.
  [[nodiscard]] double at(const Eigen::Vector2d& place) const;

 private:
  // The shortest vector [pixels] that equals `place` up to lattice vectors.
  [[nodiscard]] Eigen::Vector2d shortest(const Eigen::Vector2d& place) const;

  std::vector<scattering::PlaneOperation> operations_;
  Eigen::Matrix2d basis_;
  Eigen::Vector2d
      middle_;  // of the asymmetric unit: generic, so that orbits have one nearest member
  std::optional<Patch> patch_;
  std::vector<Disc> discs_;
};

// The highest correlation of the pattern with its image under an operation that is not the group's:
// a further turn or mirror that the lattice allows, or a translation by a fraction of the lattice.
double likeness_to_more(const WallpaperPattern& pattern);

}  // namespace foray::simulator
