#pragma once

#include <string>
#include <vector>

#include "foray/scattering/scorer.h"

namespace foray::classifier {

// What the probabilities of a frame's classes say; classes are known by their paths.
using ClassProbabilities = std::vector<scattering::ClassProbability>;

// nullptr: there is no such class.
const scattering::ClassProbability* find_class(const ClassProbabilities& classes,
                                               const std::string& path);

// The most probable geometry; empty without classes.
std::string root_of(const ClassProbabilities& classes);

// A ring is there and stands for the larger part of the sample; true without classes.
bool expects_ring(const ClassProbabilities& classes, double threshold);

// The probability that the likeliest kind of ring leaves to others; 0 without kinds.
double doubt_of_kind(const ClassProbabilities& classes);

}  // namespace foray::classifier
