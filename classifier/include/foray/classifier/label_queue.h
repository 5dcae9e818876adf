#pragma once

#include <Eigen/Core>
#include <vector>

#include "foray/scattering/scorer.h"

namespace foray::classifier {

/// How many yes or no answers the labels of a frame would tell [bit]: the entropy of every node
/// given its parent, as far as the parent is believed.
/// @param classes  as a Classifier gives them, parents before their children.
double doubt(const std::vector<scattering::ClassProbability>& classes);

/// Which frames to label next, the most telling first: the one in most doubt, then ever again the
/// one with the largest product of its doubt and its distance from the nearest one chosen already,
/// so that of many alike only one is asked for. Ties go to the earlier frame.
///
/// @param doubts    n values >= 0 [bit].
/// @param features  d x n: near ones are alike.
/// @param count     how many, >= 0; fewer are given when all that is left is like a chosen one or
///                  in no doubt.
/// @returns  numbers of frames.
/// @throws std::invalid_argument on a shape mismatch, a negative doubt, or what is not finite.
///
/// Source: the farthest-first traversal of Gonzalez (1985), doi:10.1016/0304-3975(85)90224-5, here
/// with distances weighed by doubt.
std::vector<int> label_queue(const Eigen::Ref<const Eigen::VectorXd>& doubts,
                             const Eigen::Ref<const Eigen::MatrixXf>& features, int count);

}  // namespace foray::classifier
