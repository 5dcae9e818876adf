#include "foray/surrogate/gp_fitter.h"

#include <utility>

namespace foray::surrogate {

GpFitter::GpFitter(FitOptions options) : options_(std::move(options)) { validate(options_); }

FitOutcome GpFitter::fit(const Observations& data, const std::optional<Eigen::VectorXd>& previous,
                         const FitBudget& budget, Rng& rng) const {
  std::optional<Hyperparameters> start;
  if (previous) start = unpack(*previous);
  GpFit fit = fit_gp(data, options_, rng, start, budget);
  FitOutcome outcome;
  outcome.hyperparameters = pack(fit.hyperparameters);
  outcome.model = std::make_unique<Gp>(std::move(fit.model));
  outcome.status = fit.status;
  outcome.evaluations = fit.evaluations;
  outcome.cut = fit.cut;
  return outcome;
}

std::unique_ptr<Model> GpFitter::rebuild(
    const Observations& data, const Eigen::Ref<const Eigen::VectorXd>& hyperparameters) const {
  return std::make_unique<Gp>(make_gp(data, unpack(hyperparameters), options_.gp));
}

}  // namespace foray::surrogate
