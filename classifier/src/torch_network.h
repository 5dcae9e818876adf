#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "foray/classifier/prepared.h"
#include "foray/classifier/weights.h"
#include "network.h"

// Private to the two sources that see LibTorch, which are compiled as C++17.
namespace foray::classifier {

// Frames as tensors: image and polar n x channels x rows x columns, curve n x channels x bins,
// summary n x size, told n x numbers (n x 0 where nobody told any).
struct NetworkInput {
  torch::Tensor image, polar, curve, summary, told;
};

// An image branch, a polar branch, a radial branch and a trunk that joins them with the summary.
// Where somebody else's network has looked at the image, one layer on what it tells is that branch.
struct NetworkImpl : torch::nn::Module {
  explicit NetworkImpl(const NetworkShape& shape);

  // n x outputs
  torch::Tensor forward(const NetworkInput& input);

  // The same in three steps: what the branches hand to the trunk, and the trunk to the head.
  torch::Tensor branches(const NetworkInput& input);
  torch::Tensor trunk(const torch::Tensor& joined);

  torch::Tensor image_branch(const NetworkInput& input);

  torch::nn::Conv2d image1{nullptr}, image2{nullptr}, image3{nullptr}, image4{nullptr};
  torch::nn::Linear told1{nullptr};
  torch::nn::Conv2d polar1, polar2, polar3;
  torch::nn::Conv1d curve1, curve2, curve3, curve4;
  torch::nn::Linear summary1, mask1, trunk1, trunk2, head;
};
TORCH_MODULE(Network);

// Copies frames into three tensors.
NetworkInput stack(const std::vector<const PreparedFrame*>& frames);

// Copies arrays into a network; throws std::runtime_error with `place` on a misfit.
void set_arrays(Network& network, const Member& member, const std::string& place);

Member arrays_of(const Network& network);

// The structure of a network with these arrays; throws std::runtime_error with `place` where they
// are those of none.
NetworkShape network_shape_of(const Member& member, const std::string& place);

// LibTorch would share the work of one small layer among threads; one frame is too little for that,
// and one thread gives the same sums everywhere. The setting belongs to the calling thread.
void use_one_thread();

}  // namespace foray::classifier
