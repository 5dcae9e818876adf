#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foray/classifier/weights.h"
#include "foray/scattering/measurement.h"
#include "foray/scattering/scorer.h"

namespace foray::classifier {

/// How unlike all frames that it knows the classifier finds a frame. Where it is unknown, its
/// probabilities mean nothing.
struct Novelty {
  /// ln of the distance from known frames, and what the networks answer to whether the frame is
  /// foreign (kForeign), less the threshold.
  double score = 0;
  double variance = 0;      ///< of the score: counting noise, and 1e-4 in any case.
  double false_alarms = 0;  ///< share of frames of held-out instruments that count as unknown.

  /// Whether the answer is "unknown".
  [[nodiscard]] bool unknown() const { return score > 0; }
};

/// What a classifier makes of a frame.
struct Recognition {
  std::vector<scattering::ClassProbability> classes;
  std::optional<Novelty> novelty = std::nullopt;  ///< nothing where the classifier cannot tell.
  std::vector<float> features = {};  ///< near ones look alike to it; empty where it has none.
};

/// Recognises what a detector frame shows. Plain data only: LibTorch stays behind this header.
/// Const methods may be called concurrently.
class Classifier {
 public:
  virtual ~Classifier() = default;

  /// Calibrated probability of every node of the label hierarchy, a child never more probable than
  /// its parent, and how unlike known frames this one is.
  ///
  /// logit_variance adds the spread of the ensemble, the counting noise of this frame (how much
  /// disturbed copies of it differ from each other) and a floor from the calibration.
  /// @throws std::invalid_argument when the frame is malformed (see scattering::validate).
  [[nodiscard]] virtual Recognition recognise(const scattering::Frame& frame) const = 0;

  /// The probabilities alone.
  [[nodiscard]] std::vector<scattering::ClassProbability> classify(
      const scattering::Frame& frame) const {
    return recognise(frame).classes;
  }

  /// The paths that recognise() reports, in its order.
  [[nodiscard]] virtual std::vector<std::string> labels() const = 0;

  /// Whether recognise() tells novelty.
  [[nodiscard]] virtual bool tells_novelty() const { return false; }
};

/// Whether this build holds the LibTorch network.
bool available();

/// A classifier with the given weights.
/// @param place  names the weights in messages.
/// @throws std::runtime_error when the weights do not fit the network; also when available() is
///         false.
std::unique_ptr<Classifier> make_classifier(const Weights& weights, const std::string& place);

/// Loads a trained network.
/// @throws std::runtime_error naming the file, what was expected and what was found; also when
///         available() is false.
std::unique_ptr<Classifier> load_classifier(const std::filesystem::path& weights);

/// The network that is part of the program.
/// @throws std::runtime_error when available() is false.
std::unique_ptr<Classifier> builtin_classifier();

}  // namespace foray::classifier
