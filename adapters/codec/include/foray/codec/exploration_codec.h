#pragma once

#include <string>
#include <string_view>

#include "foray/classifier/exploration.h"

namespace foray::codec {

/// An exploration as JSON text: "foray_exploration": 1, names, left_out, facts, weights,
/// projection, levels, folder, features_sha256.
/// @throws CodecError when a name or a fact is not UTF-8, or a number is not finite.
std::string write_exploration(const classifier::ExplorationState& state);

/// The reverse; whether its parts fit one another is judged by classifier::Exploration.
/// @throws CodecError naming the path, what was expected and what came.
classifier::ExplorationState read_exploration(std::string_view text);

}  // namespace foray::codec
