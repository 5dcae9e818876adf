#include "terms.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models.h"

namespace foray::optimizer::terms_test {
namespace {

using testing::difference;
using testing::gp_of;

constexpr unsigned kSeeds[] = {1, 2, 3};

// Three class-like functions and the marginals of their models.
struct Classes {
  std::vector<surrogate::Gp> models;
  Eigen::MatrixXd references;

  Classes() {
    for (const unsigned seed : kSeeds)
      models.push_back(gp_of(2, 15, 7, 0.3, 1e-4, [seed](const Eigen::VectorXd& x) {
        return std::sin(4 * x(0) + seed) + std::cos(3 * x(1) * seed);
      }));
    references = Eigen::MatrixXd::Random(2, 1);
    Rng rng(5);
    std::uniform_real_distribution<double> uniform;
    references.resize(2, 40);
    for (double& value : references.reshaped()) value = uniform(rng);
  }

  [[nodiscard]] Marginals at(const Eigen::MatrixXd& x) const {
    Marginals result{x, {}};
    for (const surrogate::Gp& model : models) result.of.push_back(model.predict(x));
    return result;
  }

  [[nodiscard]] PointMarginals at_point(const Eigen::VectorXd& x) const {
    PointMarginals result{x, {}};
    for (const surrogate::Gp& model : models) result.of.push_back(model.predict_with_gradient(x));
    return result;
  }

  [[nodiscard]] std::unique_ptr<BoundaryTerm> boundary() const {
    const Marginals here = at(references);
    std::vector<BoundaryTerm::Reference> all;
    for (Eigen::Index u = 0; u < references.cols(); ++u)
      all.push_back(
          {find_rivals({here.of[0].mean(u), here.of[1].mean(u), here.of[2].mean(u)},
                       {here.of[0].variance(u), here.of[1].variance(u), here.of[2].variance(u)}),
           1 + 0.01 * static_cast<double>(u)});
    std::vector<std::unique_ptr<surrogate::CovarianceTo>> covariances;
    for (const surrogate::Gp& model : models)
      covariances.push_back(model.covariance_to(references));
    return std::make_unique<BoundaryTerm>(std::vector<std::size_t>{0, 1, 2}, std::move(covariances),
                                          all, std::vector<double>{0.01, 0.02, 0.03});
  }

  [[nodiscard]] std::vector<std::unique_ptr<Term>> all_terms() const {
    std::vector<std::unique_ptr<Term>> terms;
    terms.push_back(std::make_unique<PointTerm>(
        1, [](double m, double v) { return log_expected_improvement(m, v, 1.5, true); }));
    terms.push_back(std::make_unique<VarianceTerm>(std::vector<std::size_t>{0, 2}));
    terms.push_back(std::make_unique<MarginTerm>(
        std::vector<std::size_t>{0, 1, 2},
        [](double m, double v) { return softened(straddle(m, v, 0, 1.96), 0, 0.1); }));
    terms.push_back(std::make_unique<ReductionTerm>(0, models[0].covariance_to(references),
                                                    Eigen::VectorXd::LinSpaced(40, 0.5, 2), 0.01));
    terms.push_back(boundary());
    return terms;
  }
};

TEST(Terms, GradientsMatchCentralDifferenceAndBatchesMatchPoints) {
  const Classes classes;
  const std::vector<std::unique_ptr<Term>> terms = classes.all_terms();
  for (std::size_t t = 0; t < terms.size(); ++t)
    for (const Eigen::Vector2d& point : {Eigen::Vector2d(.31, .62), Eigen::Vector2d(.83, .14)}) {
      Eigen::VectorXd gradient;
      const double value = terms[t]->log_value(classes.at_point(point), gradient);
      EXPECT_NEAR(value, terms[t]->log_values(classes.at(point))(0), 1e-9) << t;
      const Eigen::VectorXd expected = difference(
          [&](const Eigen::VectorXd& x) { return terms[t]->log_values(classes.at(x))(0); }, point);
      EXPECT_LT((gradient - expected).norm(), 1e-3 * std::max(1.0, expected.norm())) << t;
    }
}

TEST(ReductionTerm, IsTheVarianceThatMeasuringRemoves) {
  const Classes classes;
  const surrogate::Gp& model = classes.models[0];
  const Eigen::VectorXd weights = Eigen::VectorXd::LinSpaced(40, 0.5, 2);
  const ReductionTerm term(0, model.covariance_to(classes.references), weights, 0.01);
  const Eigen::Vector2d point(.4, .8);
  const auto after = model.condition_on_pending(point, Eigen::VectorXd::Constant(1, 0.01));
  const double removed = weights.dot(model.predict(classes.references).variance -
                                     after->predict(classes.references).variance);
  EXPECT_NEAR(std::exp(term.log_values(classes.at(point))(0)), removed, 1e-10);
}

TEST(BoundaryTerm, IsTheSumOfTheReductionsAtItsReferences) {
  const Classes classes;
  const Eigen::Vector2d point(.4, .8);
  const double noise[] = {0.01, 0.02, 0.03};
  const Marginals here = classes.at(classes.references);
  double sum = 0;
  for (Eigen::Index u = 0; u < 40; ++u) {
    const Rivals rivals =
        find_rivals({here.of[0].mean(u), here.of[1].mean(u), here.of[2].mean(u)},
                    {here.of[0].variance(u), here.of[1].variance(u), here.of[2].variance(u)});
    double removed = 0;
    for (const std::size_t k : {rivals.first, rivals.second}) {
      const double c = classes.models[k].cross_covariance(point, classes.references.col(u))(0, 0);
      removed += c * c / (classes.models[k].predict(point).variance(0) + noise[k]);
    }
    sum += (1 + 0.01 * static_cast<double>(u)) *
           expected_error_reduction(rivals.margin / std::sqrt(rivals.variance),
                                    std::sqrt(removed / rivals.variance));
  }
  EXPECT_NEAR(std::exp(classes.boundary()->log_values(classes.at(point))(0)), sum, 1e-7 * sum);
}

TEST(FindRivals, TakesTheLeaderAndWhomItLeadsLeastSurely) {
  const Rivals rivals = find_rivals({0.1, 0.9, 0.5, 0.3}, {1e-4, 1e-4, 1e-4, 1.0});
  EXPECT_EQ(rivals.first, 1u);
  EXPECT_EQ(rivals.second, 3u);
  EXPECT_NEAR(rivals.margin, 0.6, 1e-15);
  EXPECT_NEAR(rivals.variance, 1.0001, 1e-15);
}

TEST(LogSoftplus, MeetsAtItsThresholdsAndHasItsDerivative) {
  for (const double at : {-35.0, 35.0}) {
    EXPECT_NEAR(log_softplus(at - 1e-9).value, log_softplus(at + 1e-9).value, 1e-8);
    EXPECT_NEAR(log_softplus(at - 1e-9).slope, log_softplus(at + 1e-9).slope, 1e-8);
  }
  for (const double t : {-50.0, -5.0, 0.0, 3.0, 60.0})
    EXPECT_NEAR(log_softplus(t).slope,
                (log_softplus(t + 1e-5).value - log_softplus(t - 1e-5).value) / 2e-5, 1e-8);
}

}  // namespace
}  // namespace foray::optimizer::terms_test
