#pragma once

#include <Eigen/Core>
#include <optional>

namespace foray::scattering {

/// A closed interval; the unit is its user's.
struct Range {
  double lower = 0.0;
  double upper = 0.0;
};

/// How bin edges are spaced.
enum class BinScale {
  kLinear,       ///< equal widths.
  kLogarithmic,  ///< equal ratios; needs a lower end > 0.
};

/// How q (or chi) is cut into bins.
struct Bins {
  int count = 500;                     ///< number of bins, >= 1; ignored when edges are given.
  BinScale scale = BinScale::kLinear;  ///< ignored when edges are given.
  std::optional<Range> range = {};     ///< absent: from the smallest to the largest good value.
  std::optional<Eigen::VectorXd> edges = {};  ///< n + 1 ascending edges for n bins of any widths.
};

/// Ascending edges, ready to find the bin of a value. Const methods may be called concurrently.
class BinEdges {
 public:
  /// @param data  the range to cut when `bins` names none; its upper end belongs to the last bin.
  /// @throws std::invalid_argument on a count < 1, a range upside down or not finite, edges that do
  /// not ascend, or logarithmic bins from a lower end <= 0; the message starts with `where`.
  BinEdges(const char* where, const Bins& bins, Range data);

  /// Number of bins.
  [[nodiscard]] int count() const { return static_cast<int>(edges_.size()) - 1; }

  /// Bin that holds `value`, or -1 outside. A bin holds its lower edge; the last also its upper.
  [[nodiscard]] int find(double value) const;

  /// count() + 1 edges.
  [[nodiscard]] Eigen::VectorXd edges() const { return edges_; }

  /// count() centres: middles, or geometric means for logarithmic bins.
  [[nodiscard]] Eigen::VectorXd centres() const;

 private:
  enum class Spacing { kEqual, kEqualRatio, kFree };

  Eigen::VectorXd edges_;
  Spacing spacing_;
  double bins_per_unit_ = 0;  // of the value or its logarithm
};

}  // namespace foray::scattering
