#include <stdexcept>

#include "encoder_options.h"
#include "network.h"

namespace foray::classifier {
namespace {

[[noreturn]] void refuse(const std::string& place) {
  throw std::runtime_error(place +
                           ": expected a program with LibTorch, this one was built without "
                           "(FORAY_TORCH=OFF)");
}

}  // namespace

class ImageEncoder::Impl {};

ImageEncoder::ImageEncoder(const std::string& file, const Options& options)
    : ImageEncoder("", file, options) {}

ImageEncoder::ImageEncoder(const std::string& /*bytes*/, const std::string& place,
                           const Options& options) {
  require_encoder_options(options);
  refuse(place);
}

ImageEncoder::~ImageEncoder() = default;

Eigen::Index ImageEncoder::features() const { return 0; }

Eigen::VectorXf ImageEncoder::encode(const Eigen::Ref<const Eigen::ArrayXXf>& /*image*/) const {
  refuse("ImageEncoder");
}

bool network_available() { return false; }

bool gpu_available() { return false; }

std::unique_ptr<Ensemble> make_ensemble(const std::vector<Member>& /*members*/, int /*outputs*/,
                                        const std::string& place) {
  refuse(place);
}

Member initial_member(const NetworkShape& /*shape*/, std::uint64_t /*seed*/) { refuse("train"); }

std::unique_ptr<const TrainingSet> make_training_set(
    const OutputLayout& /*layout*/, const std::vector<NetworkExample>& /*examples*/,
    bool /*on_gpu*/) {
  refuse("train");
}

std::unique_ptr<MemberTraining> start_training(const Member& /*initial*/,
                                               const NetworkTraining& /*options*/,
                                               bool /*on_gpu*/) {
  refuse("train");
}

}  // namespace foray::classifier
