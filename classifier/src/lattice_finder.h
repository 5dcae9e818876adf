#pragma once

#include <Eigen/Core>
#include <optional>

#include "autocorrelation.h"

namespace foray::classifier {

// Makes a basis of the two shortest vectors of its lattice, the determinant positive.
// Source: Lagrange's reduction; Cohen (1993), doi:10.1007/978-3-662-02945-9, algorithm 1.3.14.
Eigen::Matrix2d reduced_basis(const Eigen::Matrix2d& basis);

// The finest lattice whose points all correlate as well as the best do: columns are the shortest
// primitive vectors (column, row) [pixels]. None when the correlation has no two periods.
std::optional<Eigen::Matrix2d> find_lattice(const Autocorrelation& correlation);

}  // namespace foray::classifier
