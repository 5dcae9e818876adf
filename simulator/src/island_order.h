#pragma once

#include <Eigen/Core>
#include <functional>

#include "foray/scattering/surface_lattice.h"
#include "foray/simulator/scene.h"

namespace foray::simulator {

// Islands in a two-dimensional paracrystal.
scattering::SurfaceParacrystal paracrystal_of(const Islands& islands);

// |q| along the surface of the first peak that neighbours make [1/angstrom]; 0 without neighbours.
double first_rod(const Islands& islands);

// How many steps a table over q along the surface needs, up to q_max [1/angstrom], for the peaks
// that neighbours make. Throws std::invalid_argument where peaks are too sharp or a lattice has too
// many of them.
Eigen::Index steps_across(const Islands& islands, double q_max);

// The structure factor S(q_x, q_y) up to q_max; empty without neighbours.
std::function<double(double, double)> structure_of(const Islands& islands, double q_max);

}  // namespace foray::simulator
