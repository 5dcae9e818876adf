#pragma once

#include <optional>
#include <vector>

#include "foray/scattering/peak_series.h"

namespace foray::classifier {

// What the peaks of a curve say of the lattices that are known.
struct LatticeEvidence {
  std::size_t peaks = 0;               // fewer than two say nothing
  scattering::SeriesResult series;     // of all known lattices, the most probable first
  std::vector<double> logit_variance;  // of the probabilities of series.scores
};

// The variances are what the errors of the positions make of the logits of the probabilities: each
// position by itself is normal, and its mean square change is that of three points (Gauss-Hermite),
// as a logit bends within an error.
LatticeEvidence lattice_evidence(const std::vector<scattering::Estimate>& positions);

scattering::Estimate probability_of(const LatticeEvidence& evidence, scattering::Lattice lattice);

// The lattice constant [angstrom]; absent where another lattice is more probable, or none is.
std::optional<scattering::Estimate> spacing_of(const LatticeEvidence& evidence,
                                               scattering::Lattice lattice);

}  // namespace foray::classifier
