#pragma once

#include <Eigen/Core>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "foray/scattering/measurement.h"

namespace foray::scattering {

/// Whether an observable has a value.
enum class ObservableStatus {
  kPresent,  ///< value and variance are valid and go to the surrogate.
  kAbsent,   ///< it does not exist here (no peak in a disordered region): knowledge, no number.
  kFailed,   ///< it should exist and could not be had (a fit diverged): recorded, no number.
};

/// A named number derived from a measurement, with its variance.
struct Observable {
  std::string name;
  ObservableStatus status = ObservableStatus::kPresent;
  double value = 0;     ///< meaningful only when present.
  double variance = 0;  ///< meaningful only when present, > 0.
  std::string note;     ///< why it is absent or failed; quality remarks.
};

/// What a campaign file asks of the scorer: `{"name": "grain_size", "from":
/// "peak:first/domain_size"}`.
struct ObservableSpec {
  std::string name;
  /// "class:PATH", "peak:first/FIELD", "curve:FIELD", "distance:FILE", "value:NAME" ...
  std::string from;
  std::string unit;  ///< for people; "" where there is none.
};

/// Probability of one node of the label hierarchy.
struct ClassProbability {
  std::string path;           ///< "transmission/ring".
  double probability = 0;     ///< calibrated, in [0, 1].
  double logit_variance = 0;  ///< variance of logit(probability).
};

/// Everything that was learned from one measurement.
struct Score {
  std::vector<Observable> observables;    ///< one an ObservableSpec, in their order.
  std::vector<ClassProbability> classes;  ///< empty when nothing was classified.
  std::optional<Curve> curve;             ///< the reduced curve, where a frame was reduced.
  std::string reduction;                  ///< which reduction ran ("azimuthal", "none", ...).
  /// What it shows in a few numbers, always as many and in the same order, for whoever looks for
  /// changes; empty where there are none or nobody does.
  Eigen::VectorXd features = {};
};

/// Turns a measurement into observables. Const methods may be called concurrently.
class Scorer {
 public:
  virtual ~Scorer() = default;

  /// Scores one measurement. Trouble with a single observable is its status, not an exception.
  /// @throws std::invalid_argument when the measurement itself is malformed.
  [[nodiscard]] virtual Score score(const Measurement& measurement) const = 0;

  /// Files that scores depend on, by the names that specs give them, with their SHA-256.
  [[nodiscard]] virtual std::map<std::string, std::string> inputs() const { return {}; }
};

}  // namespace foray::scattering
