#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "baselines.h"
#include "foray/classifier/labels.h"
#include "method_outputs.h"

namespace foray::bench {

struct TableSettings {
  int training = 2000;  // frames
  int test = 800;
  std::uint64_t seed = 1;
  int epochs = 10;
  int threads = 1;  // does not change the result
};

// The questions and the frames; every method gets the same. No two of the three sets share an
// instrument, nor does one share any with what the built-in weights were trained on.
struct Task {
  classifier::LabelHierarchy labels = classifier::default_hierarchy();
  classifier::OutputLayout layout = classifier::output_layout(labels);
  std::vector<std::string> paths = classifier::label_paths(labels);
  Examples training, calibration, test;
  std::vector<std::vector<int>> truth;    // of the test frames, by path
  std::vector<std::int64_t> experiments;  // of the test frames
};

Task make_task(const TableSettings& settings);

// What one method says of the test frames, by frame and path.
struct Method {
  std::string name;
  bool ours = false;
  PathScores probability;
  PathScores given;  // where the geometry is known
};

// Trains what others have used and foray's networks on the same frames, each calibrated in the same
// way by the same others; then come the built-in weights, which are left out, with a line printed,
// where they cannot be read or have other labels. Progress goes to stderr.
std::vector<Method> all_methods(const Task& task, const TableSettings& settings);

}  // namespace foray::bench
