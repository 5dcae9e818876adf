#pragma once

#include <cstdint>
#include <memory>

#include "foray/simulator/sample_library.h"
#include "foray/simulator/sample_spec.h"

namespace foray::simulator {

/// The library of a sample that a user composed; `seed` decides its fields and its grains.
///
/// At a position the phases' fractions weigh their components. Everything that could be wrong with
/// a number is looked for at the middle and the corners of the coordinates' ranges. Beyond the
/// ranges, a twentieth of them is allowed for what a motor reads back; what comes from a clock or a
/// dose stays at the end of its range.
/// @throws std::invalid_argument whose message begins with the place as a JSON pointer within the
///         sample: "/phases/0/components/1: sphere: parameter radius: ...".
std::unique_ptr<SampleLibrary> make_composed_library(const SampleSpec& spec, std::uint64_t seed);

}  // namespace foray::simulator
