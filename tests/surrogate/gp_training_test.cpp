#include "foray/surrogate/gp_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "gp_cases.h"

namespace foray::surrogate::gp_training_test {
namespace {

using testing::Data;
using testing::smooth_data;

// 150 points of a Gaussian process with known hyperparameters.
Data drawn_data(const Hyperparameters& truth, unsigned seed) {
  Data data = smooth_data(2, 150, seed);
  data.noise.setZero();
  Rng rng(seed);
  const Gp prior =
      make_gp(Eigen::Vector2d(1e6, 1e6), Eigen::VectorXd::Zero(1), Eigen::VectorXd::Zero(1), truth);
  std::normal_distribution<double> normal;
  data.y = prior.sample(data.x, 1, rng);
  for (double& value : data.y) value += std::sqrt(truth.nugget) * normal(rng);
  return data;
}

TEST(FitGp, RecoversTheHyperparametersThatMadeTheData) {
  const Hyperparameters truth = hyperparameters(4.0, Eigen::Vector2d(.25, .6), 0.01);
  const Data data = drawn_data(truth, 31);
  Rng rng(1);
  const GpFit fit = fit_gp(data, {}, rng);
  EXPECT_EQ(fit.status, FitStatus::kConverged);
  EXPECT_FALSE(fit.cut);
  // Sampling error of 150 points: about 15 % of lengthscales and 12 % of the nugget.
  EXPECT_NEAR(std::log(fit.hyperparameters.kernel(1) / .25), 0, .5);
  EXPECT_NEAR(std::log(fit.hyperparameters.kernel(2) / .6), 0, .5);
  EXPECT_NEAR(std::log(fit.hyperparameters.nugget / .01), 0, .5);
  const double at_truth = log_marginal_likelihood(data, truth, {}, false).value;
  EXPECT_GT(fit.log_marginal_likelihood, at_truth - 1);
}

TEST(FitGp, EndsWhereTheGradientOfTheLogPosteriorVanishes) {
  const Data data = smooth_data(2, 50, 32);
  FitOptions options;
  options.tolerance = 1e-10;
  options.start_evaluations = 300;
  Rng rng(1);
  const GpFit fit = fit_gp(data, options, rng);
  const Likelihood likelihood = log_marginal_likelihood(data, fit.hyperparameters, {}, true);
  const Eigen::VectorXd slope = likelihood.gradient.cwiseProduct(pack(fit.hyperparameters));
  const double relative =
      fit.hyperparameters.kernel(0) / (data.y.array() - data.y.mean()).square().mean();
  EXPECT_NEAR(slope(0), std::log(relative) / (2.0 * 2.0), 1e-3);
  const double location = std::sqrt(2.0) + 0.5 * std::log(2.0);
  for (int i = 1; i <= 2; ++i)
    EXPECT_NEAR(slope(i), (std::log(fit.hyperparameters.kernel(i)) - location) / 3, 1e-3);
}

// Waves along directions of their own, whose likelihoods have several maxima.
Data waves(Eigen::Index d, unsigned seed) {
  Data data = smooth_data(d, 40, seed);
  Rng rng(seed);
  std::uniform_real_distribution<double> uniform(0, 8);
  Eigen::VectorXd wave(d);
  for (double& value : wave) value = uniform(rng);
  data.y = (wave.transpose() * data.x).array().sin().transpose();
  data.y.array() += data.x.row(0).transpose().array() * data.x.row(d - 1).transpose().array();
  return data;
}

TEST(FitGp, ReachesTheBestMaximumThatAnyOfManyThoroughStartsFinds) {
  FitOptions thorough;
  thorough.starts = 30;
  thorough.probe_evaluations = 150;
  thorough.tolerance = 1e-9;
  int reached = 0;
  for (unsigned seed = 0; seed < 12; ++seed) {
    const Data data = waves(2 + seed % 4, seed);
    Rng one(7);
    Rng two(8);
    const double best = fit_gp(data, thorough, one).log_posterior;
    const double value = fit_gp(data, {}, two).log_posterior;
    EXPECT_LT(value, best + 1e-3);
    reached += value > best - 1e-3 ? 1 : 0;
  }
  EXPECT_GE(reached, 10);
}

TEST(FitGp, APartOfManyPointsTellsWhichStartsAreWorthClimbing) {
  for (unsigned seed = 0; seed < 3; ++seed) {
    Data data = smooth_data(2, 240, seed);
    data.y += (9 * data.x.row(0)).array().sin().matrix().transpose();
    FitOptions all;
    FitOptions part;
    part.probe_points = 120;
    Rng one(7);
    Rng two(7);
    const GpFit whole = fit_gp(data, all, one);
    const GpFit fit = fit_gp(data, part, two);
    EXPECT_EQ(fit.status, FitStatus::kConverged);
    EXPECT_NEAR(fit.log_posterior, whole.log_posterior, 1e-3);
    EXPECT_NE(fit.evaluations, whole.evaluations);
  }
}

TEST(FitGp, WhatAPartTaughtIsUsedWhereTheBudgetEndsThere) {
  const Data data = smooth_data(2, 240, 41);
  FitOptions options;
  options.probe_points = 120;
  FitBudget budget;
  int asked = 0;
  budget.expired = [&asked] { return ++asked > 40; };
  Rng rng(1);
  const GpFit fit = fit_gp(data, options, rng, std::nullopt, budget);
  EXPECT_EQ(fit.status, FitStatus::kCut);
  EXPECT_TRUE(fit.cut);
  Rng other(1);
  EXPECT_GT(fit.log_posterior, fit_gp(data, options, other).log_posterior - 20);
}

TEST(FitGp, ThreadsChangeNoBit) {
  Data data = smooth_data(3, 300, 42);
  FitOptions options;
  options.probe_points = 100;
  for (const bool bounded : {false, true}) {
    if (bounded) {
      data = smooth_data(2, 40, 43);
      data.bounds.assign(40, Bound::kNone);
      for (std::size_t i = 0; i < 20; ++i) data.bounds[i] = Bound::kAtLeast;
    }
    Rng one(3);
    Rng two(3);
    options.gp.threads = 1;
    const GpFit alone = fit_gp(data, options, one);
    options.gp.threads = 3;
    const GpFit many = fit_gp(data, options, two);
    EXPECT_EQ(pack(alone.hyperparameters), pack(many.hyperparameters));
    EXPECT_EQ(alone.evaluations, many.evaluations);
    EXPECT_EQ(one, two);
  }
}

TEST(FitGp, LengthscalePriorPullsTowardsLongLengthscales) {
  const Data data = smooth_data(4, 8, 34);
  FitOptions with;
  FitOptions without;
  without.lengthscale_prior = false;
  Rng one(1);
  Rng two(1);
  const GpFit prior = fit_gp(data, with, one);
  const GpFit none = fit_gp(data, without, two);
  const double location = std::sqrt(2.0) + 0.5 * std::log(4.0);
  const auto distance = [&](const GpFit& fit) {
    return (fit.hyperparameters.kernel.tail(data.x.rows()).array().log() - location)
        .matrix()
        .norm();
  };
  EXPECT_LT(distance(prior), distance(none));
}

TEST(FitGp, WithoutArdAllLengthscalesAreEqual) {
  const Data data = smooth_data(3, 30, 35);
  FitOptions options;
  options.gp.kernel.ard = false;
  Rng rng(1);
  const GpFit fit = fit_gp(data, options, rng);
  ASSERT_EQ(fit.hyperparameters.kernel.size(), 2);
  FitOptions each;
  const Hyperparameters same = hyperparameters(
      fit.hyperparameters.kernel(0), Eigen::VectorXd::Constant(3, fit.hyperparameters.kernel(1)),
      fit.hyperparameters.nugget);
  EXPECT_NEAR(log_marginal_likelihood(data, same, each.gp, false).value,
              fit.log_marginal_likelihood, 1e-10);
}

TEST(FitGp, DoesNotDependOnTheUnitsOfTheObservable) {
  const Data data = smooth_data(2, 30, 36);
  Rng one(1);
  Rng two(1);
  const GpFit plain = fit_gp(data, {}, one);
  // A power of two scales without rounding.
  const double unit = std::ldexp(1.0, 30);
  const GpFit scaled = fit_gp({data.x, unit * data.y, unit * unit * data.noise}, {}, two);
  EXPECT_EQ(scaled.hyperparameters.kernel.tail(2), plain.hyperparameters.kernel.tail(2));
  EXPECT_EQ(scaled.hyperparameters.kernel(0), unit * unit * plain.hyperparameters.kernel(0));
}

TEST(FitGp, SameSeedGivesTheSameModel) {
  const Data data = smooth_data(2, 30, 37);
  Rng one(5);
  Rng two(5);
  EXPECT_EQ(pack(fit_gp(data, {}, one).hyperparameters),
            pack(fit_gp(data, {}, two).hyperparameters));
}

TEST(FitGp, ContinuesFromPreviousHyperparametersWithFewEvaluations) {
  const Data data = smooth_data(2, 60, 38);
  Rng rng(1);
  const GpFit first = fit_gp({data.x.leftCols(59), data.y.head(59), data.noise.head(59)}, {}, rng);
  const Rng before = rng;
  const GpFit warm = fit_gp(data, {}, rng, first.hyperparameters);
  EXPECT_EQ(rng, before);
  EXPECT_LE(warm.evaluations, 25);
  Rng fresh(1);
  const GpFit cold = fit_gp(data, {}, fresh);
  EXPECT_GT(warm.log_posterior, cold.log_posterior - 0.1);
  EXPECT_LT(warm.evaluations, cold.evaluations);
}

TEST(FitGp, BudgetCutsTheTrainingAndKeepsTheBest) {
  const Data data = smooth_data(2, 40, 39);
  Rng rng(1);
  FitBudget budget;
  budget.max_evaluations = 3;
  GpFit fit = fit_gp(data, {}, rng, std::nullopt, budget);
  EXPECT_EQ(fit.status, FitStatus::kCut);
  EXPECT_TRUE(fit.cut);
  EXPECT_EQ(fit.evaluations, 3);
  int asked = 0;
  budget = {};
  budget.expired = [&asked] { return ++asked > 5; };
  fit = fit_gp(data, {}, rng, std::nullopt, budget);
  EXPECT_EQ(fit.status, FitStatus::kCut);
  EXPECT_EQ(fit.evaluations, 5);
  budget.expired = [] { return true; };
  const Hyperparameters previous = testing::some_hyperparameters(2);
  fit = fit_gp(data, {}, rng, previous, budget);
  EXPECT_EQ(fit.status, FitStatus::kKeptPrevious);
  EXPECT_EQ(pack(fit.hyperparameters), pack(previous));
  fit = fit_gp(data, {}, rng, std::nullopt, budget);
  EXPECT_EQ(fit.status, FitStatus::kUntrained);
  EXPECT_TRUE(fit.cut);
}

// The posterior of signal variance and lengthscale given eight points, on a grid: mean and standard
// deviation of their logarithms.
struct OnAGrid {
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();
  Eigen::Vector2d deviation = Eigen::Vector2d::Zero();
};

OnAGrid posterior_on_a_grid(const Data& data, const FitOptions& options, double nugget) {
  constexpr int kCells = 120;
  const double variance = (data.y.array() - data.y.mean()).square().mean();
  double sum = 0;
  OnAGrid result;
  Eigen::Vector2d squares = Eigen::Vector2d::Zero();
  for (int i = 0; i < kCells; ++i) {
    for (int j = 0; j < kCells; ++j) {
      const double share_i = (i + 0.5) / kCells;
      const double share_j = (j + 0.5) / kCells;
      const double signal = std::log(options.min_signal) +
                            share_i * std::log(options.max_signal / options.min_signal);
      const double scale = std::log(options.min_lengthscale) +
                           share_j * std::log(options.max_lengthscale / options.min_lengthscale);
      const auto h = hyperparameters(std::exp(signal) * variance,
                                     Eigen::VectorXd::Constant(1, std::exp(scale)), nugget);
      const double log = log_marginal_likelihood(data, h, options.gp, false).value -
                         0.5 * std::pow(signal / 2.0, 2) -
                         0.5 * std::pow((scale - std::sqrt(2.0)) / std::sqrt(3.0), 2);
      const double weight = std::exp(log);
      const Eigen::Vector2d at(signal + std::log(variance), scale);
      sum += weight;
      result.mean += weight * at;
      squares += weight * at.cwiseAbs2();
    }
  }
  result.mean /= sum;
  result.deviation = (squares / sum - result.mean.cwiseAbs2()).cwiseSqrt();
  return result;
}

TEST(FitGp, DrawsHyperparametersFromTheirPosterior) {
  const Data data = smooth_data(1, 8, 41);
  const double variance = (data.y.array() - data.y.mean()).square().mean();
  FitOptions options;
  options.min_nugget = 1e-3;
  options.max_nugget = 1e-3;
  const OnAGrid expected = posterior_on_a_grid(data, options, 1e-3 * variance);
  Rng rng(1);
  FitBudget budget;
  budget.draws = 3000;
  const GpFit fit = fit_gp(data, options, rng, std::nullopt, budget);
  ASSERT_EQ(fit.draws.size(), 3000U);
  Eigen::MatrixXd logs(2, 3000);
  for (std::size_t i = 0; i < fit.draws.size(); ++i) {
    EXPECT_DOUBLE_EQ(fit.draws[i].nugget, 1e-3 * variance);
    logs.col(static_cast<Eigen::Index>(i)) = fit.draws[i].kernel.array().log();
  }
  const Eigen::Vector2d mean = logs.rowwise().mean();
  const Eigen::Vector2d deviation =
      (logs.colwise() - mean).array().square().rowwise().mean().sqrt();
  for (int i = 0; i < 2; ++i) {
    // Five standard errors of 800 independent draws, so many as 3000 of a chain are worth at least.
    EXPECT_NEAR(mean(i), expected.mean(i), 0.18 * expected.deviation(i)) << i;
    EXPECT_NEAR(deviation(i), expected.deviation(i), 0.13 * expected.deviation(i)) << i;
  }
}

TEST(FitGp, DrawsScaleWithTheData) {
  Data data = smooth_data(2, 12, 42);
  FitBudget budget;
  budget.draws = 6;
  Rng one(3);
  const GpFit plain = fit_gp(data, {}, one, std::nullopt, budget);
  data.y *= 0x1p20;
  data.noise *= 0x1p40;
  Rng two(3);
  const GpFit large = fit_gp(data, {}, two, std::nullopt, budget);
  ASSERT_EQ(plain.draws.size(), 6U);
  ASSERT_EQ(large.draws.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(large.draws[i].kernel(0), plain.draws[i].kernel(0) * 0x1p40);
    EXPECT_EQ(large.draws[i].kernel.tail(2), plain.draws[i].kernel.tail(2));
    EXPECT_EQ(large.draws[i].nugget, plain.draws[i].nugget * 0x1p40);
  }
}

// Previous hyperparameters are one of the starts of a search anew: what is found is no worse.
TEST(FitGp, AnewIsNeverWorseThanWhatWasKnown) {
  const Data data = waves(3, 5);
  FitOptions thorough;
  thorough.starts = 40;
  thorough.probe_evaluations = 100;
  Rng rng(9);
  const GpFit best = fit_gp(data, thorough, rng);
  FitOptions hasty;
  hasty.starts = 1;
  hasty.probe_evaluations = 2;
  hasty.start_evaluations = 2;
  FitBudget budget;
  budget.anew = true;
  const GpFit without = fit_gp(data, hasty, rng, std::nullopt, budget);
  EXPECT_LT(without.log_posterior, best.log_posterior - 1);
  EXPECT_EQ(without.status, FitStatus::kCut);
  const GpFit with = fit_gp(data, hasty, rng, best.hyperparameters, budget);
  EXPECT_GT(with.log_posterior, best.log_posterior - 1e-6);
}

TEST(FitGp, OnePointAndConstantDataGiveAUsableModel) {
  Rng rng(1);
  const Eigen::Vector2d centre(.5, .5);
  const GpFit one =
      fit_gp({centre, Eigen::VectorXd::Constant(1, 3.0), Eigen::VectorXd::Zero(1)}, {}, rng);
  EXPECT_EQ(one.status, FitStatus::kUntrained);
  EXPECT_DOUBLE_EQ(one.model.predict(centre).mean(0), 3.0);
  const Data data = smooth_data(2, 20, 40);
  for (const double value : {0.0, 1.0, -1e9}) {
    const GpFit flat =
        fit_gp({data.x, Eigen::VectorXd::Constant(20, value), Eigen::VectorXd::Zero(20)}, {}, rng);
    EXPECT_EQ(flat.status, FitStatus::kUntrained);
    EXPECT_NEAR(flat.model.predict(centre).mean(0), value, 1e-6 * std::abs(value));
    EXPECT_GT(flat.model.predict(Eigen::Vector2d(0, 0)).variance(0), 0);
  }
  const GpFit floor = fit_gp(
      {data.x, Eigen::VectorXd::Ones(20), Eigen::VectorXd::Constant(20, 1e-6), {}, 0.2}, {}, rng);
  EXPECT_DOUBLE_EQ(floor.hyperparameters.kernel(0), 0.04);
}

TEST(FitGp, SurvivesDuplicatesOutliersAndExtremeUnits) {
  Data data = smooth_data(2, 30, 41);
  data.noise.setZero();
  Rng rng(1);
  Eigen::MatrixXd twice(2, 60);
  twice << data.x, data.x;
  Eigen::VectorXd y(60);
  y << data.y, data.y;
  EXPECT_TRUE(fit_gp({twice, y, Eigen::VectorXd::Zero(60)}, {}, rng)
                  .model.predict(data.x)
                  .mean.allFinite());
  data.y(7) = 1e6;
  EXPECT_TRUE(fit_gp(data, {}, rng).model.predict(data.x).mean.allFinite());
  for (const double unit : {1e-60, 1e60}) {
    const Data plain = smooth_data(2, 30, 42);
    const GpFit fit = fit_gp({plain.x, unit * plain.y, unit * unit * plain.noise}, {}, rng);
    EXPECT_LT((fit.model.predict(plain.x).mean - unit * plain.y).norm(), 0.5 * unit);
  }
}

TEST(FitGp, RefusesBadInputByName) {
  const Data data = smooth_data(2, 5, 1);
  Rng rng(1);
  Eigen::VectorXd bad = data.y;
  bad(0) = NAN;
  const auto message = [](const std::function<void()>& call) {
    try {
      call();
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message([&] {
                (void)fit_gp({data.x, bad, data.noise}, {}, rng);
              }),
              ::testing::HasSubstr("fit_gp: y"));
  EXPECT_THAT(message([&] { (void)fit_gp(data, {}, rng, testing::some_hyperparameters(3)); }),
              ::testing::HasSubstr("fit_gp: previous"));
}

TEST(FitOptions, DefaultsAreValidAndBadFieldsAreRefusedByName) {
  EXPECT_NO_THROW(validate(FitOptions{}));
  const std::vector<std::pair<std::string, std::function<void(FitOptions&)>>> cases = {
      {"lengthscale", [](FitOptions& o) { o.min_lengthscale = 0; }},
      {"lengthscale", [](FitOptions& o) { o.max_lengthscale = 1e-3; }},
      {"signal", [](FitOptions& o) { o.min_signal = -1; }},
      {"nugget", [](FitOptions& o) { o.max_nugget = NAN; }},
      {"signal_log_scale", [](FitOptions& o) { o.signal_log_scale = 0; }},
      {"nugget_log_location", [](FitOptions& o) { o.nugget_log_location = NAN; }},
      {"nugget_log_scale", [](FitOptions& o) { o.nugget_log_scale = 0; }},
      {"starts", [](FitOptions& o) { o.starts = 0; }},
      {"start_evaluations", [](FitOptions& o) { o.start_evaluations = 0; }},
      {"warm_evaluations", [](FitOptions& o) { o.warm_evaluations = 0; }},
      {"tolerance", [](FitOptions& o) { o.tolerance = 0; }},
      {"probe_points", [](FitOptions& o) { o.probe_points = 15; }},
      {"block", [](FitOptions& o) { o.gp.block = 0; }},
  };
  for (const auto& [name, spoil] : cases) {
    FitOptions options;
    spoil(options);
    try {
      validate(options);
      ADD_FAILURE() << name << " was not refused";
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr(name));
    }
  }
}

}  // namespace
}  // namespace foray::surrogate::gp_training_test
