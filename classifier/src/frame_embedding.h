#pragma once

#include <Eigen/Core>
#include <string>
#include <utility>
#include <vector>

#include "foray/classifier/embedding.h"
#include "foray/scattering/measurement.h"
#include "foray/scattering/peaks.h"

namespace foray::classifier {

// Where a frame lies among others, and how counting noise moves it about.
struct FrameEmbedding {
  std::string trouble;    // why nothing can be told of its distances; "": they can
  Eigen::VectorXf whole;  // empty: there is none
  // Of pairs of frames that share the frame's counts between them, as if each had been exposed half
  // as long.
  std::vector<std::pair<Eigen::VectorXf, Eigen::VectorXf>> halves;
};

// The weighed texture and scale of the square roots of a frame's counts, whose noise is the same
// everywhere; saturated, negative and not finite pixels are left out. The halves are drawn from one
// and the same random stream for every frame.
FrameEmbedding embed_frame(const ImageEmbedder& embedder, const scattering::Frame& frame);

// The Euclidean distance to a reference, 0 to sqrt(2.5) as features are not negative, as if that
// were free of noise. Two halves differ by sqrt(2) times the noise of one, which is sqrt(2) times
// that of the whole.
scattering::Estimate distance_to(const FrameEmbedding& frame, const Eigen::VectorXf& reference);

}  // namespace foray::classifier
