#include "curve_noise.h"

#include <algorithm>
#include <cmath>

#include "foray/common/median.h"

namespace foray::scattering {
namespace {

// Standard deviation of white noise from second differences, whose variance is 6 times the noise's;
// the median makes it blind to peaks. 1.4826 turns a normal's median deviation into its standard
// deviation.
double noise_of(const Eigen::VectorXd& y) {
  const Eigen::Index n = y.size();
  if (n < 5) return 0;
  std::vector<double> second(static_cast<std::size_t>(n - 2));
  for (Eigen::Index i = 1; i + 1 < n; ++i) {
    second[static_cast<std::size_t>(i - 1)] = std::abs(y[i - 1] - 2 * y[i] + y[i + 1]);
  }
  return 1.4826 * upper_median(second) / std::sqrt(6.0);
}

}  // namespace

NoisyPoints usable_points(const Curve& curve) {
  const bool known = curve.sigma.size() != 0 && (curve.sigma.array() > 0).any();
  // Noise-free data still need some scale: the rounding of doubles.
  const double scale = curve.intensity.size() != 0 ? curve.intensity.cwiseAbs().maxCoeff() : 0.0;
  const double guess = known ? 0.0 : std::max({noise_of(curve.intensity), 1e-12 * scale, 1e-300});
  NoisyPoints points;
  for (Eigen::Index i = 0; i < curve.q.size(); ++i) {
    const double sigma = known ? curve.sigma[i] : guess;
    if (sigma <= 0) continue;
    points.q.push_back(curve.q[i]);
    points.log_q.push_back(std::log(std::max(curve.q[i], 1e-300)));
    points.intensity.push_back(curve.intensity[i]);
    points.sigma.push_back(sigma);
  }
  return points;
}

}  // namespace foray::scattering
