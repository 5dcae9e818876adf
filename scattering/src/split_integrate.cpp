// Source: Kieffer et al. (2020), J. Synchrotron Rad. 27, 558, doi:10.1107/S1600577520000776.
#include "foray/scattering/split_integrate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "foray/common/check.h"
#include "foray/common/median.h"
#include "pixel_norm.h"
#include "pixel_parts.h"

namespace foray::scattering {
namespace {

// What an image adds to a bin.
struct BinSum {
  double signal = 0, variance = 0;
};

// The scatter of the pixels whose largest part is in a bin.
struct Scatter {
  double squares = 0;  // of counts about their expectation, over what the pixel counts for
  double pixels = 0;

  // Variance of counts for each unit of normalisation; needs two pixels.
  [[nodiscard]] double ratio() const { return squares / (pixels - 1); }
};

// Where the pixels of a bin are, and the variance of counts for each unit of normalisation.
struct BinCenter {
  double mean = 0, ratio = 0, pixels = 0;
};

Image shaped(const std::vector<double>& values, Eigen::Index rows, Eigen::Index cols) {
  return Eigen::Map<const Image>(values.data(), rows, cols);
}

}  // namespace

Image BinnedImage::intensity() const {
  return (normalization > 0)
      .select(signal / normalization, std::numeric_limits<double>::quiet_NaN());
}

Image BinnedImage::sigma() const {
  return (normalization > 0)
      .select(variance.sqrt() / normalization, std::numeric_limits<double>::quiet_NaN());
}

BinnedIntensity BinnedImage::column(Eigen::Index j) const {
  require(j >= 0 && j < second.size(),
          "BinnedImage::column: expected a bin of the second axis, 0 .. " +
              std::to_string(second.size() - 1) + ", got " + std::to_string(j));
  BinnedIntensity sums;
  sums.centre = first;
  sums.signal = signal.col(j);
  sums.normalization = normalization.col(j);
  sums.variance = variance.col(j);
  sums.pixels = pixels.col(j).ceil().cast<std::int64_t>();
  sums.counting = counting;
  return sums;
}

class SplitIntegrator::Impl {
 public:
  Impl(const Geometry& geometry, const Mask& mask, const SplitOptions& options)
      : layout_(make_layout(geometry, mask, options)),
        rows_(mask.rows()),
        cols_(mask.cols()),
        norm_(normalization_map(kSplitIntegrator, geometry, mask, options.corrections)) {
    add_dark(mask, options.corrections);
    pixels_.assign(bins(), 0.0);
    normalization_.assign(bins(), 0.0);
    for_each([&](std::size_t, std::int32_t pixel, std::int32_t bin, double part) {
      pixels_[static_cast<std::size_t>(bin)] += part;
      normalization_[static_cast<std::size_t>(bin)] += part * norm_.data()[pixel];
    });
  }

  [[nodiscard]] BinnedImage integrate(const Image& counts, const ClipOptions& options,
                                      const Image* variance, const Mask* skip) const {
    check(counts, options, variance, skip);
    if (skip == nullptr && options.clip == 0 && options.errors != ErrorModel::kAzimuthal) {
      bool good = true;
      const std::vector<BinSum> sums = sum(counts, variance, good);
      if (!good) check_pixels(counts, variance, skip);
      return result(sums, normalization_, pixels_, variance);
    }
    check_pixels(counts, variance, skip);
    std::vector<char> used(layout_.parts.pixel.size(), 1);
    for (std::size_t k = 0; k < used.size() && skip != nullptr; ++k) {
      used[k] = skip->data()[layout_.parts.pixel[k]] == 0 ? 1 : 0;
    }
    return integrate_some(counts, options, variance, used);
  }

 private:
  [[nodiscard]] std::size_t bins() const {
    return static_cast<std::size_t>(layout_.first.count()) *
           static_cast<std::size_t>(layout_.second.count());
  }

  // Visits (number of the good pixel, pixel, bin, part).
  template <typename Visit>
  void for_each(const Visit& visit) const {
    const PixelParts& parts = layout_.parts;
    for (std::size_t k = 0; k < parts.pixel.size(); ++k) {
      for (auto e = static_cast<std::size_t>(parts.start[k]);
           e < static_cast<std::size_t>(parts.start[k + 1]); ++e) {
        visit(k, parts.pixel[k], parts.bin[e], static_cast<double>(parts.part[e]));
      }
    }
  }

  void add_dark(const Mask& mask, const Corrections& corrections) {
    if (!corrections.dark) return;
    dark_ = *corrections.dark;
    dark_variance_ = corrections.dark_variance.value_or(dark_);
    for (const auto& [name, image] :
         {std::pair{"dark", &dark_}, {"dark_variance", &dark_variance_}}) {
      require_shape(kSplitIntegrator, name, image->rows(), image->cols(), mask);
      for (const std::int32_t pixel : layout_.parts.pixel) {
        const double value = image->data()[pixel];
        if (!(value >= 0) || std::isinf(value)) {
          refuse_pixel(kSplitIntegrator, name, *image, pixel, false);
        }
      }
    }
  }

  void check(const Image& counts, const ClipOptions& options, const Image* variance,
             const Mask* skip) const {
    const auto shape = [&](const char* what, Eigen::Index rows, Eigen::Index cols) {
      if (rows == rows_ && cols == cols_) return;
      std::ostringstream text;
      text << kSplitIntegrator << ": " << what << ": expected the mask's shape " << rows_ << " x "
           << cols_ << ", got " << rows << " x " << cols;
      throw std::invalid_argument(text.str());
    };
    shape("counts", counts.rows(), counts.cols());
    if (variance != nullptr) shape("variance", variance->rows(), variance->cols());
    if (skip != nullptr) shape("skip", skip->rows(), skip->cols());
    require(
        std::isfinite(options.clip) && options.clip >= 0,
        "SplitIntegrator: clip: expected a finite value >= 0, got " + std::to_string(options.clip));
    require(options.max_rounds >= 1, "SplitIntegrator: max_rounds: expected at least 1, got " +
                                         std::to_string(options.max_rounds));
    require(options.clip == 0 || options.clip >= 2,
            "SplitIntegrator: clip: expected 0 or at least 2, below which good pixels go, got " +
                std::to_string(options.clip));
  }

  // Says which pixel in use is no number that it can be; nothing where all are.
  void check_pixels(const Image& counts, const Image* variance, const Mask* skip) const {
    for (const std::int32_t pixel : layout_.parts.pixel) {
      if (skip != nullptr && skip->data()[pixel] != 0) continue;
      const double value = counts.data()[pixel];
      if (!std::isfinite(value) || (variance == nullptr && value < 0)) {
        refuse_pixel(kSplitIntegrator, "counts", counts, pixel, variance != nullptr);
      }
      if (variance == nullptr) continue;
      const double spread = variance->data()[pixel];
      if (!(spread >= 0) || std::isinf(spread)) {
        refuse_pixel(kSplitIntegrator, "variance", *variance, pixel, false);
      }
    }
  }

  [[nodiscard]] double signal_of(const Image& counts, std::int32_t pixel) const {
    return dark_.size() == 0 ? counts.data()[pixel] : counts.data()[pixel] - dark_.data()[pixel];
  }

  [[nodiscard]] double variance_of(const Image& counts, const Image* variance,
                                   std::int32_t pixel) const {
    const double own = variance != nullptr ? variance->data()[pixel] : counts.data()[pixel];
    return dark_.size() == 0 ? own : own + dark_variance_.data()[pixel];
  }

  // `good` becomes false where a pixel may be no number that it can be.
  [[nodiscard]] std::vector<BinSum> sum(const Image& counts, const Image* variance,
                                        bool& good) const {
    constexpr double kLargest = std::numeric_limits<double>::max();
    const double least = variance == nullptr ? 0.0 : -kLargest;
    std::vector<BinSum> sums(bins());
    const PixelParts& parts = layout_.parts;
    for (std::size_t k = 0; k < parts.pixel.size(); ++k) {
      const double signal = signal_of(counts, parts.pixel[k]);
      const double spread = variance_of(counts, variance, parts.pixel[k]);
      const double count = counts.data()[parts.pixel[k]];
      good &= (count >= least) & (count <= kLargest) & (spread >= 0) & (spread <= kLargest);
      for (std::int32_t e = parts.start[k]; e < parts.start[k + 1]; ++e) {
        const auto entry = static_cast<std::size_t>(e);
        const double part = parts.part[entry];
        BinSum& bin = sums[static_cast<std::size_t>(parts.bin[entry])];
        bin.signal += part * signal;
        bin.variance += part * part * spread;
      }
    }
    return sums;
  }

  [[nodiscard]] BinnedImage result(const std::vector<BinSum>& sums,
                                   const std::vector<double>& normalization,
                                   const std::vector<double>& pixels, const Image* variance) const {
    BinnedImage out;
    const Eigen::Index n = layout_.first.count(), m = layout_.second.count();
    out.first = layout_.first.centres();
    out.second = layout_.second.centres();
    out.signal.resize(n, m);
    out.variance.resize(n, m);
    for (std::size_t b = 0; b < sums.size(); ++b) {
      out.signal.data()[b] = sums[b].signal;
      out.variance.data()[b] = sums[b].variance;
    }
    out.normalization = shaped(normalization, n, m);
    out.pixels = shaped(pixels, n, m);
    out.counting = variance == nullptr && dark_.size() == 0;
    return out;
  }

  // Sums over the pixels in use.
  struct Sums {
    std::vector<BinSum> bin;
    std::vector<double> normalization, pixels;

    [[nodiscard]] double mean(std::int32_t b) const {
      const auto at = static_cast<std::size_t>(b);
      return normalization[at] > 0 ? bin[at].signal / normalization[at] : 0.0;
    }
  };

  [[nodiscard]] Sums sum_some(const Image& counts, const Image* variance,
                              const std::vector<char>& used) const {
    Sums sums{std::vector<BinSum>(bins()), std::vector<double>(bins(), 0.0),
              std::vector<double>(bins(), 0.0)};
    for_each([&](std::size_t k, std::int32_t pixel, std::int32_t bin, double part) {
      if (used[k] == 0) return;
      const auto at = static_cast<std::size_t>(bin);
      sums.bin[at].signal += part * signal_of(counts, pixel);
      sums.bin[at].variance += part * part * variance_of(counts, variance, pixel);
      sums.normalization[at] += part * norm_.data()[pixel];
      sums.pixels[at] += part;
    });
    return sums;
  }

  [[nodiscard]] std::vector<Scatter> scatter(const Image& counts, const Sums& sums,
                                             const std::vector<char>& used) const {
    std::vector<Scatter> scatter(bins());
    const PixelParts& parts = layout_.parts;
    for (std::size_t k = 0; k < used.size(); ++k) {
      if (used[k] == 0) continue;
      const std::int32_t pixel = parts.pixel[k];
      const std::int32_t bin = parts.bin[static_cast<std::size_t>(parts.start[k])];
      const double norm = norm_.data()[pixel];
      const double off = signal_of(counts, pixel) - sums.mean(bin) * norm;
      Scatter& one = scatter[static_cast<std::size_t>(bin)];
      one.squares += off * off / norm;
      one.pixels += 1;
    }
    return scatter;
  }

  // Medians in each bin of the pixels' intensities, and the scatter about them that the median
  // deviation of a normal distribution stands for: spots move neither.
  [[nodiscard]] std::vector<BinCenter> robust_centers(const Image& counts,
                                                      const std::vector<char>& used) const {
    std::vector<std::vector<std::int32_t>> members(bins());
    const PixelParts& parts = layout_.parts;
    for (std::size_t k = 0; k < used.size(); ++k) {
      if (used[k] == 0) continue;
      const std::int32_t bin = parts.bin[static_cast<std::size_t>(parts.start[k])];
      members[static_cast<std::size_t>(bin)].push_back(parts.pixel[k]);
    }
    std::vector<BinCenter> centers(bins());
    std::vector<double> values;
    for (std::size_t b = 0; b < members.size(); ++b) {
      BinCenter& center = centers[b];
      center.pixels = static_cast<double>(members[b].size());
      if (members[b].empty()) continue;
      values.clear();
      for (const std::int32_t p : members[b]) {
        values.push_back(signal_of(counts, p) / norm_.data()[p]);
      }
      center.mean = upper_median(values);
      values.clear();
      for (const std::int32_t p : members[b]) {
        const double norm = norm_.data()[p];
        values.push_back(std::abs(signal_of(counts, p) - center.mean * norm) / std::sqrt(norm));
      }
      const double deviation = 1.4826 * upper_median(values);
      center.ratio = deviation * deviation;
    }
    return centers;
  }

  [[nodiscard]] std::vector<BinCenter> centers(const Image& counts, const Sums& sums,
                                               const std::vector<char>& used) const {
    const std::vector<Scatter> scatter = this->scatter(counts, sums, used);
    std::vector<BinCenter> centers(bins());
    for (std::size_t b = 0; b < centers.size(); ++b) {
      centers[b] = {sums.mean(static_cast<std::int32_t>(b)),
                    scatter[b].pixels > 1 ? scatter[b].ratio() : 0.0, scatter[b].pixels};
    }
    return centers;
  }

  // Leaves out what is too far from the centre of its bin; whether anything was.
  bool clip(const Image& counts, const ClipOptions& options, const Image* variance,
            const std::vector<BinCenter>& centers, std::vector<char>& used) const {
    const bool by_scatter = options.errors != ErrorModel::kPoisson;
    const PixelParts& parts = layout_.parts;
    bool any = false;
    for (std::size_t k = 0; k < used.size(); ++k) {
      if (used[k] == 0) continue;
      const std::int32_t pixel = parts.pixel[k];
      const BinCenter& center =
          centers[static_cast<std::size_t>(parts.bin[static_cast<std::size_t>(parts.start[k])])];
      if (center.pixels < 3) continue;  // a mean of two says nothing of either
      const double norm = norm_.data()[pixel];
      const double expected = center.mean * norm;
      // Counts have the error of what is expected, not of what was counted, and at least that of
      // one: few counts are no normal distribution.
      const double counted =
          variance != nullptr ? variance->data()[pixel] : std::max(expected, 1.0);
      double spread = by_scatter ? center.ratio * norm : counted;
      if (by_scatter && variance == nullptr) spread = std::max(spread, 1.0);
      if (!by_scatter && dark_.size() != 0) spread += dark_variance_.data()[pixel];
      if (std::abs(signal_of(counts, pixel) - expected) > options.clip * std::sqrt(spread)) {
        used[k] = 0;
        any = true;
      }
    }
    return any;
  }

  [[nodiscard]] BinnedImage integrate_some(const Image& counts, const ClipOptions& options,
                                           const Image* variance, std::vector<char>& used) const {
    Sums sums = sum_some(counts, variance, used);
    for (int round = 0; options.clip > 0 && round < options.max_rounds; ++round) {
      // The first round must not be led astray by what it is to find.
      const bool any =
          clip(counts, options, variance,
               round == 0 ? robust_centers(counts, used) : centers(counts, sums, used), used);
      if (!any && round > 0) break;
      sums = sum_some(counts, variance, used);
    }
    if (options.errors == ErrorModel::kAzimuthal) set_azimuthal(counts, used, sums);
    BinnedImage out = result(sums.bin, sums.normalization, sums.pixels, variance);
    out.counting = out.counting && options.errors != ErrorModel::kAzimuthal;
    return out;
  }

  // Variances by scatter; a bin with a single pixel keeps that of its counts.
  void set_azimuthal(const Image& counts, const std::vector<char>& used, Sums& sums) const {
    const std::vector<Scatter> scatter = this->scatter(counts, sums, used);
    std::vector<double> weight(bins(), 0.0);
    for_each([&](std::size_t k, std::int32_t pixel, std::int32_t bin, double part) {
      if (used[k] != 0) weight[static_cast<std::size_t>(bin)] += part * part * norm_.data()[pixel];
    });
    for (std::size_t b = 0; b < weight.size(); ++b) {
      if (scatter[b].pixels >= 2) sums.bin[b].variance = scatter[b].ratio() * weight[b];
    }
  }

  SplitLayout layout_;
  Eigen::Index rows_, cols_;
  Image norm_;
  Image dark_, dark_variance_;
  std::vector<double> normalization_, pixels_;
};

SplitIntegrator::SplitIntegrator(const Geometry& geometry, const Mask& mask,
                                 const SplitOptions& options)
    : impl_(new Impl(geometry, mask, options)) {}
SplitIntegrator::SplitIntegrator(SplitIntegrator&&) noexcept = default;
SplitIntegrator& SplitIntegrator::operator=(SplitIntegrator&&) noexcept = default;
SplitIntegrator::~SplitIntegrator() = default;

BinnedImage SplitIntegrator::integrate(const Image& counts, const ClipOptions& options,
                                       const Image* variance, const Mask* skip) const {
  return impl_->integrate(counts, options, variance, skip);
}

}  // namespace foray::scattering
