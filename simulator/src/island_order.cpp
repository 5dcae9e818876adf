#include "island_order.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "foray/scattering/grazing.h"
#include "units.h"

namespace foray::simulator {

namespace {

// Forty steps a fringe of objects of 1000 angstrom to q 0.3: linear to 2e-3 of a crest.
constexpr Eigen::Index kCrossSteps = 4096, kMostCrossSteps = 16384;
constexpr double kLeastPeak = 2;     // steps of a peak's width at half maximum
constexpr double kLatticePeak = 10;  // of those of a lattice, which stay sharp: linear to 1e-2
constexpr double kMostPoints = 2e4;  // of a reciprocal lattice: a second for the table

double other_edge(const Islands& islands) {
  return islands.distance_b > 0 ? islands.distance_b : islands.distance;
}

double cell_area(const Islands& islands) {
  return islands.distance * other_edge(islands) * std::sin(islands.angle);
}

// The shortest vector of the reciprocal lattice, by Lagrange's reduction of its edges.
double shortest_reciprocal(const Islands& islands) {
  const double per_area = 2 * kPi / cell_area(islands);
  Eigen::Vector2d first(per_area * other_edge(islands), 0);
  Eigen::Vector2d second = per_area * islands.distance *
                           Eigen::Vector2d(-std::cos(islands.angle), std::sin(islands.angle));
  if (second.norm() < first.norm()) std::swap(first, second);
  for (;;) {
    second -= std::round(first.dot(second) / first.squaredNorm()) * first;
    if (second.squaredNorm() >= first.squaredNorm()) return first.norm();
    std::swap(first, second);
  }
}

// How wide the first peak is at half maximum.
double first_width(const Islands& islands) {
  // Of (1 + (q domain)^2)^(-3/2) in all its turns.
  if (islands.order == IslandOrder::kLattice) return 2 / islands.domain;
  // Of a paracrystal, whose damping there is p from one particle to the next.
  const double edge = std::max(islands.distance, other_edge(islands));
  const double turn = first_rod(islands) * islands.distance_spread * islands.distance;
  const double p = std::exp(-edge / islands.domain - 0.5 * turn * turn);
  return 2 * (1 - p) / (edge * std::sqrt(p));
}

void check_cell(const Islands& islands, double q_max) {
  const double largest = kMostPoints * 4 * kPi / (q_max * q_max);
  if (cell_area(islands) <= largest) return;
  std::ostringstream text;
  text << "scene: islands.distance: expected a cell of " << largest
       << " angstrom^2 at most for a detector that reaches q " << q_max << ", got "
       << cell_area(islands);
  throw std::invalid_argument(text.str());
}

}  // namespace

scattering::SurfaceParacrystal paracrystal_of(const Islands& islands) {
  return {islands.distance, other_edge(islands), islands.angle,
          islands.distance_spread * islands.distance, islands.domain};
}

double first_rod(const Islands& islands) {
  if (islands.distance == 0) return 0;
  if (islands.order == IslandOrder::kRadial) return 2 * kPi / islands.distance;
  return shortest_reciprocal(islands);
}

Eigen::Index steps_across(const Islands& islands, double q_max) {
  if (islands.distance == 0) return kCrossSteps;
  const bool lattice = islands.order == IslandOrder::kLattice;
  if (lattice) check_cell(islands, q_max);
  const double width = first_width(islands);
  const double of_a_peak = lattice ? kLatticePeak : kLeastPeak;
  const Eigen::Index most = lattice ? kMostCrossSteps : kCrossSteps;
  const double least = of_a_peak * q_max / static_cast<double>(most);
  if (width < least) {
    std::ostringstream text;
    text << "scene: islands.domain: expected distances and domains with peaks wider than " << least
         << " / angstrom, got a first peak of " << width;
    throw std::invalid_argument(text.str());
  }
  const auto needed = static_cast<Eigen::Index>(std::ceil(of_a_peak * q_max / width));
  return std::clamp(needed, kCrossSteps, most);
}

std::function<double(double, double)> structure_of(const Islands& islands, double q_max) {
  if (islands.distance == 0) return {};
  switch (islands.order) {
    case IslandOrder::kParacrystal:
      return scattering::turned_paracrystal(paracrystal_of(islands));
    case IslandOrder::kLattice:
      return scattering::turned_lattice(
          {islands.distance, other_edge(islands), islands.angle, islands.domain}, q_max);
    case IslandOrder::kRadial:
      break;
  }
  return scattering::radial_paracrystal(islands.distance,
                                        islands.distance_spread * islands.distance, islands.domain);
}

}  // namespace foray::simulator
