#include "foray/classifier/classifier.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "calibration.h"
#include "ensemble_run.h"
#include "foray/classifier/preprocessing.h"
#include "network.h"
#include "novelty.h"

namespace foray::classifier {
namespace {

// Disturbed copies of a frame that tell what counting noise does to the probabilities: how much
// they differ from each other.
constexpr int kReplicas = 4;
constexpr std::uint64_t kReplicaSeed = 0x666f726179ULL;

// Two near-equal frames are never equally far to the last digit: a hundredth of the distance.
constexpr double kLeastNoveltyVariance = 1e-4;

// The trunk that the networks were trained upon.
std::shared_ptr<const ImageEncoder> fitting_trunk(const Weights& weights, int told,
                                                  const std::string& place) {
  auto trunk = trunk_of(weights, place);
  const Eigen::Index features = trunk ? trunk->features() : 0;
  if (features == told) return trunk;
  throw std::runtime_error(place + ": expected a trunk that tells the " + std::to_string(told) +
                           " numbers that its networks take, got " +
                           (trunk ? "one that tells " + std::to_string(features) : "none"));
}

class NetworkClassifier final : public Classifier {
 public:
  NetworkClassifier(Weights weights, const std::string& place)
      : labels_(std::move(weights.labels)),
        layout_(output_layout(labels_)),
        paths_(label_paths(labels_)),
        calibration_(std::move(weights.calibration)),
        known_(std::move(weights.known)),
        foreign_(foreign_output(labels_)),
        ensemble_(make_ensemble(weights.members, layout_.outputs, place)),
        preprocessor_(fitting_trunk(weights, ensemble_->shape().told, place)) {
    require_fit(known_, weights.members.size(), ensemble_->shape(), place);
  }

  [[nodiscard]] Recognition recognise(const scattering::Frame& frame) const override {
    const std::vector<PreparedFrame> prepared =
        preprocessor_.prepare_replicas(frame, kReplicas, kReplicaSeed);
    std::vector<const PreparedFrame*> pointers;
    for (const PreparedFrame& one : prepared) pointers.push_back(&one);
    const EnsembleResult result = ensemble_->run(pointers);
    std::vector<float> features;
    for (const auto& one : result.trunk) {
      features.insert(features.end(), one.begin(), one.begin() + result.shape.trunk_features());
    }
    return {classes(result.outputs), novelty(result), std::move(features)};
  }

  [[nodiscard]] std::vector<std::string> labels() const override { return paths_; }

  [[nodiscard]] bool tells_novelty() const override { return !known_.mean.empty(); }

 private:
  using Outputs = std::vector<std::vector<float>>;

  [[nodiscard]] std::vector<scattering::ClassProbability> classes(const Outputs& outputs) const {
    const std::vector<double> p = probabilities(mean_outputs(outputs, 0));
    const std::vector<double> spread = member_variance(outputs);
    const std::vector<double> counting = counting_variance(outputs);
    std::vector<scattering::ClassProbability> result;
    for (std::size_t k = 0; k < paths_.size(); ++k) {
      result.push_back({paths_[k], p[k], spread[k] + counting[k] + calibration_.logit_floor[k]});
    }
    return result;
  }

  [[nodiscard]] std::optional<Novelty> novelty(const EnsembleResult& result) const {
    if (known_.mean.empty()) return std::nullopt;
    std::vector<std::vector<double>> replicas;
    for (int r = 1; r <= kReplicas; ++r) {
      replicas.push_back({novelty_score(known_, foreign_, result, r)});
    }
    return Novelty{novelty_score(known_, foreign_, result, 0),
                   kLeastNoveltyVariance + sample_variances(replicas).front(), known_.false_alarms};
  }

  [[nodiscard]] std::vector<double> member_outputs(const std::vector<float>& all, int frame) const {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(frame) * layout_.outputs;
    return {begin, begin + layout_.outputs};
  }

  [[nodiscard]] std::vector<double> mean_outputs(const Outputs& outputs, int frame) const {
    std::vector<double> mean(layout_.outputs, 0.0);
    for (const auto& member : outputs) {
      const std::vector<double> one = member_outputs(member, frame);
      for (std::size_t i = 0; i < mean.size(); ++i) {
        mean[i] += one[i] / static_cast<double>(outputs.size());
      }
    }
    return mean;
  }

  [[nodiscard]] std::vector<double> probabilities(const std::vector<double>& outputs) const {
    return path_probabilities(labels_, decide(layout_, calibration_, outputs));
  }

  [[nodiscard]] std::vector<double> logits(const std::vector<double>& outputs) const {
    std::vector<double> values;
    for (const double p : probabilities(outputs)) values.push_back(logit(p));
    return values;
  }

  // Of the members' logits for the frame itself.
  [[nodiscard]] std::vector<double> member_variance(const Outputs& outputs) const {
    std::vector<std::vector<double>> members;
    for (const auto& one : outputs) members.push_back(logits(member_outputs(one, 0)));
    return sample_variances(members);
  }

  // Of the replicas' logits. A replica has noise twice, its own beside the frame's, which moves
  // all of them away from the frame in the same way: that is no counting noise.
  [[nodiscard]] std::vector<double> counting_variance(const Outputs& outputs) const {
    std::vector<std::vector<double>> replicas;
    for (int r = 1; r <= kReplicas; ++r) replicas.push_back(logits(mean_outputs(outputs, r)));
    return sample_variances(replicas);
  }

  LabelHierarchy labels_;
  OutputLayout layout_;
  std::vector<std::string> paths_;
  Calibration calibration_;
  KnownFrames known_;
  int foreign_;
  std::unique_ptr<Ensemble> ensemble_;
  Preprocessor preprocessor_;
};

}  // namespace

bool available() { return network_available(); }

std::unique_ptr<Classifier> make_classifier(const Weights& weights, const std::string& place) {
  return std::make_unique<NetworkClassifier>(weights, place);
}

std::unique_ptr<Classifier> load_classifier(const std::filesystem::path& weights) {
  return make_classifier(read_weights(weights), weights.string());
}

std::unique_ptr<Classifier> builtin_classifier() {
  return make_classifier(builtin_weights(), "builtin weights");
}

}  // namespace foray::classifier
