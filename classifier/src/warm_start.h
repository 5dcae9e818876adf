#pragma once

#include <cstdint>
#include <vector>

#include "foray/classifier/labels.h"
#include "foray/classifier/weights.h"
#include "network.h"

namespace foray::classifier {

// The networks of `start` with heads for `labels`: what both ask keeps its arrays, what only
// `labels` asks starts at random, what only `start` asks is dropped.
// Throws std::invalid_argument where they take another number of told values than `told`.
std::vector<Member> members_to_start_from(const Weights& start, const LabelHierarchy& labels,
                                          int told, std::uint64_t seed);

}  // namespace foray::classifier
