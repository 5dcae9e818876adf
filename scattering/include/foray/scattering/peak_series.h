#pragma once

#include <vector>

#include "foray/scattering/lattices.h"
#include "foray/scattering/peaks.h"

namespace foray::scattering {

/// Options of score_series.
struct SeriesOptions {
  std::vector<Lattice> lattices = {Lattice::kLamellar, Lattice::kHexagonal,
                                   Lattice::kSquare};  ///< to choose from, none twice.
  double relative_tolerance = 0.003; /**< standard deviation of q beyond the fits' errors, relative:
                                          calibration and overlapping peaks, in (0, 0.05]. */
  double missing_chance = 0.3; /**< that a ring between the first and the last peak is not seen, for
                                    its form factor has a zero there or it is weak, in (0, 1). */
};

/// How well one lattice explains the positions of peaks.
struct SeriesScore {
  Lattice lattice = Lattice::kLamellar;
  double probability = 0.0;       ///< among the lattices asked for and "none of them", in [0, 1].
  double log_evidence = 0.0;      ///< natural logarithm; only differences mean something.
  Estimate first_q;               ///< of the lattice's first ring [1/angstrom].
  Estimate spacing;               ///< lattice constant as rings() takes it [angstrom].
  double chi_squared = 0.0;       ///< of the matched peaks about their rings.
  double figure_of_merit = 0.0;   /**< de Wolff's M_N of the N matched peaks: Q_N / (2 <|dQ|> n), Q
                                       being q^2 and n the rings up to the last of them; above 10 or
                                       so says more than chance. 0 for fewer than 2. */
  int matched = 0;                ///< peaks that are a ring.
  int missing = 0;                ///< rings without a peak up to the last matched one.
  std::vector<int> ring_of_peak;  ///< for each peak given, its ring counted from 0, or -1.
};

/// What a set of peak positions says about the lattice.
struct SeriesResult {
  std::vector<SeriesScore> scores;  ///< one a lattice, the most probable first.
  double none_probability = 1.0;    ///< that the peaks belong to none of them, in [0, 1].
};

/// Compares lattices by the evidence of the peak positions: a matched peak has a normal likelihood
/// about its ring, one that matches none a uniform one over the range of q, a ring without a peak
/// costs `missing_chance`, and the one free length is integrated out. Fewer than two peaks decide
/// nothing: every probability is then the same. A lattice that matches fewer than two of several
/// peaks has probability 0 and no spacing.
///
/// Source of M_N: de Wolff (1968), J. Appl. Cryst. 1, 108, doi:10.1107/S002188986800508X.
///
/// @param positions  of the peaks [1/angstrom], value > 0, in any order, at most 100.
/// @throws std::invalid_argument on a bad position or option.
SeriesResult score_series(const std::vector<Estimate>& positions, const SeriesOptions& options);

/// The same from converged fits; others are left out (ring_of_peak counts the converged ones).
SeriesResult score_series(const std::vector<PeakFit>& fits, const SeriesOptions& options);

}  // namespace foray::scattering
