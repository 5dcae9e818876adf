#include "foray/scattering/model_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "foray/common/random.h"
#include "foray/scattering/resolution.h"

namespace foray::scattering::model_fit_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const ModelValues kSphere = {{"scale", 0.02}, {"background", 0.05}, {"radius", 62}};

// A measured-looking curve: errors of 2 % and a floor, drawn from a normal distribution.
Curve simulated(const std::string& name, const ModelValues& values, std::uint64_t seed,
                const Polydispersities& distributions = {}, double spread = 0) {
  const Model subject(name);
  Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(60, 0.005, 0.25);
  const auto intensity = [&](const Eigen::VectorXd& q) {
    return subject.intensity(q, values, distributions);
  };
  if (spread > 0) {
    curve.dq = spread * curve.q;
    curve.intensity = smeared(curve.q, curve.dq, intensity);
  } else {
    curve.intensity = intensity(curve.q);
  }
  curve.sigma = (0.02 * curve.intensity.array() + 1e-3).matrix();
  CounterStream random(seed, 0);
  for (Eigen::Index i = 0; i < curve.q.size(); ++i) {
    curve.intensity[i] += curve.sigma[i] * random.normal();
  }
  return curve;
}

FreeParameter free(const std::string& name) { return {name, {}, {}, {}}; }
FreeParameter between(const std::string& name, double lower, double upper) {
  return {name, {}, lower, upper};
}

ModelFitOptions sphere_options() {
  ModelFitOptions options;
  options.free = {free("scale"), free("background"), between("radius", 20, 200)};
  return options;
}

double deviation(const FittedParameter& parameter, double truth) {
  return (parameter.estimate.value - truth) / std::sqrt(parameter.estimate.variance);
}

TEST(FitModel, FindsTheTruthFromLimitsAlone) {
  const ModelFit fit =
      fit_model(simulated("sphere", kSphere, 1), Model("sphere"), sphere_options());
  ASSERT_EQ(fit.status, ModelFitStatus::kConverged) << fit.note;
  EXPECT_LT(std::abs(deviation(fit.parameters[0], 0.02)), 4);
  EXPECT_LT(std::abs(deviation(fit.parameters[1], 0.05)), 4);
  EXPECT_LT(std::abs(deviation(fit.parameters[2], 62)), 4);
  EXPECT_LT(std::sqrt(fit.parameters[2].estimate.variance), 0.2);
  EXPECT_EQ(fit.degrees_of_freedom, 57);
  EXPECT_NEAR(fit.reduced_chi_squared(), 1, 0.75);  // 4 standard deviations of chi^2
  EXPECT_EQ(fit.values.at("sld_solvent"), 6);
  EXPECT_NEAR(fit.residuals().squaredNorm(), fit.chi_squared, 1e-9 * fit.chi_squared);
}

// Each of 300 fits covers the truth of each parameter with probability 0.6827. The number covered
// is binomial, so 3.9 standard deviations are left by chance once in 10^4; a covariance off by 15 %
// moves it by 4.4.
TEST(FitModel, CoversTheTruthAsOftenAsItsErrorsSay) {
  Polydispersities distributions;
  distributions["radius"] = {.kind = Distribution::kSchulz, .width = 0.12};
  ModelFitOptions options = sphere_options();
  options.free[2].start = 60;
  options.free.push_back({"radius_pd", 0.1, 0.01, 0.5});
  options.distributions = distributions;
  const Model sphere("sphere");
  const double truth[] = {0.02, 0.05, 62, 0.12};
  constexpr int kFits = 300;
  int covered[4] = {};
  double sum = 0;
  for (int i = 0; i < kFits; ++i) {
    const Curve curve =
        simulated("sphere", kSphere, 100 + static_cast<std::uint64_t>(i), distributions, 0.04);
    const ModelFit fit = fit_model(curve, sphere, options);
    ASSERT_EQ(fit.status, ModelFitStatus::kConverged) << i << ": " << fit.note;
    ASSERT_TRUE(fit.smeared);
    sum += fit.chi_squared;
    for (std::size_t k = 0; k < 4; ++k) {
      covered[k] += std::abs(deviation(fit.parameters[k], truth[k])) < 1 ? 1 : 0;
    }
  }
  const double expected = 0.6827 * kFits, sigma = std::sqrt(0.6827 * 0.3173 * kFits);
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(covered[k], expected, 3.9 * sigma) << k;
  // The sum of chi^2 has 300 x 56 degrees of freedom and a relative spread of 0.011.
  EXPECT_NEAR(sum / (kFits * 56.0), 1, 0.043);
}

TEST(FitModel, WithoutTheResolutionIsFarOff) {
  const Curve curve = simulated("sphere", kSphere, 5, {}, 0.08);
  const ModelFit with = fit_model(curve, Model("sphere"), sphere_options());
  ModelFitOptions sharp = sphere_options();
  sharp.smear = false;
  const ModelFit without = fit_model(curve, Model("sphere"), sharp);
  EXPECT_LT(with.reduced_chi_squared(), 1.75);
  EXPECT_GT(without.reduced_chi_squared(), 10);
}

// A slit takes one from the slope: the same curve without it gives another radius and a poor fit.
TEST(FitModel, TakesASlitIntoAccountAndIgnoresDqBesideIt) {
  const Model sphere("sphere");
  Curve curve = simulated("sphere", kSphere, 7);
  curve.slit_length = Eigen::VectorXd::Constant(curve.q.size(), 0.08);
  curve.slit_width = Eigen::VectorXd::Constant(curve.q.size(), 0.001);
  const SlitResolution slit(curve.q, curve.slit_length, curve.slit_width,
                            [&](const Eigen::VectorXd& q) { return sphere.intensity(q, kSphere); });
  curve.intensity = slit.smear(sphere.intensity(slit.nodes(), kSphere));
  curve.sigma = (0.02 * curve.intensity.array() + 1e-3).matrix();
  CounterStream random(8, 0);
  for (Eigen::Index i = 0; i < curve.q.size(); ++i) {
    curve.intensity[i] += curve.sigma[i] * random.normal();
  }
  curve.dq = 0.5 * curve.q;
  const ModelFit fit = fit_model(curve, sphere, sphere_options());
  ASSERT_EQ(fit.status, ModelFitStatus::kConverged) << fit.note;
  EXPECT_TRUE(fit.smeared);
  EXPECT_EQ(fit.data.slit_length, curve.slit_length);
  EXPECT_EQ(fit.data.dq.size(), 0);
  EXPECT_LT(std::abs(deviation(fit.parameters[0], 0.02)), 4);
  EXPECT_LT(std::abs(deviation(fit.parameters[1], 0.05)), 4);
  EXPECT_LT(std::abs(deviation(fit.parameters[2], 62)), 4);
  EXPECT_LT(fit.reduced_chi_squared(), 1.75);
  ModelFitOptions sharp = sphere_options();
  sharp.smear = false;
  EXPECT_GT(fit_model(curve, sphere, sharp).reduced_chi_squared(), 10);
}

TEST(FitModel, FitsAParticleWithItsStructureFactor) {
  const ModelValues truth = {
      {"background", 0.01}, {"radius", 45}, {"volfraction", 0.18}, {"radius_effective_mode", 1}};
  ModelFitOptions options;
  options.free = {free("background"), between("radius", 20, 100),
                  between("volfraction", 0.02, 0.4)};
  options.fixed = {{"radius_effective_mode", 1}};
  const char* kName = "sphere@hardsphere";
  const ModelFit fit = fit_model(simulated(kName, truth, 3), Model(kName), options);
  ASSERT_EQ(fit.status, ModelFitStatus::kConverged) << fit.note;
  EXPECT_LT(std::abs(deviation(fit.parameters[1], 45)), 4);
  EXPECT_LT(std::abs(deviation(fit.parameters[2], 0.18)), 4);
}

TEST(FitModel, NamesWhatTheCurveCannotTellApart) {
  ModelFitOptions options = sphere_options();
  options.free.push_back(between("sld", 0, 3));  // only the contrast's square times scale counts
  ModelFit fit = fit_model(simulated("sphere", kSphere, 2), Model("sphere"), options);
  EXPECT_EQ(fit.status, ModelFitStatus::kPoorlyDetermined);
  EXPECT_THAT(fit.note, HasSubstr("scale, sld"));
  EXPECT_EQ(fit.parameters[3].estimate.variance, 0);
  EXPECT_GT(fit.parameters[2].estimate.variance, 0);  // the radius is not touched by that
  EXPECT_TRUE(fit.parameters[2].determined);
}

TEST(FitModel, SaysWhichParameterEndedAtItsLimit) {
  ModelFitOptions options = sphere_options();
  options.free[2] = between("radius", 66, 90);
  const ModelFit fit = fit_model(simulated("sphere", kSphere, 2), Model("sphere"), options);
  EXPECT_EQ(fit.status, ModelFitStatus::kAtBound);
  EXPECT_THAT(fit.note, HasSubstr("radius"));
  EXPECT_TRUE(fit.parameters[2].at_bound);
  EXPECT_EQ(fit.parameters[2].estimate.value, 66);
}

// A step of the derivative further the bell would be narrower than its rod, which the model
// refuses.
TEST(FitModel, FitsUpToWhatTheModelAllows) {
  const Model barbell("barbell");
  Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(20, 0.01, 0.2);
  curve.intensity = barbell.intensity(curve.q, {{"radius_bell", 20.004}, {"length", 50}});
  curve.sigma = 0.02 * curve.intensity;
  ModelFitOptions options;
  options.free = {{"radius_bell", 24.0, 10.0, 60.0}};
  options.fixed = {{"length", 50}};
  const ModelFit fit = fit_model(curve, barbell, options);
  ASSERT_EQ(fit.status, ModelFitStatus::kConverged) << fit.note;
  EXPECT_NEAR(fit.parameters[0].estimate.value, 20.004, 1e-3);
}

TEST(FitModel, SaysWhenItDidNotSettle) {
  ModelFitOptions options = sphere_options();
  options.free[2] = {"radius", 100.0, 20.0, 200.0};
  options.max_iterations = 1;
  const ModelFit fit = fit_model(simulated("sphere", kSphere, 2), Model("sphere"), options);
  EXPECT_EQ(fit.status, ModelFitStatus::kNotConverged);
}

TEST(FitModel, SaysWhenThereAreTooFewPoints) {
  ModelFitOptions options = sphere_options();
  options.q = Range{0.1, 0.105};
  const ModelFit fit = fit_model(simulated("sphere", kSphere, 2), Model("sphere"), options);
  EXPECT_EQ(fit.status, ModelFitStatus::kTooFewPoints);
  EXPECT_THAT(fit.note, HasSubstr("points for 3 free parameters"));
}

TEST(FitModel, TakesErrorsFromTheScatterWhereTheCurveHasNone) {
  Curve curve = simulated("sphere", {{"scale", 0.02}, {"radius", 62}, {"background", 1}}, 8);
  curve.sigma.resize(0);
  const ModelFit fit = fit_model(curve, Model("sphere"), sphere_options());
  ASSERT_EQ(fit.status, ModelFitStatus::kConverged) << fit.note;
  EXPECT_FALSE(fit.errors_known);
  EXPECT_NEAR(fit.reduced_chi_squared(), 1, 1e-9);
  EXPECT_NEAR(fit.data.sigma[0] / fit.data.intensity[0], 0.021, 0.008);  // what was drawn
  EXPECT_LT(std::abs(deviation(fit.parameters[2], 62)), 4);
}

// Counts of three or four a point: weights from what was counted would favour the low ones and pull
// the level down by about one count.
TEST(FitModel, IsNotBiasedByTheWeightsOfFewCounts) {
  ModelFitOptions options;
  options.free = {free("background")};
  options.fixed = {{"scale", 0.0}};
  Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(400, 0.01, 0.2);
  curve.intensity.resize(400);
  CounterStream random(4, 0);
  for (double& count : curve.intensity) count = random.poisson(3.5);
  curve.sigma = curve.intensity.cwiseMax(1.0).cwiseSqrt();
  curve.counting = true;
  const ModelFit fit = fit_model(curve, Model("guinier"), options);
  ASSERT_EQ(fit.status, ModelFitStatus::kConverged) << fit.note;
  EXPECT_LT(std::abs(deviation(fit.parameters[0], 3.5)), 4);
  EXPECT_NEAR(fit.parameters[0].estimate.value, curve.intensity.mean(), 1e-3);
}

TEST(FitModel, RefusesWhatItCannotUse) {
  const Curve curve = simulated("sphere", kSphere, 2);
  const Model sphere("sphere");
  const auto fit = [&](const ModelFitOptions& options) { fit_model(curve, sphere, options); };
  struct Case {
    ModelFitOptions options;
    const char* message;
  };
  ModelFitOptions good = sphere_options(), fixed = good, pd = good, starts = good, range = good,
                  array = good;
  fixed.fixed = {{"radius", 50}};
  pd.distributions["raduis"] = {};
  starts.starts = 0;
  range.q = Range{0.2, 0.1};
  array.free.push_back(free("radius_pd"));
  array.distributions["radius"] = {.kind = Distribution::kArray, .values = {50}, .weights = {1}};
  const Case cases[] = {
      {{}, "free: expected at least one"},
      {{.free = {free("raduis")}}, "did you mean \"radius\""},
      {{.free = {free("raduis_pd")}}, "did you mean \"radius_pd\""},
      {{.free = {free("radius"), free("radius")}}, "radius: expected once"},
      {{.free = {between("radius", 80, 40)}}, "radius: expected a lower limit below the upper"},
      {{.free = {between("radius", -5, 40)}}, "radius: expected limits within 0"},
      {{.free = {{"radius", 90, 20, 80}}}, "radius: expected a start within its limits 20 .. 80"},
      {{.free = {free("scale")}, .fixed = {{"thickness", 5}}}, "no parameter \"thickness\""},
      {fixed, "either a free or a fixed"},
      {pd, "did you mean \"radius\""},
      {starts, "starts: expected at least 1, got 0"},
      {range, "q: expected finite lower < upper"},
      {array, "got an array"},
  };
  for (const Case& one : cases) {
    EXPECT_THAT([&] { fit(one.options); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(one.message)));
  }
  Curve bad = curve;
  bad.intensity[3] = std::nan("");
  EXPECT_THROW(fit_model(bad, sphere, good), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::model_fit_test
