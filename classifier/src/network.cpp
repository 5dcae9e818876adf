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
constexpr int kPolarFeatures = 24;
constexpr int kCurveFeatures = 48;
constexpr int kSummaryFeatures = 48;
constexpr int kShadowFeatures = 32;
static_assert(NetworkShape{}.branch_features() ==
              2 * (kImageFeatures + kPolarFeatures + kCurveFeatures) + kSummaryFeatures +
                  kShadowFeatures + kScalars);

// The azimuth goes round: the column of each end is put beside the other.
torch::Tensor wrapped(const torch::Tensor& polar) {
  return torch::cat({polar.narrow(3, polar.size(3) - 1, 1), polar, polar.narrow(3, 0, 1)}, 3);
}

nn::Conv2d conv_polar(int in, int out, int down, int across) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, 3).stride({down, across}).padding({1, 0}));
}

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
      NetworkShape shape = network_shape_of(member, place);
      shape.outputs = outputs;
      if (networks_.empty()) shape_ = shape;
      require_alike(shape, place);
      Network network(shape);
      set_arrays(network, member, place);
      network->eval();
      networks_.push_back(network);
    }
  }

  [[nodiscard]] NetworkShape shape() const override { return shape_; }

  [[nodiscard]] EnsembleResult run(const std::vector<const PreparedFrame*>& frames) const override {
    use_one_thread();
    const torch::InferenceMode guard;
    if (frames.front()->told.size() != static_cast<std::size_t>(shape_.told)) {
      throw std::invalid_argument("ensemble: expected frames prepared with its trunk, of which " +
                                  std::to_string(shape_.told) + " numbers are told, got " +
                                  std::to_string(frames.front()->told.size()));
    }
    const NetworkInput input = stack(frames);
    EnsembleResult result;
    result.shape = shape_;
    for (const Network& network : networks_) {
      // These steps change nothing in a network; its holder is a pointer that may be copied.
      Network copy = network;
      const torch::Tensor joined = copy->branches(input);
      const torch::Tensor features = copy->trunk(joined);
      result.branches.push_back(values_of(joined));
      result.trunk.push_back(values_of(features));
      result.outputs.push_back(values_of(copy->head(features)));
    }
    return result;
  }

 private:
  void require_alike(const NetworkShape& shape, const std::string& place) const {
    if (shape.told != shape_.told) {
      throw std::runtime_error(
          place + ": expected networks that all take " + std::to_string(shape_.told) +
          " numbers of a trunk, got one that takes " + std::to_string(shape.told));
    }
    if (shape.width != shape_.width) {
      throw std::runtime_error(place + ": expected networks of the same width, got widths " +
                               std::to_string(shape_.width) + " and " +
                               std::to_string(shape.width));
    }
  }

  std::vector<Network> networks_;
  NetworkShape shape_;
};

}  // namespace

NetworkImpl::NetworkImpl(const NetworkShape& shape)
    : polar1(conv_polar(kPolarChannels, 10 * shape.width, 2, 1)),
      polar2(conv_polar(10 * shape.width, 16 * shape.width, 2, 2)),
      polar3(conv_polar(16 * shape.width, kPolarFeatures * shape.width, 2, 2)),
      curve1(conv1(kCurveChannels, 24 * shape.width, 7, 1, 1)),
      curve2(conv1(24 * shape.width, 32 * shape.width, 5, 2, 1)),
      curve3(conv1(32 * shape.width, 32 * shape.width, 5, 2, 2)),
      curve4(conv1(32 * shape.width, kCurveFeatures * shape.width, 5, 1, 2)),
      summary1(kSummarySize, kSummaryFeatures * shape.width),
      mask1(kMaskFeatures, kShadowFeatures * shape.width),
      trunk1(shape.branch_features(), shape.trunk_features()),
      trunk2(shape.trunk_features(), shape.trunk_features()),
      head(shape.trunk_features(), shape.outputs) {
  const int w = shape.width;
  if (shape.told > 0) {
    told1 = register_module("told1", nn::Linear(shape.told, 2 * kImageFeatures * w));
  } else {
    image1 = register_module("image1", conv2(kImageChannels, 12 * w, 3, 2));
    image2 = register_module("image2", conv2(12 * w, 16 * w, 3, 2));
    image3 = register_module("image3", conv2(16 * w, 24 * w, 3, 2));
    image4 = register_module("image4", conv2(24 * w, kImageFeatures * w, 3, 1));
  }
  register_module("polar1", polar1);
  register_module("polar2", polar2);
  register_module("polar3", polar3);
  register_module("curve1", curve1);
  register_module("curve2", curve2);
  register_module("curve3", curve3);
  register_module("curve4", curve4);
  register_module("summary1", summary1);
  register_module("mask1", mask1);
  register_module("trunk1", trunk1);
  register_module("trunk2", trunk2);
  register_module("head", head);
}

torch::Tensor NetworkImpl::image_branch(const NetworkInput& input) {
  if (told1) return torch::relu(told1(input.told));
  torch::Tensor image = torch::relu(image1(input.image));
  image = torch::relu(image2(image));
  image = torch::relu(image3(image));
  image = torch::relu(image4(image)).flatten(2);
  return torch::cat({image.mean(2), std::get<0>(image.max(2))}, 1);
}

torch::Tensor NetworkImpl::branches(const NetworkInput& input) {
  torch::Tensor polar = torch::relu(polar1(wrapped(input.polar)));
  polar = torch::relu(polar2(wrapped(polar)));
  polar = torch::relu(polar3(wrapped(polar))).flatten(2);
  torch::Tensor curve = torch::relu(curve1(input.curve));
  curve = torch::relu(curve2(curve));
  curve = torch::relu(curve3(curve));
  curve = torch::relu(curve4(curve));
  const torch::Tensor orders = torch::relu(summary1(input.summary));
  const torch::Tensor shadows =
      torch::relu(mask1(input.summary.narrow(1, 2 * kLags + kScalars, kMaskFeatures)));
  const torch::Tensor scalars = input.summary.narrow(1, 2 * kLags, kScalars);
  return torch::cat({image_branch(input), polar.mean(2), std::get<0>(polar.max(2)), curve.mean(2),
                     std::get<0>(curve.max(2)), orders, shadows, scalars},
                    1);
}

torch::Tensor NetworkImpl::trunk(const torch::Tensor& joined) {
  return torch::relu(trunk2(torch::relu(trunk1(joined))));
}

torch::Tensor NetworkImpl::forward(const NetworkInput& input) {
  return head(trunk(branches(input)));
}

NetworkInput stack(const std::vector<const PreparedFrame*>& frames) {
  const auto n = static_cast<std::int64_t>(frames.size());
  NetworkInput input{torch::empty({n, kImageChannels, kImageSide, kImageSide}),
                     torch::empty({n, kPolarChannels, kPolarRows, kPolarSectors}),
                     torch::empty({n, kCurveChannels, kPolarBins}), torch::empty({n, kSummarySize}),
                     torch::empty({n, static_cast<std::int64_t>(frames.front()->told.size())})};
  for (std::int64_t k = 0; k < n; ++k) {
    const PreparedFrame& frame = *frames[static_cast<std::size_t>(k)];
    const auto put = [k](torch::Tensor& tensor, const std::vector<float>& values) {
      std::copy(values.begin(), values.end(),
                tensor.data_ptr<float>() + k * static_cast<std::int64_t>(values.size()));
    };
    put(input.image, frame.image);
    put(input.polar, frame.polar);
    put(input.curve, frame.curve);
    put(input.summary, frame.summary);
    put(input.told, frame.told);
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
    const torch::Tensor values = entry.value().detach().cpu().contiguous();
    const float* data = values.data_ptr<float>();
    member.push_back({entry.key(), values.sizes().vec(), {data, data + values.numel()}});
  }
  return member;
}

NetworkShape network_shape_of(const Member& member, const std::string& place) {
  NetworkShape shape;
  for (const Tensor& tensor : member) {
    if (tensor.shape.size() != 2) continue;
    if (tensor.name == "told1.weight") shape.told = static_cast<int>(tensor.shape[1]);
    if (tensor.name != "head.weight") continue;
    constexpr std::int64_t kUnit = NetworkShape{}.trunk_features();
    if (tensor.shape[1] < kUnit || tensor.shape[1] > kWidest * kUnit ||
        tensor.shape[1] % kUnit != 0) {
      throw std::runtime_error(place + ": expected a head that takes a multiple of " +
                               std::to_string(kUnit) + " features, " + std::to_string(kWidest) +
                               " times as many at most, got " + std::to_string(tensor.shape[1]));
    }
    shape.width = static_cast<int>(tensor.shape[1] / kUnit);
    shape.outputs = static_cast<int>(tensor.shape[0]);
  }
  return shape;
}

void use_one_thread() {
  thread_local bool done = false;
  if (!done) at::set_num_threads(1);
  done = true;
}

bool network_available() { return true; }

bool gpu_available() { return torch::cuda::is_available(); }

std::unique_ptr<Ensemble> make_ensemble(const std::vector<Member>& members, int outputs,
                                        const std::string& place) {
  return std::make_unique<TorchEnsemble>(members, outputs, place);
}

}  // namespace foray::classifier
