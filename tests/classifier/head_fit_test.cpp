#include "head_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>

#include "foray/common/draws.h"
#include "foray/common/random.h"

namespace foray::classifier::head_fit_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

MatrixXd random_matrix(Rng& rng, Index rows, Index columns, double size) {
  MatrixXd values(rows, columns);
  for (double& value : values.reshaped()) {
    value = uniform(rng, -size, size);
  }
  return values;
}

Decision random_decision(Index n, Index d, Index k, bool or_none) {
  Rng rng(7);
  Decision decision{random_matrix(rng, n, k, 2), random_matrix(rng, n, d, 1), {}, or_none};
  const auto outcomes = static_cast<int>(k) + (or_none ? 1 : 0);
  for (Index i = 0; i < n; ++i) {
    const auto outcome = static_cast<int>(rng() % static_cast<std::uint64_t>(outcomes));
    decision.truth.push_back(or_none ? outcome - 1 : outcome);
  }
  return decision;
}

// The penalised loss, written out frame by frame.
double loss(const Decision& decision, const MatrixXd& change, double pull) {
  double sum = 0;
  for (double entry : change.reshaped()) sum += pull / 2 * entry * entry;
  for (Index i = 0; i < decision.offsets.rows(); ++i) {
    double total = decision.or_none ? 1 : 0;
    double truth = 0;
    for (Index j = 0; j < decision.offsets.cols(); ++j) {
      const double z = decision.offsets(i, j) + decision.features.row(i).dot(change.col(j));
      total += std::exp(z);
      if (decision.truth[static_cast<std::size_t>(i)] == j) truth = z;
    }
    sum += std::log(total) - truth;
  }
  return sum;
}

TEST(MostProbableChange, IsWhereTheLossIsLeast) {
  for (const bool or_none : {false, true}) {
    const Decision decision = random_decision(40, 3, or_none ? 1 : 4, or_none);
    MatrixXd change = most_probable_change(decision, 0.5);
    EXPECT_GT(change.norm(), 0.1);
    const double least = loss(decision, change, 0.5);
    constexpr double kStep = 1e-5;
    for (double& entry : change.reshaped()) {
      const double at = entry;
      entry = at + kStep;
      const double above = loss(decision, change, 0.5);
      entry = at - kStep;
      const double below = loss(decision, change, 0.5);
      entry = at;
      // A central difference of such a sum is good to 1e-9; a search by its value ends at 1e-7.
      EXPECT_NEAR((above - below) / (2 * kStep), 0, 1e-6);
      EXPECT_GT(above, least);
      EXPECT_GT(below, least);
    }
  }
}

TEST(MostProbableChange, OfTwoOutcomesIsThatOfYesOrNo) {
  // A softmax of two, with equal and opposite changes, of which each pays the prior.
  const Decision two = random_decision(50, 4, 2, false);
  Decision one{two.offsets.col(0) - two.offsets.col(1), two.features, {}, true};
  for (const int outcome : two.truth) one.truth.push_back(outcome == 0 ? 0 : -1);
  const MatrixXd both = most_probable_change(two, 2.0);
  const MatrixXd difference = most_probable_change(one, 1.0);
  EXPECT_LT((both.col(0) + both.col(1)).norm(), 1e-9);
  EXPECT_LT((both.col(0) - both.col(1) - difference).norm(), 1e-7);
}

TEST(MostProbableChange, VanishesUnderAStrongPullAndStaysFiniteUnderAWeakOne) {
  const Decision decision = random_decision(40, 3, 4, false);
  EXPECT_LT(most_probable_change(decision, 1e9).norm(), 1e-6);
  // Features that tell every outcome would go to infinity without the prior.
  Decision told{MatrixXd::Zero(20, 1), MatrixXd::Ones(20, 1), {}, true};
  for (Index i = 0; i < 20; ++i) {
    told.features(i, 0) = i % 2 == 0 ? 1 : -1;
    told.truth.push_back(i % 2 == 0 ? 0 : -1);
  }
  const double change = most_probable_change(told, 1e-3)(0, 0);
  // Where 20 / (1 + exp(c)) = c / 1000.
  EXPECT_NEAR(20 / (1 + std::exp(change)), change / 1000, 1e-9);
}

TEST(MostProbableChange, StandsLogitsThatAreFarOff) {
  Decision decision = random_decision(30, 3, 3, false);
  decision.offsets *= 400;
  const MatrixXd change = most_probable_change(decision, 1.0);
  EXPECT_TRUE(change.allFinite());
  EXPECT_GT(change.norm(), 1);
}

}  // namespace
}  // namespace foray::classifier::head_fit_test
