#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "method_outputs.h"

// The seam to LibTorch: C++17 (its source) and C++20 read this header.
namespace foray::bench {

struct ImageNetworkOptions {
  int members = 3;  // networks whose outputs are averaged
  int epochs = 10;
  int batch = 64;
  double learning_rate = 3e-3;  // of AdamW at its highest
  double weight_decay = 1e-3;
  // Trained on images at random turns and mirrors, and averaged over all eight when asked, so that
  // what it says of an image is the same for all of them.
  bool turned = false;
  std::uint64_t seed = 1;
  int threads = 1;  // members trained at the same time; does not change the result
  // Called after each epoch of each member with (member from 0, epoch from 1, mean loss), one call
  // at a time, from any thread.
  std::function<void(int, int, double)> progress;
};

// Trains networks of LeNet's size on the log intensity of prepared frames, with the cross entropy
// summed over the outputs that are asked, and gives the logits for each of `sets`.
// Source: LeCun, Bottou, Bengio, Haffner (1998), doi:10.1109/5.726791, figure 2, with rectifiers
// and the largest of four in place of their mean. With the 20 and 50 channels and 500 units of
// later versions it told attributes as well and took six times as long.
std::vector<Outputs> image_network_outputs(const classifier::OutputLayout& layout,
                                           const Examples& training,
                                           const std::vector<const Examples*>& sets,
                                           const ImageNetworkOptions& options);

}  // namespace foray::bench
