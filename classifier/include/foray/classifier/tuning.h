#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "foray/classifier/training.h"
#include "foray/classifier/weights.h"

namespace foray::classifier {

/// How far training on has come.
struct TuningProgress {
  int part = 0;     ///< from 0: the part that is held out; the last learns from all frames.
  int parts = 0;    ///< with that last one.
  int member = 0;   ///< from 0.
  int epoch = 0;    ///< that ended, from 1.
  double loss = 0;  ///< mean of this epoch.
};

/// How weights are fitted to a user's own frames.
struct TuningOptions {
  /// What holds the heads to what they were, > 0: the precision of a normal prior, around none, of
  /// each change that one standard deviation of a feature makes to a calibrated logit. At 30 a kind
  /// that is new is learnt from forty frames, at 100 it is not; bench/classifier/tuning_table.cpp
  /// has what it gains and costs elsewhere.
  double pull = 30;
  /// Passes over the frames in which all arrays are trained on after the heads, >= 0; 0: the heads
  /// alone. It pays where frames are unlike those of training.
  int epochs = 0;
  /// Of AdamW at its highest while all arrays are trained, > 0: so low that most of what the
  /// networks know of other frames stays. bench/classifier/tuning_table.cpp compares two.
  double learning_rate = 1e-4;
  /// Frames a step, >= 1: a few hundred frames make a few dozen steps a pass.
  int batch = 16;
  /// Parts in which experiments are held out in turn, >= 2; fewer where there are fewer. Training
  /// takes as many times as long, as networks are trained without each.
  int folds = 5;
  /// Of the order in which experiments are dealt to the parts, and frames to the steps.
  std::uint64_t seed = 1;
  /// Networks that are fitted at the same time, >= 1; does not change the result.
  int threads = 1;
  /// Called after each epoch of each network, one call at a time, from any thread; never without
  /// epochs.
  std::function<void(const TuningProgress&)> progress = nullptr;
};

/// Weights that were fitted to labelled frames, and what that gained on these.
struct Tuning {
  Weights weights;
  std::vector<PathFigures> before;  ///< of the weights as they were.
  /// Of networks that were fitted without the frames of the same part, calibrated by the held-out
  /// outputs of the other parts.
  std::vector<PathFigures> after;
  /// Shares of the frames that count as unknown, of the same two; 0 where weights tell none, as
  /// those after training on.
  double unknown_before = 0;
  double unknown_after = 0;
};

/// Fits weights to labelled frames, which may be few hundreds, and calibrates them anew.
///
/// The heads come first: each decision's calibrated logits change linearly with the features that
/// the networks compute already, by the largest posterior probability. The head of a decision of
/// which the frames show one outcome only stays as it was. With options.epochs all arrays of the
/// networks are then trained on. The calibration comes from held-out experiments.
///
/// Of heads alone the trunks stay, and the frames become known ones (Weights::known), unless none
/// were measured. Trained on, networks give other features than those of which was measured what is
/// known: Weights::known is left empty, so that no frame is told as unknown until
/// with_known_frames() measures it anew, best on other frames together with the labelled ones.
///
/// The same examples and options give the same weights.
/// @throws std::invalid_argument on fewer than two experiments, a misshapen example, or an invalid
///         option.
/// @throws std::runtime_error when classifier::available() is false, or the weights do not fit the
///         network.
Tuning tune(const Weights& weights, const std::vector<LabelledFrame>& labelled,
            const TuningOptions& options = {});

}  // namespace foray::classifier
