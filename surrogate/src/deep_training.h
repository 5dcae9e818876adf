#pragma once

#include <optional>
#include <vector>

#include "foray/surrogate/gp_training.h"
#include "training_target.h"

namespace foray::surrogate::detail {

// What the search for connections came to.
struct LearnedConnections {
  std::optional<Hyperparameters> best{};  // Empty: too few data, or no evaluation allowed.
  int evaluations = 0;
  bool cut = false;
};

// Learns the connections of the networks of a deep kernel, together with all else, by the log
// posterior of most of the points, as long as the others, which are always the same, are predicted
// ever better; the kernel without a network is one of the candidates. Then `all` holds them fixed,
// and begins elsewhere: the rest is to be learned from all points, as of any kernel.
//
// A kernel without networks costs nothing. `data`, `previous` and `options.gp` are
// standardised, as of Target.
LearnedConnections learn_connections(const Kernel& kernel, const Observations& data,
                                     const FitOptions& options, const FitBudget& budget,
                                     const std::optional<Hyperparameters>& previous, Rng& rng,
                                     std::vector<Sought>& all);

}  // namespace foray::surrogate::detail
