#pragma once

#include "foray/surrogate/gp_training.h"
#include "foray/surrogate/model_fitter.h"

namespace foray::surrogate {

/// Exact Gaussian processes with one set of options, as a ModelFitter.
///
/// Its hyperparameters are packed as [signal variance, d lengthscales, nugget]; see
/// `pack(Hyperparameters)`.
class GpFitter final : public ModelFitter {
 public:
  /// @throws std::invalid_argument naming the first invalid option.
  explicit GpFitter(FitOptions options = {});

  [[nodiscard]] const FitOptions& options() const { return options_; }

  [[nodiscard]] FitOutcome fit(const Observations& data,
                               const std::optional<Eigen::VectorXd>& previous,
                               const FitBudget& budget, Rng& rng) const override;

  [[nodiscard]] std::unique_ptr<Model> rebuild(
      const Observations& data,
      const Eigen::Ref<const Eigen::VectorXd>& hyperparameters) const override;

 private:
  FitOptions options_;
};

}  // namespace foray::surrogate
