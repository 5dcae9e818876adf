#pragma once

#include <functional>
#include <string>
#include <vector>

#include "network.h"

namespace foray::bench {

// Of every frame, larger for a less usual one.
using Scores = std::vector<double>;

// A way of telling unusual frames by what an ensemble makes of them.
struct NoveltyMethod {
  std::string name;
  std::function<Scores(const classifier::EnsembleResult&)> score;
};

// The classifier's own way first, then others, all of them knowing the frames of `reference`.
// @param roots    the true geometry of each.
// @param outputs  of a network.
// @param foreign  the one that asks for foreign frames.
std::vector<NoveltyMethod> novelty_methods(const classifier::EnsembleResult& reference,
                                           const std::vector<int>& roots, int outputs, int foreign);

}  // namespace foray::bench
