#pragma once

#include <string>
#include <vector>

#include "foray/scattering/measurement.h"
#include "foray/scattering/peak_series.h"

namespace foray::app {

/// A ring of a lattice and the peak that was found there.
struct IndexedRing {
  scattering::Ring ring;  ///< with its indices and its calculated q.
  std::string label;      ///< "10", "211": as many indices as the lattice has dimensions.
  int peak = -1;          ///< counted from 0; -1: missing.
};

/// Every ring up to the last one that has a peak; none where none has.
std::vector<IndexedRing> indexed_rings(const scattering::SeriesScore& score);

/// The curve on a logarithmic scale, its peaks, and the rings of the lattice with their indices:
/// green where a peak is, red where none is. An SVG file.
std::string index_picture(const std::string& title, const scattering::Curve& curve,
                          const std::vector<scattering::Estimate>& peaks,
                          const scattering::SeriesScore& score);

}  // namespace foray::app
