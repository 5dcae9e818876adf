#include "sequence.h"

#include <boost/random/sobol.hpp>
#include <cstdint>
#include <vector>

#include "foray/common/check.h"

namespace foray::optimizer {

struct ShiftedSobol::Impl {
  boost::random::sobol engine;
  std::vector<std::uint64_t> shift;

  explicit Impl(Eigen::Index dimension)
      : engine(static_cast<std::size_t>(dimension)), shift(static_cast<std::size_t>(dimension)) {}
};

ShiftedSobol::ShiftedSobol(Eigen::Index dimension, Rng& rng) {
  require(dimension >= 1 && dimension <= 3667, "ShiftedSobol: expected a dimension from 1 to 3667");
  impl_ = std::make_unique<Impl>(dimension);
  for (std::uint64_t& bits : impl_->shift) bits = rng();
}

ShiftedSobol::~ShiftedSobol() = default;

Eigen::VectorXd ShiftedSobol::next() {
  Eigen::VectorXd point(static_cast<Eigen::Index>(impl_->shift.size()));
  for (Eigen::Index i = 0; i < point.size(); ++i) {
    const std::uint64_t bits = impl_->engine() ^ impl_->shift[static_cast<std::size_t>(i)];
    point(i) = static_cast<double>(bits >> 11) * 0x1.0p-53;
  }
  return point;
}

}  // namespace foray::optimizer
