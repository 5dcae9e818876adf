#include "noisy_trade_off_term.h"

#include <cmath>
#include <utility>

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// ln of what is expected between two edges, the upper one infinite where it is no edge.
Scored between(const std::vector<Scored>& above, int lower, int upper) {
  const auto last = static_cast<int>(above.size());
  const Scored& from = above[static_cast<std::size_t>(lower)];
  return upper == last ? from : log_difference(from, above[static_cast<std::size_t>(upper)]);
}

}  // namespace

NoisyTradeOffTerm::NoisyTradeOffTerm(std::vector<std::size_t> models, std::vector<FixedDraws> draws,
                                     const std::vector<bool>& counts,
                                     const Eigen::Ref<const VectorXd>& reference)
    : models_(std::move(models)), draws_(std::move(draws)) {
  const auto objectives = static_cast<Index>(draws_.size());
  for (Index s = 0; s < draws_.front().base().cols(); ++s) {
    MatrixXd values(objectives, static_cast<Index>(counts.size()));
    Index count = 0;
    for (std::size_t j = 0; j < counts.size(); ++j) {
      if (!counts[j]) continue;
      for (Index k = 0; k < objectives; ++k)
        values(k, count) = draws_[static_cast<std::size_t>(k)].values()(static_cast<Index>(j), s);
      ++count;
    }
    boxes_.push_back(boxes_above(values.leftCols(count), reference));
    count_ += boxes_.back().lower.cols();
  }
}

NoisyTradeOffTerm::Products NoisyTradeOffTerm::products(
    const std::vector<VectorXd>& means, const std::vector<double>& variances) const {
  Products result;
  result.logs.resize(count_);
  result.above.resize(models_.size());
  Index at = 0;
  for (std::size_t s = 0; s < boxes_.size(); ++s) {
    const FrontBoxes& boxes = boxes_[s];
    for (std::size_t k = 0; k < models_.size(); ++k) {
      std::vector<Scored> above;
      for (const double edge : boxes.edges[k])
        above.push_back(
            log_expected_improvement(means[k](static_cast<Index>(s)), variances[k], edge, true));
      result.above[k].push_back(std::move(above));
    }
    for (Index b = 0; b < boxes.lower.cols(); ++b, ++at) {
      result.logs(at) = 0;
      for (std::size_t k = 0; k < models_.size(); ++k) {
        const auto row = static_cast<Index>(k);
        result.logs(at) +=
            between(result.above[k][s], boxes.lower(row, b), boxes.upper(row, b)).value;
      }
    }
  }
  return result;
}

VectorXd NoisyTradeOffTerm::log_values(const Marginals& at) const {
  std::vector<FixedDraws::Given> given;
  for (std::size_t k = 0; k < models_.size(); ++k)
    given.push_back(draws_[k].given(at.x, at.of[models_[k]], draws_[k].base().cols()));
  const double log_draws = std::log(static_cast<double>(boxes_.size()));
  VectorXd values(at.x.cols());
  std::vector<VectorXd> means(models_.size());
  std::vector<double> variances(models_.size());
  for (Index j = 0; j < values.size(); ++j) {
    for (std::size_t k = 0; k < models_.size(); ++k) {
      means[k] = given[k].mean.col(j);
      variances[k] = given[k].variance(j);
    }
    values(j) = log_sum(products(means, variances).logs) - log_draws;
  }
  return values;
}

double NoisyTradeOffTerm::log_value(const PointMarginals& at, VectorXd& gradient) const {
  std::vector<FixedDraws::Slope> here;
  std::vector<VectorXd> means;
  std::vector<double> variances;
  for (std::size_t k = 0; k < models_.size(); ++k) {
    here.push_back(draws_[k].given(at.x, at.of[models_[k]]));
    means.push_back(here[k].mean);
    variances.push_back(here[k].variance);
  }
  const Products made = products(means, variances);
  const double sum = log_sum(made.logs);
  gradient = VectorXd::Zero(at.x.size());
  for (std::size_t k = 0; k < models_.size(); ++k) {
    const auto row = static_cast<Index>(k);
    VectorXd by_mean = VectorXd::Zero(means[k].size());
    double by_variance = 0;
    Index box = 0;
    for (std::size_t s = 0; s < boxes_.size(); ++s) {
      const FrontBoxes& boxes = boxes_[s];
      for (Index b = 0; b < boxes.lower.cols(); ++b, ++box) {
        const double share = std::exp(made.logs(box) - sum);
        const Scored scored = between(made.above[k][s], boxes.lower(row, b), boxes.upper(row, b));
        by_mean(static_cast<Index>(s)) += share * scored.by_mean;
        by_variance += share * scored.by_variance;
      }
    }
    gradient += draws_[k].gradient(here[k], at.of[models_[k]], by_mean, by_variance);
  }
  return sum - std::log(static_cast<double>(boxes_.size()));
}

}  // namespace foray::optimizer
