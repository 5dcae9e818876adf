#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foray/campaign/instrument.h"
#include "foray/campaign/spec.h"

namespace foray::campaign {

struct Trouble {
  FaultKind fault = FaultKind::kNone;
  std::string message;
};

// Why an answer without a fault cannot be used: no measurement, a read-back of the wrong length, a
// cost or datum that is not finite.
std::optional<Trouble> what_is_wrong(const MeasureResult& result, std::size_t parameters);

// Puts what was measured and not chosen into the read-back, which becomes the position as requested
// where the instrument reported none; what is wrong where it is missing. `elapsed_s` has passed
// since the campaign was created.
std::optional<Trouble> take_context(const std::vector<optimizer::Parameter>& parameters,
                                    const Eigen::VectorXd& requested, double elapsed_s,
                                    MeasureResult& result);

// What a scorer reported, in the order of the spec; what it did not report is absent, what is not
// finite has failed.
std::vector<scattering::Observable> in_order(const CampaignSpec& spec,
                                             const std::vector<scattering::Observable>& reported);

// Class probabilities without those that are not finite.
std::vector<scattering::ClassProbability> finite_classes(
    const std::vector<scattering::ClassProbability>& classes);

double finite_or_zero(double value);

}  // namespace foray::campaign
