#include "foray/scattering/resolution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "foray/scattering/models.h"
#include "reference_table.h"

namespace foray::scattering::resolution_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

IntensityOfQ intensity_of(const Model& subject, const ModelValues& values) {
  return [&subject, values](const Eigen::VectorXd& q) { return subject.intensity(q, values); };
}

// The sphere's minima are filled by the resolution alone, which is where the peers are off by tens
// of per cent.
TEST(PinholeResolution, IsTheConvolutionEvenInTheMinimaOfASphere) {
  const Model sphere("sphere");
  for (const auto& [file, spread] :
       {std::pair{"sphere_pinhole_5.txt", 0.05}, {"sphere_pinhole_10.txt", 0.1}}) {
    const auto rows = read_table(file);
    Eigen::VectorXd q(static_cast<Eigen::Index>(rows.size()));
    for (Eigen::Index i = 0; i < q.size(); ++i) q[i] = rows[static_cast<std::size_t>(i)][0];
    const Eigen::VectorXd got = smeared(q, spread * q, intensity_of(sphere, {{"radius", 50}}));
    double peer = 0;
    for (Eigen::Index i = 0; i < q.size(); ++i) {
      const auto& row = rows[static_cast<std::size_t>(i)];
      EXPECT_NEAR(got[i], row[1], 1e-6 * row[1]) << file << " q " << q[i];
      peer = std::max(peer, std::abs(row[2] / row[1] - 1));
    }
    EXPECT_GT(peer, 0.05) << "the file no longer shows what the test is about";
  }
}

// E[(q + dq z)^2] = q^2 + dq^2, and the mean of a constant or a straight line is its middle.
TEST(PinholeResolution, HasTheMomentsOfAGaussian) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(7, 0.05, 0.5);
  const Eigen::VectorXd dq = 0.04 * q;
  const auto power = [](double p) {
    return [p](const Eigen::VectorXd& at) { return Eigen::VectorXd(at.array().pow(p)); };
  };
  const Eigen::VectorXd one = smeared(q, dq, power(0)), line = smeared(q, dq, power(1)),
                        square = smeared(q, dq, power(2));
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    EXPECT_NEAR(one[i], 1, 1e-12);
    EXPECT_NEAR(line[i], q[i], 1e-12);
    EXPECT_NEAR(square[i], q[i] * q[i] + dq[i] * dq[i], 1e-12);
  }
}

// 400 oscillations within one width: the mean of sin^2 is one half.
TEST(PinholeResolution, ResolvesWhatTheCurveItselfDoesNot) {
  const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 0.1),
                        dq = Eigen::VectorXd::Constant(1, 0.01);
  const double length = 400 * M_PI / dq[0];
  const auto wave = [&](const Eigen::VectorXd& at) {
    return Eigen::VectorXd((length * at.array()).sin().square());
  };
  // Half a resolution is where halving ends; 16 nodes cannot carry more, so the mean is rough.
  EXPECT_NEAR(smeared(q, dq, wave)[0], 0.5, 0.1);
  const auto slower = [&](const Eigen::VectorXd& at) {
    return Eigen::VectorXd((0.01 * length * at.array()).sin().square());
  };
  // sin^2 = (1 - cos 2 k q) / 2, and the cosine loses exp(-2 k^2 dq^2): k dq = 4 pi.
  EXPECT_NEAR(smeared(q, dq, slower)[0], 0.5, 1e-7);
}

TEST(PinholeResolution, LeavesPointsWithoutSpreadAsTheyAre) {
  const Model sphere("sphere");
  Eigen::VectorXd q(3), dq(3);
  q << 0.02, 0.09, 0.1;
  dq << 0.0, 0.001, 0.0;
  const Eigen::VectorXd got = smeared(q, dq, intensity_of(sphere, {}));
  const Eigen::VectorXd sharp = sphere.intensity(q);
  EXPECT_NEAR(got[0], sharp[0], 1e-7 * sharp[0]);
  EXPECT_NEAR(got[2], sharp[2], 1e-4 * sharp[2]);  // near the minimum, beside much larger values
  EXPECT_GT(got[1], sharp[1]);
  const Eigen::VectorXd none = Eigen::VectorXd::Zero(1);
  const auto alone = smeared(q.head(1), none, intensity_of(sphere, {}));
  EXPECT_NEAR(alone[0], sharp[0], 1e-7 * sharp[0]);
}

TEST(PinholeResolution, PointsWithoutSpreadAreExactFarFromThoseWithOne) {
  const Model sphere("sphere");
  const ModelValues large = {{"radius", 1000.0}};
  Eigen::VectorXd q(6), dq(6);
  q << 0.01, 0.1, 0.12, 0.15, 0.17, 0.2;
  dq << 0.0005, 0, 0, 0, 0, 0;
  const Eigen::VectorXd got = smeared(q, dq, intensity_of(sphere, large));
  const Eigen::VectorXd sharp = sphere.intensity(q, large);
  const double envelope = sharp.tail(5).maxCoeff();
  for (Eigen::Index i = 1; i < q.size(); ++i)
    EXPECT_NEAR(got[i], sharp[i], 1e-5 * envelope) << "q " << q[i];
}

TEST(PinholeResolution, RefusesWhatIsNoResolution) {
  const auto flat = [](const Eigen::VectorXd& at) {
    return Eigen::VectorXd(Eigen::VectorXd::Ones(at.size()));
  };
  const Eigen::Vector2d q(0.1, 0.2), dq(0.01, 0.01);
  EXPECT_THAT([&] { PinholeResolution(q, dq.head(1), flat); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("got 1 for 2")));
  EXPECT_THAT([&] { PinholeResolution(Eigen::Vector2d(0.2, 0.1), dq, flat); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("point 1: expected ascending q")));
  EXPECT_THAT([&] { PinholeResolution(Eigen::Vector2d(0.0, 0.1), dq, flat); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("point 0")));
  EXPECT_THAT([&] { PinholeResolution(q, Eigen::Vector2d(0.01, -1), flat); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("dq -1")));
  const auto broken = [](const Eigen::VectorXd& at) {
    return Eigen::VectorXd(Eigen::VectorXd::Constant(at.size(), std::nan("")));
  };
  EXPECT_THROW(PinholeResolution(q, dq, broken), std::invalid_argument);
  const PinholeResolution resolution(q, dq, flat);
  EXPECT_THROW(static_cast<void>(resolution.smear(Eigen::Vector2d(1, 1))), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::resolution_test
