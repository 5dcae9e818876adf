#include "route.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

#include "foray/common/random.h"

namespace foray::optimizer::route_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Places in the unit square; distances as those of a stage whose axes move at the same time.
struct Places {
  VectorXd from_start;
  MatrixXd between;

  Places(Index n, unsigned seed) : from_start(n), between(n, n) {
    Rng rng(seed);
    std::uniform_real_distribution<double> uniform;
    MatrixXd x(2, n);
    for (double& coordinate : x.reshaped()) coordinate = uniform(rng);
    for (Index i = 0; i < n; ++i) {
      from_start(i) = x.col(i).maxCoeff();
      for (Index j = 0; j < n; ++j) between(i, j) = (x.col(i) - x.col(j)).cwiseAbs().maxCoeff();
    }
  }

  [[nodiscard]] double length(const std::vector<Index>& route) const {
    double sum = from_start(route.front());
    for (std::size_t i = 1; i < route.size(); ++i) sum += between(route[i - 1], route[i]);
    return sum;
  }
};

std::vector<Index> counting(Index n) {
  std::vector<Index> route(static_cast<std::size_t>(n));
  std::iota(route.begin(), route.end(), Index{0});
  return route;
}

TEST(ShortestRoute, OfFewPlacesIsTheBestOfAllOrders) {
  for (Index n = 1; n <= 7; ++n)
    for (unsigned seed = 0; seed < 5; ++seed) {
      const Places places(n, seed);
      std::vector<Index> order = counting(n);
      double best = std::numeric_limits<double>::infinity();
      do best = std::min(best, places.length(order));
      while (std::next_permutation(order.begin(), order.end()));
      std::vector<Index> route = shortest_route(places.from_start, places.between);
      EXPECT_NEAR(places.length(route), best, 1e-12);
      std::sort(route.begin(), route.end());
      EXPECT_EQ(route, counting(n));
    }
}

TEST(ShortestRoute, KeepsTheOrderWhereMovingIsFree) {
  for (const Index n : {1, 4, 10, 15})
    EXPECT_EQ(shortest_route(VectorXd::Zero(n), MatrixXd::Zero(n, n)), counting(n));
}

// Ten places are routed exactly; eleven, the last of which lies beside another, by the heuristic.
TEST(ShortestRoute, OfManyPlacesIsNearlyAsShort) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    const Places ten(10, seed);
    const double exact = ten.length(shortest_route(ten.from_start, ten.between));
    Places eleven(11, seed);
    eleven.from_start.head(10) = ten.from_start;
    eleven.between.topLeftCorner(10, 10) = ten.between;
    eleven.from_start(10) = ten.from_start(3);
    eleven.between.row(10).head(10) = ten.between.row(3);
    eleven.between.col(10).head(10) = ten.between.col(3);
    eleven.between(10, 10) = 0;
    const double found = eleven.length(shortest_route(eleven.from_start, eleven.between));
    EXPECT_GE(found, exact - 1e-12);
    EXPECT_LE(found, 1.15 * exact);
  }
  const Places many(60, 3);
  std::vector<Index> route = shortest_route(many.from_start, many.between);
  EXPECT_LT(many.length(route), 0.35 * many.length(counting(60)));
  std::sort(route.begin(), route.end());
  EXPECT_EQ(route, counting(60));
}

TEST(ShortestRoute, GoesOnlyWhereThereIsAWay) {
  for (const Index n : {6, 14}) {
    Places places(n, 4);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j)
        if (std::abs(i - j) > 2) places.between(i, j) = std::numeric_limits<double>::infinity();
    EXPECT_TRUE(std::isfinite(places.length(shortest_route(places.from_start, places.between))));
  }
}

}  // namespace
}  // namespace foray::optimizer::route_test
