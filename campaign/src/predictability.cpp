#include "foray/campaign/predictability.h"

#include "foray/common/check.h"

namespace foray::campaign {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// The entries that are no bounds.
std::vector<Index> values_among(const surrogate::Observations& points) {
  std::vector<Index> kept;
  for (Index i = 0; i < points.y.size(); ++i) {
    const bool bound = !points.bounds.empty() &&
                       points.bounds[static_cast<std::size_t>(i)] != surrogate::Bound::kNone;
    if (!bound) kept.push_back(i);
  }
  return kept;
}

}  // namespace

std::vector<Predictability> predictability(const CampaignView& view, const Models& models) {
  constexpr std::size_t kFewest = 3;
  std::vector<Predictability> all;
  for (std::size_t k = 0; k < view.spec().observables.size(); ++k) {
    const std::string& name = view.spec().observables[k].spec.name;
    const surrogate::Model* model = models.find(name);
    if (model == nullptr) {
      continue;
    }
    const surrogate::Observations points = view.data(k, *models.space()).points;
    const std::vector<Index> kept = values_among(points);
    if (kept.size() < kFewest) {
      continue;
    }
    const auto out = model->left_out();
    if (!out) {
      continue;
    }
    ensure(out->mean.size() == points.y.size(),
           "predictability: expected the surrogates of all results");
    all.push_back(
        {name, surrogate::calibration_of(VectorXd(points.y(kept)), VectorXd(out->mean(kept)),
                                         VectorXd(out->variance(kept)))});
  }
  return all;
}

}  // namespace foray::campaign
