#pragma once

#include <vector>

#include "foray/classifier/labels.h"
#include "foray/classifier/training.h"

// What classifiers that are measured beside each other are asked: the decisions of a label
// hierarchy, one number for each. C++17 reads this header too.
namespace foray::bench {

using Examples = std::vector<classifier::LabelledFrame>;

// By example and output of classifier::OutputLayout: larger for a likelier yes.
using Outputs = std::vector<std::vector<double>>;

// What every output should say of an example: 1, 0, or -1 where the question does not arise. Of
// what excludes each other, one outcome is 1.
inline std::vector<int> output_truth(const classifier::OutputLayout& layout,
                                     const classifier::Targets& targets) {
  std::vector<int> truth(layout.outputs, -1);
  for (std::size_t g = 0; g < layout.softmax.size(); ++g) {
    if (targets.softmax[g] < 0) continue;
    const classifier::SoftmaxRange range = layout.softmax[g];
    for (int k = range.begin; k < range.end; ++k) {
      truth[k] = k - range.begin == targets.softmax[g] ? 1 : 0;
    }
  }
  for (std::size_t k = 0; k < layout.sigmoid.size(); ++k) {
    truth[layout.sigmoid[k]] = targets.sigmoid[k];
  }
  return truth;
}

}  // namespace foray::bench
