#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
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

/// What tells frames that are unlike all known ones: known frames lie near a plane in the space of
/// the features that all networks together compute of them, and a frame's distance is that from
/// the plane. Where the labels ask for foreign frames (kForeign) the answer counts, too.
struct KnownFrames {
  std::vector<float> mean;    ///< d values; empty: it was not measured.
  std::vector<float> axes;    ///< k x d, row-major: orthonormal directions of the plane.
  double foreign_weight = 0;  ///< of the mean output for kForeign beside ln of the distance, >= 0.
  double log_threshold = 0;   ///< of their sum, from which a frame is unknown.
  double false_alarms = 0;    ///< share of held-out frames beyond it, in (0, 1).
};

/// A network of somebody else's that looks at the image where the ensemble's own networks have a
/// branch for it (encoder.h); it is not trained any further.
struct ForeignTrunk {
  std::string torchscript;    ///< the bytes of its file.
  std::int32_t side = 224;    ///< of the pictures that it takes [pixels].
  std::int32_t channels = 3;  ///< of them.
};

/// A trained ensemble, as it stands in a weights file.
///
/// The file is little endian: magic "FORAYCLS", format version, description, labels, members,
/// calibration, known frames, the trunk where there is one, and the FNV-1a hash of all before it.
/// C++17 reads this header too.
struct Weights {
  LabelHierarchy labels;
  std::vector<Member> members;
  Calibration calibration;
  KnownFrames known;
  std::string description;                           ///< how they were made, for people.
  std::optional<ForeignTrunk> trunk = std::nullopt;  ///< what the members look at the image with.
};

/// The version that is written; 4, which has no foreign_weight (it is 0), is read, too. The
/// networks of versions 1 to 3 take other inputs; the labels of versions 1 and 2 had neither traits
/// nor aspects.
inline constexpr std::uint32_t kWeightsVersion = 5;
inline constexpr std::uint32_t kOldestWeightsVersion = 4;

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
