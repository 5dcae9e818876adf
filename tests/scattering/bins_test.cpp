#include "foray/scattering/bins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace foray::scattering::bins_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(BinEdges, EveryBinHoldsItsLowerEdgeAndTheLastAlsoItsUpper) {
  Eigen::VectorXd free(5);
  free << 0.1, 0.2, 0.5, 0.6, 2.0;
  for (const Bins& bins :
       {Bins{.count = 7}, Bins{.count = 7, .scale = BinScale::kLogarithmic}, Bins{.edges = free}}) {
    const BinEdges edges("test", bins, {0.1, 2.0});
    const Eigen::VectorXd centres = edges.centres();
    for (int b = 0; b < edges.count(); ++b) {
      EXPECT_EQ(edges.find(centres[b]), b);
      EXPECT_EQ(edges.find(edges.edges()[b] * (1 + 1e-12)), b);
    }
    EXPECT_EQ(edges.find(2.0), edges.count() - 1);
    EXPECT_EQ(edges.find(0.1), 0);
    EXPECT_EQ(edges.find(std::nextafter(0.1, 0.0)), -1);
    EXPECT_EQ(edges.find(std::nextafter(2.0, 3.0)), -1);
    EXPECT_EQ(edges.find(std::nan("")), -1);
  }
}

TEST(BinEdges, LogarithmicBinsHaveEqualRatios) {
  const BinEdges edges("test", {.count = 30, .scale = BinScale::kLogarithmic}, {0.01, 1.0});
  for (int b = 0; b < 30; ++b) {
    EXPECT_NEAR(edges.edges()[b + 1] / edges.edges()[b], std::pow(100.0, 1.0 / 30), 1e-12);
  }
  EXPECT_NEAR(edges.centres()[0], std::sqrt(edges.edges()[0] * edges.edges()[1]), 1e-15);
}

TEST(BinEdges, OneSingleValueGetsABin) {
  const BinEdges edges("test", {.count = 1}, {0.5, 0.5});
  EXPECT_EQ(edges.find(0.5), 0);
}

TEST(BinEdges, NamesWhatIsWrong) {
  const auto refuses = [](const Bins& bins, const char* word) {
    EXPECT_THAT(
        [&] {
          BinEdges("place", bins, {0, 1});
        },
        ThrowsMessage<std::invalid_argument>(testing::AllOf(HasSubstr("place"), HasSubstr(word))));
  };
  refuses({.count = 0}, "count");
  refuses({.range = Range{1, 1}}, "range");
  refuses({.range = Range{0, INFINITY}}, "range");
  refuses({.scale = BinScale::kLogarithmic}, "logarithmic");
  refuses({.edges = Eigen::VectorXd::Zero(3)}, "ascending");
  refuses({.edges = Eigen::VectorXd::Zero(1)}, "at least 2");
}

}  // namespace
}  // namespace foray::scattering::bins_test
