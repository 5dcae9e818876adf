#include "foray/scattering/curve_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "foray/scattering/models.h"
#include "foray/scattering/resolution.h"

namespace foray::scattering::curve_table_test {
namespace {

double sphere(double q, double radius) {
  const double x = q * radius;
  const double f = 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
  return f * f;
}

IntensityOfQ each(double (*function)(double q)) {
  return [function](const Eigen::Ref<const Eigen::VectorXd>& q) {
    return Eigen::VectorXd(q.unaryExpr(function));
  };
}

CurveTable table_of(const SmoothCurve& curve) { return CurveTable({{1.0, &curve}}); }

double at(const CurveTable& table, double q) {
  return table.at(std::sqrt(q) * table.steps_per_root());
}

TEST(CurveTable, FollowsTheFringesOfASphereToAMillionthOfTheirHeight) {
  // 100 fringes: q R to 314.
  const auto function = [](double q) { return sphere(q, 628); };
  const SmoothCurve curve(each(function), 0.002, 0.5);
  const CurveTable table = table_of(curve);
  for (int i = 0; i <= 20000; ++i) {
    const double q = 0.002 + 0.498 * i / 20000;
    const double x = q * 628;
    const double crest = std::min(1.0, 9 / (x * x * x * x));
    EXPECT_NEAR(at(table, q), function(q), 1e-6 * crest) << q;
    EXPECT_NEAR(curve(q), function(q), 2e-7 * crest) << q;
  }
}

TEST(CurveTable, FollowsAPowerLawOverFourDecades) {
  const auto function = [](double q) { return std::pow(q, -4); };
  const SmoothCurve curve(each(function), 1e-4, 1);
  const CurveTable table = table_of(curve);
  for (int i = 0; i <= 5000; ++i) {
    const double q = std::pow(10, -4 + 4.0 * i / 5000);
    EXPECT_NEAR(at(table, q) / function(q), 1, 1e-6) << q;
  }
}

TEST(CurveTable, HoldsALineNarrowerThanItsFirstPanels) {
  const auto function = [](double q) { return std::exp(-0.5 * std::pow((q - 0.3) / 2e-4, 2)); };
  const CurveTable table = table_of(SmoothCurve(each(function), 0.01, 1));
  for (double q = 0.298; q < 0.302; q += 1.37e-5) EXPECT_NEAR(at(table, q), function(q), 1e-6);
}

TEST(CurveTable, StaysAtTheEndsValueBeyondThem) {
  const auto function = [](double q) { return 1 + q; };
  const SmoothCurve curve(each(function), 0.1, 1);
  const CurveTable table = table_of(curve);
  EXPECT_NEAR(at(table, 1), 2, 1e-9);
  EXPECT_NEAR(at(table, 0.1), 1.1, 1e-9);
  EXPECT_NEAR(at(table, 0), 1.1, 1e-3);  // two steps beyond the end
  EXPECT_NEAR(curve(0), 1.1, 1e-12);
  EXPECT_NEAR(curve(7), 2, 1e-12);
}

TEST(CurveTable, AddsCurvesWithTheirWeights) {
  const SmoothCurve one(each([](double q) { return q; }), 0.1, 1);
  const SmoothCurve two(each([](double q) { return 1 / q; }), 0.1, 1);
  const CurveTable table({{2.0, &one}, {0.5, &two}});
  EXPECT_NEAR(at(table, 0.4), 0.8 + 1.25, 2e-6);
  const SmoothCurve other(each([](double q) { return q; }), 0.1, 2);
  EXPECT_THROW(CurveTable({{1.0, &one}, {1.0, &other}}), std::invalid_argument);
  EXPECT_TRUE(CurveTable().empty());
}

TEST(SmoothCurve, IsSmearedAsByPinholeResolution) {
  const auto function = [](double q) { return sphere(q, 300); };
  const auto dq = [](double q) { return std::hypot(4e-4, 0.02 * q); };
  const SmoothCurve curve(each(function), 0.004, 0.3, dq);
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(97, 0.004, 0.3);
  const Eigen::VectorXd expected = smeared(q, q.unaryExpr(dq), each(function));
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    EXPECT_NEAR(curve(q[i]) / expected[i], 1, 1e-6) << q[i];
  }
}

TEST(SmoothCurve, TakesPolydisperseModels) {
  const Model subject = model("sphere@hardsphere");
  const Polydispersities spread = {{"radius", {.kind = Distribution::kSchulz, .width = 0.1}}};
  const SmoothCurve curve(
      [&](const Eigen::Ref<const Eigen::VectorXd>& q) {
        return subject.intensity(q, {{"radius", 80}}, spread);
      },
      0.003, 0.6);
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(301, 0.003, 0.6);
  const Eigen::VectorXd exact = subject.intensity(q, {{"radius", 80}}, spread);
  const CurveTable table = table_of(curve);
  for (Eigen::Index i = 0; i < q.size(); ++i) EXPECT_NEAR(at(table, q[i]) / exact[i], 1, 2e-6);
}

TEST(SmoothCurve, RefusesARangeOrAValueThatIsNone) {
  const auto function = [](double q) { return q; };
  EXPECT_THROW(SmoothCurve(each(function), 0, 1), std::invalid_argument);
  EXPECT_THROW(SmoothCurve(each(function), 1, 1), std::invalid_argument);
  EXPECT_THROW(SmoothCurve(each([](double q) { return std::sqrt(-q); }), 0.1, 1),
               std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::curve_table_test
