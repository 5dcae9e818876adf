#include "wallpaper_pattern.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace foray::simulator {
namespace {

using scattering::PlaneLattice;
using scattering::PlaneOperation;
using scattering::WallpaperGroup;

double degrees(double value) { return value * std::numbers::pi / 180; }

// Lengths' ratio and angle.
struct Shape {
  double ratio = 1;
  double angle = 0.5 * std::numbers::pi;
};

Shape draw_shape(PlaneLattice lattice, CounterStream& random) {
  const double long_side = std::exp((2 * random.uniform() - 1) * std::log(1.6));
  const double turn = random.uniform();
  switch (lattice) {
    case PlaneLattice::kOblique:
      return {long_side, degrees(50 + 35 * turn)};
    case PlaneLattice::kRectangular:
      return {long_side, degrees(90)};
    case PlaneLattice::kRhombic:
      return {1, degrees(50 + 80 * turn)};
    case PlaneLattice::kSquare:
      return {1, degrees(90)};
    default:
      return {1, degrees(120)};
  }
}

// A lattice of at least the symmetry that the group needs; sometimes of more.
PlaneLattice draw_lattice(WallpaperGroup group, CounterStream& random) {
  const PlaneLattice least = scattering::lattice_of(group);
  const double u = random.uniform();
  if (least == PlaneLattice::kOblique) return static_cast<PlaneLattice>(static_cast<int>(5 * u));
  if (least == PlaneLattice::kRectangular && u < 0.2) return PlaneLattice::kSquare;
  if (least == PlaneLattice::kRhombic && u < 0.1) return PlaneLattice::kSquare;
  if (least == PlaneLattice::kRhombic && u < 0.2) return PlaneLattice::kHexagonal;
  return least;
}

}  // namespace

Eigen::Matrix2d draw_basis(WallpaperGroup group, double cell_area, CounterStream& random) {
  const Shape shape = draw_shape(draw_lattice(group, random), random);
  Eigen::Matrix2d basis;
  basis << shape.ratio, std::cos(shape.angle), 0, std::sin(shape.angle);
  basis *= std::sqrt(cell_area / basis.determinant());
  return Eigen::Rotation2Dd(2 * std::numbers::pi * random.uniform()).toRotationMatrix() * basis;
}

WallpaperPattern::WallpaperPattern(WallpaperGroup group, PatternContent content,
                                   const Eigen::Matrix2d& basis, CounterStream& random)
    : operations_(scattering::operations_of(group)), basis_(basis) {
  const double x = random.uniform();
  middle_ << x, random.uniform();
  if (content == PatternContent::kAtoms) {
    discs_ = draw_discs(basis.determinant() / static_cast<double>(operations_.size()), random);
    return;
  }
  const double radius = 0.5 * (basis.col(0).norm() + basis.col(1).norm());
  patch_.emplace(content, radius, random);
}

Eigen::Vector2d WallpaperPattern::shortest(const Eigen::Vector2d& place) const {
  const double x = place(0) - std::floor(place(0));
  const double y = place(1) - std::floor(place(1));
  const Eigen::Vector2d base = x * basis_.col(0) + y * basis_.col(1);
  Eigen::Vector2d best = base;
  double least = base.squaredNorm();
  const auto consider = [&](const Eigen::Vector2d& other) {
    const double square = other.squaredNorm();
    if (square < least) {
      least = square;
      best = other;
    }
  };
  consider(base - basis_.col(0));
  consider(base - basis_.col(1));
  consider(base - basis_.col(0) - basis_.col(1));
  return best;
}

double WallpaperPattern::at(const Eigen::Vector2d& place) const {
  double value = 0;
  double least = std::numeric_limits<double>::infinity();
  Eigen::Vector2d nearest = Eigen::Vector2d::Zero();
  for (const PlaneOperation& operation : operations_) {
    const Eigen::Vector2d moved = operation.turn.cast<double>() * place + operation.shift;
    if (patch_) {
      const Eigen::Vector2d offset = shortest(moved - middle_);
      if (offset.squaredNorm() < least) {
        least = offset.squaredNorm();
        nearest = offset;
      }
    }
    for (const Disc& disc : discs_) {
      const double inside = disc.radius - shortest(moved - disc.centre).norm();
      value = std::max(value, disc.height * std::clamp(inside + 0.5, 0.0, 1.0));
    }
  }
  return patch_ ? patch_->at(nearest) : value;
}

}  // namespace foray::simulator
