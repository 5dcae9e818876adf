#pragma once

#include <cstdint>
#include <vector>

#include "foray/classifier/training.h"
#include "foray/classifier/weights.h"

namespace foray::classifier {

/// How heads are fitted to a user's own frames.
struct TuningOptions {
  /// What holds the heads to what they were, > 0: the precision of a normal prior, around none, of
  /// each change that one standard deviation of a feature makes to a calibrated logit. At 30 a kind
  /// that is new is learnt from forty frames, at 100 it is not; bench/classifier/tuning_table.cpp
  /// has what it gains and costs elsewhere.
  double pull = 30;
  /// Parts in which experiments are held out in turn, >= 2; fewer where there are fewer.
  int folds = 5;
  /// Of the order in which experiments are dealt to the parts.
  std::uint64_t seed = 1;
};

/// Weights that were fitted to labelled frames, and what that gained on these.
struct Tuning {
  Weights weights;
  std::vector<PathFigures> before;  ///< of the weights as they were.
  /// Of heads that were fitted without the frames of the same part, calibrated by the held-out
  /// outputs of the other parts.
  std::vector<PathFigures> after;
  /// Shares of the frames that count as unknown, of the same two; 0 where weights tell none.
  double unknown_before = 0;
  double unknown_after = 0;
};

/// Fits the heads to labelled frames, which may be few hundreds, and calibrates them anew.
///
/// Each decision's calibrated logits change linearly with the features that the networks compute
/// already, by the largest posterior probability. The head of a decision of which the frames show
/// one outcome only stays as it was. The calibration comes from held-out experiments. The frames
/// become known ones (Weights::known), unless none were measured. Trunks stay.
///
/// The same examples and options give the same weights.
/// @throws std::invalid_argument on fewer than two experiments, a misshapen example, or an invalid
///         option.
/// @throws std::runtime_error when classifier::available() is false, or the weights do not fit the
///         network.
Tuning tune(const Weights& weights, const std::vector<LabelledFrame>& labelled,
            const TuningOptions& options = {});

}  // namespace foray::classifier
