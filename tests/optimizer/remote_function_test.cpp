#include "remote_function.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "propose_case.h"

namespace foray::optimizer::remote_function_test {
namespace {

using surrogate::Gp;
using testing::at;
using testing::axis;
using testing::Case;
using testing::gp_of;
using testing::square;
using testing::term_of;

using Questions = std::vector<FunctionRequest>;

// Answers with mean + 2 sigma of the first model, and keeps what it was asked.
EvaluateFunction bound(Questions& asked) {
  return [&asked](const FunctionRequest& request) {
    asked.push_back(request);
    return Eigen::VectorXd(request.models.at(0).mean + 2 * request.models.at(0).sigma);
  };
}

struct RemoteCase : Case {
  Questions asked;
  RemoteCase() {
    acquisition = {};
    acquisition.kind = AcquisitionKind::kRemote;
    acquisition.function = "mine";
    options.evaluate = bound(asked);
  }
};

std::set<std::vector<double>> all_points(const Questions& asked) {
  std::set<std::vector<double>> points;
  for (const FunctionRequest& request : asked)
    for (Eigen::Index j = 0; j < request.points.cols(); ++j)
      points.insert({request.points.col(j).begin(), request.points.col(j).end()});
  return points;
}

Eigen::Index count_points(const Questions& asked) {
  Eigen::Index count = 0;
  for (const FunctionRequest& request : asked) count += request.points.cols();
  return count;
}

TEST(RemoteFunction, FindsWhatGradientsFindOfTheSameFunction) {
  RemoteCase remote;
  Case own;
  own.acquisition.kind = AcquisitionKind::kUpperConfidenceBound;
  const auto value = [&](const Proposal& proposal) {
    const surrogate::Posterior p = own.gp.predict(proposal.unit);
    return p.mean(0) + 2 * std::sqrt(p.variance(0));
  };
  for (const unsigned seed : {1U, 2U, 3U}) {
    const Proposal here = own.ask(square(), seed);
    const Proposal there = remote.ask(square(), seed);
    EXPECT_EQ(there.acquisition, "remote");
    EXPECT_FALSE(there.gain);
    EXPECT_FALSE(there.cut);
    // The function spans about 3.
    EXPECT_GE(value(there), value(here) - 1e-3) << seed;
  }
}

TEST(RemoteFunction, IsAskedAboutEachPointOnceInFewQuestions) {
  RemoteCase c;
  const Proposal proposal = c.ask(square());
  EXPECT_EQ(c.asked.size(), 7U) << "samples, and six rounds";
  EXPECT_EQ(static_cast<Eigen::Index>(all_points(c.asked).size()), count_points(c.asked));
  EXPECT_GE(proposal.evaluations, count_points(c.asked));
  EXPECT_EQ(c.asked[0].function, "mine");
  EXPECT_EQ(c.asked[0].timeout_s, 60);
  EXPECT_EQ(c.asked[0].term.kind, ObjectiveKind::kMaximise);
  EXPECT_EQ(c.asked[0].parameters.at(1).name, "y");
}

TEST(RemoteFunction, SameAnswersGiveTheSameProposalBitForBit) {
  RemoteCase c;
  const Proposal first = c.ask(square(), 5);
  const Questions questions = c.asked;
  c.asked.clear();
  const Proposal second = c.ask(square(), 5);
  EXPECT_EQ(first.unit, second.unit);
  EXPECT_EQ(first.value, second.value);
  ASSERT_EQ(questions.size(), c.asked.size());
  for (std::size_t k = 0; k < questions.size(); ++k)
    EXPECT_EQ(questions[k].points, c.asked[k].points) << k;
}

TEST(RemoteFunction, IsAskedOnlyAboutWhatCanBeMeasured) {
  RemoteCase c;
  const SearchSpace space = square(0.1, {"x + y <= 1.25"});  // The nearest step may lie beyond.
  c.state.pending.resize(2, 1);
  c.state.pending.col(0) = at(0.3, 0.4);
  const Proposal proposal = c.ask(space);
  EXPECT_NE(proposal.unit, at(0.3, 0.4));
  for (const std::vector<double>& point : all_points(c.asked)) {
    EXPECT_LE(point[0] + point[1], 1.25);
    for (const double value : point) EXPECT_NEAR(10 * value, std::round(10 * value), 1e-9);
  }
  // A grid of 121 points, some of them forbidden, is asked about once.
  EXPECT_LE(count_points(c.asked), 121);
}

TEST(RemoteFunction, IsToldWhatAllModelsOfTheObjectiveSay) {
  RemoteCase c;
  const Gp other = gp_of(2, 20, 3, 0.4, 1e-4, [](const auto& x) { return x(0) * x(1); });
  c.models["g"] = &other;
  c.objective.subject_to = {{"g", 0.1, {}}};
  c.state.pending.resize(2, 1);
  c.state.pending.col(0) = at(0.52, 0.48);
  (void)c.ask(square());
  const FunctionRequest& request = c.asked.front();
  ASSERT_EQ(request.models.size(), 2U);
  EXPECT_EQ(request.models[0].observable, "f");
  EXPECT_EQ(request.models[1].observable, "g");
  const auto given = other.condition_on_pending(c.state.pending, Eigen::VectorXd::Zero(1))
                         ->predict(request.points);
  // Where variances are all but gone they are floored.
  EXPECT_LT((request.models[1].mean - given.mean).cwiseAbs().maxCoeff(), 1e-12);
  EXPECT_LT(
      (request.models[1].sigma - given.variance.cwiseMax(0).cwiseSqrt()).cwiseAbs().maxCoeff(),
      1e-6);
}

TEST(RemoteFunction, CountsWithTheProbabilityOfLearnedConstraints) {
  RemoteCase c;
  const Gp right = gp_of(2, 30, 3, 0.4, 1e-6, [](const auto& x) { return x(0); });
  c.models["g"] = &right;
  c.options.evaluate = [](const FunctionRequest& request) {
    return Eigen::VectorXd(-request.points.row(0).transpose());  // as far left as can be
  };
  EXPECT_LT(c.ask(square()).unit(0), 1e-3);
  c.objective.subject_to = {{"g", 0.7, {}}};
  const double x = c.ask(square()).unit(0);
  EXPECT_GT(x, 0.68);
  EXPECT_LT(x, 0.8);
}

TEST(RemoteFunction, GoesThroughLevelsCategoriesAndParts) {
  Parameter whole = axis("n");
  whole.lower = 0;
  whole.upper = 40;
  whole.integer = true;
  Parameter kind = axis("kind");
  kind.categories = {"a", "b", "c"};
  kind.lower = 0;
  kind.upper = 2;
  std::vector<Parameter> parameters = {whole, kind};
  for (const char* name : {"p", "q", "r"}) {
    Parameter part = axis(name);
    part.simplex = "mix";
    part.total = 1;
    parameters.push_back(part);
  }
  const SearchSpace space(parameters, {});
  const Gp gp = gp_of(space.dimension(), 25, 4, 0.5, 1e-4, [](const auto& x) { return x(0); });
  RemoteCase c;
  c.models["f"] = &gp;
  c.state.measured = gp.data_x();
  c.options.evaluate = [&](const FunctionRequest& request) {
    Eigen::VectorXd values(request.points.cols());
    for (Eigen::Index j = 0; j < values.size(); ++j) {
      const auto point = request.points.col(j);
      EXPECT_NEAR(point.tail(3).sum(), 1, 1e-9);
      EXPECT_EQ(point(0), std::round(point(0)));
      values(j) = -std::pow(point(0) - 17, 2) / 100 - std::pow(point(2) - 0.6, 2) -
                  std::pow(point(3) - 0.3, 2) + (point(1) == 1 ? 0.5 : 0);
    }
    return values;
  };
  const Proposal proposal = c.ask(space);
  EXPECT_EQ(proposal.physical(0), 17);
  EXPECT_EQ(proposal.physical(1), 1);
  EXPECT_NEAR(proposal.physical(2), 0.6, 0.02);
  EXPECT_NEAR(proposal.physical(3), 0.3, 0.02);
}

TEST(RemoteFunction, IsAskedAboutALongListInParts) {
  Eigen::MatrixXd list(2, 2500);
  for (Eigen::Index j = 0; j < list.cols(); ++j)
    list.col(j) = at(static_cast<double>(j % 50) / 50, static_cast<double>(j / 50) / 50);
  RemoteCase c;
  const Proposal proposal = c.ask(SearchSpace({axis("x"), axis("y")}, {}, list));
  for (const FunctionRequest& request : c.asked) EXPECT_LE(request.points.cols(), 1000);
  EXPECT_EQ(count_points(c.asked), 2500);
  const surrogate::Posterior all = c.gp.predict(list);
  Eigen::Index best = 0;
  (all.mean + 2 * all.variance.cwiseSqrt()).maxCoeff(&best);
  EXPECT_EQ(proposal.physical, list.col(best));
}

TEST(RemoteFunction, RefusesWhatIsNotOneFiniteNumberAPoint) {
  RemoteCase c;
  const auto message = [&](const EvaluateFunction& evaluate) -> std::string {
    c.options.evaluate = evaluate;
    try {
      (void)c.ask(square());
    } catch (const FunctionFailed& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message([](const FunctionRequest&) { return Eigen::VectorXd(3); }),
              ::testing::HasSubstr("\"mine\": expected 512 finite numbers, one a point, got 3"));
  EXPECT_THAT(message([](const FunctionRequest& request) {
                Eigen::VectorXd values = Eigen::VectorXd::Zero(request.points.cols());
                values(7) = std::nan("");
                return values;
              }),
              ::testing::HasSubstr("got nan for point 7"));
}

TEST(RemoteFunction, TimeThatIsUpEndsTheRounds) {
  RemoteCase c;
  c.options.expired = [] { return true; };
  const Proposal proposal = c.ask(square());
  EXPECT_TRUE(proposal.cut);
  EXPECT_EQ(c.asked.size(), 1U);
}

TEST(RemoteFunction, TimeThatIsUpEndsABatch) {
  RemoteCase c;
  c.options.batch = 3;
  const auto batch = [&c] {
    Rng rng(4);
    return propose_batch(square(), c.objective, c.models, c.acquisition, c.state, c.options, rng);
  };
  EXPECT_EQ(batch().size(), 3U);
  c.asked.clear();
  c.options.expired = [] { return true; };
  const auto cut = batch();
  ASSERT_EQ(cut.size(), 1U);
  EXPECT_TRUE(cut.front().cut);
  EXPECT_EQ(c.asked.size(), 1U);
}

// Penalties of any size, for any share of the space, hide nothing of what is allowed.
TEST(RemoteFunction, FindsTheBestOfWhatIsNotForbidden) {
  RemoteCase c;
  for (const double allowed : {0.9, 0.4, 0.1}) {
    for (const double penalty : {1e6, 1e30, 1.797e308}) {
      for (const bool alike : {true, false}) {
        c.options.evaluate = [&](const FunctionRequest& request) {
          Eigen::VectorXd values(request.points.cols());
          for (Eigen::Index j = 0; j < values.size(); ++j) {
            const double x = request.points(0, j);
            const double y = request.points(1, j);
            values(j) = x > allowed ? -penalty * (alike ? 1 : x)
                                    : -std::pow(x - allowed / 2, 2) - std::pow(y - 0.7, 2);
          }
          return values;
        };
        const Proposal proposal = c.ask(square());
        EXPECT_NEAR(proposal.unit(0), allowed / 2, 0.01) << allowed << " " << penalty << alike;
        EXPECT_NEAR(proposal.unit(1), 0.7, 0.01) << allowed << " " << penalty << alike;
        EXPECT_TRUE(std::isfinite(proposal.value));
      }
    }
  }
}

TEST(RemoteFunction, NeedsANameAndSomebodyWhoEvaluatesIt) {
  RemoteCase nobody;
  nobody.options.evaluate = nullptr;
  EXPECT_THROW((void)nobody.ask(square()), std::invalid_argument);
  RemoteCase nameless;
  nameless.acquisition.function = "";
  EXPECT_THROW((void)nameless.ask(square()), std::invalid_argument);
  RemoteCase hasty;
  hasty.acquisition.timeout_s = 0;
  EXPECT_THROW((void)hasty.ask(square()), std::invalid_argument);
}

TEST(RemoteFunction, IsNotSearchedByGradients) {
  const RemoteFunction function({}, {}, nullptr, nullptr);
  Eigen::VectorXd gradient;
  EXPECT_THROW((void)function.value({}, gradient), std::logic_error);
}

}  // namespace
}  // namespace foray::optimizer::remote_function_test
