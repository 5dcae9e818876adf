#pragma once

#include <string>
#include <vector>

#include "foray/scattering/lattices.h"
#include "foray/scattering/scorer.h"

namespace foray::classifier {

// Where an observable comes from: a parsed ObservableSpec::from.
struct ObservableSource {
  enum class Kind {
    kClass,
    kPeak,
    kLattice,
    kCurve,
    kOrientation,
    kSymmetry,
    kDistance,
    kNovelty,
    kValue
  };
  Kind kind = Kind::kValue;
  std::string field;     // path, field, file or name
  bool negated = false;  // "class:not PATH"
  int order = 0;         // "symmetry:rotation/N"; 2 for "symmetry:inversion"
  scattering::Lattice lattice = scattering::Lattice::kLamellar;  // "lattice:NAME/FIELD"
};

// Parses a spec; `paths` are the classifier's (empty: there is none), which tells novelty or not.
// Throws std::invalid_argument naming the observable, what is known, and what came.
ObservableSource parse_source(const scattering::ObservableSpec& spec,
                              const std::vector<std::string>& paths, bool tells_novelty);

}  // namespace foray::classifier
