#pragma once

#include <cstdint>

#include "foray/simulator/sample_spec.h"
#include "foray/simulator/scene.h"

namespace foray::simulator {

// The scene of a sample whose quantities are all numbers. `grain_seed` decides how grains lie.
// Throws std::invalid_argument that begins with the place of the component.
Scene compose_scene(const SampleSpec& numbers, std::uint64_t grain_seed);

// Shares of the phases: those that are given, and the rest.
std::vector<double> fractions_of(const SampleSpec& numbers);

inline double number(const Quantity& quantity) { return std::get<double>(quantity); }

}  // namespace foray::simulator
