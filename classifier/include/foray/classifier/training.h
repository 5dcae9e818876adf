#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "foray/classifier/labels.h"
#include "foray/classifier/prepared.h"
#include "foray/classifier/weights.h"

namespace foray::classifier {

/// One example: what the network sees of a frame and what is true of it.
struct LabelledFrame {
  PreparedFrame frame;
  Targets targets;
  /// Frames of one instrument and sample have the same number: errors of figures come from drawing
  /// whole experiments anew, not single frames.
  std::int64_t experiment = 0;
};

/// How to train an ensemble.
struct TrainingOptions {
  int members = 3;              ///< networks of the ensemble, >= 1.
  int width = 1;                ///< channels of their layers in multiples of the narrowest, 1 to 8.
  int rounds = 1;               ///< sets of examples, learnt from one after the other, >= 1.
  int epochs = 10;              ///< passes over each, >= 1.
  int batch = 64;               ///< examples a step, >= 1.
  double learning_rate = 3e-3;  ///< of AdamW at its highest, > 0.
  double weight_decay = 1e-3;   ///< of AdamW, >= 0.
  std::uint64_t seed = 1;       ///< of the first arrays and of the order of the examples.
  int threads = 1;              ///< members trained at the same time; does not change the result.
  bool on_gpu = false;          ///< on the GPU that LibTorch finds first, examples in its memory.
  double false_alarms = 0.01;   ///< share of held-out frames that count as unknown, in (0, 1).
  std::string description;      ///< goes into the weights.
  /// What the examples were prepared with (Preprocessor), if any; goes into the weights.
  std::optional<ForeignTrunk> trunk = std::nullopt;
  /// Networks to start from instead of random ones; `members` and `width` are theirs. Their labels
  /// may be others: what they do not answer starts at random.
  std::optional<Weights> start = std::nullopt;
  /// Called after each epoch of each member with (member from 0, epoch from 1 over all rounds, mean
  /// loss), one call at a time, from any thread.
  std::function<void(int, int, double)> progress;
};

/// Trains an ensemble and calibrates it on examples of instruments that it has not seen; on these
/// it also finds from where on a frame is unknown (with_known_frames).
///
/// Features and traits of the same name below other geometries are learnt from each other: the
/// answer below an example's own geometry counts a quarter for the same question below the others.
///
/// Frames for which kForeign is true count among neither the known nor the held-out ones when it is
/// measured from where on a frame is unknown.
///
/// The same examples, options and kind of processor give the same weights; on a GPU, which chooses
/// how to compute by what it measures, last digits may differ.
/// @throws std::invalid_argument on no examples, a misshapen one, or an invalid option.
/// @throws std::runtime_error when classifier::available() is false, or on_gpu and there is none.
Weights train(const LabelHierarchy& labels, const std::vector<LabelledFrame>& training,
              const std::vector<LabelledFrame>& calibration, const TrainingOptions& options);

/// Examples of one round, which is counted from 0.
using ExampleSource = std::function<std::vector<LabelledFrame>(int)>;

/// The same in options.rounds rounds: the examples of a round are made, by one call of the source
/// in a thread of its own, while those of the round before are learnt from, so that no more than
/// two rounds take memory. Networks that see each frame a few times only learn what frames have in
/// common rather than the frames.
Weights train(const LabelHierarchy& labels, const ExampleSource& source,
              const std::vector<LabelledFrame>& calibration, const TrainingOptions& options);

/// Whether LibTorch finds a GPU to train on.
bool finds_gpu();

/// The same weights with what tells frames that are unlike all known ones: the plane near
/// which the features of `training` lie (of 40,000, evenly taken, where there are more), and from
/// where on the share `false_alarms` of `held_out` counts as unknown.
/// @throws std::invalid_argument on fewer than two examples of either, a misshapen one, or
///         false_alarms outside (0, 1).
Weights with_known_frames(Weights weights, const std::vector<LabelledFrame>& training,
                          const std::vector<LabelledFrame>& held_out, double false_alarms,
                          int threads = 1);

/// What an ensemble says of one example.
struct Prediction {
  std::vector<double> probability;  ///< calibrated, in the order of label_paths().
  double novelty = 0;               ///< Novelty::score; 0 where the weights tell none.
};

/// What an ensemble says of examples; the number of threads does not change it.
/// @throws std::invalid_argument on a misshapen example.
std::vector<Prediction> predict(const Weights& weights, const std::vector<LabelledFrame>& examples,
                                int threads = 1);

/// How well one path is told on a set of examples.
struct PathFigures {
  std::string path;
  int examples = 0;              ///< for which the truth of the path is known.
  int positives = 0;             ///< of them.
  double accuracy = 0;           ///< share on the right side of 1/2.
  double calibration_error = 0;  ///< expected calibration error, ten equal bins of probability.
  double average_precision = 0;  ///< area under precision over recall; 0 without positives.
  /// 1 - (mean squared error) / (that of always saying the share of positives): 1 is perfect, 0 no
  /// better than the base rate; 0 where all or none are positive.
  double brier_skill = 0;
};

/// Figures of every path, in the order of label_paths().
std::vector<PathFigures> evaluate(const Weights& weights,
                                  const std::vector<LabelledFrame>& examples, int threads = 1);

/// Figures of one path from probabilities and truth (1 or 0).
/// @throws std::invalid_argument when the sizes differ.
PathFigures path_figures(const std::string& path, const std::vector<double>& probability,
                         const std::vector<int>& truth);

}  // namespace foray::classifier
