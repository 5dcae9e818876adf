#include "bounds.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "factor.h"
#include "foray/common/check.h"
#include "foray/common/normal.h"
#include "gp_state.h"
#include "kernel_node.h"

namespace foray::surrogate {

bool has_bounds(const Observations& data) {
  return std::any_of(data.bounds.begin(), data.bounds.end(),
                     [](Bound bound) { return bound != Bound::kNone; });
}

void check_observations(const char* where, const Observations& data) {
  detail::check_data(where, data.x, data.y, data.noise);
  require(data.bounds.empty() || static_cast<Eigen::Index>(data.bounds.size()) == data.y.size(),
          std::string(where) + ": expected no bounds or " + std::to_string(data.y.size()) +
              ", got " + std::to_string(data.bounds.size()));
  require(data.shared.size() == 0 || data.shared.rows() == data.y.size(),
          std::string(where) + ": expected shared errors of " + std::to_string(data.y.size()) +
              " values, got " + std::to_string(data.shared.rows()));
  require_finite(std::string(where) + ": shared", data.shared);
  require(data.features >= 0 && data.features < data.x.rows(),
          std::string(where) + ": expected fewer features than the " +
              std::to_string(data.x.rows()) + " coordinates, got " + std::to_string(data.features));
  require(std::isfinite(data.fixed_mean), std::string(where) + ": fixed_mean must be finite");
  require(std::isfinite(data.least_scale) && data.least_scale >= 0,
          std::string(where) + ": least_scale must be finite and >= 0");
}

namespace detail {

GpOptions options_for(GpOptions options, const Observations& data) {
  options.kernel = data.kernel.value_or(options.kernel);
  if (data.mean) {
    options.mean = *data.mean;
    options.fixed_mean = data.fixed_mean;
  }
  if (options.mean == MeanKind::kSampleMean && has_bounds(data)) {
    options.mean = MeanKind::kFixed;
    options.fixed_mean = data.y.mean();
  }
  return options;
}

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// A site weaker than this share of the prior says nothing; the floor keeps the diagonal of the
// covariance, which pivots are judged by, within range.
constexpr double kLeastPrecision = 1e-6;
// Undamped, neighbouring sites take the same information twice and oscillate.
constexpr double kDamping = 0.7;
constexpr int kMaxSweeps = 60;
// Largest change of a site, in units of the standard deviation of what the others say there.
constexpr double kTolerance = 1e-5;

// Gaussian factors in natural parameters: precision and precision times mean (about a shift).
struct Sites {
  VectorXd precision;
  VectorXd weighted;
};

// What all other observations say of one noisy value.
struct Cavity {
  double mean = 0;
  double variance = 0;
};

// Moments of a normal variable known to lie beyond a bound. Johnson, Kotz & Balakrishnan (1994),
// section 13.10.1.
struct Truncated {
  double mean = 0;
  double variance = 0;
  double log_mass = 0;
};

Truncated truncate(const Cavity& cavity, double bound, double sign) {
  const double deviation = std::sqrt(cavity.variance);
  const double z = sign * (cavity.mean - bound) / deviation;
  const double slope = log_normal_cdf_slope(z);
  return {cavity.mean + sign * deviation * slope,
          cavity.variance * std::max(1 - slope * (z + slope), 1e-12), log_normal_cdf(z)};
}

class Propagation {
 public:
  Propagation(const Observations& data, const Hyperparameters& h, const GpOptions& options)
      : data_(data), options_(options), shift_(data.y.mean()), least_(0) {
    const Kernel kernel(options.kernel, data.x.rows());
    check_hyperparameters("values_for_bounds", h, kernel);
    const Placed points = place(kernel, h.kernel, data.x);
    least_ = kLeastPrecision / variances(kernel, h.kernel, points).mean();
    prior_ = noisy_covariance(kernel, h, points, data.noise);
    add_shared(prior_, data.shared);
    options_.fixed_mean -= shift_;
    for (Index i = 0; i < data.y.size(); ++i)
      if (data.bounds[static_cast<std::size_t>(i)] != Bound::kNone) bounded_.push_back(i);
  }

  ValuesForBounds run(const ValuesForBounds& start) {
    begin(start);
    int sweeps = 0;
    double change = 1;
    while (change > kTolerance && sweeps < kMaxSweeps) {
      find_cavities();
      change = update();
      ++sweeps;
    }
    find_cavities();
    ValuesForBounds values = result(sweeps);
    values.settled = change <= kTolerance;
    return values;
  }

 private:
  void begin(const ValuesForBounds& start) {
    const Index n = data_.y.size();
    sites_.precision = VectorXd::Constant(n, least_);
    sites_.weighted = VectorXd::Zero(n);
    if (start.y.size() != n) return;
    for (const Index i : bounded_) {
      sites_.precision(i) = std::max(1 / (start.noise(i) - data_.noise(i)), least_);
      sites_.weighted(i) = sites_.precision(i) * (start.y(i) - shift_);
    }
  }

  [[nodiscard]] double site_mean(Index i) const { return sites_.weighted(i) / sites_.precision(i); }

  // Leave-one-out predictions less the site's own variance. Rasmussen & Williams eq. 5.12.
  void find_cavities() {
    VectorXd y = data_.y.array() - shift_;
    for (const Index i : bounded_) y(i) = site_mean(i);
    Factor factor = factorise(
        [&] {
          MatrixXd k = prior_;
          for (const Index i : bounded_) k(i, i) += 1 / sites_.precision(i);
          return k;
        },
        std::nullopt, "values_for_bounds", options_.threads);
    const MatrixXd half = half_solved(options_, data_.x, y, factor.lower);
    // The shift is off already.
    VectorXd alpha =
        half.col(0) - half.rightCols(half.cols() - 1) * mean_coefficients(options_, 0, 0, half);
    factor.lower.triangularView<Eigen::Lower>().transpose().solveInPlace(alpha);
    invert_lower(factor.lower, options_.threads);
    cavities_.resize(bounded_.size());
    for (std::size_t b = 0; b < bounded_.size(); ++b) {
      const Index i = bounded_[b];
      const double precision = factor.lower.col(i).tail(y.size() - i).squaredNorm();
      cavities_[b].mean = y(i) - alpha(i) / precision;
      cavities_[b].variance =
          std::max(1 / precision - 1 / sites_.precision(i), 1e-12 * prior_(i, i));
    }
  }

  // Moves the sites towards what makes the moments match; returns the largest change.
  double update() {
    double largest = 0;
    for (std::size_t b = 0; b < bounded_.size(); ++b) {
      const Index i = bounded_[b];
      const Cavity& cavity = cavities_[b];
      const Truncated match = truncate(cavity, data_.y(i) - shift_, sign(i));
      double precision = 1 / match.variance - 1 / cavity.variance;
      double weighted = match.mean / match.variance - cavity.mean / cavity.variance;
      if (!(precision > least_)) {
        precision = least_;
        weighted = least_ * cavity.mean;
      }
      const double by_precision = (precision - sites_.precision(i)) * cavity.variance;
      const double by_weighted = (weighted - sites_.weighted(i)) * std::sqrt(cavity.variance);
      largest = std::max({largest, std::abs(by_precision), std::abs(by_weighted)});
      sites_.precision(i) += kDamping * (precision - sites_.precision(i));
      sites_.weighted(i) += kDamping * (weighted - sites_.weighted(i));
    }
    return largest;
  }

  [[nodiscard]] double sign(Index i) const {
    return data_.bounds[static_cast<std::size_t>(i)] == Bound::kAtLeast ? 1 : -1;
  }

  // Rasmussen & Williams eq. 3.65, less the evidence of the Gaussian values.
  [[nodiscard]] ValuesForBounds result(int sweeps) const {
    ValuesForBounds values{data_.y, data_.noise, 0, sweeps};
    for (std::size_t b = 0; b < bounded_.size(); ++b) {
      const Index i = bounded_[b];
      const double site_variance = 1 / sites_.precision(i);
      values.y(i) = shift_ + site_mean(i);
      values.noise(i) = data_.noise(i) + site_variance;
      const double total = cavities_[b].variance + site_variance;
      const double off = cavities_[b].mean - site_mean(i);
      values.log_correction += truncate(cavities_[b], data_.y(i) - shift_, sign(i)).log_mass +
                               0.5 * std::log(2 * std::numbers::pi * total) +
                               0.5 * off * off / total;
    }
    return values;
  }

  const Observations& data_;
  GpOptions options_;
  double shift_;
  double least_;
  MatrixXd prior_;  // Covariance of the noisy values, lower triangle.
  std::vector<Index> bounded_;
  Sites sites_;
  std::vector<Cavity> cavities_;
};

}  // namespace

ValuesForBounds values_for_bounds(const Observations& data, const Hyperparameters& hyperparameters,
                                  const GpOptions& options, const ValuesForBounds& start) {
  return Propagation(data, hyperparameters, options).run(start);
}

}  // namespace detail

}  // namespace foray::surrogate
