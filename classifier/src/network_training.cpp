#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>

#include "foray/common/draws.h"
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

struct Batch {
  NetworkInput input;
  BatchTargets targets;
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

Batch stack_examples(const std::vector<NetworkExample>& examples, const OutputLayout& layout) {
  std::vector<const PreparedFrame*> frames;
  std::vector<const Targets*> targets;
  for (const NetworkExample& one : examples) {
    frames.push_back(one.frame);
    targets.push_back(one.targets);
  }
  return {stack(frames), stack_targets(targets, layout)};
}

// Calls `act` with each tensor of a batch and its like in another.
template <typename Act>
void for_each_pair(Batch& a, const Batch& b, const Act& act) {
  act(a.input.image, b.input.image);
  act(a.input.polar, b.input.polar);
  act(a.input.curve, b.input.curve);
  act(a.input.summary, b.input.summary);
  act(a.input.told, b.input.told);
  for (std::size_t g = 0; g < b.targets.softmax.size(); ++g) {
    act(a.targets.softmax[g], b.targets.softmax[g]);
  }
  act(a.targets.sigmoid, b.targets.sigmoid);
  act(a.targets.sigmoid_weight, b.targets.sigmoid_weight);
}

class TorchTrainingSet final : public TrainingSet {
 public:
  TorchTrainingSet(OutputLayout layout, const std::vector<NetworkExample>& examples, bool on_gpu)
      : layout_(std::move(layout)), count_(examples.size()) {
    const std::vector<std::int64_t> columns(layout_.sigmoid.begin(), layout_.sigmoid.end());
    sigmoid_columns_ = torch::tensor(columns, torch::kInt64);
    if (!on_gpu) {
      examples_ = examples;
      return;
    }
    sigmoid_columns_ = sigmoid_columns_.to(torch::kCUDA);
    copy_to_gpu(examples);
  }

  [[nodiscard]] const OutputLayout& layout() const { return layout_; }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] bool on_gpu() const { return gpu_.has_value(); }
  // Where the outputs of yes or no questions stand.
  [[nodiscard]] const torch::Tensor& sigmoid_columns() const { return sigmoid_columns_; }

  [[nodiscard]] Batch batch(const std::vector<std::size_t>& chosen) const {
    if (!gpu_) {
      std::vector<NetworkExample> some;
      for (const std::size_t k : chosen) some.push_back(examples_[k]);
      return stack_examples(some, layout_);
    }
    const std::vector<std::int64_t> rows(chosen.begin(), chosen.end());
    const torch::Tensor index = torch::tensor(rows, torch::kInt64).to(torch::kCUDA);
    Batch batch;
    batch.targets.softmax.resize(layout_.softmax.size());
    for_each_pair(batch, *gpu_, [&](torch::Tensor& part, const torch::Tensor& all) {
      part = all.index_select(0, index);
    });
    return batch;
  }

 private:
  void copy_to_gpu(const std::vector<NetworkExample>& examples) {
    constexpr std::size_t kRows = 1024;
    for (std::size_t begin = 0; begin < count_; begin += kRows) {
      const std::size_t end = std::min(count_, begin + kRows);
      const auto first = examples.begin() + static_cast<std::ptrdiff_t>(begin);
      const Batch part =
          stack_examples({first, examples.begin() + static_cast<std::ptrdiff_t>(end)}, layout_);
      if (!gpu_) {
        gpu_.emplace();
        gpu_->targets.softmax.resize(layout_.softmax.size());
        for_each_pair(*gpu_, part, [&](torch::Tensor& all, const torch::Tensor& some) {
          std::vector<std::int64_t> sizes = some.sizes().vec();
          sizes.front() = static_cast<std::int64_t>(count_);
          all = torch::empty(sizes, some.options().device(torch::kCUDA));
        });
      }
      for_each_pair(*gpu_, part, [&](torch::Tensor& all, const torch::Tensor& some) {
        all.narrow(0, static_cast<std::int64_t>(begin), some.size(0)).copy_(some);
      });
    }
  }

  OutputLayout layout_;
  std::size_t count_;
  torch::Tensor sigmoid_columns_;
  std::vector<NetworkExample> examples_;  // on the processor only
  std::optional<Batch> gpu_;
};

// Mean cross entropy per example, summed over all questions that arise.
torch::Tensor loss_of(const torch::Tensor& outputs, const BatchTargets& targets,
                      const TorchTrainingSet& set) {
  namespace F = torch::nn::functional;
  const double n = static_cast<double>(outputs.size(0));
  torch::Tensor loss = torch::zeros({}, outputs.options());
  const OutputLayout& layout = set.layout();
  for (std::size_t g = 0; g < layout.softmax.size(); ++g) {
    const SoftmaxRange range = layout.softmax[g];
    const torch::Tensor part = outputs.narrow(1, range.begin, range.end - range.begin);
    loss = loss +
           F::cross_entropy(part, targets.softmax[g],
                            F::CrossEntropyFuncOptions().ignore_index(-1).reduction(torch::kSum)) /
               n;
  }
  if (!layout.sigmoid.empty()) {
    const torch::Tensor part = outputs.index_select(1, set.sigmoid_columns());
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

// The loss of a batch before its step.
torch::Tensor train_batch(Network& network, torch::optim::AdamW& optimizer,
                          const TorchTrainingSet& set, const std::vector<std::size_t>& chosen) {
  const Batch batch = set.batch(chosen);
  optimizer.zero_grad();
  const torch::Tensor loss = loss_of(network->forward(batch.input), batch.targets, set);
  loss.backward();
  torch::nn::utils::clip_grad_norm_(network->parameters(), 5.0);
  optimizer.step();
  return loss.detach();
}

// One pass over the set in a new order; returns the mean loss. `set_rate` is told the batch.
template <typename SetRate>
double train_epoch(Network& network, torch::optim::AdamW& optimizer, const TorchTrainingSet& set,
                   const std::vector<std::size_t>& order, std::size_t batch,
                   const SetRate& set_rate) {
  torch::Tensor sum = torch::zeros({}, torch::kFloat64);
  if (set.on_gpu()) sum = sum.to(torch::kCUDA);
  for (std::size_t begin = 0; begin < order.size(); begin += batch) {
    set_rate(begin / batch);
    const std::size_t end = std::min(order.size(), begin + batch);
    const auto first = order.begin() + static_cast<std::ptrdiff_t>(begin);
    const torch::Tensor loss = train_batch(
        network, optimizer, set, {first, order.begin() + static_cast<std::ptrdiff_t>(end)});
    sum += loss * static_cast<double>(end - begin);
  }
  return sum.item<double>() / static_cast<double>(order.size());
}

// Networks that are trained at the same time on a GPU each have a stream of their own, so that
// their small steps overlap.
std::optional<c10::StreamGuard> own_stream(const TorchTrainingSet& set) {
  if (!set.on_gpu()) return std::nullopt;
  const c10::impl::VirtualGuardImpl gpu(c10::DeviceType::CUDA);
  return std::make_optional<c10::StreamGuard>(gpu.getStreamFromGlobalPool(gpu.getDevice()));
}

void require_gpu() {
  if (gpu_available()) return;
  throw std::runtime_error("train: expected a GPU that LibTorch can use, found none");
}

class TorchTraining final : public MemberTraining {
 public:
  TorchTraining(const Member& initial, NetworkTraining options, bool on_gpu)
      : options_(std::move(options)),
        rng_(options_.seed),
        network_(network_shape_of(initial, "initial weights")) {
    use_one_thread();
    set_arrays(network_, initial, "initial weights");
    if (on_gpu) network_->to(torch::kCUDA);
    network_->train();
    optimizer_ = std::make_unique<torch::optim::AdamW>(
        network_->parameters(),
        torch::optim::AdamWOptions(options_.learning_rate).weight_decay(options_.weight_decay));
  }

  void learn(const TrainingSet& set) override {
    use_one_thread();
    const auto& examples = dynamic_cast<const TorchTrainingSet&>(set);
    const auto stream = own_stream(examples);
    std::vector<std::size_t> order(examples.count());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
    const auto batch = static_cast<std::size_t>(options_.batch);
    const std::size_t batches = (order.size() + batch - 1) / batch;
    for (int epoch = 0; epoch < options_.epochs; ++epoch) {
      shuffle(order, rng_);
      const double loss = train_epoch(
          network_, *optimizer_, examples, order, batch,
          [&](std::size_t b) { set_rate(static_cast<double>(b) / static_cast<double>(batches)); });
      ++passes_;
      if (options_.progress) options_.progress(passes_, loss);
    }
  }

  [[nodiscard]] Member arrays() const override { return arrays_of(network_); }

 private:
  // By the schedule; `done`: of this pass.
  void set_rate(double done) {
    const double all = static_cast<double>(options_.rounds) * options_.epochs;
    const double rate = options_.learning_rate * schedule((passes_ + done) / all);
    for (auto& group : optimizer_->param_groups()) {
      static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
    }
  }

  NetworkTraining options_;
  std::mt19937_64 rng_;
  Network network_;
  std::unique_ptr<torch::optim::AdamW> optimizer_;
  int passes_ = 0;  // made so far
};

}  // namespace

Member initial_member(const NetworkShape& shape, std::uint64_t seed) {
  use_one_thread();
  const torch::NoGradGuard guard;
  Network network(shape);
  std::mt19937_64 rng(seed);
  // He initialisation with our own draws: LibTorch's generator is global.
  for (auto& entry : network->named_parameters()) {
    torch::Tensor values = entry.value();
    const bool bias = values.dim() == 1;
    const std::int64_t fan_in = bias ? 1 : values.numel() / values.size(0);
    const double bound = bias ? 0.0 : std::sqrt(6.0 / static_cast<double>(fan_in));
    for (std::int64_t k = 0; k < values.numel(); ++k) {
      values.data_ptr<float>()[k] = static_cast<float>(uniform(rng, -bound, bound));
    }
  }
  return arrays_of(network);
}

std::unique_ptr<const TrainingSet> make_training_set(const OutputLayout& layout,
                                                     const std::vector<NetworkExample>& examples,
                                                     bool on_gpu) {
  if (on_gpu) {
    require_gpu();
    // Ways to compute a convolution that give the same sums each time, the quickest of them as
    // measured; factors of ten bits, without which small convolutions take three times as long.
    auto& context = at::globalContext();
    context.setDeterministicCuDNN(true);
    context.setBenchmarkCuDNN(true);
    context.setAllowTF32CuDNN(true);
    context.setAllowTF32CuBLAS(true);
  }
  return std::make_unique<TorchTrainingSet>(layout, examples, on_gpu);
}

std::unique_ptr<MemberTraining> start_training(const Member& initial,
                                               const NetworkTraining& options, bool on_gpu) {
  if (on_gpu) require_gpu();
  return std::make_unique<TorchTraining>(initial, options, on_gpu);
}

}  // namespace foray::classifier
