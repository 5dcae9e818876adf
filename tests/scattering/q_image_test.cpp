#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "foray/common/random.h"
#include "foray/scattering/integrate.h"

namespace foray::scattering::q_image_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// A grid in q with an intensity that depends on |q| alone.
QImage grid() {
  constexpr Eigen::Index kSide = 101;
  QImage image;
  image.qx.resize(kSide * kSide);
  image.qy = image.intensity = image.sigma = image.qx;
  for (Eigen::Index p = 0; p < kSide * kSide; ++p) {
    image.qx[p] = 0.002 * static_cast<double>(p % kSide - 50);
    image.qy[p] = 0.002 * static_cast<double>(p / kSide - 50);
    image.intensity[p] = 1 + std::hypot(image.qx[p], image.qy[p]);
    image.sigma[p] = 0.5;
  }
  return image;
}

TEST(IntegrateQImage, TakesTheMeanAndItsErrorInEachRing) {
  const QImage image = grid();
  Eigen::VectorXd edges(3);
  edges << 0.02, 0.021, 0.08;
  const Curve curve = integrate_q_image(image, {.q = {.edges = edges}});
  ASSERT_EQ(curve.q.size(), 2);
  double sum = 0;
  int entries = 0;
  for (Eigen::Index i = 0; i < image.qx.size(); ++i) {
    const double q = std::hypot(image.qx[i], image.qy[i]);
    if (q < 0.021 || q > 0.08) continue;
    sum += image.intensity[i];
    ++entries;
  }
  EXPECT_NEAR(curve.intensity[1], sum / entries, 1e-12);
  EXPECT_NEAR(curve.sigma[1], 0.5 / std::sqrt(entries), 1e-12);
  EXPECT_EQ(curve.intensity_unit, "1/cm");
}

TEST(IntegrateQImage, CountsEntriesOfUnknownErrorWithTheirIntensity) {
  QImage image;
  image.qx = Eigen::Vector4d(0.1, 0.1, 0.1, 0.1);
  image.qy = Eigen::Vector4d::Zero();
  image.intensity = Eigen::Vector4d(4, 6, 2, 0);
  image.sigma = Eigen::Vector4d(2, 2, 2, 1e6);
  const Curve curve = integrate_q_image(image, {.q = {.count = 1}});
  ASSERT_EQ(curve.q.size(), 1);
  EXPECT_DOUBLE_EQ(curve.intensity[0], 3.0);
  EXPECT_DOUBLE_EQ(curve.sigma[0], 1.0);  // four entries of variance 4 each
}

TEST(IntegrateQImage, LeavesOutMaskedEntriesWhateverTheyHold) {
  QImage image = grid();
  image.masked.assign(static_cast<std::size_t>(image.qx.size()), false);
  const Curve expected = integrate_q_image(image, {.q = {.count = 20, .range = Range{0.01, 0.09}}});
  image.masked[0] = image.masked[1] = true;  // in a corner, outside the range
  image.intensity[0] = std::nan("");
  image.sigma[1] = -1;
  const Curve got = integrate_q_image(image, {.q = {.count = 20, .range = Range{0.01, 0.09}}});
  EXPECT_EQ(got.intensity, expected.intensity);
}

TEST(IntegrateQImage, TakesASector) {
  const QImage image = grid();
  QImageOptions options{.q = {.count = 10, .range = Range{0.01, 0.09}}};
  const Curve all = integrate_q_image(image, options);
  options.chi = Range{-0.4, 0.4};
  const Curve sector = integrate_q_image(image, options);
  ASSERT_EQ(sector.q.size(), all.q.size());
  for (Eigen::Index b = 0; b < all.q.size(); ++b) {
    EXPECT_GT(sector.sigma[b], all.sigma[b]);
    EXPECT_NEAR(sector.intensity[b], all.intensity[b], 2e-3);
  }
}

TEST(IntegrateQImage, HasNoSigmaWhereTheImageHasNone) {
  QImage image = grid();
  image.sigma.resize(0);
  EXPECT_EQ(integrate_q_image(image, QImageOptions{}).sigma.size(), 0);
}

TEST(IntegrateQImage, NamesTheListOfTheWrongLength) {
  QImage image = grid();
  image.qy.conservativeResize(5);
  EXPECT_THAT([&] { integrate_q_image(image, QImageOptions{}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("qy")));
  image = grid();
  image.intensity[3] = INFINITY;
  EXPECT_THAT([&] { integrate_q_image(image, QImageOptions{}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("intensity")));
  image = grid();
  image.masked.assign(static_cast<std::size_t>(image.qx.size()), true);
  EXPECT_THAT([&] { integrate_q_image(image, QImageOptions{}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("at least one good entry")));
}

TEST(EdgesAround, FindsEqualStepsAndEqualRatios) {
  const Eigen::VectorXd linear = Eigen::VectorXd::LinSpaced(20, 0.1, 2.0);
  const Eigen::VectorXd linear_edges = edges_around(linear);
  EXPECT_NEAR(linear_edges[0], 0.05, 1e-12);
  EXPECT_NEAR(linear_edges[20], 2.05, 1e-12);
  const Eigen::VectorXd ratios = linear.array().exp();
  const Eigen::VectorXd ratio_edges = edges_around(ratios);
  EXPECT_NEAR(ratio_edges[0], std::exp(0.05), 1e-12);
  EXPECT_NEAR(ratio_edges[20], std::exp(2.05), 1e-11);
  EXPECT_THROW(edges_around(Eigen::VectorXd::Ones(1)), std::invalid_argument);
  EXPECT_THROW(edges_around(Eigen::VectorXd::Ones(3)), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::q_image_test
