#pragma once

#include <vector>

#include "foray/scattering/scorer.h"

namespace foray::scattering {

/// Passes on what an instrument answered with, for instruments that need no classifier.
///
/// What a spec's `from` may say:
/// - "value:NAME" of a measurement that is Values: absent when the instrument did not give that
///   name, failed when its value or variance is not a finite number or the variance is negative. A
///   variance of 0 becomes least_variance.
/// - "curve:FIELD" of a measurement that is a Curve: mean_intensity, total_intensity (the sum over
///   the points), max_intensity.
///
/// An observable whose source the measurement is not is absent. Const methods may be called
/// concurrently.
class ValueScorer final : public Scorer {
 public:
  /// @param least_variance  in the square of each value's unit, > 0.
  /// @throws std::invalid_argument on a spec that names nothing known or a name given twice.
  explicit ValueScorer(std::vector<ObservableSpec> specs, double least_variance = 1e-12);

  [[nodiscard]] Score score(const Measurement& measurement) const override;

 private:
  std::vector<ObservableSpec> specs_;
  double least_variance_;
};

}  // namespace foray::scattering
