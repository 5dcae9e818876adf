#pragma once

#include <Eigen/Core>
#include <array>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "foray/scattering/resolution.h"

namespace foray::scattering {

struct Panel;

/// A smooth intensity over a range of q, evaluated where it needs to be and then known everywhere.
///
/// Polynomials of degree 15 in panels that are halved until they hold the intensity to 1e-7 of its
/// largest value within the panel, or are narrower than half the resolution.
/// Immutable; const methods may be called concurrently.
class SmoothCurve {
 public:
  /// @param intensity  at ascending q > 0.
  /// @param lower, upper  0 < lower < upper [1/angstrom].
  /// @param dq  standard deviation of q by q [1/angstrom], >= 0: the curve is what an instrument
  ///        with that Gaussian spread measures (to 1e-6, for structures below 20 / dq angstrom);
  ///        empty: q is exact. The integral ends at q / 4 or `lower` / 4, as PinholeResolution's.
  /// @throws std::invalid_argument on a range or an intensity that is not finite.
  SmoothCurve(const IntensityOfQ& intensity, double lower, double upper,
              const std::function<double(double q)>& dq = {});
  ~SmoothCurve();
  SmoothCurve(const SmoothCurve&) = delete;
  SmoothCurve& operator=(const SmoothCurve&) = delete;
  SmoothCurve(SmoothCurve&&) noexcept;
  SmoothCurve& operator=(SmoothCurve&&) noexcept;

  /// At q in [lower, upper]; beyond, what the curve is at the nearer end.
  [[nodiscard]] double operator()(double q) const;

  [[nodiscard]] double lower() const;
  [[nodiscard]] double upper() const;
  [[nodiscard]] const std::vector<Panel>& panels() const { return panels_; }

 private:
  std::vector<Panel> panels_;
};

/// Values over equal steps of sqrt(q), for millions of look-ups: cubic interpolation that follows
/// the curve to 1e-6 of its largest value near q. The root lets a table whose first q is a ten
/// thousandth of its last follow a power law as well.
class CurveTable {
 public:
  /// Nothing: 0 everywhere.
  CurveTable() = default;

  /// The weighted sum of curves over the same range.
  /// @throws std::invalid_argument on ranges that differ.
  explicit CurveTable(const std::vector<std::pair<double, const SmoothCurve*>>& sum);

  [[nodiscard]] bool empty() const { return steps_.empty(); }

  /// What sqrt(q) is multiplied with to give a place in the table.
  [[nodiscard]] double steps_per_root() const { return steps_per_root_; }

  /// At a place in [0, steps]: sqrt(q) * steps_per_root(). Not to be called on an empty table.
  [[nodiscard]] double at(double place) const {
    const auto i = static_cast<std::size_t>(place);
    const double t = place - static_cast<double>(i);
    const Step& c = steps_[i];
    return c[0] + t * (c[1] + t * (c[2] + t * c[3]));
  }

 private:
  using Step = std::array<double, 4>;  // powers of what is beyond the step's beginning

  std::vector<Step> steps_;
  double steps_per_root_ = 0;
};

}  // namespace foray::scattering
