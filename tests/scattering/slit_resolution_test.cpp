#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "foray/scattering/models.h"
#include "foray/scattering/resolution.h"
#include "reference_table.h"

namespace foray::scattering::slit_resolution_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Eigen::VectorXd through_slit(const Eigen::VectorXd& q, double length, double width,
                             const IntensityOfQ& intensity) {
  const SlitResolution slit(q, Eigen::VectorXd::Constant(q.size(), length),
                            Eigen::VectorXd::Constant(q.size(), width), intensity);
  return slit.smear(intensity(slit.nodes()));
}

TEST(SlitResolution, GivesTheValuesOfSasmodelsWhereThoseConverge) {
  const auto rows = read_table("sphere_slit.txt");
  Eigen::VectorXd q(static_cast<Eigen::Index>(rows.size()));
  for (Eigen::Index i = 0; i < q.size(); ++i) q[i] = rows[static_cast<std::size_t>(i)][0];
  const Model sphere("sphere");
  const auto sharp = [&](const Eigen::VectorXd& at) { return sphere.intensity(at); };
  struct Case {
    double length, width, tolerance;
    std::size_t column;
  };
  // sasmodels weighs the two ends of the width like its middle, 1e-4 in the minima.
  for (const Case& one : {Case{0.05, 0, 1e-7, 1}, {0, 0.001, 1e-7, 3}, {0.05, 0.001, 1e-4, 5}}) {
    const Eigen::VectorXd got = through_slit(q, one.length, one.width, sharp);
    double changed = 0;
    for (Eigen::Index i = 0; i < q.size(); ++i) {
      const double expected = rows[static_cast<std::size_t>(i)][one.column];
      EXPECT_NEAR(got[i], expected, one.tolerance * expected) << "q " << q[i];
      changed = std::max(changed, std::abs(got[i] / sharp(q.segment(i, 1))[0] - 1));
    }
    EXPECT_GT(changed, 0.1) << "the slit no longer matters";
  }
}

// exp(-a (x^2 + v^2)) factorises, so that each side of the slit is an error function.
TEST(SlitResolution, IsTheProductOfErrorFunctionsForAGaussian) {
  const double a = 900;  // guinier with rg^2 / 3
  const auto gaussian = [&](const Eigen::VectorXd& at) {
    return Eigen::VectorXd((-a * at.array().square()).exp());
  };
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(9, 0.004, 0.1);
  const double root = std::sqrt(a), half = 0.5 * std::sqrt(M_PI) / root;
  for (const auto& [length, width] :
       {std::pair{0.3, 0.0}, {1e-3, 0.0}, {0.0, 0.002}, {0.02, 0.002}, {3.0, 0.0029}}) {
    const Eigen::VectorXd got = through_slit(q, length, width, gaussian);
    for (Eigen::Index i = 0; i < q.size(); ++i) {
      const double across = length == 0 ? 1 : half * std::erf(root * length) / length;
      const double along =
          width == 0 ? std::exp(-a * q[i] * q[i])
                     : half * (std::erf(root * (q[i] + width)) - std::erf(root * (q[i] - width))) /
                           (2 * width);
      EXPECT_NEAR(got[i] / (across * along), 1, 1e-7)
          << "q " << q[i] << " length " << length << " width " << width;
    }
  }
}

// An infinite slit turns q^-4 into (pi / 4) q^-3 / L.
TEST(SlitResolution, TakesOneFromTheSlopeWhenItIsLong) {
  const auto porod = [](const Eigen::VectorXd& at) {
    return Eigen::VectorXd(at.array().pow(-4.0));
  };
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(5, 0.001, 0.01);
  const Eigen::VectorXd got = through_slit(q, 10.0, 0, porod);
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    // What lies beyond the slit's end is 1 / (3 L^3) of the integral.
    EXPECT_NEAR(got[i] * 10 / (0.25 * M_PI * std::pow(q[i], -3)), 1, 1e-7);
  }
}

TEST(SlitResolution, WithoutASlitChangesNothingAndMayDifferFromPointToPoint) {
  const Model sphere("sphere");
  const auto sharp = [&](const Eigen::VectorXd& at) { return sphere.intensity(at); };
  Eigen::VectorXd q(3), length(3), width(3);
  q << 0.02, 0.05, 0.06;
  length << 0, 0.1, 0;
  width << 0, 0, 0.003;
  const SlitResolution slit(q, length, width, sharp);
  const Eigen::VectorXd got = slit.smear(sharp(slit.nodes()));
  EXPECT_NEAR(got[0] / sharp(q.head(1))[0], 1, 1e-7);
  // Nor does one that is lost in the rounding of q.
  for (const auto& [l, w] : {std::pair{1e-12, 0.0}, {0.0, 1e-20}, {1e-12, 1e-20}, {1e-9, 1e-15}}) {
    const Eigen::VectorXd same = through_slit(q, l, w, sharp);
    for (Eigen::Index i = 0; i < 3; ++i) {
      EXPECT_NEAR(same[i] / sharp(q.segment(i, 1))[0], 1, 1e-7) << "length " << l << " width " << w;
      EXPECT_NEAR(through_slit(q.segment(i, 1), l, w, sharp)[0] / same[i], 1, 1e-7);
    }
  }
  for (Eigen::Index i = 1; i < 3; ++i) {
    EXPECT_NEAR(got[i] / through_slit(q.segment(i, 1), length[i], width[i], sharp)[0], 1, 1e-7);
  }
}

// The mean of a straight line over what is left of the width: from q / 4 to q + W.
TEST(SlitResolution, EndsAtAQuarterOfQ) {
  const auto line = [](const Eigen::VectorXd& at) { return at; };
  const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 0.01);
  EXPECT_NEAR(through_slit(q, 0, 0.03, line)[0], 0.5 * (0.0025 + 0.04), 1e-12);
}

TEST(SlitResolution, RefusesWhatIsNoSlit) {
  const auto flat = [](const Eigen::VectorXd& at) {
    return Eigen::VectorXd(Eigen::VectorXd::Ones(at.size()));
  };
  const Eigen::Vector2d q(0.1, 0.2), good(0.01, 0.01), bad(0.01, -1);
  EXPECT_THAT([&] { SlitResolution(q, good.head(1), good, flat); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("got 1 and 2 for 2")));
  EXPECT_THAT([&] { SlitResolution(Eigen::Vector2d(0.2, 0.1), good, good, flat); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("point 1: expected ascending q")));
  EXPECT_THAT([&] { SlitResolution(q, bad, good, flat); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("length -1")));
  EXPECT_THAT([&] { SlitResolution(q, good, bad, flat); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("width -1")));
}

}  // namespace
}  // namespace foray::scattering::slit_resolution_test
