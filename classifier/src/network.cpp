#include "network.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "torch_network.h"

namespace foray::classifier {
namespace {

namespace nn = torch::nn;

nn::Conv2d conv2(int in, int out, int width, int stride) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, width).stride(stride).padding(width / 2));
}

nn::Conv1d conv1(int in, int out, int width, int stride, int dilation) {
  const int padding = dilation * (width / 2);
  return nn::Conv1d(
      nn::Conv1dOptions(in, out, width).stride(stride).padding(padding).dilation(dilation));
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t side : shape) {
    if (!text.empty()) text += " x ";
    text += std::to_string(side);
  }
  return text;
}

constexpr int kImageFeatures = 32;
constexpr int kCurveFeatures = 48;
constexpr int kSummaryFeatures = 48;
static_assert(kBranchFeatures ==
              2 * kImageFeatures + 2 * kCurveFeatures + kSummaryFeatures + kScalars);

std::vector<float> values_of(const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.contiguous();
  const float* data = values.data_ptr<float>();
  return {data, data + values.numel()};
}

class TorchEnsemble final : public Ensemble {
 public:
  TorchEnsemble(const std::vector<Member>& members, int outputs, const std::string& place) {
    use_one_thread();
    for (const Member& member : members) {
      Network network(outputs);
      set_arrays(network, member, place);
      network->eval();
      networks_.push_back(network);
    }
  }

  [[nodiscard]] EnsembleResult run(const std::vector<const PreparedFrame*>& frames) const override {
    use_one_thread();
    const torch::InferenceMode guard;
    const NetworkInput input = stack(frames);
    EnsembleResult result;
    for (const Network& network : networks_) {
      // These steps change nothing in a network; its holder is a pointer that may be copied.
      Network copy = network;
      const torch::Tensor joined = copy->branches(input.image, input.curve, input.summary);
      const torch::Tensor features = copy->trunk(joined);
      result.branches.push_back(values_of(joined));
      result.trunk.push_back(values_of(features));
      result.outputs.push_back(values_of(copy->head(features)));
    }
    return result;
  }

 private:
  std::vector<Network> networks_;
};

}  // namespace

NetworkImpl::NetworkImpl(int outputs)
    : image1(conv2(kImageChannels, 12, 5, 2)),
      image2(conv2(12, 16, 3, 2)),
      image3(conv2(16, 24, 3, 2)),
      image4(conv2(24, kImageFeatures, 3, 1)),
      curve1(conv1(kCurveChannels, 24, 7, 1, 1)),
      curve2(conv1(24, 32, 5, 2, 1)),
      curve3(conv1(32, 32, 5, 2, 2)),
      curve4(conv1(32, kCurveFeatures, 5, 1, 2)),
      summary1(kSummarySize, kSummaryFeatures),
      trunk1(kBranchFeatures, kTrunkFeatures),
      trunk2(kTrunkFeatures, kTrunkFeatures),
      head(kTrunkFeatures, outputs) {
  register_module("image1", image1);
  register_module("image2", image2);
  register_module("image3", image3);
  register_module("image4", image4);
  register_module("curve1", curve1);
  register_module("curve2", curve2);
  register_module("curve3", curve3);
  register_module("curve4", curve4);
  register_module("summary1", summary1);
  register_module("trunk1", trunk1);
  register_module("trunk2", trunk2);
  register_module("head", head);
}

torch::Tensor NetworkImpl::branches(torch::Tensor image, torch::Tensor curve,
                                    const torch::Tensor& summary) {
  image = torch::relu(image1(image));
  image = torch::relu(image2(image));
  image = torch::relu(image3(image));
  image = torch::relu(image4(image)).flatten(2);
  curve = torch::relu(curve1(curve));
  curve = torch::relu(curve2(curve));
  curve = torch::relu(curve3(curve));
  curve = torch::relu(curve4(curve));
  const torch::Tensor orders = torch::relu(summary1(summary));
  const torch::Tensor scalars = summary.narrow(1, 2 * kLags, kScalars);
  return torch::cat({image.mean(2), std::get<0>(image.max(2)), curve.mean(2),
                     std::get<0>(curve.max(2)), orders, scalars},
                    1);
}

torch::Tensor NetworkImpl::trunk(const torch::Tensor& joined) {
  return torch::relu(trunk2(torch::relu(trunk1(joined))));
}

torch::Tensor NetworkImpl::forward(torch::Tensor image, torch::Tensor curve,
                                   const torch::Tensor& summary) {
  return head(trunk(branches(std::move(image), std::move(curve), summary)));
}

NetworkInput stack(const std::vector<const PreparedFrame*>& frames) {
  const auto n = static_cast<std::int64_t>(frames.size());
  NetworkInput input{torch::empty({n, kImageChannels, kImageSide, kImageSide}),
                     torch::empty({n, kCurveChannels, kPolarBins}),
                     torch::empty({n, kSummarySize})};
  for (std::int64_t k = 0; k < n; ++k) {
    const PreparedFrame& frame = *frames[static_cast<std::size_t>(k)];
    const auto put = [k](torch::Tensor& tensor, const std::vector<float>& values) {
      std::copy(values.begin(), values.end(),
                tensor.data_ptr<float>() + k * static_cast<std::int64_t>(values.size()));
    };
    put(input.image, frame.image);
    put(input.curve, frame.curve);
    put(input.summary, frame.summary);
  }
  return input;
}

void set_arrays(Network& network, const Member& member, const std::string& place) {
  const torch::NoGradGuard guard;
  auto parameters = network->named_parameters();
  if (member.size() != parameters.size()) {
    throw std::runtime_error(place + ": expected " + std::to_string(parameters.size()) +
                             " arrays in a network, got " + std::to_string(member.size()));
  }
  for (const Tensor& tensor : member) {
    torch::Tensor* parameter = parameters.find(tensor.name);
    if (parameter == nullptr || parameter->sizes().vec() != tensor.shape) {
      throw std::runtime_error(place + ": expected " +
                               (parameter == nullptr
                                    ? "another array"
                                    : "an array " + shape_text(parameter->sizes().vec())) +
                               ", got '" + tensor.name + "' " + shape_text(tensor.shape));
    }
    std::copy(tensor.values.begin(), tensor.values.end(), parameter->data_ptr<float>());
  }
}

Member arrays_of(const Network& network) {
  Member member;
  for (const auto& entry : network->named_parameters()) {
    const torch::Tensor values = entry.value().detach().contiguous();
    const float* data = values.data_ptr<float>();
    member.push_back({entry.key(), values.sizes().vec(), {data, data + values.numel()}});
  }
  return member;
}

void use_one_thread() {
  thread_local bool done = false;
  if (!done) at::set_num_threads(1);
  done = true;
}

bool network_available() { return true; }

std::unique_ptr<Ensemble> make_ensemble(const std::vector<Member>& members, int outputs,
                                        const std::string& place) {
  return std::make_unique<TorchEnsemble>(members, outputs, place);
}

}  // namespace foray::classifier
