#include <gtest/gtest.h>

#include <cmath>

#include "propose_case.h"

namespace foray::optimizer::propose_batch_test {
namespace {

using testing::at;
using testing::bumpy;
using testing::Case;
using testing::gp_of;
using testing::slow_square;
using testing::square;

std::vector<Proposal> ask_batch(const Case& c, const SearchSpace& space, Eigen::Index count) {
  Rng rng(2);
  ProposeOptions options = c.options;
  options.batch = count;
  return propose_batch(space, c.objective, c.models, c.acquisition, c.state, options, rng);
}

TEST(ProposeBatch, ChoosesByWhatWasAskedForAndNoPointTwice) {
  for (const AcquisitionKind kind :
       {AcquisitionKind::kExpectedImprovement, AcquisitionKind::kNoisyExpectedImprovement,
        AcquisitionKind::kUpperConfidenceBound, AcquisitionKind::kThompson,
        AcquisitionKind::kKnowledgeGradient}) {
    Case c;
    c.acquisition.kind = kind;
    c.options.exclusion_distance = 0.03;
    c.state.pending = Eigen::Vector2d(0.9, 0.6);
    const std::vector<Proposal> batch = ask_batch(c, square(), 4);
    ASSERT_EQ(batch.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(batch[i].acquisition, batch[0].acquisition);
      EXPECT_GT((batch[i].unit - c.state.pending).cwiseAbs().maxCoeff(), 0.03);
      for (std::size_t j = 0; j < i; ++j)
        EXPECT_GT((batch[i].unit - batch[j].unit).cwiseAbs().maxCoeff(), 0.03);
    }
  }
}

TEST(ProposeBatch, IsTheSameFromTheSameGenerator) {
  const Case c;
  const auto one = ask_batch(c, square(), 3);
  const auto two = ask_batch(c, square(), 3);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(one[i].physical, two[i].physical);
}

// What four points bring together, as drawn from the model. Chosen one after another each at its
// best they are next to the best four, so that moving them together must cost nothing; the best
// point by itself is worth far less.
TEST(ProposeBatch, IsWorthWhatItSaysAndMoreThanItsBestPoint) {
  Case c;
  c.gp = gp_of(2, 12, 4, 0.2, 1e-4, bumpy);
  c.state.measured = c.gp.data_x();
  const double best = c.gp.predict_mean(c.gp.data_x()).maxCoeff();
  const auto worth = [&](const std::vector<Proposal>& batch) {
    Eigen::MatrixXd x(2, 4);
    for (Eigen::Index i = 0; i < 4; ++i) x.col(i) = batch[static_cast<std::size_t>(i)].unit;
    Rng rng(9);
    const Eigen::MatrixXd draws = c.gp.sample(x, 100'000, rng);
    return (draws.colwise().maxCoeff().array() - best).max(0.0).mean();
  };
  const auto together = ask_batch(c, square(), 4);
  c.options.refine_evaluations = 1;  // Leaves the points where each was found.
  const double singly = worth(ask_batch(c, square(), 4));
  const Proposal first = c.ask(square());
  EXPECT_GT(worth(together), 0.99 * singly);
  EXPECT_GT(worth(together), 1.5 * worth({first, first, first, first}));
  double sum = 0;
  for (const Proposal& proposal : together) sum += proposal.gain.value();
  EXPECT_NEAR(sum, worth(together), 0.02 * sum);
}

// The joint bound of four points, drawn from the model: moved together they have a larger one than
// points chosen one after another, and than the best one by itself.
TEST(ProposeBatch, OfABoundIsMovedToWhereTheJointBoundIsLarger) {
  Case c;
  c.gp = gp_of(2, 12, 4, 0.2, 1e-4, bumpy);
  c.state.measured = c.gp.data_x();
  c.acquisition.kind = AcquisitionKind::kUpperConfidenceBound;
  const auto bound = [&](const std::vector<Proposal>& batch) {
    Eigen::MatrixXd x(2, 4);
    for (Eigen::Index i = 0; i < 4; ++i) x.col(i) = batch[static_cast<std::size_t>(i)].unit;
    Rng rng(9);
    const Eigen::VectorXd mean = c.gp.predict(x).mean;
    const Eigen::MatrixXd g = c.gp.sample(x, 100'000, rng).colwise() - mean;
    const double slope = c.acquisition.beta * std::sqrt(std::acos(-1.0) / 2);
    const Eigen::MatrixXd values = (slope * g.cwiseAbs()).colwise() + mean;
    return values.colwise().maxCoeff().mean();
  };
  const auto together = ask_batch(c, square(), 4);
  c.options.refine_evaluations = 1;  // Leaves the points where each was found.
  const auto singly = ask_batch(c, square(), 4);
  c.options.refine_evaluations = 20;
  const Proposal first = c.ask(square());
  EXPECT_GT(bound(together), 1.005 * bound(singly));
  EXPECT_GT(bound(together), 1.05 * bound({first, first, first, first}));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_FALSE(together[i].gain);
    EXPECT_EQ(together[i].acquisition, "upper_confidence_bound");
  }
}

TEST(ProposeBatch, OfAProbabilityIsMovedToWhereAnyOfThemIsMoreLikelyToPass) {
  Case c;
  c.gp = gp_of(2, 12, 4, 0.2, 1e-4, bumpy);
  c.state.measured = c.gp.data_x();
  c.acquisition.kind = AcquisitionKind::kProbabilityOfImprovement;
  c.acquisition.xi = 0.3;
  const double best = c.gp.predict_mean(c.gp.data_x()).maxCoeff() + c.acquisition.xi;
  const auto any = [&](const std::vector<Proposal>& batch) {
    Eigen::MatrixXd x(2, 4);
    for (Eigen::Index i = 0; i < 4; ++i) x.col(i) = batch[static_cast<std::size_t>(i)].unit;
    Rng rng(9);
    const Eigen::MatrixXd draws = c.gp.sample(x, 100'000, rng);
    return (draws.colwise().maxCoeff().array() > best).cast<double>().mean();
  };
  const auto together = ask_batch(c, square(), 4);
  c.options.refine_evaluations = 1;
  const auto singly = ask_batch(c, square(), 4);
  c.options.refine_evaluations = 20;
  const Proposal first = c.ask(square());
  EXPECT_GT(any(together), 1.04 * any(singly));
  EXPECT_GT(any(together), 1.3 * any({first, first, first, first}));
}

TEST(ProposeBatch, KeepsToStepsConstraintsAndLargestMoves) {
  Case c;
  for (const Proposal& proposal : ask_batch(c, square(0.125, {"x + y <= 1"}), 4)) {
    for (const double value : proposal.physical) EXPECT_EQ(value * 8, std::round(value * 8));
    EXPECT_LE(proposal.physical.sum(), 1);
  }
  c.state.from = at(0.5, 0.5);
  Eigen::VectorXd from = c.state.from;
  for (const Proposal& proposal : ask_batch(c, slow_square(1, 0.2), 4)) {
    EXPECT_LE((proposal.physical - from).cwiseAbs().maxCoeff(), 0.2 + 1e-9);
    from = proposal.physical;
  }
}

TEST(ProposeBatch, EndsWhereNoMorePointsAreLeft) {
  Case c;
  EXPECT_EQ(ask_batch(c, square(0.5), 12).size(), 9U);
  EXPECT_THROW((void)ask_batch(c, square(), 0), std::invalid_argument);
}

}  // namespace
}  // namespace foray::optimizer::propose_batch_test
