#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

#include "reference_case.h"

namespace foray::scattering::model_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ModelTable, HasTheModelsOfTheField) {
  const auto names = model_names();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  EXPECT_EQ(names.size(), 53U);
}

// Every default lies within its limits and gives a finite, positive intensity.
TEST(ModelTable, HasDefaultsThatCanBeEvaluated) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(3, 0.01, 0.2);
  for (const std::string& name : model_names()) {
    const Model subject(name);
    for (const ModelParameter& parameter : subject.parameters()) {
      EXPECT_GE(parameter.value, parameter.lower) << name << " " << parameter.name;
      EXPECT_LE(parameter.value, parameter.upper) << name << " " << parameter.name;
    }
    const Eigen::VectorXd got = subject.intensity(q);
    EXPECT_TRUE(got.allFinite()) << name;
    EXPECT_GT(got.minCoeff(), 0) << name;
  }
}

TEST(ModelTable, IsTheOneOfTheDocumentation) {
  std::ifstream file(std::string(FORAY_SOURCE_DIR) + "/docs/models.md");
  std::map<std::string, std::string> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("| `", 0) == 0) rows[line.substr(3, line.find('`', 3) - 3)] = line;
  }
  EXPECT_EQ(rows.size(), model_names().size());
  for (const std::string& name : model_names()) {
    const Model subject(name);
    for (const ModelParameter& parameter : subject.parameters()) {
      const std::string& word = parameter.name;
      // Numbered ones are written as the first and the last.
      const bool numbered =
          word.back() > '1' && word.back() <= '9' && rows[name].find("...") != std::string::npos;
      if (word == "scale" || word == "background" || numbered) continue;
      EXPECT_THAT(rows[name], HasSubstr("`" + word + "`")) << name;
    }
  }
}

TEST(ModelTable, ChecksEveryLimitOfEveryParameter) {
  const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 0.05);
  for (const std::string& name : model_names()) {
    const Model subject(name);
    for (const ModelParameter& parameter : subject.parameters()) {
      std::vector<double> bad = {std::nan(""), HUGE_VAL};
      if (std::isfinite(parameter.lower)) bad.push_back(parameter.lower - 1);
      if (parameter.above_lower) bad.push_back(parameter.lower);
      if (std::isfinite(parameter.upper)) bad.push_back(parameter.upper + 1);
      for (const double value : bad) {
        EXPECT_THAT(
            [&] {
              (void)subject.intensity(q, {{parameter.name, value}});
            },
            ThrowsMessage<std::invalid_argument>(HasSubstr(name + ": " + parameter.name)))
            << value;
      }
    }
  }
}

std::vector<std::string> names_of(const Model& subject) {
  std::vector<std::string> names;
  for (const ModelParameter& parameter : subject.parameters()) names.push_back(parameter.name);
  return names;
}

TEST(Model, NamesItsParametersAsTheFieldDoes) {
  EXPECT_THAT(names_of(model("sphere")),
              ElementsAre("scale", "background", "sld", "sld_solvent", "radius"));
  EXPECT_THAT(names_of(model("sphere@hardsphere")),
              ElementsAre("scale", "background", "sld", "sld_solvent", "radius", "radius_effective",
                          "volfraction", "structure_factor_mode", "radius_effective_mode"));
  EXPECT_THAT(names_of(model("vesicle@squarewell")),
              ElementsAre("scale", "background", "sld", "sld_solvent", "volfraction", "radius",
                          "thickness", "radius_effective", "welldepth", "wellwidth",
                          "structure_factor_mode", "radius_effective_mode"));
  EXPECT_THAT(names_of(model("guinier + sphere*lorentz")),
              ElementsAre("scale", "background", "A_scale", "A_rg", "BC_scale", "B_sld",
                          "B_sld_solvent", "B_radius", "C_cor_length"));
  EXPECT_EQ(model("sphere").parameters()[4].unit, "Ang");
  EXPECT_THAT(model("core_shell_sphere").radius_modes(),
              ElementsAre("outer radius", "core radius"));
}

TEST(Model, NamesTheUnknownAndTheNearestKnown) {
  const auto refuses = [](const char* expression, const char* word) {
    EXPECT_THAT([&] { (void)model(expression); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(word)));
  };
  refuses("cilinder", "unknown model \"cilinder\"; did you mean \"cylinder\"?");
  refuses("sphere@hardspere", "did you mean \"hardsphere\"?");
  refuses("sphere@porod", "a structure factor after '@'");
  refuses("hardsphere@hardsphere", "a particle before");
  refuses("sphere@hardsphere@hardsphere", "at most one '@'");
  refuses("sphere+", "unknown model \"\"");
  refuses("", "unknown model");
  const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 0.1);
  const auto refuses_value = [&](const char* expression, const ModelValues& values,
                                 const char* word) {
    EXPECT_THAT([&] { (void)model(expression).intensity(q, values); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(word)));
  };
  refuses_value("sphere", {{"raduis", 5}},
                "sphere: unknown parameter \"raduis\"; did you mean \"radius\"?");
  refuses_value("sphere", {{"radius", -5}}, "radius: expected a finite value > 0, got -5");
  refuses_value("hardsphere", {{"volfraction", 0.8}},
                "volfraction: expected a finite value >= 0 and <= 0.74, got 0.8");
  refuses_value("barbell", {{"radius_bell", 10}}, "radius_bell >= radius");
  refuses_value("capped_cylinder", {{"radius_cap", 10}}, "radius_cap >= radius");
  refuses_value("guinier_porod", {{"s", 3}, {"porod_exp", 4}}, "s < 3");
  refuses_value("sphere@hardsphere", {{"structure_factor_mode", 0.5}}, "whole number");
  // A volume fraction of shells that encloses more than can be packed.
  refuses_value("vesicle@hardsphere", {{"volfraction", 0.5}}, "enclose");
}

TEST(Model, RefusesAQThatIsNotPositiveAndFinite) {
  for (const double bad : {0.0, -0.1, std::nan(""), HUGE_VAL}) {
    const Eigen::Vector2d q(0.1, bad);
    EXPECT_THAT([&] { (void)model("sphere").intensity(q); },
                ThrowsMessage<std::invalid_argument>(HasSubstr("sphere: q[1]")));
  }
  EXPECT_EQ(model("sphere").intensity(Eigen::VectorXd()).size(), 0);
}

TEST(Model, RefusesAnEffectiveRadiusThatWouldHaveNoEffect) {
  const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 0.05);
  const Model subject = model("porod+sphere@hardsphere");
  EXPECT_THAT(
      [&] {
        (void)subject.intensity(q, {{"B_radius_effective", 80}});
      },
      ThrowsMessage<std::invalid_argument>(
          HasSubstr("B_radius_effective: expected B_radius_effective_mode beside it")));
  const auto with_mode = [&](double mode) {
    return subject.intensity(q, {{"B_radius_effective", 80}, {"B_radius_effective_mode", mode}})[0];
  };
  EXPECT_EQ(with_mode(1), subject.intensity(q)[0]);
  EXPECT_NE(with_mode(0), with_mode(1));
}

TEST(Model, ComposesAsTheField) {
  for (const char* name :
       {"sphere_at_hardsphere", "vesicle_at_hardsphere", "core_shell_sphere_at_hardsphere_beta",
        "ellipsoid_at_hardsphere_beta", "hollow_cylinder_at_hardsphere", "sphere_plus_porod",
        "sphere_times_lorentz", "sphere_at_hardsphere_plus_power_law"}) {
    // The field's hard-sphere factor cancels to 1e-9 at low q.
    expect_case(name, 2e-8);
  }
  expect_case("sphere_at_hayter_msa", 1e-5);
}

TEST(Model, ScalesBeforeItAddsTheBackground) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(5, 0.01, 0.1);
  const Eigen::VectorXd one = model("sphere").intensity(q);
  const Eigen::VectorXd sum =
      model("sphere+porod")
          .intensity(q, {{"scale", 2}, {"background", 0.5}, {"A_scale", 3}, {"B_scale", 1e-7}});
  const Eigen::VectorXd expected = 2 * (3 * one.array() + 1e-7 * q.array().pow(-4)) + 0.5;
  EXPECT_TRUE(sum.isApprox(expected, 1e-13));
}

// phi / <V> (<F^2> + <F>^2 (S - 1)) from sums over the radii.
TEST(DecouplingApproximation, UsesTheMeansOverTheDistribution) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(10, 0.005, 0.1);
  Polydispersity radii;
  radii.kind = Distribution::kArray;
  radii.values = {40, 50, 62};
  radii.weights = {1, 2, 1};
  const double phi = 0.25;
  Eigen::ArrayXd amplitude = Eigen::ArrayXd::Zero(10), square = amplitude;
  double volume = 0, mean = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double radius = radii.values[i], weight = radii.weights[i] / 4;
    const double v = 4.0 / 3 * M_PI * std::pow(radius, 3);
    const Eigen::ArrayXd x = q.array() * radius;
    const Eigen::ArrayXd f = 1e-2 * -5 * v * 3 * (x.sin() - x * x.cos()) / x.cube();
    amplitude += weight * f;
    square += weight * f.square();
    volume += weight * v;
    mean += weight * radius;
  }
  const Eigen::ArrayXd s =
      model("hardsphere").intensity(q, {{"radius_effective", mean}, {"volfraction", phi}}).array();
  const Eigen::VectorXd expected = phi / volume * (square + amplitude.square() * (s - 1));
  const Model subject = model("sphere@hardsphere");
  const Eigen::VectorXd got = subject.intensity(
      q, {{"volfraction", phi}, {"structure_factor_mode", 1}}, {{"radius", radii}});
  EXPECT_TRUE(got.isApprox(expected, 1e-12));
  const Eigen::VectorXd product = phi / volume * square * s;
  EXPECT_TRUE(
      subject.intensity(q, {{"volfraction", phi}}, {{"radius", radii}}).isApprox(product, 1e-12));
}

TEST(DecouplingApproximation, OfOneSizeOfSphereIsTheProduct) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(10, 0.005, 0.1);
  const Model subject = model("sphere@hardsphere");
  EXPECT_TRUE(subject.intensity(q, {{"structure_factor_mode", 1}})
                  .isApprox(subject.intensity(q, {{"structure_factor_mode", 0}}), 1e-12));
}

}  // namespace
}  // namespace foray::scattering::model_test
