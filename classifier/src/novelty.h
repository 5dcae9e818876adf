#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "foray/classifier/weights.h"
#include "network.h"

namespace foray::classifier {

// How unlike known frames a frame is: the distance of its features from the plane that holds most
// of the variance of known frames', and where the networks are asked for it (kForeign) their
// answer. Source: the residual of Wang, Li, Feng, Zhang (2022), arXiv:2203.10807, equation 4; here
// of what the trunks of all networks give, square roots taken and each scaled to length 1, so that
// no network and no single large feature decides. Chosen by bench/classifier/novelty_table.cpp.

// The features of frame number `frame` that are compared.
std::vector<float> compared_features(const EnsembleResult& result, int frame);

// ln of the distance of frame number `frame`.
double log_distance(const KnownFrames& known, const EnsembleResult& result, int frame);

// The output that asks for foreign frames; -1: none does.
int foreign_output(const LabelHierarchy& labels);

// ln of the distance of frame number `frame` and the weight times the mean of the networks' output
// number `foreign`, if it is one, less the threshold: above 0 the frame is unknown.
double novelty_score(const KnownFrames& known, int foreign, const EnsembleResult& result,
                     int frame);

// The plane of the frames in `known`, the weight with which either part of the score varies as much
// as the other among the held-out ones, and the threshold beyond which `false_alarms` of these lie:
// of the two or more that it takes, one at least and not all.
KnownFrames measure_known(const EnsembleResult& known, const EnsembleResult& held_out, int foreign,
                          double false_alarms);

// The same with those of `result`'s frames among the known ones: the plane gets the directions, at
// most 32, in which they lie away from it. The threshold stays.
KnownFrames with_more_known(KnownFrames known, const EnsembleResult& result,
                            const std::vector<std::size_t>& frames);

// Throws std::runtime_error with `place` when known frames do not fit an ensemble of `members`
// networks of a structure.
void require_fit(const KnownFrames& known, std::size_t members, const NetworkShape& shape,
                 const std::string& place);

}  // namespace foray::classifier
