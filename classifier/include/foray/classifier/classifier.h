#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "foray/classifier/weights.h"
#include "foray/scattering/measurement.h"
#include "foray/scattering/scorer.h"

namespace foray::classifier {

/// Recognises what a detector frame shows. Plain data only: LibTorch stays behind this header.
/// Const methods may be called concurrently.
class Classifier {
 public:
  virtual ~Classifier() = default;

  /// Calibrated probability of every node of the label hierarchy; a child is never more probable
  /// than its parent.
  ///
  /// logit_variance adds the spread of the ensemble, the counting noise of this frame (from
  /// disturbed copies of it) and a floor from the calibration.
  /// @throws std::invalid_argument when the frame is malformed (see scattering::validate).
  [[nodiscard]] virtual std::vector<scattering::ClassProbability> classify(
      const scattering::Frame& frame) const = 0;

  /// The paths that classify() reports, in its order.
  [[nodiscard]] virtual std::vector<std::string> labels() const = 0;
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
