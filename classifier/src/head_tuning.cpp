#include "head_tuning.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "head_fit.h"

namespace foray::classifier {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Head = HeadTuner::Head;
using Question = HeadTuner::Question;
using RowsF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

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

constexpr int kNotKnown = -2;

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

}  // namespace

HeadTuner::HeadTuner(const Weights& weights, const std::vector<LabelledFrame>& labelled,
                     const EnsembleResult& result, double pull)
    : members_(weights.members), questions_(questions_of(weights, labelled)), pull_(pull) {
  const int features = result.shape.trunk_features();
  for (std::size_t m = 0; m < members_.size(); ++m) {
    heads_.push_back(head_of(members_[m], result.shape.outputs, features));
    features_.push_back(Eigen::Map<const RowsF>(result.trunk[m].data(),
                                                static_cast<Index>(labelled.size()), features)
                            .cast<double>());
  }
}

Member HeadTuner::fitted(std::size_t member, const Indices& rows) const {
  Head head = heads_[member];
  for (const Question& question : questions_) {
    tune_decision(features_[member], rows, question, pull_, heads_[member], head);
  }
  Member result = members_[member];
  set_head(head, result);
  return result;
}

}  // namespace foray::classifier
