// Rahimi, Recht (2007), "Random features for large-scale kernel machines": frequencies from the
// spectral density of a correlation.
#include "spectrum.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

#include "foray/common/mutex.h"
#include "kernel_node.h"

namespace foray::surrogate::detail {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// The distribution of the length of Wendland's frequencies in so many axes, tabulated: its density
// is rho^(d/2) int_0^1 k(r) r^(d/2) J_(d/2-1)(rho r) dr, the radial Fourier transform. What lies
// beyond the last entry is left out.
class WendlandLengths {
 public:
  explicit WendlandLengths(const Correlation& correlation) {
    const double d = static_cast<double>(correlation.axes);
    Eigen::ArrayXd values = Eigen::ArrayXd::LinSpaced(kRadii, 0.5 / kRadii, 1 - 0.5 / kRadii);
    const Eigen::ArrayXd radii = values;
    values = values.square();
    correlation.to_values(values);
    values *= radii.pow(d / 2);
    cumulative_.push_back(0);
    const double order = d / 2 - 1;
    for (int i = 0; i < kLengths; ++i) {
      const double rho = (i + 0.5) * kStep;
      double transform = 0;
      for (Index k = 0; k < radii.size(); ++k)
        transform += values(k) * bessel(order, rho * radii(k));
      cumulative_.push_back(cumulative_.back() + std::max(0.0, std::pow(rho, d / 2) * transform));
    }
  }

  double draw(Rng& rng) const {
    std::uniform_real_distribution<double> uniform(0, cumulative_.back());
    const double sum = uniform(rng);
    const auto after = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, sum);
    const auto i = after - cumulative_.begin();
    const double begin = cumulative_[static_cast<std::size_t>(i - 1)];
    const double end = cumulative_[static_cast<std::size_t>(i)];
    return kStep * (static_cast<double>(i - 1) + (sum - begin) / (end - begin));
  }

 private:
  static constexpr int kRadii = 200;
  static constexpr int kLengths = 400;
  static constexpr double kStep = 0.25;

  // J of order -1/2 is sqrt(2 / (pi x)) cos x, which std::cyl_bessel_j does not cover.
  static double bessel(double order, double x) {
    return order < 0 ? std::sqrt(2 / (std::numbers::pi * x)) * std::cos(x)
                     : std::cyl_bessel_j(order, x);
  }

  std::vector<double> cumulative_;
};

// A table takes 80,000 Bessel functions and depends on nothing but the two numbers: made once.
const WendlandLengths& lengths_of(const Correlation& correlation) {
  static Mutex mutex;
  static std::map<std::pair<double, Index>, std::unique_ptr<const WendlandLengths>> tables;
  const Lock lock(mutex);
  auto& table = tables[{correlation.shape, correlation.axes}];
  if (!table) table = std::make_unique<const WendlandLengths>(correlation);
  return *table;
}

}  // namespace

MatrixXd spectral_sample(const Correlation& correlation, Index count, Rng& rng) {
  MatrixXd frequencies = MatrixXd(count, correlation.axes);
  const WendlandLengths* lengths =
      correlation.kind == KernelKind::kWendland ? &lengths_of(correlation) : nullptr;
  // Matern: a multivariate t of 2 nu degrees of freedom, R&W eq. 4.15. The rational quadratic is a
  // mixture of squared exponentials whose 1 / l^2 has a gamma distribution, R&W eq. 4.20.
  double freedom = 0;
  if (correlation.kind == KernelKind::kMatern12) freedom = 1;
  if (correlation.kind == KernelKind::kMatern32) freedom = 3;
  if (correlation.kind == KernelKind::kMatern52) freedom = 5;
  if (correlation.kind == KernelKind::kMatern) freedom = 2 * correlation.shape;
  for (Index j = 0; j < count; ++j) {
    frequencies.row(j) = normal_matrix(1, correlation.axes, rng);
    if (freedom > 0) {
      std::chi_squared_distribution<double> chi_squared(freedom);
      frequencies.row(j) *= std::sqrt(freedom / chi_squared(rng));
    } else if (correlation.kind == KernelKind::kRationalQuadratic) {
      std::gamma_distribution<double> gamma(correlation.shape, 1 / correlation.shape);
      frequencies.row(j) *= std::sqrt(gamma(rng));
    } else if (lengths != nullptr) {
      frequencies.row(j) *= lengths->draw(rng) / frequencies.row(j).norm();
    }
  }
  return frequencies;
}

}  // namespace foray::surrogate::detail
