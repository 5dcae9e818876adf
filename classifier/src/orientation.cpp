#include "orientation.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace foray::classifier {
namespace {

constexpr int kTerms = 7;
using Matrix = Eigen::Matrix<double, kTerms, kTerms>;
using Vector = Eigen::Matrix<double, kTerms, 1>;

Vector terms_at(double chi) {
  Vector terms;
  terms(0) = 1;
  for (int k = 1; k <= 3; ++k) {
    terms(2 * k - 1) = std::cos(2 * k * chi);
    terms(2 * k) = std::sin(2 * k * chi);
  }
  return terms;
}

// Parameters and covariance of the fit. Weights are the bins' normalizations (equal errors per
// pixel), not their measured variances, which would favour low counts.
struct Fit {
  bool valid = false;
  Vector values = Vector::Zero();
  Matrix covariance = Matrix::Zero();
};

Fit fit_terms(const scattering::BinnedIntensity& profile) {
  Fit fit;
  Matrix normal = Matrix::Zero();
  Matrix noise = Matrix::Zero();
  Vector right = Vector::Zero();
  int bins = 0;
  for (Eigen::Index k = 0; k < profile.centre.size(); ++k) {
    if (profile.normalization(k) <= 0) continue;
    ++bins;
    const Vector terms = terms_at(profile.centre(k));
    normal += profile.normalization(k) * terms * terms.transpose();
    noise += std::max(profile.variance(k), 1e-300) * terms * terms.transpose();
    right += profile.signal(k) * terms;
  }
  if (bins < 2 * kTerms) return fit;
  // A small pull to no orientation where a large part of the azimuth is not seen.
  for (int k = 1; k < kTerms; ++k) normal(k, k) *= 1 + 1e-6;
  const Eigen::LDLT<Matrix> solver(normal);
  if (solver.info() != Eigen::Success || solver.rcond() < 1e-9) return fit;
  const Matrix inverse = solver.solve(Matrix::Identity());
  fit.values = inverse * right;
  fit.covariance = inverse * noise * inverse;
  fit.valid = true;
  return fit;
}

}  // namespace

Orientation orientation_of(const scattering::BinnedIntensity& profile, double background) {
  Orientation result;
  const Fit fit = fit_terms(profile);
  const double mean = fit.values(0) - background;
  if (!fit.valid || !(mean > 0) || mean * mean < fit.covariance(0, 0)) return result;
  const double c = fit.values(1);
  const double s = fit.values(2);
  // Noise alone gives an amplitude; its expected square is taken off.
  const double noise = fit.covariance(1, 1) + fit.covariance(2, 2);
  const double amplitude = std::sqrt(std::max(c * c + s * s - noise, 0.0));
  result.order_parameter = std::min(1.0, 0.5 * amplitude / mean);
  result.order_variance =
      0.25 / (mean * mean) *
      (0.5 * noise + fit.covariance(0, 0) * amplitude * amplitude / (mean * mean));
  const double turn = 0.5 * std::atan2(s, c);
  result.director = turn < 0 ? turn + std::numbers::pi : turn;
  // A director that is not determined is uniform over half a turn: variance pi^2 / 12.
  const double widest = std::numbers::pi * std::numbers::pi / 12;
  const double square = c * c + s * s;
  result.director_variance = square > 0 ? std::min(widest, 0.125 * noise / square) : widest;
  result.valid = true;
  return result;
}

}  // namespace foray::classifier
