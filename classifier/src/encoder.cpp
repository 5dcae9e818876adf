#include "foray/classifier/encoder.h"

#include <torch/script.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "encoder_options.h"
#include "torch_network.h"

namespace foray::classifier {
namespace {

constexpr int kTurns = 8;

[[noreturn]] void refuse_encoder(const std::string& file, const std::string& expected) {
  throw std::runtime_error(file + ": expected " + expected);
}

// LibTorch's messages go on for pages; the first line says what is wrong.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string shape_of(const torch::Tensor& tensor) {
  std::string text;
  for (const std::int64_t side : tensor.sizes()) {
    text += (text.empty() ? "" : " x ") + std::to_string(side);
  }
  return text.empty() ? "a single number" : text;
}

// The middle square as 1 x 1 x side x side.
torch::Tensor brought_to_side(const Eigen::Ref<const Eigen::ArrayXXf>& image, int side) {
  namespace F = torch::nn::functional;
  const Eigen::Index least = std::min(image.rows(), image.cols());
  const Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> square =
      image.block((image.rows() - least) / 2, (image.cols() - least) / 2, least, least);
  const torch::Tensor picture =
      torch::from_blob(const_cast<float*>(square.data()), {1, 1, least, least}).clone();
  const std::vector<std::int64_t> size = {side, side};
  if (least > side) {
    return F::interpolate(picture, F::InterpolateFuncOptions().size(size).mode(torch::kArea));
  }
  return F::interpolate(
      picture, F::InterpolateFuncOptions().size(size).mode(torch::kBilinear).align_corners(false));
}

// 8 x channels x side x side.
torch::Tensor turned(const torch::Tensor& picture, int channels) {
  std::vector<torch::Tensor> turns;
  for (int quarter = 0; quarter < kTurns / 2; ++quarter) {
    const torch::Tensor turn = torch::rot90(picture, quarter, {2, 3});
    turns.push_back(turn);
    turns.push_back(torch::flip(turn, {3}));
  }
  return torch::cat(turns, 0).expand({kTurns, channels, -1, -1}).contiguous();
}

}  // namespace

class ImageEncoder::Impl {
 public:
  Impl(const std::string& bytes, std::string place, const Options& options)
      : place_(std::move(place)), options_(options) {
    std::istringstream in(bytes);
    try {
      module_ = torch::jit::load(in, torch::kCPU);
      module_.eval();
    } catch (const std::exception& error) {
      refuse_encoder(place_, "a network as TorchScript (torch.jit.script or trace), got: " +
                                 first_line(error.what()));
    }
    require_steady_answers();
  }

  [[nodiscard]] Eigen::Index features() const { return features_; }

  [[nodiscard]] Eigen::VectorXf encode(const Eigen::Ref<const Eigen::ArrayXXf>& image) const {
    use_one_thread();
    const torch::NoGradGuard guard;
    // Without it the first calls of a network run another program than later ones.
    const torch::jit::GraphOptimizerEnabledGuard plain(false);
    const torch::Tensor pictures = turned(brought_to_side(image, options_.side), options_.channels);
    const torch::Tensor told = told_by_network(pictures);
    if (told.dim() != 2 || told.size(0) != kTurns || told.size(1) < 1) {
      refuse_encoder(
          place_, "numbers 8 x F or 8 x F x height x width from 8 pictures, got " + shape_of(told));
    }
    const torch::Tensor mean = told.mean(0).contiguous();
    Eigen::VectorXf result =
        Eigen::Map<const Eigen::VectorXf>(mean.data_ptr<float>(), mean.size(0));
    if (!result.allFinite()) refuse_encoder(place_, "finite numbers, got one that is not");
    return result;
  }

 private:
  // Dropout that is traced in training mode draws other numbers every time, and normalisation over
  // batches writes down what it has seen.
  void require_steady_answers() {
    const Eigen::Index side = options_.side;
    const Eigen::ArrayXXf uneven =
        Eigen::ArrayXXf::NullaryExpr(side, side, [](Eigen::Index i, Eigen::Index j) -> float {
          return static_cast<float>((3 * i + 5 * j + i * j) % 7) / 2 - 1.5F;
        });
    std::vector<torch::Tensor> before;
    for (const torch::Tensor& buffer : module_.buffers()) before.push_back(buffer.clone());
    const Eigen::VectorXf first = encode(uneven);
    features_ = first.size();
    const Eigen::VectorXf nothing = encode(Eigen::ArrayXXf::Zero(side, side));
    const Eigen::VectorXf again = encode(uneven);
    bool steady = nothing.size() == features_ && again.size() == features_ && again == first;
    std::size_t k = 0;
    for (const torch::Tensor& buffer : module_.buffers()) {
      steady = steady && torch::equal(buffer, before[k++]);
    }
    if (steady) return;
    refuse_encoder(place_,
                   "a network that stays as it is and tells the same of the same picture, got one "
                   "that does not (is it in training mode? call eval() before scripting or "
                   "tracing)");
  }

  // As floats, maps averaged.
  [[nodiscard]] torch::Tensor told_by_network(const torch::Tensor& pictures) const {
    // A handle: running a network for its answer changes nothing in it.
    torch::jit::Module network = module_;
    torch::jit::IValue told;
    try {
      told = network.forward({pictures});
      if (told.isTensor()) {
        const torch::Tensor numbers = told.toTensor().to(torch::kCPU, torch::kFloat32);
        told = numbers.dim() == 4 ? numbers.mean({2, 3}) : numbers;
      }
    } catch (const std::exception& error) {
      refuse_encoder(place_, "a network that takes pictures " + shape_of(pictures) +
                                 ", got: " + first_line(error.what()));
    }
    if (!told.isTensor()) refuse_encoder(place_, "a network that returns one tensor");
    return told.toTensor();
  }

  std::string place_;
  Options options_;
  torch::jit::Module module_;
  Eigen::Index features_ = 0;
};

ImageEncoder::ImageEncoder(const std::string& file, const Options& options)
    : ImageEncoder(bytes_of_network(file), file, options) {}

ImageEncoder::ImageEncoder(const std::string& bytes, const std::string& place,
                           const Options& options) {
  require_encoder_options(options);
  impl_ = std::make_unique<const Impl>(bytes, place, options);
}

ImageEncoder::~ImageEncoder() = default;

Eigen::Index ImageEncoder::features() const { return impl_->features(); }

Eigen::VectorXf ImageEncoder::encode(const Eigen::Ref<const Eigen::ArrayXXf>& image) const {
  return impl_->encode(image);
}

}  // namespace foray::classifier
