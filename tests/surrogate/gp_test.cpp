#include "foray/surrogate/gp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gp_cases.h"

namespace foray::surrogate::gp_test {
namespace {

using testing::Data;
using testing::kKernels;
using testing::smooth_data;
using testing::some_hyperparameters;

constexpr MeanKind kMeans[] = {MeanKind::kGeneralisedLeastSquares, MeanKind::kSampleMean,
                               MeanKind::kFixed, MeanKind::kLinear};

GpOptions with(KernelKind kernel, MeanKind mean = MeanKind::kGeneralisedLeastSquares) {
  GpOptions options;
  options.kernel = kernel;
  options.mean = mean;
  options.fixed_mean = 0.3;
  return options;
}

TEST(LogMarginalLikelihood, GradientMatchesCentralDifference) {
  const Data data = smooth_data(3, 60, 5);
  const Eigen::VectorXd packed = pack(some_hyperparameters(3));
  for (const KernelKind kernel : kKernels) {
    for (const MeanKind mean : kMeans) {
      const GpOptions options = with(kernel, mean);
      const auto value = [&](const Eigen::VectorXd& p) {
        return log_marginal_likelihood(data.x, data.y, data.noise, unpack(p), options, false).value;
      };
      const Eigen::VectorXd gradient =
          log_marginal_likelihood(data.x, data.y, data.noise, unpack(packed), options, true)
              .gradient;
      ASSERT_EQ(gradient.size(), packed.size());
      for (Eigen::Index i = 0; i < packed.size(); ++i) {
        Eigen::VectorXd up = packed;
        Eigen::VectorXd down = packed;
        const double step = 1e-5 * packed(i);
        up(i) += step;
        down(i) -= step;
        const double difference = (value(up) - value(down)) / (2 * step);
        EXPECT_NEAR(gradient(i), difference, 1e-5 * std::max(1.0, std::abs(difference))) << i;
      }
    }
  }
}

TEST(MakeGp, PosteriorSatisfiesTheNormalEquations) {
  const Data data = smooth_data(2, 30, 2);
  const Hyperparameters h = some_hyperparameters(2);
  for (const KernelKind kernel : kKernels) {
    const Gp gp = make_gp(data.x, data.y, data.noise, h, with(kernel));
    // mean(X) = m + K a and (K + V) a = y - m give y - mean(X) = V a, K a = mean(X) - m.
    const Eigen::VectorXd mean = gp.predict(data.x).mean;
    const Eigen::VectorXd a = (data.y - mean).array() / (data.noise.array() + h.nugget);
    const Eigen::MatrixXd k = Kernel(kernel, 2).covariance(h.kernel, data.x, data.x);
    // The mean is rounded to eps |K| |a|, which the noise divides and K multiplies.
    const double tolerance = std::numeric_limits<double>::epsilon() * k.squaredNorm() * a.norm() /
                             (data.noise.array() + h.nugget).minCoeff();
    EXPECT_LT(tolerance, 1e-6);
    EXPECT_LT((k * a - (mean.array() - gp.prior_mean()).matrix()).norm(), tolerance);
  }
}

TEST(MakeGp, InterpolatesTrainingDataWhenNoiseIsSmall) {
  Data data = smooth_data(2, 25, 4);
  data.noise.setConstant(1e-12);
  const Gp gp =
      make_gp(data.x, data.y, data.noise, hyperparameters(1.0, Eigen::Vector2d(.3, .3), 0));
  const Posterior posterior = gp.predict(data.x);
  EXPECT_LT((posterior.mean - data.y).cwiseAbs().maxCoeff(), 1e-8);
  EXPECT_LT(posterior.variance.maxCoeff(), 1e-10);
}

TEST(MakeGp, TendsToThePriorFarFromTheData) {
  const Data data = smooth_data(2, 25, 4);
  const Gp gp = make_gp(data.x, data.y, data.noise, some_hyperparameters(2));
  const Posterior posterior = gp.predict(Eigen::Vector2d(1e3, -1e3));
  EXPECT_DOUBLE_EQ(posterior.mean(0), gp.prior_mean());
  EXPECT_DOUBLE_EQ(posterior.variance(0), 1.7);
}

TEST(Gp, PriorIsWhatThePosteriorTendsTo) {
  const Data data = smooth_data(2, 20, 3);
  const Gp gp = make_gp(data, some_hyperparameters(2));
  const Eigen::MatrixXd far = Eigen::MatrixXd::Constant(2, 1, 1e3);
  EXPECT_NEAR(gp.predict(far).mean(0), gp.prior(far).mean(0), 1e-12);
  EXPECT_NEAR(gp.predict(far).variance(0), gp.prior(far).variance(0), 1e-12);
  // Of a kernel that varies with x, and a mean that does.
  GpOptions linear;
  linear.kernel = KernelKind::kLinear;
  linear.mean = MeanKind::kLinear;
  const Gp line = make_gp(data.x, data.y, data.noise, some_hyperparameters(2), linear);
  EXPECT_EQ(line.prior(data.x).mean, line.prior_mean(data.x));
  const Eigen::VectorXd expected =
      line.kernel().covariance(line.hyperparameters().kernel, data.x, data.x).diagonal();
  EXPECT_LT((line.prior(data.x).variance - expected).norm(), 1e-12);
  const auto pending = gp.condition_on_pending(far, Eigen::VectorXd::Zero(1));
  EXPECT_EQ(pending->prior(far).variance(0), gp.prior(far).variance(0));
  EXPECT_THROW((void)gp.prior(Eigen::MatrixXd::Zero(3, 1)), std::invalid_argument);
}

TEST(MakeGp, MeanFollowsTheOption) {
  const Data data = smooth_data(2, 25, 4);
  const Hyperparameters h = some_hyperparameters(2);
  EXPECT_DOUBLE_EQ(
      make_gp(data.x, data.y, data.noise, h, with(kKernels[2], kMeans[1])).prior_mean(),
      data.y.mean());
  EXPECT_DOUBLE_EQ(
      make_gp(data.x, data.y, data.noise, h, with(kKernels[2], kMeans[2])).prior_mean(), 0.3);
  // The least-squares mean is the fixed mean of largest likelihood.
  const Gp best = make_gp(data.x, data.y, data.noise, h, with(kKernels[2]));
  for (const double shift : {-1e-2, 1e-2}) {
    GpOptions options = with(kKernels[2], MeanKind::kFixed);
    options.fixed_mean = best.prior_mean() + shift;
    EXPECT_LT(make_gp(data.x, data.y, data.noise, h, options).log_marginal_likelihood(),
              best.log_marginal_likelihood());
  }
}

TEST(MakeGp, ALinearMeanGoesOnBeyondTheDataAndIsThatOfLeastSquares) {
  // A plane, almost without noise.
  Data data = smooth_data(2, 20, 9);
  data.y = (3 - 2 * data.x.row(0).array() + 5 * data.x.row(1).array()).matrix();
  data.mean = MeanKind::kLinear;
  const Gp gp = make_gp(data, some_hyperparameters(2));
  const Eigen::Vector2d far(40, -30);
  EXPECT_NEAR(gp.predict(far).mean(0), 3 - 80 - 150, 1e-6);
  EXPECT_NEAR(gp.prior_mean(), 4.5, 1e-8);
  const PosteriorGradient gradient = gp.predict_with_gradient(far);
  EXPECT_NEAR(gradient.mean_gradient(0), -2, 1e-6);
  EXPECT_NEAR(gradient.mean_gradient(1), 5, 1e-6);
  Rng rng(1);
  EXPECT_NEAR(gp.draw_path(rng)->evaluate(data.x)(3), data.y(3), 0.2);
  // Two points leave a slope open: the smallest plane through them is taken.
  Data two{data.x.leftCols(2), data.y.head(2), data.noise.head(2)};
  two.mean = MeanKind::kLinear;
  EXPECT_TRUE(make_gp(two, some_hyperparameters(2)).predict(far).mean.allFinite());
}

TEST(Gp, ThreadsChangeNoBit) {
  const Data data = smooth_data(3, 600, 12);
  const Eigen::MatrixXd points = smooth_data(3, 700, 13).x;
  GpOptions one;
  GpOptions four;
  four.threads = 4;
  const Hyperparameters h = some_hyperparameters(3);
  EXPECT_EQ(log_marginal_likelihood(data, h, one, true).gradient,
            log_marginal_likelihood(data, h, four, true).gradient);
  const Gp single = make_gp(data, h, one);
  const Gp many = make_gp(data, h, four);
  EXPECT_EQ(single.log_marginal_likelihood(), many.log_marginal_likelihood());
  EXPECT_EQ(single.predict(points).mean, many.predict(points).mean);
  EXPECT_EQ(single.predict(points).variance, many.predict(points).variance);
}

TEST(Gp, GradientsInXMatchCentralDifference) {
  const Data data = smooth_data(3, 30, 7);
  const Eigen::Vector3d point(.31, .62, .47);
  for (const KernelKind kernel : kKernels) {
    const Gp gp = make_gp(data.x, data.y, data.noise, some_hyperparameters(3), with(kernel));
    const PosteriorGradient gradient = gp.predict_with_gradient(point);
    const Posterior here = gp.predict(point);
    EXPECT_NEAR(gradient.mean, here.mean(0), 1e-12);
    EXPECT_NEAR(gradient.variance, here.variance(0), 1e-12);
    for (int i = 0; i < 3; ++i) {
      const double step = 1e-5;
      const Posterior up = gp.predict(point + step * Eigen::Vector3d::Unit(i));
      const Posterior down = gp.predict(point - step * Eigen::Vector3d::Unit(i));
      EXPECT_NEAR(gradient.mean_gradient(i), (up.mean(0) - down.mean(0)) / (2 * step), 1e-6);
      EXPECT_NEAR(gradient.variance_gradient(i), (up.variance(0) - down.variance(0)) / (2 * step),
                  1e-6);
    }
  }
}

TEST(Gp, GradientsAreFiniteAtADataPoint) {
  const Data data = smooth_data(2, 10, 7);
  for (const KernelKind kernel : kKernels) {
    const Gp gp = make_gp(data.x, data.y, data.noise, some_hyperparameters(2), with(kernel));
    const PosteriorGradient gradient = gp.predict_with_gradient(data.x.col(3));
    EXPECT_TRUE(gradient.mean_gradient.allFinite());
    EXPECT_TRUE(gradient.variance_gradient.allFinite());
  }
}

TEST(Gp, BlocksDoNotChangeThePrediction) {
  const Data data = smooth_data(2, 20, 7);
  const Data points = smooth_data(2, 101, 8);
  GpOptions small = with(KernelKind::kMatern52);
  small.block = 7;
  const Posterior whole =
      make_gp(data.x, data.y, data.noise, some_hyperparameters(2)).predict(points.x);
  const Posterior pieces =
      make_gp(data.x, data.y, data.noise, some_hyperparameters(2), small).predict(points.x);
  EXPECT_LT((whole.mean - pieces.mean).norm(), 1e-12);
  EXPECT_LT((whole.variance - pieces.variance).norm(), 1e-12);
}

TEST(Gp, JointAgreesWithMarginalsAndDefaultCrossCovariance) {
  const Data data = smooth_data(2, 20, 7);
  const Data points = smooth_data(2, 12, 8);
  const Gp gp = make_gp(data.x, data.y, data.noise, some_hyperparameters(2));
  const JointPosterior joint = gp.joint(points.x);
  const Posterior marginal = gp.predict(points.x);
  EXPECT_LT((joint.mean - marginal.mean).norm(), 1e-12);
  EXPECT_LT((joint.covariance.diagonal() - marginal.variance).norm(), 1e-12);
  const Eigen::MatrixXd cross = static_cast<const Model&>(gp).Model::cross_covariance(
      points.x.leftCols(5), points.x.rightCols(7));
  EXPECT_LT((gp.cross_covariance(points.x.leftCols(5), points.x.rightCols(7)) - cross).norm(),
            1e-12);
}

TEST(Gp, CovarianceToReferencesAgreesWithCrossCovarianceAndItsDifferences) {
  const Data data = smooth_data(2, 20, 7);
  const Data references = smooth_data(2, 9, 8);
  const Data points = smooth_data(2, 4, 9);
  for (const KernelKind kernel : kKernels) {
    const Gp gp = make_gp(data.x, data.y, data.noise, some_hyperparameters(2), with(kernel));
    const auto covariance = gp.covariance_to(references.x);
    EXPECT_LT((covariance->values(points.x) - gp.cross_covariance(points.x, references.x)).norm(),
              1e-11);
    const auto reference = static_cast<const Model&>(gp).Model::covariance_to(references.x);
    EXPECT_LT((reference->values(points.x) - covariance->values(points.x)).norm(), 1e-11);
    const Eigen::MatrixXd exact = covariance->with_gradient(points.x.col(0));
    EXPECT_EQ(exact.rows(), 3);
    EXPECT_LT((exact.row(0) - covariance->values(points.x.col(0))).norm(), 1e-12);
    EXPECT_LT((exact - reference->with_gradient(points.x.col(0))).norm(), 1e-5);
    EXPECT_THROW((void)covariance->values(Eigen::MatrixXd::Zero(3, 1)), std::invalid_argument);
  }
}

TEST(Gp, AppendEqualsAFreshModel) {
  const Data data = smooth_data(2, 40, 9);
  const Data points = smooth_data(2, 15, 10);
  for (const MeanKind mean : kMeans) {
    const GpOptions options = with(KernelKind::kMatern52, mean);
    const Gp whole = make_gp(data.x, data.y, data.noise, some_hyperparameters(2), options);
    Gp grown = make_gp(data.x.leftCols(35), data.y.head(35), data.noise.head(35),
                       some_hyperparameters(2), options);
    grown =
        grown.append(data.x.middleCols(35, 1), data.y.segment(35, 1), data.noise.segment(35, 1));
    grown = grown.append(data.x.rightCols(4), data.y.tail(4), data.noise.tail(4));
    EXPECT_EQ(grown.data_count(), 40);
    EXPECT_NEAR(grown.log_marginal_likelihood(), whole.log_marginal_likelihood(), 1e-9);
    EXPECT_LT((grown.predict(points.x).mean - whole.predict(points.x).mean).norm(), 1e-10);
    EXPECT_LT((grown.predict(points.x).variance - whole.predict(points.x).variance).norm(), 1e-10);
  }
}

TEST(Gp, PendingPointsShrinkTheVarianceAsMeasuringWouldAndKeepTheMean) {
  const Data data = smooth_data(2, 30, 9);
  const Data pending = smooth_data(2, 4, 11);
  const Data points = smooth_data(2, 15, 10);
  const Gp before = make_gp(data.x, data.y, data.noise, some_hyperparameters(2));
  const std::unique_ptr<Model> model = before.condition_on_pending(pending.x, pending.noise);
  const Gp measured = before.append(pending.x, pending.y, pending.noise);
  EXPECT_LT((model->predict(points.x).mean - before.predict(points.x).mean).norm(), 1e-13);
  EXPECT_LT((model->predict(points.x).variance - measured.predict(points.x).variance).norm(),
            1e-13);
  EXPECT_LT((model->joint(points.x).covariance - measured.joint(points.x).covariance).norm(),
            1e-12);
  const PosteriorGradient gradient = model->predict_with_gradient(points.x.col(0));
  EXPECT_NEAR(gradient.mean, before.predict(points.x).mean(0), 1e-13);
  EXPECT_NEAR(gradient.variance, measured.predict(points.x).variance(0), 1e-13);
  // One by one is the same as all at once.
  std::unique_ptr<Model> stepwise =
      before.condition_on_pending(pending.x.leftCols(2), pending.noise.head(2));
  stepwise = stepwise->condition_on_pending(pending.x.rightCols(2), pending.noise.tail(2));
  EXPECT_LT((model->predict(points.x).variance - stepwise->predict(points.x).variance).norm(),
            1e-13);
  const Gp& gp = static_cast<const Gp&>(*model);
  EXPECT_EQ(gp.pending_count(), 4);
  EXPECT_EQ(gp.data_count(), 30);
  EXPECT_THROW((void)gp.append(pending.x, pending.y, pending.noise), std::logic_error);
  EXPECT_EQ(before.condition_on_pending(Eigen::MatrixXd(2, 0), Eigen::VectorXd(0))
                ->predict(points.x)
                .mean,
            before.predict(points.x).mean);
}

TEST(Gp, LeaveOneOutEqualsLeavingOut) {
  const Data data = smooth_data(2, 12, 13);
  const GpOptions options = with(KernelKind::kMatern52, MeanKind::kFixed);
  const Hyperparameters h = some_hyperparameters(2);
  const LeaveOneOut out = make_gp(data.x, data.y, data.noise, h, options).leave_one_out();
  for (Eigen::Index i = 0; i < 12; ++i) {
    Eigen::MatrixXd x(2, 11);
    Eigen::VectorXd y(11);
    Eigen::VectorXd noise(11);
    for (Eigen::Index j = 0, k = 0; j < 12; ++j) {
      if (j == i) continue;
      x.col(k) = data.x.col(j);
      y(k) = data.y(j);
      noise(k++) = data.noise(j);
    }
    const Posterior left = make_gp(x, y, noise, h, options).predict(data.x.col(i));
    EXPECT_NEAR(out.mean(i), left.mean(0), 1e-10);
    EXPECT_NEAR(out.variance(i), left.variance(0) + data.noise(i) + h.nugget, 1e-10);
  }
}

TEST(MakeGp, UnitsOfTheObservableOnlyScale) {
  const Data data = smooth_data(2, 20, 14);
  const Data points = smooth_data(2, 5, 15);
  const Hyperparameters h = some_hyperparameters(2);
  Hyperparameters scaled = h;
  scaled.kernel(0) *= 1e12;
  scaled.nugget *= 1e12;
  const Posterior plain = make_gp(data.x, data.y, data.noise, h).predict(points.x);
  const Posterior micro =
      make_gp(data.x, 1e6 * data.y, 1e12 * data.noise, scaled).predict(points.x);
  EXPECT_TRUE(micro.mean.isApprox(1e6 * plain.mean, 1e-10));
  EXPECT_TRUE(micro.variance.isApprox(1e12 * plain.variance, 1e-8));
}

TEST(MakeGp, ALargeOffsetOfTheObservableLosesNoDigits) {
  const Data data = smooth_data(2, 20, 14);
  const Hyperparameters h = some_hyperparameters(2);
  const Eigen::VectorXd lifted = data.y.array() + 1e6;
  const Posterior plain = make_gp(data.x, data.y, data.noise, h).predict(data.x);
  const Posterior offset = make_gp(data.x, lifted, data.noise, h).predict(data.x);
  EXPECT_LT((offset.mean.array() - 1e6 - plain.mean.array()).abs().maxCoeff(), 1e-8);
}

TEST(MakeGp, DuplicatesWithoutNoiseGetReportedJitter) {
  Eigen::MatrixXd x(2, 10);
  x.colwise() = Eigen::Vector2d(.3, .6);
  const Gp gp = make_gp(x, Eigen::VectorXd::Constant(10, 2.0), Eigen::VectorXd::Constant(10, 1e-16),
                        hyperparameters(1.0, Eigen::Vector2d(.2, .2), 0));
  EXPECT_GT(gp.jitter(), 0);
  EXPECT_LE(gp.jitter(), 1e-8);
  EXPECT_NEAR(gp.predict(Eigen::Vector2d(.3, .6)).mean(0), 2.0, 1e-6);
  const Gp grown = gp.append(x, Eigen::VectorXd::Constant(10, 2.0), Eigen::VectorXd::Zero(10));
  EXPECT_TRUE(grown.predict(x).mean.allFinite());
}

TEST(MakeGp, WorksWithOnePoint) {
  const Gp gp =
      make_gp(Eigen::Vector2d(.5, .5), Eigen::VectorXd::Constant(1, 3.0),
              Eigen::VectorXd::Constant(1, .1), hyperparameters(2.0, Eigen::Vector2d(.2, .2), 0));
  EXPECT_EQ(gp.jitter(), 0);
  EXPECT_DOUBLE_EQ(gp.predict(Eigen::Vector2d(.5, .5)).mean(0), 3.0);
  EXPECT_NEAR(gp.predict(Eigen::Vector2d(.5, .5)).variance(0), 2.0 - 4.0 / 2.1, 1e-14);
}

TEST(MakeGp, RefusesBadInputByName) {
  const Data data = smooth_data(2, 5, 1);
  const Hyperparameters h = some_hyperparameters(2);
  const auto message = [&](const Eigen::MatrixXd& x, const Eigen::VectorXd& y,
                           const Eigen::VectorXd& noise, const Hyperparameters& parameters) {
    try {
      (void)make_gp(x, y, noise, parameters);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("nothing was refused");
  };
  using ::testing::HasSubstr;
  Eigen::MatrixXd bad_x = data.x;
  bad_x(1, 2) = std::numeric_limits<double>::infinity();
  EXPECT_THAT(message(bad_x, data.y, data.noise, h), HasSubstr("make_gp: x"));
  Eigen::VectorXd bad = data.y;
  bad(3) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(message(data.x, bad, data.noise, h), HasSubstr("make_gp: y"));
  EXPECT_THAT(message(data.x, data.y, bad, h), HasSubstr("make_gp: noise_variance"));
  bad = data.noise;
  bad(1) = -1e-3;
  EXPECT_THAT(message(data.x, data.y, bad, h), HasSubstr(">= 0, got -0.001 at index 1"));
  EXPECT_THAT(message(data.x, data.y.head(4), data.noise, h),
              HasSubstr("x has 5 points but y has 4"));
  EXPECT_THAT(message(data.x, data.y, data.noise.head(2), h), HasSubstr("noise_variance has 2"));
  EXPECT_THAT(message(Eigen::MatrixXd(2, 0), data.y.head(0), data.noise.head(0), h),
              HasSubstr("at least one point"));
  EXPECT_THAT(message(data.x, data.y, data.noise, some_hyperparameters(3)),
              HasSubstr("expected 3 kernel parameters (matern52.variance, "
                        "matern52.lengthscale[0], matern52.lengthscale[1]), got 4"));
  Hyperparameters wrong = h;
  wrong.kernel(0) = 0;
  EXPECT_THAT(message(data.x, data.y, data.noise, wrong),
              HasSubstr("matern52.variance must be finite and > 0, got 0"));
  wrong = h;
  wrong.nugget = -1;
  EXPECT_THAT(message(data.x, data.y, data.noise, wrong), HasSubstr("nugget"));
}

TEST(Gp, RefusesBadPointsByName) {
  const Data data = smooth_data(2, 5, 1);
  const Gp gp = make_gp(data.x, data.y, data.noise, some_hyperparameters(2));
  EXPECT_THROW((void)gp.predict(Eigen::MatrixXd::Zero(3, 1)), std::invalid_argument);
  EXPECT_THROW((void)gp.predict(Eigen::Vector2d(NAN, 0)), std::invalid_argument);
  EXPECT_THROW((void)gp.predict_with_gradient(Eigen::Vector2d(NAN, 0)), std::invalid_argument);
  EXPECT_THROW((void)gp.joint(Eigen::Vector2d(NAN, 0)), std::invalid_argument);
  EXPECT_THROW((void)gp.cross_covariance(data.x, Eigen::Vector2d(NAN, 0)), std::invalid_argument);
  EXPECT_THROW((void)gp.condition_on_pending(Eigen::Vector2d(NAN, 0), Eigen::VectorXd::Zero(1)),
               std::invalid_argument);
  EXPECT_THROW(
      (void)gp.condition_on_pending(Eigen::Vector2d(0, 0), Eigen::VectorXd::Constant(1, -1)),
      std::invalid_argument);
}

TEST(GpOptions, DefaultsAreValidAndBadFieldsAreRefusedByName) {
  EXPECT_NO_THROW(validate(GpOptions{}));
  const auto message = [](const GpOptions& options) {
    try {
      validate(options);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  GpOptions options;
  options.fixed_mean = NAN;
  EXPECT_THAT(message(options), ::testing::HasSubstr("fixed_mean"));
  options = {};
  options.path_features = 15;
  EXPECT_THAT(message(options), ::testing::HasSubstr("path_features"));
  options = {};
  options.block = 0;
  EXPECT_THAT(message(options), ::testing::HasSubstr("block"));
}

}  // namespace
}  // namespace foray::surrogate::gp_test
