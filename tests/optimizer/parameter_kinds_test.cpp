// Spaces of integers, ordered values, categories, fixed values and candidates.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>

#include "foray/optimizer/acquisition.h"
#include "foray/optimizer/propose.h"
#include "foray/optimizer/search_space.h"
#include "models.h"

namespace foray::optimizer::parameter_kinds_test {
namespace {

using testing::gp_of;

Parameter range(const std::string& name, double lower, double upper) {
  Parameter p;
  p.name = name;
  p.lower = lower;
  p.upper = upper;
  return p;
}

Parameter integer(const std::string& name, double lower, double upper) {
  Parameter p = range(name, lower, upper);
  p.integer = true;
  return p;
}

Parameter ordered(const std::string& name, std::vector<double> values) {
  Parameter p = range(name, values.front(), values.back());
  p.values = std::move(values);
  return p;
}

Parameter categorical(const std::string& name, std::vector<std::string> categories) {
  Parameter p = range(name, 0, static_cast<double>(categories.size()) - 1);
  p.categories = std::move(categories);
  return p;
}

Parameter fixed(const std::string& name, double value) {
  Parameter p = range(name, value, value);
  p.role = ParameterRole::kFixed;
  return p;
}

const std::vector<std::string> kSolvents = {"water", "toluene", "hexane"};

SearchSpace mixed(std::vector<std::string> constraints = {}) {
  return SearchSpace({range("x", 0, 2), integer("n", 1, 9), fixed("z", 3),
                      ordered("t", {10, 20, 500}), categorical("solvent", kSolvents)},
                     std::move(constraints));
}

SearchSpace of_three_candidates() {
  Eigen::MatrixXd candidates(2, 3);
  candidates << 0.1, 0.7, 0.3,  //
      0.2, 0.1, 0.9;
  return SearchSpace({range("x", 0, 1), range("y", 0, 1)}, {}, candidates);
}

TEST(Parameter, LevelsAreThoseInTheRange) {
  EXPECT_EQ(level_count(integer("n", 1.5, 4.5)), 3);
  EXPECT_EQ(level(integer("n", 1.5, 4.5), 0), 2);
  EXPECT_EQ(nearest_level(integer("n", 1.5, 4.5), 9), 4);
  Parameter t = ordered("t", {10, 20, 500});
  t.lower = 15;
  EXPECT_EQ(level_count(t), 2);
  EXPECT_EQ(level(t, 0), 20);
  EXPECT_EQ(nearest_level(t, 1), 20);
  EXPECT_EQ(nearest_level(t, 259), 20);
  EXPECT_EQ(nearest_level(t, 261), 500);
  t.scale = ParameterScale::kLog;
  EXPECT_EQ(nearest_level(t, 101), 500);  // The middle of their logarithms is 100.
  EXPECT_FALSE(is_discrete(range("x", 0, 1)));
}

TEST(Parameter, RefusesValuesThatItCannotTakeByName) {
  EXPECT_FALSE(refusal(integer("n", 1, 9), 4));
  EXPECT_EQ(refusal(integer("n", 1, 9), 4.5).value(), "expected a whole number of \"n\", got 4.5");
  EXPECT_EQ(refusal(ordered("t", {10, 20}), 15).value(),
            "expected one of its values of \"t\", got 15");
  EXPECT_EQ(refusal(range("x", 0, 1), 2).value(), "expected a value in [0, 1] of \"x\", got 2");
  EXPECT_TRUE(refusal(range("x", 0, 1), std::nan("")));
}

TEST(Parameter, TellsCategoriesByName) {
  EXPECT_EQ(value_text(categorical("solvent", kSolvents), 1), "toluene");
  EXPECT_EQ(value_text(categorical("solvent", kSolvents), 3), "3");
  EXPECT_EQ(value_text(range("x", 0, 1), 0.25), "0.25");
}

TEST(ParameterKinds, RoundTripExactlyAndFixedOnesAreNoAxis) {
  const SearchSpace space = mixed();
  EXPECT_EQ(space.dimension(), 4);
  EXPECT_EQ(space.discrete_axes(), (std::vector<Eigen::Index>{1, 2, 3}));
  for (double n = 1; n <= 9; ++n)
    for (const double t : {10.0, 20.0, 500.0})
      for (double solvent = 0; solvent < 3; ++solvent) {
        Eigen::VectorXd point(5);
        point << 0.5, n, 3, t, solvent;
        const Eigen::VectorXd unit = space.to_unit(point);
        EXPECT_EQ(space.from_unit(unit, 1), point);
        EXPECT_EQ(space.snap(unit), unit);
      }
}

TEST(ParameterKinds, ACategoryReadBackWithRoundingIsTheSame) {
  const SearchSpace space({categorical("solvent", kSolvents)}, {});
  EXPECT_EQ(space.to_unit(Eigen::VectorXd::Constant(1, 0.9999999)),
            space.to_unit(Eigen::VectorXd::Constant(1, 1)));
}

TEST(ParameterKinds, SamplingGivesEveryLevelAnEqualShare) {
  const SearchSpace space = mixed();
  Rng rng(3);
  const Eigen::MatrixXd points = space.sample(900, rng);
  std::map<double, int> n, t, solvent;
  for (Eigen::Index j = 0; j < points.cols(); ++j) {
    EXPECT_EQ(space.snap(points.col(j)), points.col(j));
    const Eigen::VectorXd at = space.from_unit(points.col(j), 1);
    ++n[at(1)];
    ++t[at(3)];
    ++solvent[at(4)];
  }
  ASSERT_EQ(n.size(), 9U);
  ASSERT_EQ(t.size(), 3U);
  ASSERT_EQ(solvent.size(), 3U);
  for (const auto& [value, count] : n) EXPECT_NEAR(count, 100, 20) << value;
  for (const auto& [value, count] : t) EXPECT_NEAR(count, 300, 30) << value;
  for (const auto& [value, count] : solvent) EXPECT_NEAR(count, 300, 30) << value;
}

TEST(ParameterKinds, ConstraintsAreJudgedOnTheLevelsThemselves) {
  const SearchSpace space = mixed({"n <= 7", "t >= 20", "solvent < 1.5", "z > 2.5"});
  Rng rng(4);
  const Eigen::MatrixXd points = space.sample(400, rng);
  std::set<double> n, t, solvent;
  for (Eigen::Index j = 0; j < points.cols(); ++j) {
    const Eigen::VectorXd at = space.from_unit(points.col(j), 1);
    n.insert(at(1));
    t.insert(at(3));
    solvent.insert(at(4));
  }
  EXPECT_EQ(n, (std::set<double>{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(t, (std::set<double>{20, 500}));
  EXPECT_EQ(solvent, (std::set<double>{0, 1}));
}

TEST(ParameterKinds, AreRefusedByName) {
  const auto refused = [](const Parameter& p) {
    try {
      SearchSpace({p, range("other", 0, 1)}, {});
      return std::string("accepted");
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
  };
  using ::testing::HasSubstr;
  Parameter stepped = integer("n", 0, 4);
  stepped.step = 2;
  EXPECT_THAT(refused(stepped), HasSubstr("\"n\": expected one of a step, integer"));
  EXPECT_THAT(refused(integer("n", 0.2, 0.8)), HasSubstr("a range that holds one"));
  EXPECT_THAT(refused(ordered("t", {1, 3, 3, 4})), HasSubstr("each above the one before"));
  EXPECT_THAT(refused(categorical("c", {"a", "b", "a"})), HasSubstr("different names"));
  Parameter wide = categorical("c", {"a", "b"});
  wide.upper = 5;
  EXPECT_THAT(refused(wide), HasSubstr("one less than the number of categories"));
  Parameter moving = fixed("z", 1);
  moving.upper = 2;
  EXPECT_THAT(refused(moving), HasSubstr("one value of a fixed parameter"));
  Parameter exposure = integer("e", 1, 5);
  exposure.role = ParameterRole::kExposure;
  EXPECT_THAT(refused(exposure), HasSubstr("levels of an axis or a fidelity only"));
}

TEST(Candidates, AreMetExactlyAndSampledEachBeforeOneTwice) {
  const SearchSpace space = of_three_candidates();
  EXPECT_EQ(space.from_unit(Eigen::Vector2d(0.65, 0.2), 1), Eigen::Vector2d(0.7, 0.1));
  EXPECT_EQ(space.snap(Eigen::Vector2d(0, 0)), Eigen::Vector2d(0.1, 0.2));
  Rng rng(1);
  const Eigen::MatrixXd points = space.sample(7, rng);
  for (const Eigen::Index first : {0, 3}) {
    std::set<double> seen;
    for (Eigen::Index j = first; j < first + 3; ++j) seen.insert(points(0, j));
    EXPECT_EQ(seen, (std::set<double>{0.1, 0.3, 0.7}));
  }
}

TEST(Candidates, OutsideRangesAndConstraintsAreLeftOutAndNoneIsRefused) {
  Eigen::MatrixXd candidates(2, 3);
  candidates << 0.1, 0.7, 0.3,  //
      0.2, 0.1, 0.9;
  const std::vector<Parameter> narrow = {range("x", 0, 0.5), range("y", 0, 1)};
  EXPECT_EQ(SearchSpace(narrow, {}, candidates).candidates().cols(), 2);
  EXPECT_EQ(SearchSpace(narrow, {"y < 0.5"}, candidates).candidates().cols(), 1);
  EXPECT_THROW(SearchSpace(narrow, {"y > 0.95"}, candidates), std::invalid_argument);
  EXPECT_THROW(SearchSpace(narrow, {}, Eigen::MatrixXd::Zero(3, 1)), std::invalid_argument);
}

double bumpy(const Eigen::VectorXd& x) { return std::sin(7 * x(0)) * std::cos(5 * x(1)) + x(0); }

struct Case {
  surrogate::Gp gp = gp_of(2, 25, 11, 0.3, 1e-6, bumpy);
  ModelMap models = {{"f", &gp}};
  ProposeState state;
  Objective objective;
  AcquisitionSpec acquisition{.kind = AcquisitionKind::kLogExpectedImprovement};

  Case() {
    state.measured = gp.data_x();
    ObjectiveTerm term;
    term.kind = ObjectiveKind::kMaximise;
    term.observables = {"f"};
    objective.terms = {term};
  }

  [[nodiscard]] Proposal ask(const SearchSpace& space) const {
    Rng rng(5);
    return propose(space, objective, models, acquisition, state, {}, rng);
  }

  [[nodiscard]] double score(const Eigen::VectorXd& x) const {
    const double incumbent = gp.predict(state.measured).mean.maxCoeff();
    const surrogate::Posterior p = gp.predict(x);
    return log_expected_improvement(p.mean(0), std::max(p.variance(0), 1e-30), incumbent, true)
        .value;
  }
};

TEST(ProposeWithLevels, ReachesTheBestOfAllLevelsAndAFineRange) {
  const Case c;
  for (const SearchSpace& space :
       {SearchSpace({range("x", 0, 1), integer("n", 0, 100)}, {}),
        SearchSpace({range("x", 0, 1), categorical("c", {"a", "b", "c", "d"})}, {})}) {
    const Proposal proposal = c.ask(space);
    double best = -std::numeric_limits<double>::infinity();
    for (const double y : space.levels(1))
      for (int i = 0; i <= 200; ++i) best = std::max(best, c.score(Eigen::Vector2d(i / 200.0, y)));
    EXPECT_GE(c.score(proposal.unit), best - 1e-3);
    EXPECT_EQ(proposal.physical(1), std::round(proposal.physical(1)));
  }
}

TEST(ProposeWithLevels, TakesTheBestOfAllWhereEveryAxisHasLevels) {
  const Case c;
  const SearchSpace space({integer("m", 0, 60), ordered("t", {1, 2, 4, 8, 16, 32})}, {});
  double best = -std::numeric_limits<double>::infinity();
  for (const double x : space.levels(0))
    for (const double y : space.levels(1)) best = std::max(best, c.score(Eigen::Vector2d(x, y)));
  EXPECT_EQ(c.score(c.ask(space).unit), best);
}

TEST(ProposeWithCandidates, TakesTheBestOfThoseThatAreNotInFlightUntilNoneIsLeft) {
  Case c;
  const SearchSpace space = of_three_candidates();
  std::vector<double> scores;
  for (int round = 0; round < 3; ++round) {
    const Proposal proposal = c.ask(space);
    EXPECT_EQ(proposal.unit, space.snap(proposal.unit));
    Eigen::MatrixXd pending(2, round + 1);
    if (round > 0) pending.leftCols(round) = c.state.pending;
    pending.col(round) = proposal.unit;
    c.state.pending = pending;
    scores.push_back(c.score(proposal.unit));
  }
  std::set<double> chosen;
  for (Eigen::Index j = 0; j < 3; ++j) chosen.insert(c.state.pending(0, j));
  EXPECT_EQ(chosen, (std::set<double>{0.1, 0.3, 0.7}));
  EXPECT_EQ(scores.front(), *std::max_element(scores.begin(), scores.end()));
  EXPECT_THROW((void)c.ask(space), std::runtime_error);
}

TEST(ProposeWithCandidates, OfALongListTakesOneThatIsAmongTheBest) {
  const Case c;
  constexpr Eigen::Index kSide = 100;
  Eigen::MatrixXd grid(2, kSide * kSide);
  for (Eigen::Index j = 0; j < grid.cols(); ++j)
    grid.col(j) << static_cast<double>(j % kSide) / kSide, static_cast<double>(j / kSide) / kSide;
  const SearchSpace space({range("x", 0, 1), range("y", 0, 1)}, {}, grid);
  std::vector<double> scores;
  for (Eigen::Index j = 0; j < grid.cols(); ++j)
    scores.push_back(c.score(space.candidates().col(j)));
  // Of a half drawn at random the best is worse than the tenth of all once in a thousand times.
  std::nth_element(scores.begin(), scores.begin() + 9, scores.end(), std::greater<>());
  const Proposal proposal = c.ask(space);
  EXPECT_GE(c.score(proposal.unit), scores[9]);
  EXPECT_EQ(space.snap(proposal.unit), proposal.unit);
}

TEST(InitialDesign, HoldsEveryCategoryAndRepeatsNoCandidate) {
  Rng rng(2);
  const SearchSpace space({range("x", 0, 1), categorical("c", {"a", "b", "c", "d", "e"})}, {});
  const Eigen::MatrixXd design = initial_design(space, 10, rng);
  std::set<double> seen;
  for (Eigen::Index j = 0; j < design.cols(); ++j) seen.insert(design(1, j));
  EXPECT_EQ(seen.size(), 5U);
  const Eigen::MatrixXd of_list = initial_design(of_three_candidates(), 3, rng);
  EXPECT_EQ((std::set<double>{of_list(0, 0), of_list(0, 1), of_list(0, 2)}).size(), 3U);
}

}  // namespace
}  // namespace foray::optimizer::parameter_kinds_test
