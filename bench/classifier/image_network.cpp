#include "image_network.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <random>

#include "baselines.h"
#include "foray/common/draws.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "torch_network.h"

namespace foray::bench {
namespace {

namespace F = torch::nn::functional;

constexpr int kSide = classifier::kImageSide;
constexpr int kCells = kSide * kSide;

struct LeNetImpl : torch::nn::Module {
  // Two convolutions by 5 pixels and poolings by 2 leave 13 x 13.
  explicit LeNetImpl(int outputs)
      : conv1(torch::nn::Conv2dOptions(1, 6, 5)),
        conv2(torch::nn::Conv2dOptions(6, 16, 5)),
        full1(16 * 13 * 13, 120),
        full2(120, 84),
        head(84, outputs) {
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_module("full1", full1);
    register_module("full2", full2);
    register_module("head", head);
  }

  torch::Tensor forward(torch::Tensor image) {
    image = torch::max_pool2d(torch::relu(conv1(image)), 2);
    image = torch::max_pool2d(torch::relu(conv2(image)), 2);
    return head(torch::relu(full2(torch::relu(full1(image.flatten(1))))));
  }

  torch::nn::Conv2d conv1, conv2;
  torch::nn::Linear full1, full2, head;
};
TORCH_MODULE(LeNet);

// He's uniform initialisation from draws of our own: LibTorch's generator is global.
void initialise(LeNet& network, std::mt19937_64& rng) {
  const torch::NoGradGuard guard;
  for (torch::Tensor& values : network->parameters()) {
    const bool bias = values.dim() == 1;
    const double fan_in = static_cast<double>(values.numel()) / static_cast<double>(values.size(0));
    const double bound = bias ? 0.0 : std::sqrt(6.0 / fan_in);
    for (std::int64_t k = 0; k < values.numel(); ++k) {
      values.data_ptr<float>()[k] = static_cast<float>(foray::uniform(rng, -bound, bound));
    }
  }
}

struct Answers {
  torch::Tensor truth, asked;  // n x outputs
};

Answers answers_of(const classifier::OutputLayout& layout, const Examples& examples) {
  const auto n = static_cast<std::int64_t>(examples.size());
  Answers answers{torch::zeros({n, layout.outputs}), torch::zeros({n, layout.outputs})};
  for (std::int64_t k = 0; k < n; ++k) {
    const std::vector<int> truth =
        output_truth(layout, examples[static_cast<std::size_t>(k)].targets);
    for (int i = 0; i < layout.outputs; ++i) {
      if (truth[i] < 0) continue;
      answers.truth.data_ptr<float>()[k * layout.outputs + i] = static_cast<float>(truth[i]);
      answers.asked.data_ptr<float>()[k * layout.outputs + i] = 1.0F;
    }
  }
  return answers;
}

// Channel 0 of some examples, each at a turn of its own.
torch::Tensor images_of(const Examples& examples, const std::vector<std::int64_t>& chosen,
                        const std::vector<int>& turns) {
  torch::Tensor images = torch::empty({static_cast<std::int64_t>(chosen.size()), 1, kSide, kSide});
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    turn_channel(examples[static_cast<std::size_t>(chosen[k])].frame.image.data(), turns[k],
                 images.data_ptr<float>() + k * kCells);
  }
  return images;
}

// One step on some examples; returns their mean loss.
double train_batch(LeNet& network, torch::optim::AdamW& optimizer, const torch::Tensor& images,
                   const Answers& answers, const torch::Tensor& rows) {
  optimizer.zero_grad();
  const torch::Tensor loss = F::binary_cross_entropy_with_logits(
                                 network->forward(images), answers.truth.index_select(0, rows),
                                 F::BinaryCrossEntropyWithLogitsFuncOptions()
                                     .weight(answers.asked.index_select(0, rows))
                                     .reduction(torch::kSum)) /
                             static_cast<double>(images.size(0));
  loss.backward();
  torch::nn::utils::clip_grad_norm_(network->parameters(), 5.0);
  optimizer.step();
  return loss.item<double>();
}

LeNet trained(const classifier::OutputLayout& layout, const Examples& training,
              const Answers& answers, std::uint64_t seed, const ImageNetworkOptions& options,
              const std::function<void(int, double)>& progress) {
  std::mt19937_64 rng(seed);
  LeNet network(layout.outputs);
  initialise(network, rng);
  torch::optim::AdamW optimizer(
      network->parameters(),
      torch::optim::AdamWOptions(options.learning_rate).weight_decay(options.weight_decay));
  std::vector<std::int64_t> order(training.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = static_cast<std::int64_t>(k);
  const auto size = static_cast<std::int64_t>(order.size());
  const double steps = std::ceil(static_cast<double>(size) / options.batch) * options.epochs;
  double step = 0;
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    for (std::size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[rng() % k]);
    double sum = 0;
    for (std::int64_t begin = 0; begin < size; begin += options.batch, step += 1) {
      const std::vector<std::int64_t> chosen(order.begin() + begin,
                                             order.begin() + std::min(size, begin + options.batch));
      std::vector<int> turns(chosen.size(), 0);
      for (int& turn : turns) turn = options.turned ? static_cast<int>(rng() % kTurns) : 0;
      // Half a cosine down to nothing.
      const double part = 0.5 * (1 + std::cos(3.14159265358979323846 * step / steps));
      static_cast<torch::optim::AdamWOptions&>(optimizer.param_groups()[0].options())
          .lr(options.learning_rate * part);
      sum += train_batch(network, optimizer, images_of(training, chosen, turns), answers,
                         torch::tensor(chosen)) *
             static_cast<double>(chosen.size());
    }
    progress(epoch, sum / static_cast<double>(size));
  }
  return network;
}

// Adds `share` of what a network says of every example.
void add_outputs(LeNet& network, const Examples& examples, int turns, double share,
                 Outputs& outputs) {
  constexpr std::size_t kBatch = 128;
  const torch::InferenceMode guard;
  for (std::size_t begin = 0; begin < examples.size(); begin += kBatch) {
    const std::size_t end = std::min(examples.size(), begin + kBatch);
    std::vector<std::int64_t> chosen;
    for (std::size_t k = begin; k < end; ++k) chosen.push_back(static_cast<std::int64_t>(k));
    for (int turn = 0; turn < turns; ++turn) {
      const torch::Tensor said =
          network->forward(images_of(examples, chosen, std::vector<int>(chosen.size(), turn)));
      const float* values = said.data_ptr<float>();
      for (std::size_t k = begin; k < end; ++k) {
        for (double& output : outputs[k]) output += share / turns * *values++;
      }
    }
  }
}

}  // namespace

std::vector<Outputs> image_network_outputs(const classifier::OutputLayout& layout,
                                           const Examples& training,
                                           const std::vector<const Examples*>& sets,
                                           const ImageNetworkOptions& options) {
  const Answers answers = answers_of(layout, training);
  const std::vector<double> nothing(static_cast<std::size_t>(layout.outputs), 0.0);
  // By member and set, so that the sum does not depend on which one is ready first.
  std::vector<std::vector<Outputs>> parts(static_cast<std::size_t>(options.members));
  std::mutex one_report;
  parallel_for(options.members, options.threads, [&](std::int64_t member) {
    classifier::use_one_thread();
    const auto report = [&](int epoch, double loss) {
      const std::lock_guard<std::mutex> lock(one_report);
      if (options.progress) options.progress(static_cast<int>(member), epoch, loss);
    };
    LeNet network =
        trained(layout, training, answers,
                derive_seed(options.seed, static_cast<std::uint64_t>(member)), options, report);
    for (const Examples* set : sets) {
      Outputs outputs(set->size(), nothing);
      add_outputs(network, *set, options.turned ? kTurns : 1, 1.0 / options.members, outputs);
      parts[static_cast<std::size_t>(member)].push_back(std::move(outputs));
    }
  });
  std::vector<Outputs> all = parts.front();
  for (std::size_t member = 1; member < parts.size(); ++member) {
    for (std::size_t s = 0; s < sets.size(); ++s) {
      for (std::size_t k = 0; k < all[s].size(); ++k) {
        for (std::size_t i = 0; i < nothing.size(); ++i) {
          all[s][k][i] += parts[member][s][k][i];
        }
      }
    }
  }
  return all;
}

}  // namespace foray::bench
