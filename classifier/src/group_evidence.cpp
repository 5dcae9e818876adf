#include "group_evidence.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

namespace foray::classifier {
namespace {

using Complex = std::complex<double>;
using scattering::PlaneOperation;

constexpr double kLongest = 0.28;  // |k| [1/pixel]: above, interpolation is no longer exact
constexpr int kMostCoefficients = 1500;
constexpr int kPowerBins = 14;
// What interpolation and the pixels' grid leave of an exact operation, as a share of the power at
// |k|: grows with the sixth power of |k|. And what all power leaks everywhere.
constexpr double kErrorAtQuarter = 2e-3;
constexpr double kLeak = 1e-6;
constexpr double kTwoPi = 2 * std::numbers::pi;

std::vector<Complex> coefficients(const Eigen::ArrayXXd& cell) {
  const Eigen::Index n = cell.rows();
  Plane plane(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) plane(i, j) = static_cast<float>(cell(i, j));
  }
  const Spectrum half = forward(plane);
  const double scale = 1.0 / static_cast<double>(n * n);
  std::vector<Complex> values(static_cast<std::size_t>(n * n));
  for (Eigen::Index h = 0; h < n; ++h) {
    for (Eigen::Index k = 0; k < n; ++k) {
      const bool here = k < half.cols();
      const Complex value =
          here ? Complex(half(h, k)) : std::conj(Complex(half((n - h) % n, n - k)));
      values[static_cast<std::size_t>(h * n + k)] = scale * value;
    }
  }
  return values;
}

// Inverse transpose of an integer matrix of determinant +-1.
Eigen::Matrix2i inverse_transpose(const Eigen::Matrix2i& turn) {
  Eigen::Matrix2i result;
  result << turn(1, 1), -turn(1, 0), -turn(0, 1), turn(0, 0);
  return turn.determinant() * result;
}

// exp(2 pi i h.shift) of a shift by halves.
double sign_of(const PlaneOperation& operation, int h, int k) {
  const long twice = std::lround(2 * (h * operation.shift(0) + k * operation.shift(1)));
  return twice % 2 == 0 ? 1 : -1;
}

}  // namespace

CellSpectrum::CellSpectrum(const UnitCell& cell, const Eigen::Matrix2d& basis, double smoothing)
    : n_(static_cast<int>(cell.mean.rows())),
      mean_(cell.mean.mean()),
      values_(coefficients(cell.mean - cell.mean.mean())) {
  list_coefficients(basis);
  measure_power(coefficients(cell.error), cell.compared, smoothing);
}

void CellSpectrum::list_coefficients(const Eigen::Matrix2d& basis) {
  const Eigen::Matrix2d reciprocal = basis.inverse().transpose();
  const int most = static_cast<int>(0.4 * n_);
  // A disc that is whole within the grid, and no larger than the work it is worth.
  const double longest =
      std::min({kLongest, most / std::sqrt(basis.colwise().squaredNorm().maxCoeff()),
                std::sqrt(2 * kMostCoefficients / (std::numbers::pi * basis.determinant()))});
  std::vector<std::pair<double, Coefficient>> all;
  for (int h = 0; h <= most; ++h) {
    for (int k = -most; k <= most; ++k) {
      if (h == 0 && k <= 0) continue;
      const double length = (reciprocal * Eigen::Vector2d(h, k)).norm();
      if (length <= longest) all.push_back({length, Coefficient{h, k, 0}});
    }
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.h, a.second.k) < std::tie(b.first, b.second.h, b.second.k);
  });
  const auto size = static_cast<int>(all.size());
  const int bins = std::max(1, std::min(kPowerBins, size / 6));
  length_ = count_ = Eigen::ArrayXd::Zero(bins);
  for (int at = 0; at < size; ++at) {
    Coefficient one = all[static_cast<std::size_t>(at)].second;
    one.bin = at * bins / size;
    length_(one.bin) += all[static_cast<std::size_t>(at)].first;
    count_(one.bin) += 1;
    list_.push_back(one);
  }
  length_ /= count_.max(1);
}

void CellSpectrum::measure_power(const std::vector<Complex>& error, double compared,
                                 double smoothing) {
  const Eigen::Index bins = count_.size();
  pattern_ = Eigen::ArrayXd::Zero(bins);
  Eigen::ArrayXd raw = Eigen::ArrayXd::Zero(bins);
  for (const Coefficient& one : list_) {
    const auto at = static_cast<std::size_t>(index(one.h, one.k));
    pattern_(one.bin) += std::norm(values_[at]);
    raw(one.bin) += std::norm(error[at]) / std::max(compared, 1e-3);
  }
  // Noise of pixels is white before smoothing; relative to that its power is smooth.
  const Eigen::ArrayXd shape =
      (-2 * std::numbers::pi * std::numbers::pi * smoothing * smoothing * length_.square())
          .exp()
          .square();
  noise_ = Eigen::ArrayXd::Zero(bins);
  for (Eigen::Index b = 0; b < bins; ++b) {
    const Eigen::Index first = std::max<Eigen::Index>(0, b - 2);
    const Eigen::Index width = std::min<Eigen::Index>(bins - 1, b + 2) - first + 1;
    noise_(b) =
        shape(b) * (raw / shape).segment(first, width).sum() / count_.segment(first, width).sum();
  }
  pattern_ = pattern_ / count_.max(1) - noise_;
  const double least = 1e-7 * std::max(pattern_.maxCoeff(), 1e-12);
  pattern_ = pattern_.max(least);
  noise_ += kErrorAtQuarter * (4 * length_).pow(6) * pattern_ + kLeak * pattern_.maxCoeff();
}

void CellSpectrum::put(int h, int k, const Complex& value, Spectrum& spectrum) const {
  if (wrapped(k) <= n_ / 2) spectrum(wrapped(h), wrapped(k)) = std::complex<float>(value);
  if (wrapped(-k) <= n_ / 2) {
    spectrum(wrapped(-h), wrapped(-k)) = std::complex<float>(std::conj(value));
  }
}

Eigen::ArrayXXd CellSpectrum::symmetrised(const GroupSetting& setting,
                                          const Eigen::Vector2d& origin) const {
  const Predicted terms = predicted(setting, origin);
  Spectrum spectrum = Spectrum::Zero(n_, n_ / 2 + 1);
  for (std::size_t at = 0; at < list_.size(); ++at) {
    Complex mean = 0;
    for (const auto& term : terms) mean += term[at] / static_cast<double>(terms.size());
    const Coefficient& one = list_[at];
    const double turn = one.h * origin(0) + one.k * origin(1);
    put(one.h, one.k, mean * std::polar(1.0, -kTwoPi * turn), spectrum);
  }
  return inverse(std::move(spectrum), n_).cast<double>() + mean_;
}

// Correlation of the cell with itself under a turn, for every shift that follows.
const Plane& CellSpectrum::correlation(const Eigen::Matrix2i& turn) {
  const std::vector<int> key = {turn(0, 0), turn(0, 1), turn(1, 0), turn(1, 1)};
  const auto known = correlations_.find(key);
  if (known != correlations_.end()) return known->second;
  Spectrum product = Spectrum::Zero(n_, n_ / 2 + 1);
  const double reach = length_(length_.size() - 1);
  for (const Coefficient& one : list_) {
    const int h = turn(0, 0) * one.h + turn(1, 0) * one.k;
    const int k = turn(0, 1) * one.h + turn(1, 1) * one.k;
    if (2 * std::abs(h) >= n_ || 2 * std::abs(k) >= n_) continue;
    const double relative = length_(one.bin) / reach;
    const double weight =
        std::exp(-4 * relative * relative) / (pattern_(one.bin) + noise_(one.bin));
    const Complex value = weight * values_[static_cast<std::size_t>(index(one.h, one.k))] *
                          std::conj(values_[static_cast<std::size_t>(index(h, k))]);
    put(one.h, one.k, value, product);
  }
  return correlations_.emplace(key, inverse(std::move(product), n_)).first->second;
}

Eigen::Vector2d CellSpectrum::best_on_grid(const GroupSetting& setting) {
  Plane sum = Plane::Zero(n_, n_);
  for (std::size_t g = 1; g < setting.operations.size(); ++g) {
    const PlaneOperation& operation = setting.operations[g];
    const Plane& map = correlation(operation.turn);
    const auto shift_i = static_cast<int>(std::lround(n_ * operation.shift(0)));
    const auto shift_j = static_cast<int>(std::lround(n_ * operation.shift(1)));
    const Eigen::Matrix2i move = Eigen::Matrix2i::Identity() - operation.turn;
    for (int i = 0; i < n_; ++i) {
      int row = ((shift_i + move(0, 0) * i) % n_ + n_) % n_;
      int column = ((shift_j + move(1, 0) * i) % n_ + n_) % n_;
      const int down = (move(0, 1) % n_ + n_) % n_;
      const int across = (move(1, 1) % n_ + n_) % n_;
      for (int j = 0; j < n_; ++j) {
        sum(i, j) += map(row, column);
        row += down;
        if (row >= n_) row -= n_;
        column += across;
        if (column >= n_) column -= n_;
      }
    }
  }
  Eigen::Index i = 0;
  Eigen::Index j = 0;
  sum.maxCoeff(&i, &j);
  return Eigen::Vector2d(static_cast<double>(i), static_cast<double>(j)) / n_;
}

CellSpectrum::Predicted CellSpectrum::predicted(const GroupSetting& setting,
                                                const Eigen::Vector2d& origin) const {
  // exp(2 pi i h.origin) by powers.
  std::vector<Complex> across(static_cast<std::size_t>(n_));
  std::vector<Complex> down(static_cast<std::size_t>(n_));
  for (int h = 0; h < n_; ++h) {
    const int signed_h = h < n_ / 2 ? h : h - n_;
    across[static_cast<std::size_t>(h)] = std::polar(1.0, kTwoPi * signed_h * origin(0));
    down[static_cast<std::size_t>(h)] = std::polar(1.0, kTwoPi * signed_h * origin(1));
  }
  Predicted result(setting.operations.size());
  for (std::size_t g = 0; g < result.size(); ++g) {
    const Eigen::Matrix2i back = inverse_transpose(setting.operations[g].turn);
    result[g].resize(list_.size());
    for (std::size_t at = 0; at < list_.size(); ++at) {
      const int h = back(0, 0) * list_[at].h + back(0, 1) * list_[at].k;
      const int k = back(1, 0) * list_[at].h + back(1, 1) * list_[at].k;
      const int i = wrapped(h);
      const int j = wrapped(k);
      result[g][at] = sign_of(setting.operations[g], h, k) *
                      values_[static_cast<std::size_t>(i) * static_cast<std::size_t>(n_) +
                              static_cast<std::size_t>(j)] *
                      across[static_cast<std::size_t>(i)] * down[static_cast<std::size_t>(j)];
    }
  }
  return result;
}

// Gauss-Newton steps on the weighted residual.
Eigen::Vector2d CellSpectrum::refined(const GroupSetting& setting, Eigen::Vector2d origin) const {
  const double share = 1.0 / static_cast<double>(setting.operations.size());
  const double reach = length_(length_.size() - 1);
  for (int step = 0; step < 3; ++step) {
    const Predicted terms = predicted(setting, origin);
    Eigen::Matrix2d normal = Eigen::Matrix2d::Zero();
    Eigen::Vector2d right = Eigen::Vector2d::Zero();
    for (std::size_t at = 0; at < list_.size(); ++at) {
      const Coefficient& one = list_[at];
      const double relative = length_(one.bin) / reach;
      double weight = 1 / (noise_(one.bin) + 0.02 * pattern_(one.bin));
      if (step == 0) weight *= std::exp(-4 * relative * relative);
      Complex mean = 0;
      Complex mean_h = 0;
      Complex mean_k = 0;
      for (std::size_t g = 0; g < terms.size(); ++g) {
        const Eigen::Matrix2i back = inverse_transpose(setting.operations[g].turn);
        const Complex term = share * terms[g][at];
        mean += term;
        mean_h += static_cast<double>(back(0, 0) * one.h + back(0, 1) * one.k) * term;
        mean_k += static_cast<double>(back(1, 0) * one.h + back(1, 1) * one.k) * term;
      }
      const Complex rest = terms[0][at] - mean;
      const Complex slope_h =
          Complex(0, kTwoPi) * (static_cast<double>(one.h) * terms[0][at] - mean_h);
      const Complex slope_k =
          Complex(0, kTwoPi) * (static_cast<double>(one.k) * terms[0][at] - mean_k);
      normal(0, 0) += weight * std::norm(slope_h);
      normal(1, 1) += weight * std::norm(slope_k);
      normal(0, 1) += weight * (std::conj(slope_h) * slope_k).real();
      right(0) -= weight * (std::conj(slope_h) * rest).real();
      right(1) -= weight * (std::conj(slope_k) * rest).real();
    }
    normal(1, 0) = normal(0, 1);
    // Along a mirror nothing changes; the ridge keeps the step there at zero.
    normal.diagonal().array() += 1e-6 * normal.trace() + 1e-300;
    const Eigen::Vector2d move = normal.inverse() * right;
    // Farther than a point of the grid the residual is not linear.
    origin += move * std::min(1.0, 0.7 / (n_ * std::max(move.norm(), 1e-12)));
  }
  return origin;
}

CellSpectrum::Residual CellSpectrum::residual(const GroupSetting& setting,
                                              const Predicted& predicted,
                                              const std::vector<int>& members) const {
  Residual result{Eigen::ArrayXd::Zero(count_.size()), Eigen::ArrayXd::Zero(count_.size())};
  const double share = 1.0 / static_cast<double>(members.size());
  for (std::size_t at = 0; at < list_.size(); ++at) {
    const Coefficient& one = list_[at];
    Complex mean = 0;
    double kept = 0;
    for (const int g : members) {
      const PlaneOperation& operation = setting.operations[static_cast<std::size_t>(g)];
      mean += predicted[static_cast<std::size_t>(g)][at];
      const Eigen::Matrix2i& turn = operation.turn;
      const bool stays = turn(0, 0) * one.h + turn(1, 0) * one.k == one.h &&
                         turn(0, 1) * one.h + turn(1, 1) * one.k == one.k;
      if (stays) kept += sign_of(operation, one.h, one.k);
    }
    result.power(one.bin) += std::norm(predicted[0][at] - share * mean);
    result.freedom(one.bin) += 1 - share * kept;
  }
  return result;
}

GroupEvidence CellSpectrum::compare(const Residual& residual, const BreakLimits& limits) const {
  double holds = -1e300;
  double broken = -1e300;
  GroupEvidence result;
  double best = -1e300;
  const auto consider = [&](double share, double& most) {
    const Eigen::ArrayXd variance = noise_ + share * pattern_;
    const double value =
        -(residual.freedom * variance.log() + residual.power.max(0) / variance).sum();
    most = std::max(most, value);
    if (value > best) {
      best = value;
      result.broken = share;
    }
  };
  for (double share = limits.largest; share > 2e-4; share *= 0.7) consider(share, holds);
  for (double share = limits.least; share < 2; share *= 1.3) consider(share, broken);
  result.ratio = holds - broken;
  return result;
}

double CellSpectrum::finer(const Eigen::Vector2i& step, int parts,
                           const BreakLimits& limits) const {
  Residual residual{Eigen::ArrayXd::Zero(count_.size()), Eigen::ArrayXd::Zero(count_.size())};
  for (const Coefficient& one : list_) {
    if ((step(0) * one.h + step(1) * one.k) % parts == 0) continue;
    residual.power(one.bin) += std::norm(values_[static_cast<std::size_t>(index(one.h, one.k))]);
    residual.freedom(one.bin) += 1;
  }
  return compare(residual, limits).ratio;
}

GroupEvidence CellSpectrum::evidence(const GroupSetting& setting, const BreakLimits& limits) {
  GroupEvidence result;
  if (setting.operations.size() == 1) return result;
  const Eigen::Vector2d origin = refined(setting, best_on_grid(setting));
  const Predicted terms = predicted(setting, origin);
  std::vector<int> everything(setting.operations.size());
  for (std::size_t g = 0; g < everything.size(); ++g) everything[g] = static_cast<int>(g);
  const Residual whole = residual(setting, terms, everything);
  result = compare(whole, limits);
  // What is added to each maximal subgroup must hold by itself: in the whole it may be a small
  // part.
  for (const auto& members : setting.parts) {
    if (members.size() == 1) continue;
    const Residual part = residual(setting, terms, members);
    const GroupEvidence step =
        compare({whole.power - part.power, whole.freedom - part.freedom}, limits);
    if (step.ratio < result.ratio) result = step;
  }
  result.origin = origin;
  return result;
}

}  // namespace foray::classifier
