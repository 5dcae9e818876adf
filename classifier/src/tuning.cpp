#include "foray/classifier/tuning.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "calibration.h"
#include "ensemble_run.h"
#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "head_tuning.h"
#include "network.h"
#include "novelty.h"

namespace foray::classifier {
namespace {

// The number of the part to which each example belongs; experiments stay together.
std::vector<int> parts_of(const std::vector<LabelledFrame>& labelled,
                          const TuningOptions& options) {
  std::map<std::int64_t, int> part_of;
  for (const LabelledFrame& one : labelled) part_of[one.experiment] = 0;
  std::vector<std::int64_t> order;
  for (const auto& [experiment, part] : part_of) order.push_back(experiment);
  // std::shuffle's draws are not the same in all standard libraries.
  Rng rng(options.seed);
  for (std::size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[rng() % k]);
  const auto parts = std::min(order.size(), static_cast<std::size_t>(options.folds));
  for (std::size_t k = 0; k < order.size(); ++k) part_of[order[k]] = static_cast<int>(k % parts);
  std::vector<int> result;
  for (const LabelledFrame& one : labelled) result.push_back(part_of[one.experiment]);
  return result;
}

// Frames of one part, or all others.
Indices rows_of(const std::vector<int>& parts, int part, bool inside) {
  Indices rows;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    if ((parts[k] == part) == inside) rows.push_back(k);
  }
  return rows;
}

// Everything that tuning looks at.
class Tuner {
 public:
  Tuner(const Weights& weights, const std::vector<LabelledFrame>& labelled,
        const TuningOptions& options)
      : weights_(weights),
        labelled_(labelled),
        options_(options),
        layout_(output_layout(weights.labels)),
        parts_(parts_of(labelled, options)),
        part_count_(*std::max_element(parts_.begin(), parts_.end()) + 1),
        before_(run_before()),
        heads_(weights, labelled, before_, options.pull) {}

  Tuning tuned() {
    // One ensemble a part, which has not seen its frames, and one that has seen all.
    const std::size_t members = weights_.members.size();
    std::vector<std::vector<Member>> networks(static_cast<std::size_t>(part_count_) + 1,
                                              std::vector<Member>(members));
    parallel_for(static_cast<std::int64_t>(networks.size() * members), options_.threads,
                 [&](std::int64_t i) {
                   const std::size_t part = static_cast<std::size_t>(i) / members;
                   const std::size_t member = static_cast<std::size_t>(i) % members;
                   networks[part][member] = fitted(static_cast<int>(part), member);
                 });
    for (int part = 0; part < part_count_; ++part) {
      held_out_.push_back(run_part(networks[static_cast<std::size_t>(part)], part));
    }
    return tuning_of(std::move(networks.back()));
  }

 private:
  using Outputs = std::vector<std::vector<double>>;

  // What the networks say before they are tuned.
  [[nodiscard]] EnsembleResult run_before() const {
    const auto ensemble = make_ensemble(weights_.members, layout_.outputs, "tune");
    require_fit(weights_.known, weights_.members.size(), ensemble->shape(), "tune");
    return run_all(*ensemble, labelled_, options_.threads);
  }

  // A network that learned from all frames but those of a part; part_count_ is no frame's.
  Member fitted(int part, std::size_t member) {
    const Indices rows = rows_of(parts_, part, false);
    Member network = heads_.fitted(member, rows);
    if (options_.epochs == 0) return network;
    std::vector<NetworkExample> examples;
    for (const std::size_t k : rows) {
      examples.push_back({&labelled_[k].frame, &labelled_[k].targets});
    }
    const auto training = start_training(network, training_of(part, member));
    training->learn(*make_training_set(layout_, examples));
    return training->arrays();
  }

  NetworkTraining training_of(int part, std::size_t member) {
    const auto number = static_cast<std::uint64_t>(part) * weights_.members.size() + member;
    NetworkTraining training;
    training.epochs = options_.epochs;
    training.batch = options_.batch;
    training.learning_rate = options_.learning_rate;
    training.seed = derive_seed(derive_seed(options_.seed, "order"), number);
    training.progress = [this, part, member](int epoch, double loss) {
      const std::lock_guard lock(one_report_);
      if (!options_.progress) return;
      options_.progress({part, part_count_ + 1, static_cast<int>(member), epoch, loss});
    };
    return training;
  }

  // What networks say of the frames of a part.
  [[nodiscard]] EnsembleResult run_part(const std::vector<Member>& networks, int part) const {
    std::vector<const PreparedFrame*> frames;
    for (const std::size_t k : rows_of(parts_, part, true)) frames.push_back(&labelled_[k].frame);
    return run_all(*make_ensemble(networks, layout_.outputs, "tune"), frames, options_.threads);
  }

  [[nodiscard]] Tuning tuning_of(std::vector<Member> networks) const {
    const Outputs before = mean_outputs(before_.outputs, layout_.outputs);
    const Outputs held_out = held_out_outputs();
    const Indices all = rows_of(parts_, part_count_, false);
    Tuning tuning;
    tuning.before = figures(before, [&](int) { return weights_.calibration; });
    tuning.after = figures(
        held_out, [&](int part) { return recalibrated(held_out, rows_of(parts_, part, false)); });
    tuning.unknown_before = unknown_before();
    tuning.weights = weights_;
    tuning.weights.members = std::move(networks);
    tuning.weights.calibration = recalibrated(held_out, all);
    if (options_.epochs > 0) {
      // It was measured on features that these networks no longer give.
      tuning.weights.known = {};
    } else {
      tuning.unknown_after = unknown_after();
      tuning.weights.known = with_more_known(weights_.known, before_, all);
    }
    return tuning;
  }

  // Of each frame by networks that have not seen its part.
  [[nodiscard]] Outputs held_out_outputs() const {
    Outputs outputs(labelled_.size());
    for (int part = 0; part < part_count_; ++part) {
      const Indices rows = rows_of(parts_, part, true);
      Outputs own =
          mean_outputs(held_out_[static_cast<std::size_t>(part)].outputs, layout_.outputs);
      for (std::size_t r = 0; r < rows.size(); ++r) outputs[rows[r]] = std::move(own[r]);
    }
    return outputs;
  }

  [[nodiscard]] Calibration recalibrated(const Outputs& outputs, const Indices& rows) const {
    Outputs chosen;
    std::vector<const Targets*> targets;
    for (const std::size_t k : rows) {
      chosen.push_back(outputs[k]);
      targets.push_back(&labelled_[k].targets);
    }
    return refit_calibration(weights_.labels, weights_.calibration, chosen, targets);
  }

  // With the calibration that `calibration_of` gives for a part's frames.
  template <class CalibrationOf>
  [[nodiscard]] std::vector<PathFigures> figures(const Outputs& outputs,
                                                 const CalibrationOf& calibration_of) const {
    Outputs probabilities(outputs.size());
    for (int part = 0; part < part_count_; ++part) {
      const Calibration calibration = calibration_of(part);
      for (const std::size_t k : rows_of(parts_, part, true)) {
        probabilities[k] =
            path_probabilities(weights_.labels, decide(layout_, calibration, outputs[k]));
      }
    }
    return figures_of(weights_.labels, labelled_, probabilities);
  }

  // How many of a result's frames lie beyond the threshold.
  [[nodiscard]] double count_unknown(const KnownFrames& known, const EnsembleResult& result,
                                     std::size_t frames) const {
    const int foreign = foreign_output(weights_.labels);
    double count = 0;
    for (std::size_t k = 0; k < frames; ++k) {
      count += novelty_score(known, foreign, result, static_cast<int>(k)) > 0 ? 1 : 0;
    }
    return count;
  }

  [[nodiscard]] double unknown_before() const {
    if (weights_.known.mean.empty()) return 0;
    const auto frames = labelled_.size();
    return count_unknown(weights_.known, before_, frames) / static_cast<double>(frames);
  }

  // Where the frames of all other parts are known ones. The trunks are those before.
  [[nodiscard]] double unknown_after() const {
    if (weights_.known.mean.empty()) return 0;
    double count = 0;
    for (int part = 0; part < part_count_; ++part) {
      const KnownFrames known =
          with_more_known(weights_.known, before_, rows_of(parts_, part, false));
      count += count_unknown(known, held_out_[static_cast<std::size_t>(part)],
                             rows_of(parts_, part, true).size());
    }
    return count / static_cast<double>(labelled_.size());
  }

  const Weights& weights_;
  const std::vector<LabelledFrame>& labelled_;
  const TuningOptions& options_;
  OutputLayout layout_;
  std::vector<int> parts_;
  int part_count_;
  EnsembleResult before_;
  HeadTuner heads_;
  std::vector<EnsembleResult> held_out_;  // of each part's frames by networks without it
  std::mutex one_report_;
};

void check_tuning(const TuningOptions& options) {
  require(std::isfinite(options.pull) && options.pull > 0,
          "tune: expected pull > 0, got " + std::to_string(options.pull));
  require(options.folds >= 2, "tune: expected folds >= 2, got " + std::to_string(options.folds));
  require(options.epochs >= 0, "tune: expected epochs >= 0, got " + std::to_string(options.epochs));
  require(std::isfinite(options.learning_rate) && options.learning_rate > 0,
          "tune: expected learning_rate > 0, got " + std::to_string(options.learning_rate));
  require(options.batch >= 1, "tune: expected batch >= 1, got " + std::to_string(options.batch));
  require(options.threads >= 1,
          "tune: expected threads >= 1, got " + std::to_string(options.threads));
}

}  // namespace

Tuning tune(const Weights& weights, const std::vector<LabelledFrame>& labelled,
            const TuningOptions& options) {
  check_tuning(options);
  require_shapes("tune", weights.labels, labelled);
  const bool several = std::any_of(labelled.begin(), labelled.end(), [&](const LabelledFrame& one) {
    return one.experiment != labelled.front().experiment;
  });
  require(several,
          "tune: expected labelled frames of at least 2 experiments, so that one can be "
          "held out, got " +
              std::to_string(labelled.empty() ? 0 : 1));
  return Tuner(weights, labelled, options).tuned();
}

}  // namespace foray::classifier
