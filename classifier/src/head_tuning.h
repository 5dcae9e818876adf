#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include "foray/classifier/training.h"
#include "network.h"

namespace foray::classifier {

// Numbers of labelled frames.
using Indices = std::vector<std::size_t>;

// Fits the heads of an ensemble to labelled frames: each decision's calibrated logits get a linear
// change in the features of the trunk. Const methods may be called concurrently.
class HeadTuner {
 public:
  // `result`: what the ensemble makes of all the frames. Throws std::runtime_error when the weights
  // hold no heads of its shape.
  HeadTuner(const Weights& weights, const std::vector<LabelledFrame>& labelled,
            const EnsembleResult& result, double pull);

  // Network number `member` with its head fitted to the frames of these numbers.
  [[nodiscard]] Member fitted(std::size_t member, const Indices& rows) const;

  // The last layer of a network: outputs = slopes features + biases.
  struct Head {
    Eigen::MatrixXd slopes;  // outputs x features of the trunk
    Eigen::VectorXd biases;
  };

  // Where a decision stands, how it is calibrated, and its truth by frame: the outcome's column, -1
  // for "no" of a sigmoid, -2 where it does not arise.
  struct Question {
    SoftmaxRange range;
    double scale = 1;
    double shift = 0;
    bool yes_or_no = false;
    std::vector<int> truth{};
  };

 private:
  std::vector<Member> members_;  // as they were
  std::vector<Question> questions_;
  double pull_;
  std::vector<Head> heads_;                // as they were, by member
  std::vector<Eigen::MatrixXd> features_;  // frames x features of the trunk, by member
};

}  // namespace foray::classifier
