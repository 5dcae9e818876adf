#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

namespace foray::optimizer {

/// Positions of the columns that no other beats: none is at least as large in every row and larger
/// in one. Larger is better; of equal columns the first is taken.
/// @param values  m x n, finite.
[[nodiscard]] std::vector<Eigen::Index> pareto_front(
    const Eigen::Ref<const Eigen::MatrixXd>& values);

/// Area that the columns dominate above the reference; larger is better in both rows. Columns that
/// do not exceed it in both count nothing.
/// @param values  2 x n, finite.  @param reference  2 values.
/// @throws std::invalid_argument unless there are two rows.
[[nodiscard]] double hypervolume(const Eigen::Ref<const Eigen::MatrixXd>& values,
                                 const Eigen::Ref<const Eigen::VectorXd>& reference);

/// What lies above a reference and no column of a front dominates, as boxes that do not overlap.
struct FrontBoxes {
  /// One list an objective, increasing: the reference's value and those of the front.
  std::vector<std::vector<double>> edges;
  Eigen::MatrixXi lower;  ///< m x boxes: positions of their lower edges.
  Eigen::MatrixXi upper;  ///< likewise; one past the last: there is none.
};

/// The boxes above the front of m >= 1 objectives: cut along the last one at the values of the
/// front, and each slice, by the columns that reach it, along the one before. n columns leave n + 1
/// boxes in two objectives, and of the order of n^(m - 1) in more.
/// @param values  m x n, finite, larger is better; those not above the reference count nothing.
/// @param reference  m values.
/// @throws std::invalid_argument on a wrong shape or a value that is not finite.
[[nodiscard]] FrontBoxes boxes_above(const Eigen::Ref<const Eigen::MatrixXd>& values,
                                     const Eigen::Ref<const Eigen::VectorXd>& reference);

/// A logarithm and its derivatives in the means and variances of two observables.
struct TradeOffScored {
  double value = 0;
  std::array<double, 2> by_mean = {};
  std::array<double, 2> by_variance = {};
};

/// The expected hypervolume improvement of one point over a front of two objectives, exact for
/// independent normal marginals; larger is better in both. In the strip between two neighbours of
/// the front the area that is gained is a product, so the expectation is a sum over the strips of
/// (psi_1(a_i) - psi_1(a_(i+1))) psi_2(b_i), psi(c) = E max(Y - c, 0): all of it positive, summed
/// as logarithms. Emmerich, Deutz, Klinkenberg (2011), doi:10.1109/CEC.2011.5949880; the strips of
/// Yang et al. (2019), doi:10.1007/s10898-019-00798-7.
class HypervolumeImprovement {
 public:
  /// @param values  2 x n: means of what was measured; those below the reference count nothing.
  HypervolumeImprovement(const Eigen::Ref<const Eigen::MatrixXd>& values,
                         const Eigen::Ref<const Eigen::VectorXd>& reference);

  /// ln of the improvement; finite for variances > 0.
  [[nodiscard]] TradeOffScored log_expected(const std::array<double, 2>& mean,
                                            const std::array<double, 2>& variance) const;

 private:
  // a_0 .. a_n and b_0 .. b_n: strip i lies right of left_[i] and above bottom_[i].
  std::vector<double> left_;
  std::vector<double> bottom_;
};

}  // namespace foray::optimizer
