#pragma once

#include <vector>

#include "foray/classifier/labels.h"
#include "foray/classifier/weights.h"

namespace foray::classifier {

// ln(p / (1 - p)) with p kept within 1e-6 of 0 and 1.
double logit(double p);

// The calibration that changes nothing.
Calibration identity_calibration(const LabelHierarchy& labels);

// Calibrated logits from one frame's raw outputs: scale z, and for a sigmoid + shift.
std::vector<double> calibrated_logits(const OutputLayout& layout, const Calibration& calibration,
                                      const std::vector<double>& outputs);

// Calibrated decisions (see path_probabilities) from one frame's raw outputs.
std::vector<double> decide(const OutputLayout& layout, const Calibration& calibration,
                           const std::vector<double>& outputs);

// Fits scale, shift and floor by maximum likelihood on examples that the networks were not trained
// on; a decision with too few examples of either outcome keeps the identity.
Calibration fit_calibration(const LabelHierarchy& labels,
                            const std::vector<std::vector<double>>& outputs,
                            const std::vector<const Targets*>& targets);

// The same from few examples: what they are too few for stays as it was before, the rest is drawn
// towards it.
Calibration refit_calibration(const LabelHierarchy& labels, const Calibration& before,
                              const std::vector<std::vector<double>>& outputs,
                              const std::vector<const Targets*>& targets);

}  // namespace foray::classifier
