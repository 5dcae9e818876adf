#include "poisson_quantile.h"

#include <math.h>  // lgamma_r is POSIX's

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace foray::simulator {

namespace {

using Values = Eigen::Array<double, Eigen::Dynamic, 1, 0, kQuantileBlock, 1>;
using ConstMap = Eigen::Map<const Eigen::ArrayXd>;

constexpr double kNearest = 4;  // standard deviations within which the bound holds
constexpr double kAlwaysOpen = 1e300;
constexpr double kExactMeans = 1e8;   // beyond, a sum has too many terms
constexpr double kStirlingFrom = 64;  // the series' first term left out is 1.4e-16
constexpr double kCentral = 0.425;    // from the middle: no logarithm
constexpr double kCentralSquare = 0.180625;
constexpr double kTailMiddle = 1.6;

using Coefficients = std::array<double, 8>;  // of a polynomial, constant first
constexpr Coefficients kCentralTop = {3.3871328727963666080,   1.3314166789178437745e2,
                                      1.9715909503065514427e3, 1.3731693765509461125e4,
                                      4.5921953931549871457e4, 6.7265770927008700853e4,
                                      3.3430575583588128105e4, 2.5090809287301226727e3};
constexpr Coefficients kCentralBottom = {1,
                                         4.2313330701600911252e1,
                                         6.8718700749205790830e2,
                                         5.3941960214247511077e3,
                                         2.1213794301586595867e4,
                                         3.9307895800092710610e4,
                                         2.8729085735721942674e4,
                                         5.2264952788528545610e3};
constexpr Coefficients kTailTop = {1.42343711074968357734,    4.63033784615654529590,
                                   5.76949722146069140550,    3.64784832476320460504,
                                   1.27045825245236838258,    2.41780725177450611770e-1,
                                   2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr Coefficients kTailBottom = {1,
                                      2.05319162663775882187,
                                      1.67638483018380384940,
                                      6.89767334985100004550e-1,
                                      1.48103976427480074590e-1,
                                      1.51986665636164571966e-2,
                                      5.47593808499534494600e-4,
                                      1.05075007164441684324e-9};

// An expression, not evaluated: the caller stores it.
template <typename X>
auto polynomial(const Coefficients& c, const X& x) {
  return ((((((c[7] * x + c[6]) * x + c[5]) * x + c[4]) * x + c[3]) * x + c[2]) * x + c[1]) * x +
         c[0];
}

// P(N = k).
double probability(double mean, double k) {
  if (k < 0) return 0;
  if (k < kStirlingFrom) {
    int sign = 0;
    return std::exp(k * std::log(mean) - mean - ::lgamma_r(k + 1, &sign));
  }
  // Stirling's series; k ln(mean / k) + k - mean without the cancellation of its large terms.
  const double off = k - mean;
  const double exponent = off - k * std::log1p(off / mean);
  const double inverse = 1 / k, square = inverse * inverse;
  const double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260)));
  return std::exp(exponent - series) / std::sqrt(2 * std::numbers::pi * k);
}

// P(N <= k), from whichever tail is the shorter.
double cumulative(double mean, double k) {
  double term = 1, sum = 0;
  if (k < mean) {
    for (double j = k; term > 1e-17 * sum && j >= 0; --j) {
      sum += term;
      term *= j / mean;
    }
    return probability(mean, k) * sum;
  }
  for (double j = k + 2; term > 1e-17 * sum; ++j) {
    sum += term;
    term *= mean / j;
  }
  return 1 - probability(mean, k + 1) * sum;
}

}  // namespace

void normal_quantiles(const double* uniform, double* z, Eigen::Index n) {
  std::array<int, kQuantileBlock> tails{};
  Eigen::Index count = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    tails[static_cast<std::size_t>(count)] = static_cast<int>(i);
    count += std::abs(uniform[i] - 0.5) > kCentral ? 1 : 0;
  }
  Values tail(count);  // before z is written, which may be the same memory
  for (Eigen::Index j = 0; j < count; ++j) tail[j] = uniform[tails[static_cast<std::size_t>(j)]];
  const Values offset = ConstMap(uniform, n) - 0.5;
  const Values square = kCentralSquare - offset.square();
  Eigen::Map<Eigen::ArrayXd>(z, n) =
      offset * polynomial(kCentralTop, square) / polynomial(kCentralBottom, square);
  const Values root = (-tail.min(1 - tail).log()).sqrt() - kTailMiddle;
  const Values far = polynomial(kTailTop, root) / polynomial(kTailBottom, root);
  for (Eigen::Index j = 0; j < count; ++j) {
    z[tails[static_cast<std::size_t>(j)]] = std::copysign(far[j], tail[j] - 0.5);
  }
}

double poisson_quantile(double mean, double uniform, double guess) {
  double k = std::max(0.0, std::floor(guess));
  double below = cumulative(mean, k), at = probability(mean, k);
  while (uniform >= below) {  // one more
    k += 1;
    at *= mean / k;
    if (k > mean && at < 1e-17) return k;  // no double lies between this sum and 1
    below += at;
  }
  while (k > 0 && uniform < below - at) {  // one less
    below -= at;
    at *= k / mean;
    k -= 1;
  }
  return k;
}

void poisson_quantiles(const double* mean, const double* uniform, double* counts, Eigen::Index n) {
  const Values u = ConstMap(uniform, n), lambda = ConstMap(mean, n);
  Values z(n);
  normal_quantiles(u.data(), z.data(), n);
  const Values square = z.square();
  const Values root = lambda.sqrt();
  const Values inverse = 1 / root;
  // Q_N3: terms of 1, 1 / root and 1 / mean beyond the normal law.
  const Values place =
      lambda + (root * z + (1.0 / 3 + square * (1.0 / 6)) +
                inverse * (inverse * ((square * (1.0 / 270) + 7.0 / 810) * square - 8.0 / 405) -
                           z * (square * (1.0 / 72) + 1.0 / 36)));
  // Without branches: no bound beyond kExactMeans, one that always leaves counts open far out.
  const Values bound = ((0.03 + 0.02 * square.square()) * inverse.cube() + 1e-15 * lambda +
                        (square - kNearest * kNearest).max(0.0) * kAlwaysOpen) *
                       (kExactMeans - lambda).max(0.0).min(1.0);
  const Values whole = place.floor();
  const Values slack = (place - whole).min(whole + 1 - place) - bound;
  Eigen::Map<Eigen::ArrayXd>(counts, n) = whole.max(0.0);
  if (slack.minCoeff() >= 0) return;
  for (Eigen::Index i = 0; i < n; ++i) {
    if (slack[i] < 0) counts[i] = poisson_quantile(lambda[i], u[i], place[i]);
  }
}

}  // namespace foray::simulator
