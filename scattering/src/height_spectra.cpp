#include "height_spectra.h"

#include <math.h>  // j0 is POSIX's

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

namespace foray::scattering {

namespace {

using std::numbers::pi;

constexpr double kLogStep = 0.05;    // of the logarithms, of tables and of integrals
constexpr double kFlat = -8;         // of ln(x): below, all F_p are what they are at 0, to 1e-6
constexpr double kFarBelow = 18;     // e-folds below a scale that an integral begins
constexpr double kNothing = 1e-30;   // a power of c that no longer counts
constexpr double kLastDecay = 45;    // K0 of it is next to nothing
constexpr double kFirstDecay = -25;  // of ln(x t), where integrals along the imaginary axis begin

int steps_to(double logarithm) { return static_cast<int>(std::ceil(logarithm / kLogStep)); }

double norm_of(double hurst) { return std::pow(2, 1 - hurst) / std::tgamma(hurst); }

}  // namespace

HeightSpectra::HeightSpectra(double hurst, int orders, double x_max)
    : hurst_(hurst), first_(steps_to(kFlat) - 1) {
  const int columns = steps_to(std::log(std::max(x_max, 1.0))) + 3 - first_;
  logarithms_.resize(orders - 1, columns);
  if (orders < 2) return;
  tabulate_near();
  tabulate_far();
}

int HeightSpectra::first_far(int order) const {
  return std::min(steps_to(std::log(order)), last() + 1);
}

void HeightSpectra::tabulate_near() {
  const int orders = static_cast<int>(logarithms_.rows()) + 1;
  // Where c^p falls at first: u^(2 h) is one over p.
  const int begin = -steps_to(kFarBelow + std::log(orders) / (2 * hurst_));
  const int end = steps_to(std::log(-std::log(kNothing)));
  std::vector<double> c, power;
  for (int j = begin; j <= end; ++j) {
    const double u = std::exp(j * kLogStep);
    c.push_back(
        std::min(1.0, norm_of(hurst_) * std::pow(u, hurst_) * std::cyl_bessel_k(hurst_, u)));
    power.push_back(2 * pi * kLogStep * u * u * c.back());
  }
  const int far = first_far(orders);
  std::vector<double> wave;
  for (int k = first_ + begin; k < far + end; ++k) wave.push_back(::j0(std::exp(k * kLogStep)));
  std::size_t size = c.size();
  for (int order = 2; order <= orders; ++order) {
    for (std::size_t j = 0; j < size; ++j) power[j] *= c[j];
    while (size > 1 && power[size - 1] < kNothing) --size;
    for (int i = first_; i < first_far(order); ++i) {
      const double* row = wave.data() + (i - first_);
      double sum = 0;
      for (std::size_t j = 0; j < size; ++j) sum += power[j] * row[j];
      logarithms_(order - 2, i - first_) = std::log(std::max(sum, kNothing));
    }
  }
}

void HeightSpectra::tabulate_far() {
  const int orders = static_cast<int>(logarithms_.rows()) + 1;
  const int lowest = -steps_to(-kFirstDecay), highest = steps_to(std::log(kLastDecay));
  std::vector<double> decay;  // over ln(x t)
  for (int k = lowest; k <= highest; ++k)
    decay.push_back(std::cyl_bessel_k(0, std::exp(k * kLogStep)));
  const int begin = lowest - last(), end = highest - first_far(2);
  std::vector<std::complex<double>> c, power;
  for (int j = begin; j <= end; ++j) {
    const double t = std::exp(j * kLogStep);
    const double scale = -0.5 * pi * norm_of(hurst_) * std::pow(t, hurst_);
    c.emplace_back(scale * std::cyl_neumann(hurst_, t), scale * std::cyl_bessel_j(hurst_, t));
    power.push_back(-4 * kLogStep * t * t * c.back());
  }
  for (int order = 2; order <= orders; ++order) {
    for (std::size_t j = 0; j < c.size(); ++j) power[j] *= c[j];
    for (int i = first_far(order); i <= last(); ++i) {
      double sum = 0;
      for (int k = lowest; k <= highest; ++k) {
        const auto j = static_cast<std::size_t>(k - i - begin);
        sum += decay[static_cast<std::size_t>(k - lowest)] * power[j].imag();
      }
      logarithms_(order - 2, i - first_) = std::log(std::max(sum, kNothing));
    }
  }
}

Eigen::VectorXd HeightSpectra::at(double x) const {
  Eigen::VectorXd values(logarithms_.rows() + 1);
  values(0) = 4 * pi * hurst_ * std::pow(1 + x * x, -1 - hurst_);
  if (values.size() == 1) return values;
  const double place = std::log(std::max(x, std::exp(kFlat))) / kLogStep - first_;
  const auto i = std::min(static_cast<Eigen::Index>(place), logarithms_.cols() - 3);
  const double t = place - static_cast<double>(i);
  const double a = t - 1, b = t - 2, c = t + 1;
  const Eigen::Vector4d weights(-t * a * b / 6, 0.5 * c * a * b, -0.5 * c * t * b, t * a * c / 6);
  values.tail(logarithms_.rows()) =
      (logarithms_.middleCols(i - 1, 4) * weights).array().exp().matrix();
  return values;
}

}  // namespace foray::scattering
