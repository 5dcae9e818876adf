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

// The probability that the likeliest kind of ring leaves to others; 0 without kinds. Traits of a
// ring are no kinds.
double doubt_of_kind(const ClassProbabilities& classes);

// Likely problems that a measured value may suffer from, with their probabilities; "" for none.
std::string likely_problems(const ClassProbabilities& classes);

}  // namespace foray::classifier
