#include "foray/classifier/tuning.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include "calibration.h"
#include "ensemble_run.h"
#include "foray/common/check.h"
#include "foray/common/random.h"
#include "head_fit.h"
#include "network.h"
#include "novelty.h"

namespace foray::classifier {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using RowsF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Indices = std::vector<std::size_t>;

// The last layer of a network: outputs = slopes features + biases.
struct Head {
  MatrixXd slopes;  // outputs x features of the trunk
  VectorXd biases;
};

Tensor& array_of(Member& member, const std::string& name, std::size_t size) {
  for (Tensor& tensor : member) {
    if (tensor.name == name && tensor.values.size() == size) return tensor;
  }
  throw std::runtime_error("tune: expected weights with an array '" + name + "' of " +
                           std::to_string(size) + " values, got none");
}

Head head_of(Member& member, int outputs, int features) {
  const auto rows = static_cast<std::size_t>(outputs);
  const Tensor& weight = array_of(member, "head.weight", rows * static_cast<std::size_t>(features));
  const Tensor& bias = array_of(member, "head.bias", rows);
  return {Eigen::Map<const RowsF>(weight.values.data(), outputs, features).cast<double>(),
          Eigen::Map<const Eigen::VectorXf>(bias.values.data(), outputs).cast<double>()};
}

void set_head(const Head& head, Member& member) {
  const auto rows = static_cast<std::size_t>(head.biases.size());
  Tensor& weight = array_of(member, "head.weight", static_cast<std::size_t>(head.slopes.size()));
  Tensor& bias = array_of(member, "head.bias", rows);
  Eigen::Map<RowsF>(weight.values.data(), head.slopes.rows(), head.slopes.cols()) =
      head.slopes.cast<float>();
  Eigen::Map<Eigen::VectorXf>(bias.values.data(), head.biases.size()) = head.biases.cast<float>();
}

// Means and deviations of the features of some frames.
struct Standard {
  VectorXd means, deviations;
};

Standard standard_of(const MatrixXd& features, const Indices& rows) {
  MatrixXd chosen(static_cast<Index>(rows.size()), features.cols());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    chosen.row(static_cast<Index>(r)) = features.row(static_cast<Index>(rows[r]));
  }
  Standard standard;
  standard.means = chosen.colwise().mean().transpose();
  chosen.rowwise() -= standard.means.transpose();
  standard.deviations =
      (chosen.colwise().squaredNorm() / static_cast<double>(rows.size())).cwiseSqrt().transpose();
  // A feature that hardly moves on these frames is not blown up.
  const double least = std::max(1e-3 * standard.deviations.maxCoeff(), 1e-12);
  standard.deviations = standard.deviations.cwiseMax(least);
  return standard;
}

// Where a decision stands, how it is calibrated, and its truth by frame: the outcome's column, -1
// for "no" of a sigmoid, kNotKnown where it does not arise.
constexpr int kNotKnown = -2;
struct Question {
  SoftmaxRange range;
  double scale = 1;
  double shift = 0;
  bool yes_or_no = false;
  std::vector<int> truth{};
};

std::vector<Question> questions_of(const Weights& weights,
                                   const std::vector<LabelledFrame>& labelled) {
  const OutputLayout layout = output_layout(weights.labels);
  const Calibration& calibration = weights.calibration;
  std::vector<Question> questions;
  for (std::size_t g = 0; g < layout.softmax.size(); ++g) {
    Question question{layout.softmax[g], calibration.scale[g]};
    for (const LabelledFrame& one : labelled) {
      const int outcome = one.targets.softmax[g];
      question.truth.push_back(outcome < 0 ? kNotKnown : outcome);
    }
    questions.push_back(std::move(question));
  }
  for (std::size_t f = 0; f < layout.sigmoid.size(); ++f) {
    const std::size_t d = layout.softmax.size() + f;
    Question question{{layout.sigmoid[f], layout.sigmoid[f] + 1},
                      calibration.scale[d],
                      calibration.shift[d],
                      true};
    for (const LabelledFrame& one : labelled) {
      const int yes = one.targets.sigmoid[f];
      question.truth.push_back(yes < 0 ? kNotKnown : yes - 1);
    }
    questions.push_back(std::move(question));
  }
  return questions;
}

// Fits one decision of a head to those of the rows for which it arises.
void tune_decision(const MatrixXd& features, const Indices& rows, const Question& question,
                   double pull, const Head& before, Head& head) {
  Indices known;
  for (const std::size_t k : rows) {
    if (question.truth[k] != kNotKnown) known.push_back(k);
  }
  const bool differ = std::any_of(known.begin(), known.end(), [&](std::size_t k) {
    return question.truth[k] != question.truth[known.front()];
  });
  if (!differ) return;
  const Standard standard = standard_of(features, known);
  const Index size = features.cols();
  const Index count = question.range.end - question.range.begin;
  const auto n = static_cast<Index>(known.size());
  Decision decision{MatrixXd(n, count), MatrixXd::Ones(n, size + 1), {}, question.yes_or_no};
  for (Index r = 0; r < n; ++r) {
    const std::size_t k = known[static_cast<std::size_t>(r)];
    const VectorXd own = features.row(static_cast<Index>(k)).transpose();
    const VectorXd raw = before.slopes.middleRows(question.range.begin, count) * own +
                         before.biases.segment(question.range.begin, count);
    decision.offsets.row(r) = (question.scale * raw.array() + question.shift).matrix().transpose();
    decision.features.row(r).head(size) =
        (own - standard.means).cwiseQuotient(standard.deviations).transpose();
    decision.truth.push_back(question.truth[k]);
  }
  const MatrixXd change = most_probable_change(decision, pull) / question.scale;
  for (Index i = 0; i < count; ++i) {
    const VectorXd slopes = change.col(i).head(size).cwiseQuotient(standard.deviations);
    head.slopes.row(question.range.begin + i) += slopes.transpose();
    head.biases(question.range.begin + i) += change(size, i) - slopes.dot(standard.means);
  }
}

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
  Tuner(Weights weights, const std::vector<LabelledFrame>& labelled, const TuningOptions& options)
      : weights_(std::move(weights)),
        labelled_(labelled),
        pull_(options.pull),
        layout_(output_layout(weights_.labels)),
        questions_(questions_of(weights_, labelled)),
        parts_(parts_of(labelled, options)),
        part_count_(*std::max_element(parts_.begin(), parts_.end()) + 1) {
    const auto ensemble = make_ensemble(weights_.members, layout_.outputs, "tune");
    require_fit(weights_.known, weights_.members.size(), ensemble->shape(), "tune");
    result_ = run_all(*ensemble, labelled);
    before_ = mean_outputs(result_.outputs, layout_.outputs);
    const int features = result_.shape.trunk_features();
    for (std::size_t m = 0; m < weights_.members.size(); ++m) {
      heads_.push_back(head_of(weights_.members[m], layout_.outputs, features));
      features_.push_back(Eigen::Map<const RowsF>(result_.trunk[m].data(),
                                                  static_cast<Index>(labelled.size()), features)
                              .cast<double>());
    }
  }

  [[nodiscard]] Tuning tuned() const {
    const auto held_out = held_out_outputs();
    const Indices all = rows_of(parts_, -1, false);
    Tuning tuning;
    tuning.before = figures(before_, [&](int) { return weights_.calibration; });
    tuning.after = figures(
        held_out, [&](int part) { return recalibrated(held_out, rows_of(parts_, part, false)); });
    tuning.unknown_before = unknown([&](int) { return weights_.known; });
    tuning.unknown_after = unknown([&](int part) {
      return with_more_known(weights_.known, result_, rows_of(parts_, part, false));
    });
    tuning.weights = weights_;
    tuning.weights.known = with_more_known(weights_.known, result_, all);
    tuning.weights.calibration = recalibrated(held_out, all);
    for (std::size_t m = 0; m < heads_.size(); ++m) {
      set_head(tuned_head(m, all), tuning.weights.members[m]);
    }
    return tuning;
  }

 private:
  using Outputs = std::vector<std::vector<double>>;

  [[nodiscard]] Head tuned_head(std::size_t member, const Indices& rows) const {
    Head head = heads_[member];
    for (const Question& question : questions_) {
      tune_decision(features_[member], rows, question, pull_, heads_[member], head);
    }
    return head;
  }

  // Of each frame by heads that were fitted without its part.
  [[nodiscard]] Outputs held_out_outputs() const {
    Outputs outputs(labelled_.size());
    for (int part = 0; part < part_count_; ++part) {
      const Indices own = rows_of(parts_, part, true);
      MatrixXd mean = MatrixXd::Zero(layout_.outputs, static_cast<Index>(own.size()));
      for (std::size_t m = 0; m < heads_.size(); ++m) {
        const Head head = tuned_head(m, rows_of(parts_, part, false));
        for (std::size_t r = 0; r < own.size(); ++r) {
          const VectorXd features = features_[m].row(static_cast<Index>(own[r])).transpose();
          mean.col(static_cast<Index>(r)) +=
              (head.slopes * features + head.biases) / static_cast<double>(heads_.size());
        }
      }
      for (std::size_t r = 0; r < own.size(); ++r) {
        const auto column = mean.col(static_cast<Index>(r));
        outputs[own[r]].assign(column.begin(), column.end());
      }
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

  // Share of frames beyond the threshold, by the known frames that `known_of` gives for a part.
  template <class KnownOf>
  [[nodiscard]] double unknown(const KnownOf& known_of) const {
    if (weights_.known.mean.empty()) return 0;
    const int foreign = foreign_output(weights_.labels);
    double count = 0;
    for (int part = 0; part < part_count_; ++part) {
      const KnownFrames known = known_of(part);
      for (const std::size_t k : rows_of(parts_, part, true)) {
        count += novelty_score(known, foreign, result_, static_cast<int>(k)) > 0 ? 1 : 0;
      }
    }
    return count / static_cast<double>(labelled_.size());
  }

  Weights weights_;
  const std::vector<LabelledFrame>& labelled_;
  double pull_;
  OutputLayout layout_;
  std::vector<Question> questions_;
  std::vector<int> parts_;
  int part_count_;
  std::vector<Head> heads_;         // as they were, by member
  std::vector<MatrixXd> features_;  // frames x features of the trunk, by member
  EnsembleResult result_;
  Outputs before_;
};

}  // namespace

Tuning tune(const Weights& weights, const std::vector<LabelledFrame>& labelled,
            const TuningOptions& options) {
  require(std::isfinite(options.pull) && options.pull > 0,
          "tune: expected pull > 0, got " + std::to_string(options.pull));
  require(options.folds >= 2, "tune: expected folds >= 2, got " + std::to_string(options.folds));
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
