#include "noisy_trade_off_term.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base_samples.h"
#include "marginals.h"
#include "trade_off_term.h"

namespace foray::optimizer::noisy_trade_off_term_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using surrogate::Gp;
using testing::gp_of;
using testing::kPoints;

// Two or three noisy functions of the square, the second of which is made small, and what was
// measured of them at eight points.
struct Traded {
  std::vector<Gp> gps;
  std::vector<double> signs;
  MatrixXd points;
  VectorXd reference;

  explicit Traded(std::size_t count, double noise = 4e-2) : reference(static_cast<Index>(count)) {
    const std::function<double(const VectorXd&)> functions[] = {
        [](const VectorXd& x) { return std::sin(5 * x(0)) + x(1); },
        [](const VectorXd& x) { return std::cos(4 * x(1)) - 0.5 * x(0); },
        [](const VectorXd& x) { return x(0) * x(1); }};
    for (std::size_t k = 0; k < count; ++k) {
      gps.push_back(gp_of(2, 8, 3, 0.4, noise, functions[k]));
      signs.push_back(k == 1 ? -1 : 1);
    }
    points = gps[0].data_x();
    reference.setConstant(-1);
  }

  [[nodiscard]] NoisyTradeOffTerm term(Index samples, const std::vector<bool>& counts) const {
    Rng rng(6);
    const Index f = points.cols();
    const MatrixXd base = normal_samples(f * static_cast<Index>(gps.size()), samples, rng);
    std::vector<std::size_t> models;
    std::vector<FixedDraws> draws;
    for (std::size_t k = 0; k < gps.size(); ++k) {
      models.push_back(k);
      draws.emplace_back(gps[k], points, signs[k] > 0,
                         base.middleRows(static_cast<Index>(k) * f, f), 1e-14);
    }
    return NoisyTradeOffTerm(models, std::move(draws), counts, reference);
  }

  [[nodiscard]] Marginals at(const MatrixXd& x) const {
    Marginals marginals{x, {}};
    for (const Gp& gp : gps) marginals.of.push_back(gp.predict(x));
    return marginals;
  }

  [[nodiscard]] PointMarginals slopes_at(const VectorXd& x) const {
    PointMarginals marginals{x, {}};
    for (const Gp& gp : gps) marginals.of.push_back(gp.predict_with_gradient(x));
    return marginals;
  }

  // Joint draws of all, and what the last point adds to the front of those that count.
  [[nodiscard]] double brute_force(const VectorXd& x, const std::vector<bool>& counts) const {
    constexpr Index kDraws = 20'000;
    Rng rng(9);
    MatrixXd all(2, points.cols() + 1);
    all << points, x;
    std::vector<MatrixXd> drawn;
    for (std::size_t k = 0; k < gps.size(); ++k)
      drawn.push_back(signs[k] * gps[k].sample(all, kDraws, rng));
    double sum = 0;
    for (Index s = 0; s < kDraws; ++s) {
      MatrixXd values(static_cast<Index>(gps.size()), 0);
      VectorXd last(static_cast<Index>(gps.size()));
      for (Index j = 0; j < all.cols(); ++j) {
        VectorXd one(last.size());
        for (std::size_t k = 0; k < gps.size(); ++k) one(static_cast<Index>(k)) = drawn[k](j, s);
        if (j + 1 == all.cols()) {
          last = one;
        } else if (counts[static_cast<std::size_t>(j)]) {
          values.conservativeResize(Eigen::NoChange, values.cols() + 1);
          values.rightCols(1) = one;
        }
      }
      sum += added(boxes_above(values, reference), last);
    }
    return sum / kDraws;
  }

  static double added(const FrontBoxes& boxes, const VectorXd& y) {
    double sum = 0;
    for (Index b = 0; b < boxes.lower.cols(); ++b) {
      double part = 1;
      for (Index k = 0; k < y.size(); ++k) {
        const auto& edges = boxes.edges[static_cast<std::size_t>(k)];
        const auto upper = static_cast<std::size_t>(boxes.upper(k, b));
        const double top = upper == edges.size() ? y(k) : std::min(y(k), edges[upper]);
        part *= std::max(top - edges[static_cast<std::size_t>(boxes.lower(k, b))], 0.0);
      }
      sum += part;
    }
    return sum;
  }
};

const std::vector<bool> kAll(8, true);
const std::vector<bool> kSome = {true, true, false, true, false, true, true, true};

// Twenty thousand draws leave one or two per cent, 2048 base samples of up to 24 dimensions a few,
// where what is gained is not left to the rarest draws.
TEST(NoisyTradeOffTerm, AgreesWithBruteForce) {
  int checked = 0;
  for (const std::size_t objectives : {2U, 3U})
    for (const auto& counts : {kAll, kSome}) {
      const Traded traded(objectives);
      const NoisyTradeOffTerm term = traded.term(2048, counts);
      for (const Eigen::Vector2d& point : kPoints) {
        const double expected = traded.brute_force(point, counts);
        if (expected < 1e-3) continue;
        ++checked;
        EXPECT_NEAR(std::exp(term.log_values(traded.at(point))(0)), expected, 0.07 * expected)
            << objectives;
      }
    }
  EXPECT_GE(checked, 8);
}

// Where what was measured is known exactly it is the exact improvement of two objectives.
TEST(NoisyTradeOffTerm, WithoutNoiseIsTheExactImprovement) {
  const Traded traded(2, 1e-8);
  MatrixXd values(2, 8);
  values << traded.gps[0].predict_mean(traded.points).transpose(),
      -traded.gps[1].predict_mean(traded.points).transpose();
  const TradeOffTerm exact({0, 1}, {1, -1}, HypervolumeImprovement(values, traded.reference));
  const NoisyTradeOffTerm term = traded.term(16, kAll);
  for (const Eigen::Vector2d& point : kPoints)
    EXPECT_NEAR(term.log_values(traded.at(point))(0), exact.log_values(traded.at(point))(0), 2e-3);
}

TEST(NoisyTradeOffTerm, HasItsGradient) {
  for (const std::size_t objectives : {2U, 3U}) {
    const Traded traded(objectives);
    const NoisyTradeOffTerm term = traded.term(16, kSome);
    const auto value = [&](const VectorXd& x) { return term.log_values(traded.at(x))(0); };
    for (const Eigen::Vector2d& point : kPoints) {
      VectorXd gradient;
      EXPECT_NEAR(term.log_value(traded.slopes_at(point), gradient), value(point), 1e-9);
      const VectorXd expected = testing::difference(value, point, 1e-5);
      EXPECT_LT((gradient - expected).norm(), 1e-5 * std::max(1.0, expected.norm()));
    }
  }
}

TEST(NoisyTradeOffTerm, StaysFiniteFarBelowTheFront) {
  Traded traded(3, 1e-8);
  traded.reference.setConstant(40);  // Nothing reaches it by far.
  const NoisyTradeOffTerm term = traded.term(16, kAll);
  VectorXd gradient;
  EXPECT_TRUE(std::isfinite(term.log_value(traded.slopes_at(kPoints[0]), gradient)));
  EXPECT_TRUE(gradient.allFinite());
  EXPECT_GT(gradient.norm(), 0);
}

}  // namespace
}  // namespace foray::optimizer::noisy_trade_off_term_test
