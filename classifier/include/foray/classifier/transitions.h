#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <deque>
#include <optional>

#include "foray/classifier/preprocessing.h"
#include "foray/scattering/measurement.h"

namespace foray::classifier {

/// How a stream is watched.
struct TransitionOptions {
  /// So many frames without a transition bring one false alarm at most, if what they scatter by is
  /// normal and independent; > 0.
  double frames_per_false_alarm = 2000;
  int memory = 60;  ///< frames that the present course is learned from, >= 2 least + 2.
  int longest =
      20;         ///< an onset is looked for among so many last frames, from 1 to memory - least.
  int least = 5;  ///< frames of a course before it can be seen to end, >= 4.
};

/// Where the course of a stream changed.
struct Transition {
  std::int64_t onset = 0;    ///< the first frame of the new course, counted from 0.
  std::int64_t seen = 0;     ///< the frame with which it was certain, >= onset.
  Eigen::Index feature = 0;  ///< in which it shows most.
  double log10_p = 0;        ///< of the chance that the old course brings it, -300 to 0.
};

/// Watches a stream of frames, each given as a few numbers, and says when their course changes.
///
/// Each number is taken to follow a straight line in time with normal scatter of unknown size, so
/// that a slow drift (dose, beam current) is no transition. For every onset among the last frames a
/// step and a bend are fitted beside the line, and their t statistic compared with Student's
/// distribution (the likelihood ratio test of linear models); the largest over onsets, shapes and
/// numbers is an alarm where its probability times the number of tests (Bonferroni) is below the
/// rate allowed. The frames from the onset on are the next course. Two transitions less than
/// `least` frames apart are seen as one. Each frame costs O(memory longest numbers).
class TransitionDetector {
 public:
  /// @throws std::invalid_argument on options outside their range.
  explicit TransitionDetector(const TransitionOptions& options = {});

  /// Takes the next frame's numbers, always as many.
  /// @throws std::invalid_argument on another number of them, none, or one that is not finite.
  [[nodiscard]] std::optional<Transition> add(const Eigen::Ref<const Eigen::VectorXd>& features);

 private:
  [[nodiscard]] std::optional<Transition> strongest() const;

  TransitionOptions options_;
  std::deque<Eigen::VectorXd> course_;  // The last frames of the present course.
  std::int64_t count_ = 0;              // Frames seen.
};

/// What a frame shows in a few numbers: the logarithm of the intensity along the radius over its
/// mean (36 numbers, a tenth in q each), which does not depend on the exposure, and how far twofold
/// unevenness along the azimuth stands out from counting noise (8); from what the classifier's
/// network sees.
/// @throws as Preprocessor::prepare.
[[nodiscard]] Eigen::VectorXd series_features(const Preprocessor& preprocessor,
                                              const scattering::Frame& frame);

}  // namespace foray::classifier
