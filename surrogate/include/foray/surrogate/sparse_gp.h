#pragma once

#include <Eigen/Core>
#include <memory>
#include <optional>

#include "foray/surrogate/gp_training.h"
#include "foray/surrogate/model.h"
#include "foray/surrogate/observations.h"

namespace foray::surrogate {

/// An exact Gaussian process of many points, for a kernel that is 0 beyond a distance (kWendland
/// over all coordinates, not rotated): the covariance is a sparse matrix, and its factor too. The
/// posterior is that of Gp with the same kernel and hyperparameters, up to rounding.
///
/// What it costs depends on the number of neighbours within the lengthscale: memory on that of
/// points times neighbours times a few (the fill of the factor), a prediction's variance on the
/// path of a few hundred to thousand columns from the neighbours to the root of the elimination
/// tree. Immutable, cheap to copy; const methods may be called concurrently.
class SparseGp final : public Model {
 public:
  [[nodiscard]] Eigen::Index dimension() const override;
  [[nodiscard]] Posterior predict(const Eigen::Ref<const Eigen::MatrixXd>& x) const override;
  [[nodiscard]] Eigen::VectorXd predict_mean(
      const Eigen::Ref<const Eigen::MatrixXd>& x) const override;
  [[nodiscard]] Posterior prior(const Eigen::Ref<const Eigen::MatrixXd>& x) const override;
  [[nodiscard]] PosteriorGradient predict_with_gradient(
      const Eigen::Ref<const Eigen::VectorXd>& x) const override;
  [[nodiscard]] JointPosterior joint(const Eigen::Ref<const Eigen::MatrixXd>& x) const override;
  [[nodiscard]] Eigen::MatrixXd cross_covariance(
      const Eigen::Ref<const Eigen::MatrixXd>& a,
      const Eigen::Ref<const Eigen::MatrixXd>& b) const override;
  [[nodiscard]] std::unique_ptr<CovarianceTo> covariance_to(
      const Eigen::Ref<const Eigen::MatrixXd>& references) const override;
  [[nodiscard]] std::unique_ptr<Model> condition_on_pending(
      const Eigen::Ref<const Eigen::MatrixXd>& x,
      const Eigen::Ref<const Eigen::VectorXd>& noise) const override;
  [[nodiscard]] std::unique_ptr<SamplePath> draw_path(Rng& rng) const override;
  /// As Gp::leave_one_out, at a few times the cost of the factor.
  [[nodiscard]] std::optional<LeaveOneOut> left_out() const override;

  [[nodiscard]] double log_marginal_likelihood() const;
  [[nodiscard]] double jitter() const;  ///< added to the diagonal; 0 nearly always.
  [[nodiscard]] Eigen::Index data_count() const;
  [[nodiscard]] Eigen::Index factor_entries() const;  ///< numbers in the factor.

 private:
  struct State;
  friend class SparsePath;
  friend class SparseCovarianceTo;
  friend SparseGp make_sparse_gp(const Observations&, const Hyperparameters&, const GpOptions&);
  explicit SparseGp(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// The exact posterior of n >= 1 points with given hyperparameters: a variance, a lengthscale an
/// axis (or one), a nugget.
/// @throws std::invalid_argument as make_gp, and for bounds among the data, a linear mean or
/// another
///         kernel; std::runtime_error when the covariance stays singular with the largest jitter.
[[nodiscard]] SparseGp make_sparse_gp(const Observations& data,
                                      const Hyperparameters& hyperparameters,
                                      const GpOptions& options = {});

/// Whether these observations suit a SparseGp: the kernel that they (or else the options) ask for
/// is kWendland over all coordinates, not rotated, nothing is a bound, no error is shared and the
/// mean is not linear.
[[nodiscard]] bool suits_sparse(const Observations& data, const GpOptions& options);

/// Learns hyperparameters of many points from some of them: fit_gp on a few patches, each a point
/// drawn at random and those nearest to it, about `FitOptions::patch_points` together, so that
/// their density is that of all. Lengthscales that no limit is given for are at most so large that
/// a point has `FitOptions::most_neighbours` on average, were the points evenly spread.
[[nodiscard]] FitOutcome fit_sparse_gp(const Observations& data, const FitOptions& options,
                                       Rng& rng, const std::optional<Hyperparameters>& previous,
                                       const FitBudget& budget);

}  // namespace foray::surrogate
