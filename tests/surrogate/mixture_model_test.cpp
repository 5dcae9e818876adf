#include "foray/surrogate/mixture_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "foray/surrogate/extended_model.h"
#include "foray/surrogate/shifted_model.h"
#include "gp_cases.h"

namespace foray::surrogate::mixture_model_test {
namespace {

using Eigen::MatrixXd;
using Eigen::Vector2d;
using Eigen::VectorXd;

struct Mixture {
  testing::Data data = testing::smooth_data(2, 15, 61);
  std::vector<Gp> parts = {make_gp(data, hyperparameters(1.7, Vector2d(.4, .9), 3e-4)),
                           make_gp(data, hyperparameters(0.6, Vector2d(.2, .3), 2e-2)),
                           make_gp(data, hyperparameters(5.0, Vector2d(1.5, .5), 1e-5))};
  std::unique_ptr<Model> model =
      mix_models({std::make_shared<Gp>(parts[0]), std::make_shared<Gp>(parts[1]),
                  std::make_shared<Gp>(parts[2])});
  MatrixXd points = testing::smooth_data(2, 7, 62).x;
};

TEST(MixtureModel, HasTheMomentsOfItsMembers) {
  const Mixture m;
  const Posterior posterior = m.model->predict(m.points);
  const Posterior prior = m.model->prior(m.points);
  for (Eigen::Index j = 0; j < m.points.cols(); ++j) {
    // First and second moments of f, by hand.
    double first = 0, second = 0, prior_first = 0, prior_second = 0;
    for (const Gp& part : m.parts) {
      const Posterior one = part.predict(m.points.col(j));
      first += one.mean(0) / 3;
      second += (one.variance(0) + one.mean(0) * one.mean(0)) / 3;
      const Posterior before = part.prior(m.points.col(j));
      prior_first += before.mean(0) / 3;
      prior_second += (before.variance(0) + before.mean(0) * before.mean(0)) / 3;
    }
    EXPECT_NEAR(posterior.mean(j), first, 1e-12);
    EXPECT_NEAR(posterior.variance(j), second - first * first, 1e-12);
    EXPECT_NEAR(m.model->predict_mean(m.points)(j), first, 1e-12);
    EXPECT_NEAR(prior.mean(j), prior_first, 1e-12);
    EXPECT_NEAR(prior.variance(j), prior_second - prior_first * prior_first, 1e-12);
  }
}

TEST(MixtureModel, JointAndCrossCovariancesAreThoseOfTheMixture) {
  const Mixture m;
  const JointPosterior joint = m.model->joint(m.points);
  VectorXd first = VectorXd::Zero(m.points.cols());
  MatrixXd second = MatrixXd::Zero(m.points.cols(), m.points.cols());
  for (const Gp& part : m.parts) {
    const JointPosterior one = part.joint(m.points);
    first += one.mean / 3;
    second += (one.covariance + one.mean * one.mean.transpose()) / 3;
  }
  const MatrixXd expected = second - first * first.transpose();
  EXPECT_LT((joint.mean - first).norm(), 1e-12);
  EXPECT_LT((joint.covariance - expected).norm(), 1e-12);
  const MatrixXd left = m.points.leftCols(3);
  const MatrixXd right = m.points.rightCols(4);
  EXPECT_LT((m.model->cross_covariance(left, right) - expected.topRightCorner(3, 4)).norm(), 1e-12);
  EXPECT_LT((m.model->covariance_to(right)->values(left) - expected.topRightCorner(3, 4)).norm(),
            1e-12);
}

TEST(MixtureModel, GradientsMatchCentralDifferences) {
  const Mixture m;
  const Vector2d at(.37, .58);
  const PosteriorGradient gradient = m.model->predict_with_gradient(at);
  EXPECT_NEAR(gradient.mean, m.model->predict(at).mean(0), 1e-12);
  EXPECT_NEAR(gradient.variance, m.model->predict(at).variance(0), 1e-12);
  const auto covariance = m.model->covariance_to(m.points);
  const MatrixXd both = covariance->with_gradient(at);
  EXPECT_LT((both.row(0) - covariance->values(at)).norm(), 1e-12);
  for (int i = 0; i < 2; ++i) {
    const Vector2d up = at + 1e-5 * Vector2d::Unit(i);
    const Vector2d down = at - 1e-5 * Vector2d::Unit(i);
    const Posterior above = m.model->predict(up);
    const Posterior below = m.model->predict(down);
    EXPECT_NEAR(gradient.mean_gradient(i), (above.mean(0) - below.mean(0)) / 2e-5, 1e-6);
    EXPECT_NEAR(gradient.variance_gradient(i), (above.variance(0) - below.variance(0)) / 2e-5,
                1e-6);
    const MatrixXd slope = (covariance->values(up) - covariance->values(down)) / 2e-5;
    EXPECT_LT((both.row(1 + i) - slope).norm(), 1e-6);
  }
}

TEST(MixtureModel, ConditionsEachMemberOnWhatIsInFlight) {
  const Mixture m;
  const Vector2d noise(.1, .2);
  const auto pending = m.model->condition_on_pending(m.points.leftCols(2), noise);
  ASSERT_EQ(pending->members().size(), 3U);
  for (std::size_t s = 0; s < 3; ++s)
    EXPECT_EQ(
        pending->members()[s]->predict(m.points).variance,
        m.parts[s].condition_on_pending(m.points.leftCols(2), noise)->predict(m.points).variance);
  EXPECT_LT((pending->predict(m.points).mean - m.model->predict(m.points).mean).norm(), 1e-9);
  EXPECT_LT(pending->predict(m.points).variance(0), m.model->predict(m.points).variance(0));
}

TEST(MixtureModel, DrawsPathsOfEachMember) {
  const Mixture m;
  Rng rng(3);
  constexpr int kPaths = 300;
  std::vector<double> values;
  const Vector2d at(.9, .05);
  for (int i = 0; i < kPaths; ++i) values.push_back(m.model->draw_path(rng)->evaluate(at)(0));
  const Eigen::Map<const VectorXd> all(values.data(), kPaths);
  const Posterior expected = m.model->predict(at);
  // Four standard errors.
  EXPECT_NEAR(all.mean(), expected.mean(0), 4 * std::sqrt(expected.variance(0) / kPaths));
  EXPECT_NEAR((all.array() - all.mean()).square().mean() / expected.variance(0), 1, 0.5);
}

TEST(MixtureModel, LeavesOneOutByTheMomentsOfItsMembers) {
  const Mixture m;
  const LeaveOneOut out = m.model->left_out().value();
  double first = 0, second = 0;
  for (const Gp& part : m.parts) {
    const LeaveOneOut one = part.leave_one_out();
    first += one.mean(4) / 3;
    second += (one.variance(4) + one.mean(4) * one.mean(4)) / 3;
  }
  EXPECT_NEAR(out.mean(4), first, 1e-12);
  EXPECT_NEAR(out.variance(4), second - first * first, 1e-12);
  EXPECT_NEAR(out.error(4), m.parts[0].data_y()(4) - first, 1e-12);
}

TEST(MixtureModel, StaysOneWhenItIsShiftedOrExtended) {
  const Mixture m;
  const auto shifted =
      shift_model(m.model->condition_on_pending(MatrixXd(2, 0), VectorXd(0)),
                  std::make_shared<const KnownMean>([](const Eigen::Ref<const MatrixXd>& x) {
                    return VectorXd(x.row(0).transpose());
                  }));
  EXPECT_EQ(shifted->members().size(), 3U);
  EXPECT_LT((shifted->predict(m.points).mean - m.model->predict(m.points).mean -
             m.points.row(0).transpose())
                .norm(),
            1e-12);
  // A Gp of one coordinate whose only feature is what the models of two then see.
  const Gp line =
      make_gp(Eigen::RowVectorXd::LinSpaced(4, 0, 1), Eigen::Vector4d(-2, 0, 1, 3),
              Eigen::Vector4d::Constant(.01), hyperparameters(4.0, VectorXd::Constant(1, .5), 0));
  const auto features = std::make_shared<const Features>(
      std::vector<std::shared_ptr<const Model>>{std::make_shared<Gp>(line)});
  const auto extended =
      extend_model(m.model->condition_on_pending(MatrixXd(2, 0), VectorXd(0)), features);
  EXPECT_EQ(extended->members().size(), 3U);
  const Eigen::RowVectorXd at = Eigen::RowVectorXd::LinSpaced(5, .1, .8);
  EXPECT_LT(
      (extended->predict(at).variance - m.model->predict(features->extend(at)).variance).norm(),
      1e-12);
}

TEST(MixtureModel, RefusesNoneANullOneAndDifferentDimensions) {
  EXPECT_THROW((void)mix_models({}), std::invalid_argument);
  EXPECT_THROW((void)mix_models({nullptr}), std::invalid_argument);
  const Mixture m;
  const Gp line =
      make_gp(Eigen::RowVectorXd::LinSpaced(4, 0, 1), Eigen::Vector4d(-2, 0, 1, 3),
              Eigen::Vector4d::Constant(.01), hyperparameters(4.0, VectorXd::Constant(1, .5), 0));
  EXPECT_THROW((void)mix_models({std::make_shared<Gp>(m.parts[0]), std::make_shared<Gp>(line)}),
               std::invalid_argument);
}

}  // namespace
}  // namespace foray::surrogate::mixture_model_test
