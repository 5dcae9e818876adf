#include "foray/surrogate/gp_fitter.h"

#include <string>
#include <utility>
#include <vector>

#include "bounds.h"
#include "foray/common/check.h"
#include "foray/surrogate/mixture_model.h"
#include "foray/surrogate/sparse_gp.h"

namespace foray::surrogate {

namespace {

// How many numbers one set of hyperparameters has.
Eigen::Index size_of_set(const FitOptions& options, const Observations& data) {
  const Kernel kernel(detail::options_for(options.gp, data).kernel, data.x.rows());
  return static_cast<Eigen::Index>(kernel.parameters().size()) + 1;
}

std::unique_ptr<Model> mixture(const Observations& data, const std::vector<Hyperparameters>& draws,
                               const GpOptions& options) {
  std::vector<std::shared_ptr<const Model>> members;
  members.reserve(draws.size());
  for (const Hyperparameters& h : draws)
    members.push_back(std::make_shared<Gp>(make_gp(data, h, options)));
  return mix_models(std::move(members));
}

bool is_sparse(const Observations& data, const FitOptions& options) {
  return data.y.size() > options.sparse_above && suits_sparse(data, options.gp);
}

}  // namespace

GpFitter::GpFitter(FitOptions options) : options_(std::move(options)) { validate(options_); }

FitOutcome GpFitter::fit(const Observations& data, const std::optional<Eigen::VectorXd>& previous,
                         const FitBudget& budget, Rng& rng) const {
  check_observations("GpFitter::fit", data);
  std::optional<Hyperparameters> start;
  if (previous)
    start = unpack(previous->head(std::min(previous->size(), size_of_set(options_, data))));
  if (is_sparse(data, options_)) return fit_sparse_gp(data, options_, rng, start, budget);
  GpFit fit = fit_gp(data, options_, rng, start, budget);
  FitOutcome outcome;
  const Eigen::VectorXd best = pack(fit.hyperparameters);
  const auto sets = static_cast<Eigen::Index>(fit.draws.size()) + 1;
  outcome.hyperparameters.resize(sets * best.size());
  outcome.hyperparameters.head(best.size()) = best;
  for (Eigen::Index s = 1; s < sets; ++s)
    outcome.hyperparameters.segment(s * best.size(), best.size()) =
        pack(fit.draws[static_cast<std::size_t>(s - 1)]);
  if (sets > 1)
    outcome.model = mixture(data, fit.draws, options_.gp);
  else
    outcome.model = std::make_unique<Gp>(std::move(fit.model));
  outcome.status = fit.status;
  outcome.evaluations = fit.evaluations;
  outcome.cut = fit.cut;
  return outcome;
}

std::unique_ptr<Model> GpFitter::rebuild(
    const Observations& data, const Eigen::Ref<const Eigen::VectorXd>& hyperparameters) const {
  check_observations("GpFitter::rebuild", data);
  const Eigen::Index size = size_of_set(options_, data);
  require(hyperparameters.size() > 0 && hyperparameters.size() % size == 0,
          "GpFitter::rebuild: expected sets of " + std::to_string(size) + " hyperparameters, got " +
              std::to_string(hyperparameters.size()) + " numbers");
  // As many points leave no doubt about hyperparameters, the best alone are used there.
  if (is_sparse(data, options_))
    return std::make_unique<SparseGp>(
        make_sparse_gp(data, unpack(hyperparameters.head(size)), options_.gp));
  if (hyperparameters.size() == size)
    return std::make_unique<Gp>(make_gp(data, unpack(hyperparameters), options_.gp));
  std::vector<Hyperparameters> draws;
  for (Eigen::Index begin = size; begin < hyperparameters.size(); begin += size)
    draws.push_back(unpack(hyperparameters.segment(begin, size)));
  return mixture(data, draws, options_.gp);
}

}  // namespace foray::surrogate
