#include "foray/scattering/multilayer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "reference_table.h"

namespace foray::scattering::multilayer_test {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using Complex = std::complex<double>;

constexpr double kDegree = std::numbers::pi / 180;

Multilayer mirror(double roughness, RoughnessModel model) {
  Multilayer stack;
  stack.roughness = model;
  stack.layers = {{}};
  for (int i = 0; i < 5; ++i) {
    stack.layers.push_back({7.2e-6, 2e-7, 70, roughness});
    stack.layers.push_back({2e-5, 3e-7, 30, roughness});
  }
  stack.layers.push_back({7.6e-6, 1.7e-7, 0, roughness});
  return stack;
}

TEST(Multilayer, ReflectsAsIndependentRecursionsSay) {
  const auto rows = read_table("grazing_multilayer.txt");
  for (const auto& row : rows) {
    const Eigen::VectorXd alpha = Eigen::VectorXd::Constant(1, row[0] * kDegree);
    const auto reflected = [&](double sigma, RoughnessModel model) {
      return reflectivity(mirror(sigma, model), 1.54, alpha)(0);
    };
    EXPECT_NEAR(reflected(5, RoughnessModel::kTanh) / row[1], 1, 1e-9) << row[0];
    EXPECT_NEAR(reflected(5, RoughnessModel::kNevotCroce) / row[2], 1, 1e-9) << row[0];
    EXPECT_NEAR(reflected(0, RoughnessModel::kTanh) / row[3], 1, 1e-9) << row[0];
  }
}

// Without absorption what is not reflected goes on: a flux of Re(kz) |T|^2.
TEST(Multilayer, LosesNothingWithoutAbsorption) {
  Multilayer stack;
  stack.layers = {{}, {3e-6, 0, 200, 0}, {9e-6, 0, 80, 0}, {5e-6, 0, 0, 0}};
  for (const double alpha : {0.1, 0.17, 0.2, 0.3, 1.0}) {
    const auto fields = layer_fields(stack, 1.0, alpha * kDegree);
    const double passed =
        fields.back().kz.real() * std::norm(fields.back().transmitted) / fields.front().kz.real();
    EXPECT_NEAR(std::norm(fields.front().reflected) + passed, 1, 1e-12) << alpha;
  }
}

// The field and its slope are continuous where an interface is sharp.
TEST(Multilayer, IsContinuousAtSharpInterfaces) {
  Multilayer stack;
  stack.layers = {{}, {3e-6, 1e-8, 200, 0}, {9e-6, 2e-7, 80, 0}, {5e-6, 1e-7, 0, 0}};
  const auto fields = layer_fields(stack, 1.2, 0.25 * kDegree);
  const Complex i(0, 1);
  for (std::size_t j = 0; j + 1 < fields.size(); ++j) {
    const bool last = j + 2 == fields.size();
    const double top = last ? 0 : stack.layers[j + 1].thickness;
    const Complex down = fields[j + 1].transmitted * std::exp(-i * fields[j + 1].kz * top);
    const Complex up = fields[j + 1].reflected * std::exp(i * fields[j + 1].kz * top);
    EXPECT_NEAR(std::abs(fields[j].transmitted + fields[j].reflected - down - up), 0, 1e-12);
    EXPECT_NEAR(std::abs(fields[j].kz * (fields[j].reflected - fields[j].transmitted) -
                         fields[j + 1].kz * (up - down)),
                0, 1e-12 * std::abs(fields[j].kz));
  }
}

TEST(Multilayer, ALayerCutInTwoIsTheSameLayer) {
  Multilayer whole;
  whole.layers = {{}, {3e-6, 1e-8, 200, 4}, {9e-6, 2e-7, 0, 3}};
  Multilayer cut = whole;
  cut.layers[1].thickness = 120;
  cut.layers.insert(cut.layers.begin() + 2, {3e-6, 1e-8, 80, 6});
  const Eigen::VectorXd alpha = Eigen::VectorXd::LinSpaced(30, 0.002, 0.03);
  EXPECT_TRUE(reflectivity(cut, 1.0, alpha).isApprox(reflectivity(whole, 1.0, alpha), 1e-12));
}

TEST(Multilayer, ReflectsAllBelowTheCriticalAngleAndLittleFarAbove) {
  Multilayer stack;
  stack.layers = {{}, {6e-6, 0, 0, 0}};
  const double critical = critical_angle(stack.layers[1]);
  EXPECT_NEAR(critical / kDegree, 0.1985, 1e-3);
  const Eigen::Vector2d angles(0.9 * critical, 20 * critical);
  const Eigen::VectorXd reflected = reflectivity(stack, 1.0, angles);
  EXPECT_NEAR(reflected(0), 1, 1e-12);
  // Fresnel far above: (alpha_c / 2 alpha)^4.
  EXPECT_NEAR(reflected(1) * std::pow(40, 4), 1, 0.02);
  // The field at the surface is four times as strong in intensity: Yoneda's peak.
  EXPECT_NEAR(std::norm(layer_fields(stack, 1.0, critical)[1].transmitted), 4, 0.02);
}

TEST(Multilayer, RefusesWhatIsNoStackByName) {
  const auto message = [](const Multilayer& stack, const char* text) {
    EXPECT_THAT([&] { (void)layer_fields(stack, 1, 0.01); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(text)));
  };
  Multilayer stack;
  stack.layers.resize(1);
  message(stack, "two layers or more, got 1");
  stack.layers = {{}, {1e-6, -1, 10, 0}, {}};
  message(stack, "layer 1: expected beta >= 0");
  stack.layers[1] = {1e-6, 0, 0, 0};
  message(stack, "layer 1: expected a thickness above 0");
  stack.layers[1] = {2, 0, 10, 0};
  message(stack, "layer 1: expected delta");
  stack.layers[1] = {1e-6, 0, 10, -1};
  message(stack, "layer 1: expected a roughness >= 0");
  stack = Multilayer();
  EXPECT_THROW((void)layer_fields(stack, 0, 0.01), std::invalid_argument);
  EXPECT_THROW((void)layer_fields(stack, 1, 0), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::multilayer_test
