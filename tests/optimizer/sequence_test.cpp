#include "sequence.h"

#include <gtest/gtest.h>

#include <set>

namespace foray::optimizer::sequence_test {
namespace {

TEST(ShiftedSobol, PutsOnePointInEachElementaryInterval) {
  Rng rng(3);
  ShiftedSobol sequence(3, rng);
  // Boost starts its sequence at the second point; 1024 on from a multiple of 256 is a net as well.
  for (int i = 0; i < 255; ++i) (void)sequence.next();
  Eigen::MatrixXi count = Eigen::MatrixXi::Zero(3, 256);
  for (int i = 0; i < 256; ++i) {
    const Eigen::VectorXd point = sequence.next();
    for (int d = 0; d < 3; ++d) ++count(d, static_cast<int>(point(d) * 256));
  }
  EXPECT_EQ(count.minCoeff(), 1);
  EXPECT_EQ(count.maxCoeff(), 1);
}

TEST(ShiftedSobol, SeedDecidesThePoints) {
  Rng one(1);
  Rng same(1);
  Rng other(2);
  ShiftedSobol a(4, one);
  ShiftedSobol b(4, same);
  ShiftedSobol c(4, other);
  const Eigen::VectorXd first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
  EXPECT_TRUE((first.array() >= 0).all() && (first.array() < 1).all());
}

TEST(ShiftedSobol, RefusesNoDimension) {
  Rng rng(1);
  EXPECT_THROW(ShiftedSobol(0, rng), std::invalid_argument);
}

}  // namespace
}  // namespace foray::optimizer::sequence_test
