#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "foray/simulator/sample_spec.h"

namespace foray::simulator {

// Reflections of equal q of a lattice.
struct Shell {
  double q = 0;     // [1/angstrom]
  double area = 0;  // of the peak of S(q) in the orientation average [1/angstrom]
  struct Member {
    Eigen::Vector3d g;  // [1/angstrom], along t1, t2 and the beam before any rotation
    double share;       // of the shell's strength
  };
  std::vector<Member> members;
};

// The first shells of a lattice in ascending q, those that are extinct left out.
//
// For D directions in which the lattice repeats, n sites a cell of size V and amplitudes f(G) =
// sum of weight exp(2 pi i h x) over the sites, S(q) = (2 pi)^D / (V n w) sum |f|^2 delta(q - G) /
// (Omega_D q^(D - 1)), where w is the mean squared weight and Omega_D = 2, 2 pi, 4 pi.
// Source: Foerster, Apostol, Bras (2010), doi:10.1107/S0021889810013543, section 2, in the
// normalisation S -> 1 of single particles.
//
// Throws std::invalid_argument on an unknown lattice, a cell without volume, or no sites.
std::vector<Shell> shells(const LatticeComponent& lattice, double spacing);

// What LatticeComponent::lattice may be.
std::vector<std::string> lattice_names();

}  // namespace foray::simulator
