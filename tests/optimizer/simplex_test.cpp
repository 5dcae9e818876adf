// Parts of a whole: that they add up whatever is done to them.

#include "simplex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "foray/optimizer/acquisition.h"
#include "foray/optimizer/propose.h"
#include "foray/optimizer/search_space.h"
#include "models.h"

namespace foray::optimizer::simplex_test {
namespace {

using testing::gp_of;

// Of additions of a few numbers.
constexpr double kRounding = 1e-14;

std::vector<Parameter> parts(const std::vector<std::string>& names, double total = 1,
                             double step = 0) {
  std::vector<Parameter> all;
  for (const std::string& name : names) {
    Parameter p;
    p.name = name;
    p.upper = total;
    p.total = total;
    p.step = step;
    p.simplex = "ink";
    all.push_back(p);
  }
  return all;
}

Parameter range(const std::string& name, double lower, double upper) {
  Parameter p;
  p.name = name;
  p.lower = lower;
  p.upper = upper;
  return p;
}

Eigen::VectorXd random_point(Rng& rng, Eigen::Index n, double from, double to) {
  std::uniform_real_distribution<double> uniform(from, to);
  Eigen::VectorXd x(n);
  for (double& value : x) value = uniform(rng);
  return x;
}

TEST(Simplex, TheNearestPointIsThatOfAllThatAddUp) {
  std::vector<Parameter> all = parts({"a", "b", "c", "d"}, 2);
  all[1].upper = 0.6;
  all[2].lower = 0.3;
  const Simplex simplex(all, 0);
  Rng rng(1);
  for (int k = 0; k < 200; ++k) {
    const Eigen::VectorXd from = random_point(rng, 4, -1, 3);
    const Eigen::VectorXd to = simplex.nearest(from);
    EXPECT_NEAR(to.sum(), simplex.sum(), kRounding);
    EXPECT_GE(to.minCoeff(), 0);
    EXPECT_TRUE((to.array() <= simplex.width().array()).all());
    EXPECT_EQ(simplex.nearest(to), to);
    // The projection onto a convex set is where no other point of it lies ahead.
    for (int other = 0; other < 50; ++other) {
      const Eigen::VectorXd ahead = simplex.nearest(random_point(rng, 4, -1, 3)) - to;
      EXPECT_LE((from - to).dot(ahead), 1e-12);
    }
  }
}

TEST(Simplex, StepsKeepTheSumAndStayNear) {
  std::vector<Parameter> all = parts({"a", "b", "c", "d"}, 100, 5);
  all[1].upper = 17;  // Of steps 15.
  const Simplex simplex(all, 0);
  Rng rng(2);
  for (int k = 0; k < 300; ++k) {
    const Eigen::VectorXd from = simplex.nearest(random_point(rng, 4, -20, 120));
    const Eigen::VectorXd to = simplex.on_steps(from);
    EXPECT_EQ(to.sum(), 100);
    for (const double value : to) EXPECT_EQ(std::fmod(value, 5), 0);
    EXPECT_GE(to.minCoeff(), 0);
    EXPECT_LE(to(1), 15);
    EXPECT_LT((to - from).cwiseAbs().maxCoeff(), 5 + 2);
    EXPECT_EQ(simplex.on_steps(to), to);
  }
}

TEST(Simplex, RoundsToTheStepsThatChangeLeast) {
  const Simplex simplex(parts({"a", "b", "c"}, 10, 1), 0);
  EXPECT_EQ(simplex.on_steps(Eigen::Vector3d(3.4, 3.4, 3.2)), Eigen::Vector3d(4, 3, 3));
  EXPECT_EQ(simplex.on_steps(Eigen::Vector3d(0.1, 4.8, 5.1)), Eigen::Vector3d(0, 5, 5));
}

TEST(Simplex, SpreadIsUniformAmongAllParts) {
  const Simplex simplex(parts({"a", "b", "c"}), 0);
  Rng rng(3);
  constexpr int kPoints = 20000;
  int corner = 0;
  double second = 0;
  Eigen::Vector3d mean = Eigen::Vector3d::Zero();
  for (int k = 0; k < kPoints; ++k) {
    const Eigen::VectorXd at = simplex.spread(random_point(rng, 3, 0, 1));
    EXPECT_NEAR(at.sum(), 1, kRounding);
    EXPECT_GE(at.minCoeff(), 0);
    mean += at / kPoints;
    second += at(0) * at(0) / kPoints;
    corner += at(0) > 0.8 ? 1 : 0;
  }
  // Of the uniform distribution on the triangle: means of 1/3, E a^2 = 1/6, P(a > .8) = .04. Six
  // standard deviations of the averages.
  EXPECT_LT((mean.array() - 1.0 / 3).abs().maxCoeff(), 6 * std::sqrt(1.0 / 18 / kPoints));
  EXPECT_NEAR(second, 1.0 / 6, 6 * std::sqrt(7.0 / 180 / kPoints));
  EXPECT_NEAR(corner / static_cast<double>(kPoints), 0.04, 6 * std::sqrt(0.04 / kPoints));
}

TEST(Simplex, WhatCannotBeIsRefusedByName) {
  const auto refused = [](const std::vector<Parameter>& all) {
    try {
      SearchSpace(all, {});
      return std::string("accepted");
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
  };
  using ::testing::HasSubstr;
  EXPECT_THAT(refused(parts({"a"})), HasSubstr("simplex \"ink\": expected two parts or more"));
  auto all = parts({"a", "b", "c"});
  all[1].total = 2;
  EXPECT_THAT(refused(all), HasSubstr("part \"b\": expected the same total"));
  all = parts({"a", "b", "c"});
  for (Parameter& p : all) p.upper = 0.3;
  EXPECT_THAT(refused(all), HasSubstr("the upper ones to 0.9"));
  all = parts({"a", "b", "c"}, 1, 0.3);
  EXPECT_THAT(refused(all), HasSubstr("a whole number of steps"));
  all = parts({"a", "b", "c"}, 1, 0.25);
  for (Parameter& p : all) p.upper = 0.49;
  EXPECT_THAT(refused(all), HasSubstr("in which the steps reach the total"));
  all = parts({"a", "b", "c"});
  all[2].integer = true;
  EXPECT_THAT(refused(all), HasSubstr("part \"c\": expected a linear range, without levels"));
  all = parts({"a", "b", "c"});
  all.insert(all.begin() + 1, range("x", 0, 1));
  EXPECT_THAT(refused(all), HasSubstr("expected two parts or more that follow one another"));
  all = parts({"a", "b", "c", "d"});
  all.insert(all.begin() + 2, range("x", 0, 1));
  EXPECT_THAT(refused(all), HasSubstr("expected parts that follow one another"));
}

TEST(SimplexSpace, SamplesSnapsAndSettingsAddUp) {
  for (const double step : {0.0, 2.5}) {
    std::vector<Parameter> all = parts({"a", "b", "c", "d"}, 100, step);
    all[0].lower = 10;
    all[3].upper = 20;
    all.insert(all.begin(), range("x", -1, 1));
    const SearchSpace space(all, {"a + b <= 70", "x < 0.5"});
    Rng rng(5);
    const Eigen::MatrixXd points = space.sample(300, rng);
    for (Eigen::Index j = 0; j < points.cols(); ++j) {
      EXPECT_TRUE(space.feasible(points.col(j)));
      const Eigen::VectorXd snapped = space.snap(points.col(j));
      EXPECT_EQ(space.snap(snapped), snapped);
      const Eigen::VectorXd at = space.from_unit(snapped, 1);
      EXPECT_NEAR(at.tail(4).sum(), 100, 100 * kRounding);
      EXPECT_GE(at(1), 10);
      EXPECT_LE(at(4), 20);
      EXPECT_LE(at(1) + at(2), 70 + 2.5);
      if (step > 0) {
        EXPECT_EQ(at(2), step * std::round(at(2) / step));
      }
      EXPECT_FALSE(refusal_of_sums(space.parameters(), at));
    }
    Eigen::VectorXd off = points.col(0);
    off(2) += 1e-6;
    EXPECT_FALSE(space.feasible(off));
  }
}

TEST(SimplexSpace, FindsPartsInNarrowRanges) {
  std::vector<Parameter> all = parts({"a", "b", "c", "d", "e"});
  for (Parameter& p : all) {
    p.lower = 0.19;
    p.upper = 0.2005;
  }
  const SearchSpace space(all, {});
  Rng rng(1);
  const Eigen::MatrixXd points = space.sample(50, rng);
  for (Eigen::Index j = 0; j < points.cols(); ++j) EXPECT_TRUE(space.feasible(points.col(j)));
}

TEST(SimplexSpace, ASumThatIsWrongIsToldByItsParts) {
  const std::vector<Parameter> all = parts({"a", "b", "c"});
  EXPECT_EQ(refusal_of_sums(all, Eigen::Vector3d(0.5, 0.25, 0.2)).value(),
            "expected a + b + c = 1, got 0.95");
  EXPECT_FALSE(refusal_of_sums(all, Eigen::Vector3d(0.5, 0.25, 0.25)));
}

struct Case {
  surrogate::Gp gp;
  ModelMap models = {{"f", &gp}};
  ProposeState state;
  Objective objective;

  explicit Case(const std::function<double(const Eigen::VectorXd&)>& f, Eigen::Index d)
      : gp(gp_of(d, 30, 11, 0.4, 1e-6, f)) {
    state.measured = gp.data_x();
    ObjectiveTerm term;
    term.kind = ObjectiveKind::kMinimise;
    term.observables = {"f"};
    objective.terms = {term};
  }

  [[nodiscard]] Proposal ask(const SearchSpace& space) const {
    Rng rng(5);
    return propose(space, objective, models, {.kind = AcquisitionKind::kUpperConfidenceBound},
                   state, {}, rng);
  }

  [[nodiscard]] double bound(const Eigen::VectorXd& x) const {
    const surrogate::Posterior p = gp.predict(x);
    return confidence_bound(p.mean(0), p.variance(0), 2, false).value;
  }
};

TEST(ProposeOnASimplex, FindsTheBestOfAFineGridAndAddsUp) {
  // Lowest at (.2, .5, .3) of the triangle; elsewhere in the cube it is lower still.
  const Case inside(
      [](const Eigen::VectorXd& x) {
        return (x - Eigen::Vector3d(0.2, 0.5, 0.3)).squaredNorm() + x.sum();
      },
      3);
  // Lowest on an edge: without b.
  const Case edge(
      [](const Eigen::VectorXd& x) {
        return (x - Eigen::Vector3d(0.6, -0.5, 0.9)).squaredNorm() - x.sum();
      },
      3);
  const SearchSpace space(parts({"a", "b", "c"}), {});
  for (const Case* one : {&inside, &edge}) {
    const Proposal proposal = one->ask(space);
    EXPECT_NEAR(proposal.physical.sum(), 1, kRounding);
    EXPECT_GE(proposal.physical.minCoeff(), 0);
    double best = -std::numeric_limits<double>::infinity();
    constexpr int kSide = 200;
    for (int i = 0; i <= kSide; ++i)
      for (int j = 0; i + j <= kSide; ++j)
        best = std::max(best, one->bound(Eigen::Vector3d(i, j, kSide - i - j) / kSide));
    EXPECT_GE(one->bound(proposal.unit), best - 1e-4);
  }
}

TEST(ProposeOnASimplex, KeepsItsPlaceBesideOtherParametersAndWithinReach) {
  const Case one([](const Eigen::VectorXd& x) { return std::sin(4 * x(0)) + x(1) * x(2); }, 4);
  std::vector<Parameter> all = parts({"a", "b", "c"}, 1, 0.05);
  for (Parameter& p : all) p.max_move = 0.1;
  all.insert(all.begin(), range("x", 0, 1));
  Case near = one;
  near.models = {{"f", &near.gp}};
  near.state.from = Eigen::Vector4d(0.5, 0.3, 0.3, 0.4);
  const Proposal proposal = near.ask(SearchSpace(all, {}));
  EXPECT_NEAR(proposal.physical.tail(3).sum(), 1, kRounding);
  EXPECT_LT((proposal.physical - near.state.from).tail(3).cwiseAbs().maxCoeff(), 0.1 + 1e-9);
  EXPECT_GT((proposal.physical - near.state.from).tail(3).cwiseAbs().maxCoeff(), 0.01);
}

TEST(InitialDesign, OfASimplexIsSpreadOverItAndAddsUp) {
  const SearchSpace space(parts({"a", "b", "c"}, 1, 0.05), {});
  Rng rng(2);
  const Eigen::MatrixXd design = initial_design(space, 12, rng);
  double nearest = 1;
  for (Eigen::Index i = 0; i < 12; ++i) {
    EXPECT_NEAR(design.col(i).sum(), 1, kRounding);
    for (Eigen::Index j = 0; j < i; ++j)
      nearest = std::min(nearest, (design.col(i) - design.col(j)).norm());
  }
  // The triangle's area is .87: twelve discs of this diameter fill a fifth of it.
  EXPECT_GT(nearest, 0.13);
}

}  // namespace
}  // namespace foray::optimizer::simplex_test
