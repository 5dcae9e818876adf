#pragma once

#include <memory>
#include <optional>
#include <string>

#include "foray/campaign/campaign_view.h"
#include "foray/campaign/models.h"
#include "foray/optimizer/propose.h"
#include "foray/optimizer/search_space.h"

namespace foray::campaign {

// Seconds of exposure at a position: the parameter's with that role, else the campaign's.
double exposure_of(const CampaignSpec& spec, const Eigen::VectorXd& position);

// Chooses what to measure next: operators' points, then retries, then the initial design, then the
// acquisition function. A function of the journal alone, as long as `limits.expired` does not end
// the search and `limits.evaluate` answers the same to the same question.
class Planner {
 public:
  explicit Planner(const CampaignView& view);

  // The space with the ranges in force now, where what is not chosen was found last.
  std::shared_ptr<const optimizer::SearchSpace> space(const CampaignView& view);

  // The next proposal; `asked`: for someone who measures by themselves. `limits`: what ends the
  // search, and who is asked.
  // Throws std::runtime_error when no feasible point is left.
  Proposed next(const CampaignView& view, const Models& models, bool asked,
                const optimizer::ProposeOptions& limits);

  // Whether the next proposal begins a batch that is chosen together.
  [[nodiscard]] bool begins_batch(const CampaignView& view);

  // Why a position must not be sent to an instrument; nothing when it may.
  [[nodiscard]] std::optional<std::string> refusal(const CampaignView& view,
                                                   const Eigen::VectorXd& position) const;

  // Limits of a parameter that nothing passes.
  [[nodiscard]] SafetyLimit limit_of(const CampaignView& view, std::size_t parameter) const;

 private:
  // The next point of the initial design, if there is one left.
  std::optional<Proposed> designed(const CampaignView& view, bool asked);
  Proposed automatic(const CampaignView& view, const Models& models, bool asked,
                     const optimizer::ProposeOptions& limits);

  std::shared_ptr<const optimizer::SearchSpace> space_;
  int version_ = -1;
  std::size_t results_ = 0;  // that were known when the space was made
  // The space as wide as the limits, for points that people ask for.
  std::shared_ptr<const optimizer::SearchSpace> widest_;
};

}  // namespace foray::campaign
