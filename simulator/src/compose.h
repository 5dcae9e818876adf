#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "foray/simulator/sample_spec.h"
#include "foray/simulator/scene.h"

namespace foray::simulator {

// The scene of a sample whose quantities are all numbers. `grain_seed` decides how grains lie.
// Throws std::invalid_argument that begins with the place of the component.
Scene compose_scene(const SampleSpec& numbers, std::uint64_t grain_seed);

// Refuses what compose_scene() would, without the spots of crystals. What is wrong with components
// that have no share of the beam here is returned, by place: elsewhere their numbers may be others.
std::map<std::string, std::string> check_scene(const SampleSpec& numbers);

// Shares of the phases: those that are given, and the rest.
std::vector<double> fractions_of(const SampleSpec& numbers);

inline double number(const Quantity& quantity) { return std::get<double>(quantity); }

}  // namespace foray::simulator
