#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "foray/surrogate/model.h"

namespace foray::surrogate {

/// Mean and variance of what follows one of several distributions, each as likely as any other: the
/// mean of the means; the mean of the variances plus the variance of the means.
/// @param members  one or more, at the same points.
[[nodiscard]] Posterior moments_of(std::span<const Posterior> members);
[[nodiscard]] PosteriorGradient moments_of(std::span<const PosteriorGradient> members);

/// A model of which only so much is known that it is one of several, each as likely as any other:
/// the same data with hyperparameters drawn from their posterior. Means, variances and covariances
/// are those of the mixture, exactly, though its distribution is no Gaussian; a path is one of a
/// member drawn at random. left_out takes each member to be as likely without a point as with
/// it.
///
/// @param members  one or more, none null, of the same dimension; `Model::members()` of the result.
/// @throws std::invalid_argument otherwise.
[[nodiscard]] std::unique_ptr<Model> mix_models(std::vector<std::shared_ptr<const Model>> members);

/// What `make` makes of a model, or the mixture of what it makes of the members of one.
[[nodiscard]] std::unique_ptr<Model> wrap(
    std::shared_ptr<const Model> model,
    const std::function<std::unique_ptr<Model>(std::shared_ptr<const Model>)>& make);

}  // namespace foray::surrogate
