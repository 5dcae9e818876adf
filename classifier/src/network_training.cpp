#include <cmath>
#include <random>
#include <stdexcept>
#include <utility>

#include "network.h"
#include "torch_network.h"

namespace foray::classifier {
namespace {

// A feature looks much the same in all geometries: of a rare one it is learnt from the others too.
constexpr float kBorrowedWeight = 0.25F;

// Targets of a batch: class indices with -1 for "does not arise", and yes or no with their weights.
struct BatchTargets {
  std::vector<torch::Tensor> softmax;
  torch::Tensor sigmoid, sigmoid_weight;
};

BatchTargets stack_targets(const std::vector<const Targets*>& targets, const OutputLayout& layout) {
  const auto n = static_cast<std::int64_t>(targets.size());
  const auto features = static_cast<std::int64_t>(layout.sigmoid.size());
  BatchTargets out;
  for (std::size_t g = 0; g < layout.softmax.size(); ++g) {
    torch::Tensor column = torch::empty({n}, torch::kInt64);
    for (std::int64_t k = 0; k < n; ++k) {
      column.data_ptr<std::int64_t>()[k] = targets[static_cast<std::size_t>(k)]->softmax[g];
    }
    out.softmax.push_back(column);
  }
  out.sigmoid = torch::zeros({n, features});
  out.sigmoid_weight = torch::zeros({n, features});
  for (std::int64_t k = 0; k < n; ++k) {
    const std::vector<int>& truth = targets[static_cast<std::size_t>(k)]->sigmoid;
    for (std::int64_t f = 0; f < features; ++f) {
      const int value = truth[static_cast<std::size_t>(f)];
      if (value < 0) continue;
      const bool borrowed = value >= kBorrowed;
      out.sigmoid.data_ptr<float>()[k * features + f] =
          static_cast<float>(borrowed ? value - kBorrowed : value);
      out.sigmoid_weight.data_ptr<float>()[k * features + f] = borrowed ? kBorrowedWeight : 1.0F;
    }
  }
  return out;
}

// Mean cross entropy per example, summed over all questions that arise.
torch::Tensor loss_of(const torch::Tensor& outputs, const BatchTargets& targets,
                      const OutputLayout& layout) {
  namespace F = torch::nn::functional;
  const double n = static_cast<double>(outputs.size(0));
  torch::Tensor loss = torch::zeros({});
  for (std::size_t g = 0; g < layout.softmax.size(); ++g) {
    const SoftmaxRange range = layout.softmax[g];
    const torch::Tensor part = outputs.narrow(1, range.begin, range.end - range.begin);
    loss = loss +
           F::cross_entropy(part, targets.softmax[g],
                            F::CrossEntropyFuncOptions().ignore_index(-1).reduction(torch::kSum)) /
               n;
  }
  if (!layout.sigmoid.empty()) {
    std::vector<std::int64_t> columns(layout.sigmoid.begin(), layout.sigmoid.end());
    const torch::Tensor part = outputs.index_select(1, torch::tensor(columns));
    loss = loss + F::binary_cross_entropy_with_logits(part, targets.sigmoid,
                                                      F::BinaryCrossEntropyWithLogitsFuncOptions()
                                                          .weight(targets.sigmoid_weight)
                                                          .reduction(torch::kSum)) /
                      n;
  }
  return loss;
}

// A warm-up over a twentieth of the steps, then half a cosine down to nothing.
double schedule(double done) {
  constexpr double kWarmUp = 0.05;
  if (done < kWarmUp) return (done + 1e-3) / kWarmUp;
  return 0.5 * (1 + std::cos(3.14159265358979323846 * (done - kWarmUp) / (1 - kWarmUp)));
}

// std::shuffle's draws are not the same in all standard libraries.
void shuffle(std::vector<std::size_t>& order, std::mt19937_64& rng) {
  for (std::size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[rng() % k]);
}

double train_batch(Network& network, torch::optim::AdamW& optimizer,
                   const std::vector<NetworkExample>& examples,
                   const std::vector<std::size_t>& chosen, const OutputLayout& layout) {
  std::vector<const PreparedFrame*> frames;
  std::vector<const Targets*> targets;
  for (const std::size_t k : chosen) {
    frames.push_back(examples[k].frame);
    targets.push_back(examples[k].targets);
  }
  const NetworkInput input = stack(frames);
  optimizer.zero_grad();
  const torch::Tensor loss =
      loss_of(network->forward(input), stack_targets(targets, layout), layout);
  loss.backward();
  torch::nn::utils::clip_grad_norm_(network->parameters(), 5.0);
  optimizer.step();
  return loss.item<double>();
}

}  // namespace

Member initial_member(int outputs, std::uint64_t seed, int told) {
  use_one_thread();
  const torch::NoGradGuard guard;
  Network network(outputs, told);
  std::mt19937_64 rng(seed);
  // He initialisation with our own draws: LibTorch's generator is global.
  for (auto& entry : network->named_parameters()) {
    torch::Tensor values = entry.value();
    const bool bias = values.dim() == 1;
    const std::int64_t fan_in = bias ? 1 : values.numel() / values.size(0);
    const double bound = bias ? 0.0 : std::sqrt(6.0 / static_cast<double>(fan_in));
    for (std::int64_t k = 0; k < values.numel(); ++k) {
      const double uniform = static_cast<double>(rng() >> 11) * 0x1.0p-53;
      values.data_ptr<float>()[k] = static_cast<float>(bound * (2 * uniform - 1));
    }
  }
  return arrays_of(network);
}

Member train_member(const Member& initial, const OutputLayout& layout,
                    const std::vector<NetworkExample>& examples, const NetworkTraining& options) {
  use_one_thread();
  Network network(layout.outputs, told_by(initial));
  set_arrays(network, initial, "initial weights");
  network->train();
  torch::optim::AdamW optimizer(
      network->parameters(),
      torch::optim::AdamWOptions(options.learning_rate).weight_decay(options.weight_decay));
  std::mt19937_64 rng(options.seed);
  std::vector<std::size_t> order(examples.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  const auto batch = static_cast<std::size_t>(options.batch);
  const std::size_t batches = (order.size() + batch - 1) / batch;
  const double steps = static_cast<double>(batches) * options.epochs;
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    shuffle(order, rng);
    double sum = 0;
    for (std::size_t b = 0; b < batches; ++b) {
      const double done =
          (static_cast<double>(epoch) * static_cast<double>(batches) + static_cast<double>(b)) /
          steps;
      for (auto& group : optimizer.param_groups()) {
        static_cast<torch::optim::AdamWOptions&>(group.options())
            .lr(options.learning_rate * schedule(done));
      }
      const auto begin = order.begin() + static_cast<std::ptrdiff_t>(b * batch);
      const auto end =
          order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), (b + 1) * batch));
      sum += train_batch(network, optimizer, examples, {begin, end}, layout) *
             static_cast<double>(end - begin);
    }
    if (options.progress) options.progress(epoch + 1, sum / static_cast<double>(order.size()));
  }
  return arrays_of(network);
}

}  // namespace foray::classifier
