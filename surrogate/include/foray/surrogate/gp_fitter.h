#pragma once

#include "foray/surrogate/gp_training.h"
#include "foray/surrogate/model_fitter.h"

namespace foray::surrogate {

/// Exact Gaussian processes with one set of options, as a ModelFitter.
///
/// Its hyperparameters are those that maximise the posterior, packed as [kernel parameters, nugget]
/// (see `pack(Hyperparameters)`), followed by the draws of them, if any, each packed alike. The
/// model then averages over the draws (see mixture_model.h).
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
