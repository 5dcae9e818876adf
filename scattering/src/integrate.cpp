// Source: Kieffer et al. (2020), J. Synchrotron Rad. 27, 558, doi:10.1107/S1600577520000776, for
// the sums and their errors.
#include "foray/scattering/integrate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "angle_range.h"
#include "foray/common/check.h"
#include "pixel_bins.h"
#include "pixel_norm.h"

namespace foray::scattering {
namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

// Smallest and largest value where the mask is 0.
Range good_range(const char* where, const Image& values, const Mask& mask) {
  Range range{std::numeric_limits<double>::infinity(), kMinusInfinity};
  for (Eigen::Index p = 0; p < values.size(); ++p) {
    if (mask.data()[p] != 0) continue;
    range.lower = std::min(range.lower, values.data()[p]);
    range.upper = std::max(range.upper, values.data()[p]);
  }
  if (range.lower <= range.upper) return range;
  throw std::invalid_argument(std::string(where) +
                              ": mask: expected at least one good pixel, got none");
}

Eigen::VectorXd to_vector(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

// Sums of images over bins of pixels, whatever the bins mean.
class PixelSums {
 public:
  PixelSums(const char* where, Eigen::VectorXd centre, const std::vector<std::int32_t>& index,
            const Geometry& geometry, const Mask& mask, const Corrections& corrections)
      : where_(where),
        centre_(std::move(centre)),
        rows_(mask.rows()),
        cols_(mask.cols()),
        norm_(normalization_map(where, geometry, mask, corrections)),
        bins_(index, static_cast<int>(centre_.size())) {
    ensure(bins_.sum(norm_.data(), 0.0, norm_sums_), "PixelSums: normalisation is not finite");
    pixels_.setZero(centre_.size());
    for (const std::int32_t bin : index) {
      if (bin >= 0) ++pixels_[bin];
    }
    if (pixels_.sum() == 0) {
      throw std::invalid_argument(std::string(where) +
                                  ": expected good pixels in the ranges of q and chi, got none");
    }
    add_dark(mask, corrections);
  }

  [[nodiscard]] BinnedIntensity integrate(const Image& counts, const Image* variance,
                                          const Mask* skip) const {
    check_shapes(counts, variance, skip);
    const double lowest = variance != nullptr ? kMinusInfinity : 0.0;
    if (skip != nullptr) return integrate_masked(counts, variance, lowest, *skip);
    BinnedIntensity result;
    std::vector<double> signal, spread;
    const bool good = variance != nullptr ? bins_.sum_two(counts.data(), lowest, variance->data(),
                                                          0.0, signal, spread)
                                          : bins_.sum(counts.data(), lowest, signal);
    if (!good) refuse_bad_pixel(counts, variance, lowest);
    result.centre = centre_;
    result.signal = to_vector(signal);
    result.variance = variance != nullptr ? to_vector(spread) : result.signal;
    result.normalization = to_vector(norm_sums_);
    result.pixels = pixels_;
    result.counting = variance == nullptr && dark_.size() == 0;
    if (dark_.size() != 0) {
      result.signal -= to_vector(dark_sums_);
      result.variance += to_vector(dark_variance_sums_);
    }
    return result;
  }

  [[nodiscard]] int bins() const { return bins_.bins(); }

 private:
  void add_dark(const Mask& mask, const Corrections& corrections) {
    if (!corrections.dark) return;
    require_shape(where_, "dark", corrections.dark->rows(), corrections.dark->cols(), mask);
    dark_ = *corrections.dark;
    dark_variance_ = corrections.dark_variance ? *corrections.dark_variance : dark_;
    require_shape(where_, "dark_variance", dark_variance_.rows(), dark_variance_.cols(), mask);
    if (!bins_.sum(dark_.data(), 0.0, dark_sums_)) {
      refuse_pixel(where_, "dark", dark_, bins_.find_bad(dark_.data(), 0.0), false);
    }
    if (!bins_.sum(dark_variance_.data(), 0.0, dark_variance_sums_)) {
      refuse_pixel(where_, "dark_variance", dark_variance_,
                   bins_.find_bad(dark_variance_.data(), 0.0), false);
    }
  }

  void check_shapes(const Image& counts, const Image* variance, const Mask* skip) const {
    const auto check = [&](const char* what, Eigen::Index rows, Eigen::Index cols) {
      if (rows == rows_ && cols == cols_) return;
      std::ostringstream text;
      text << where_ << ": " << what << ": expected the mask's shape " << rows_ << " x " << cols_
           << ", got " << rows << " x " << cols;
      throw std::invalid_argument(text.str());
    };
    check("counts", counts.rows(), counts.cols());
    if (variance != nullptr) check("variance", variance->rows(), variance->cols());
    if (skip != nullptr) check("skip", skip->rows(), skip->cols());
  }

  [[nodiscard]] BinnedIntensity integrate_masked(const Image& counts, const Image* variance,
                                                 double lowest, const Mask& skip) const {
    const double* spread = variance != nullptr ? variance->data() : nullptr;
    auto sums = bins_.sum_masked(counts.data(), lowest, spread, skip.data(), norm_.data());
    if (!sums.good) refuse_bad_pixel(counts, variance, lowest, &skip);
    BinnedIntensity result;
    result.centre = centre_;
    result.signal = to_vector(sums.first);
    result.variance = to_vector(sums.second);
    result.normalization = to_vector(sums.weight);
    result.pixels = Eigen::Map<const Eigen::Array<std::int64_t, Eigen::Dynamic, 1>>(
        sums.pixels.data(), static_cast<Eigen::Index>(sums.pixels.size()));
    result.counting = variance == nullptr && dark_.size() == 0;
    if (dark_.size() != 0) {
      const auto dark =
          bins_.sum_masked(dark_.data(), 0.0, dark_variance_.data(), skip.data(), norm_.data());
      result.signal -= to_vector(dark.first);
      result.variance += to_vector(dark.second);
    }
    return result;
  }

  [[noreturn]] void refuse_bad_pixel(const Image& counts, const Image* variance, double lowest,
                                     const Mask* skip = nullptr) const {
    const std::uint32_t* skipped = skip != nullptr ? skip->data() : nullptr;
    const std::int64_t bad = bins_.find_bad(counts.data(), lowest, skipped);
    if (bad >= 0) refuse_pixel(where_, "counts", counts, bad, variance != nullptr);
    if (variance != nullptr) {
      const std::int64_t bad_variance = bins_.find_bad(variance->data(), 0.0, skipped);
      if (bad_variance >= 0) refuse_pixel(where_, "variance", *variance, bad_variance, false);
    }
    throw std::invalid_argument(std::string(where_) +
                                ": counts: expected values whose sums are finite");
  }

  const char* where_;
  Eigen::VectorXd centre_;
  Eigen::Index rows_, cols_;
  Image norm_;
  PixelBins bins_;
  std::vector<double> norm_sums_;
  Eigen::Array<std::int64_t, Eigen::Dynamic, 1> pixels_;
  Image dark_, dark_variance_;
  std::vector<double> dark_sums_, dark_variance_sums_;
};

PixelSums make_radial_sums(const Geometry& geometry, const Mask& mask,
                           const IntegrationOptions& options) {
  constexpr const char* kWhere = "AzimuthalIntegrator";
  const Image q = q_map(geometry, mask.rows(), mask.cols());
  const AngleRange range(kWhere, options.chi);
  const BinEdges edges(kWhere, options.q, good_range(kWhere, q, mask));
  Image angle;
  if (options.chi) angle = chi_map(geometry, mask.rows(), mask.cols());
  std::vector<std::int32_t> index(static_cast<std::size_t>(mask.size()), -1);
  for (Eigen::Index p = 0; p < mask.size(); ++p) {
    if (mask.data()[p] != 0) continue;
    if (options.chi && !range.holds(angle.data()[p])) continue;
    index[static_cast<std::size_t>(p)] = edges.find(q.data()[p]);
  }
  return {kWhere, edges.centres(), index, geometry, mask, options.corrections};
}

PixelSums make_profile_sums(const Geometry& geometry, const Mask& mask,
                            const ProfileOptions& options) {
  constexpr const char* kWhere = "AzimuthalProfiler";
  if (!std::isfinite(options.q.lower) || !std::isfinite(options.q.upper) ||
      options.q.lower >= options.q.upper) {
    std::ostringstream text;
    text << kWhere << ": q: expected finite lower < upper, got " << options.q.lower << " .. "
         << options.q.upper;
    throw std::invalid_argument(text.str());
  }
  const Image q = q_map(geometry, mask.rows(), mask.cols());
  const Image angle = chi_map(geometry, mask.rows(), mask.cols());
  const BinEdges edges(kWhere, options.chi, good_range(kWhere, angle, mask));
  std::vector<std::int32_t> index(static_cast<std::size_t>(mask.size()), -1);
  for (Eigen::Index p = 0; p < mask.size(); ++p) {
    const double value = q.data()[p];
    if (mask.data()[p] != 0 || value < options.q.lower || value > options.q.upper) continue;
    index[static_cast<std::size_t>(p)] = edges.find(angle.data()[p]);
  }
  return {kWhere, edges.centres(), index, geometry, mask, options.corrections};
}

}  // namespace

class AzimuthalIntegrator::Impl {
 public:
  PixelSums sums;
};

AzimuthalIntegrator::AzimuthalIntegrator(const Geometry& geometry, const Mask& mask,
                                         const IntegrationOptions& options)
    : impl_(new Impl{make_radial_sums(geometry, mask, options)}) {}
AzimuthalIntegrator::AzimuthalIntegrator(AzimuthalIntegrator&&) noexcept = default;
AzimuthalIntegrator& AzimuthalIntegrator::operator=(AzimuthalIntegrator&&) noexcept = default;
AzimuthalIntegrator::~AzimuthalIntegrator() = default;

BinnedIntensity AzimuthalIntegrator::integrate(const Image& counts, const Image* variance,
                                               const Mask* skip) const {
  return impl_->sums.integrate(counts, variance, skip);
}

int AzimuthalIntegrator::bins() const { return impl_->sums.bins(); }

class AzimuthalProfiler::Impl {
 public:
  PixelSums sums;
};

AzimuthalProfiler::AzimuthalProfiler(const Geometry& geometry, const Mask& mask,
                                     const ProfileOptions& options)
    : impl_(new Impl{make_profile_sums(geometry, mask, options)}) {}
AzimuthalProfiler::AzimuthalProfiler(AzimuthalProfiler&&) noexcept = default;
AzimuthalProfiler& AzimuthalProfiler::operator=(AzimuthalProfiler&&) noexcept = default;
AzimuthalProfiler::~AzimuthalProfiler() = default;

BinnedIntensity AzimuthalProfiler::integrate(const Image& counts, const Image* variance,
                                             const Mask* skip) const {
  return impl_->sums.integrate(counts, variance, skip);
}

Curve to_curve(const BinnedIntensity& sums) { return to_curve(sums, CurveOptions{}); }

Curve to_curve(const BinnedIntensity& sums, const CurveOptions& options) {
  require(std::isfinite(options.scale) && options.scale > 0,
          "to_curve: scale: expected a finite value > 0, got " + std::to_string(options.scale));
  const Eigen::Index filled = (sums.normalization.array() > 0).count();
  Curve curve;
  curve.q.resize(filled);
  curve.intensity.resize(filled);
  curve.sigma.resize(filled);
  curve.intensity_unit = options.intensity_unit;
  curve.counting = sums.counting;
  Eigen::Index k = 0;
  for (Eigen::Index b = 0; b < sums.centre.size(); ++b) {
    if (!(sums.normalization[b] > 0)) continue;
    const bool nothing = sums.counting && sums.variance[b] == 0;
    const double variance = nothing ? 1.0 : sums.variance[b];
    curve.q[k] = sums.centre[b];
    curve.intensity[k] = options.scale * sums.signal[b] / sums.normalization[b];
    curve.sigma[k] = options.scale * std::sqrt(variance) / sums.normalization[b];
    ++k;
  }
  return curve;
}

}  // namespace foray::scattering
