#include "exposure.h"

#include <algorithm>
#include <cmath>

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

double best_exposure(const Parameter& exposure, const Ref<const VectorXd>& variances,
                     const Ref<const VectorXd>& counting, double overhead_s) {
  constexpr int kTries = 400;      // Equal ratios: of three decades within 2 %.
  constexpr double kLeast = 1e-3;  // Seconds: nothing takes less.
  const auto rate = [&](double e) {
    return (variances.array() * e / (variances.array() * e + counting.array())).sum() /
           (overhead_s + e);
  };
  double shortest = std::max(exposure.lower, std::min(kLeast, exposure.upper));
  double best = shortest;
  for (int i = 0; i <= kTries; ++i) {
    double e = shortest * std::pow(exposure.upper / shortest, static_cast<double>(i) / kTries);
    if (exposure.step > 0)
      e = exposure.lower + exposure.step * std::round((e - exposure.lower) / exposure.step);
    e = std::clamp(e, shortest, exposure.upper);
    if (rate(e) > rate(best)) best = e;
  }
  return best;
}

ExposureChoice::ExposureChoice(const SearchSpace& space, const Objective& objective,
                               const ModelMap& models, const ProposeState& state, double overhead_s)
    : space_(space), state_(state), overhead_s_(overhead_s) {
  const std::vector<Parameter>& parameters = space.parameters();
  for (std::size_t i = 0; i < parameters.size() && exposure_ < 0; ++i)
    if (parameters[i].role == ParameterRole::kExposure) exposure_ = static_cast<Index>(i);
  for (const ObjectiveTerm& term : objective.terms)
    for (const std::string& name : term.observables) {
      const auto model = models.find(name);
      const auto noise = state.counting_noise.find(name);
      if (model == models.end() || model->second == nullptr || noise == state.counting_noise.end())
        continue;
      models_.push_back(model->second);
      counting_.push_back(noise->second);
    }
}

double ExposureChoice::at(const Ref<const MatrixXd>& x) const {
  const Parameter& exposure = space_.parameters()[static_cast<std::size_t>(exposure_)];
  VectorXd variances(static_cast<Index>(models_.size()));
  for (std::size_t k = 0; k < models_.size(); ++k)
    variances(static_cast<Index>(k)) =
        std::max(models_[k]->predict(x).variance.mean(), 1e-12 * counting_[k] + 1e-290);
  double overhead = overhead_s_;
  if (state_.from.size() > 0)
    for (Index j = 0; j < x.cols(); ++j)
      overhead += space_.move_seconds(state_.from, space_.unsnapped(x.col(j), exposure.lower)) /
                  static_cast<double>(x.cols());
  const auto count = static_cast<Index>(counting_.size());
  return best_exposure(exposure, variances, Eigen::Map<const VectorXd>(counting_.data(), count),
                       overhead);
}

}  // namespace foray::optimizer
