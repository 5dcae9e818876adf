#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "foray/classifier/labels.h"

namespace foray::classifier {

/// One array of a network, row-major.
struct Tensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// All arrays of one network of the ensemble.
using Member = std::vector<Tensor>;

/// What turns the ensemble's outputs into calibrated probabilities: per decision of the
/// OutputLayout (every softmax, then every sigmoid) p = softmax(scale z) or
/// p = 1 / (1 + exp(-(scale z + shift))).
struct Calibration {
  std::vector<double> scale;
  std::vector<double> shift;        ///< 0 for a softmax.
  std::vector<double> logit_floor;  ///< per path: variance of the logit that is always there.
};

/// A trained ensemble, as it stands in a weights file.
///
/// The file is little endian: magic "FORAYCLS", format version, labels, members, calibration, and
/// the FNV-1a hash of everything before it. C++17 reads this header too.
struct Weights {
  LabelHierarchy labels;
  std::vector<Member> members;
  Calibration calibration;
  std::string description;  ///< how they were made, for people.
};

/// The version that write_weights() writes and parse_weights() understands.
inline constexpr std::uint32_t kWeightsVersion = 1;

/// The bytes of a weights file.
/// @throws std::invalid_argument when the parts do not fit each other.
std::string serialize_weights(const Weights& weights);

/// Reads the bytes of a weights file.
/// @param place  names the bytes in messages: a file name or "builtin weights".
/// @throws std::runtime_error naming the place, what was expected and what was found (another kind
///         of file, another version, cut short, changed).
Weights parse_weights(const std::string& bytes, const std::string& place);

/// Reads a weights file.
/// @throws std::runtime_error as parse_weights(), and when the file cannot be read.
Weights read_weights(const std::filesystem::path& file);

/// Writes a weights file, aside and then renamed.
/// @throws std::runtime_error naming the file when it cannot be written.
void write_weights(const std::filesystem::path& file, const Weights& weights);

/// The weights that are part of the program.
/// @throws std::runtime_error when it was built without any.
Weights builtin_weights();

}  // namespace foray::classifier
