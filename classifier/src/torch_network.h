#pragma once

#include <torch/torch.h>

#include <vector>

#include "foray/classifier/prepared.h"
#include "foray/classifier/weights.h"

// Private to the two sources that see LibTorch, which are compiled as C++17.
namespace foray::classifier {

// An image branch, a radial branch and a trunk that joins them with the summary.
struct NetworkImpl : torch::nn::Module {
  explicit NetworkImpl(int outputs);

  // image n x channels x side x side, curve n x channels x bins, summary n x size -> n x outputs
  torch::Tensor forward(torch::Tensor image, torch::Tensor curve, const torch::Tensor& summary);

  // The same in three steps: what the branches hand to the trunk, and the trunk to the head.
  torch::Tensor branches(torch::Tensor image, torch::Tensor curve, const torch::Tensor& summary);
  torch::Tensor trunk(const torch::Tensor& joined);

  torch::nn::Conv2d image1, image2, image3, image4;
  torch::nn::Conv1d curve1, curve2, curve3, curve4;
  torch::nn::Linear summary1, trunk1, trunk2, head;
};
TORCH_MODULE(Network);

struct NetworkInput {
  torch::Tensor image, curve, summary;
};

// Copies frames into three tensors.
NetworkInput stack(const std::vector<const PreparedFrame*>& frames);

// Copies arrays into a network; throws std::runtime_error with `place` on a misfit.
void set_arrays(Network& network, const Member& member, const std::string& place);

Member arrays_of(const Network& network);

// LibTorch would share the work of one small layer among threads; one frame is too little for that,
// and one thread gives the same sums everywhere. The setting belongs to the calling thread.
void use_one_thread();

}  // namespace foray::classifier
