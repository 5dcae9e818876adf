#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "foray/surrogate/model.h"
#include "foray/surrogate/observations.h"

namespace foray::surrogate {

/// Several outputs over the same coordinates, each on a scale of its own so that they can be
/// learned as one function with one more coordinate, the last: which output.
struct Stacked {
  Observations
      points;  ///< (d + 1) x (sum of n); values of unit variance about 0, output by output.
  Eigen::VectorXd mean;   ///< of each output, subtracted.
  Eigen::VectorXd scale;  ///< of each output, > 0, divided by.
};

/// @param outputs  what was observed of each, any number of points, none included; d the same.
///        Means, kernels and features are not taken over: those of the whole are for the caller.
/// @param levels  the last coordinate of each output.
/// @throws std::invalid_argument when the sizes do not agree, or d does not.
[[nodiscard]] Stacked stack_outputs(const std::vector<Observations>& outputs,
                                    const Eigen::Ref<const Eigen::VectorXd>& levels);

/// One output of a model of stacked outputs: scale times it at (x, level), plus mean.
///
/// What is in flight is expected to measure this output alone; the others, once measured with it,
/// can only say more.
/// @param joint  of d + 1 coordinates, d >= 1; shared by the models of all outputs.
/// @throws std::invalid_argument without a model, or for a scale that is not > 0.
[[nodiscard]] std::unique_ptr<Model> output_of(std::shared_ptr<const Model> joint, double level,
                                               double mean, double scale);

}  // namespace foray::surrogate
