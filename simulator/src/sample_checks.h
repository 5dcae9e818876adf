#pragma once

#include "foray/simulator/sample_spec.h"

namespace foray::simulator {

// Refuses what is wrong with a sample whatever its numbers are: names, coordinates, keys that mean
// nothing where they stand. Throws std::invalid_argument that begins with the place.
void check_sample(const SampleSpec& spec);

}  // namespace foray::simulator
