#include "foray/classifier/preprocessing.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "binning.h"
#include "foray/common/mutex.h"
#include "foray/common/random.h"
#include "radial_features.h"

namespace foray::classifier {
namespace {

using scattering::Frame;

float squashed(double value) { return static_cast<float>(std::asinh(value) / 3); }

// Channels: log intensity, excess, its significance, information, then contrasts of 2, 4 and 6 chi
// with the significance of the first two.
std::vector<float> curve_input(const RadialFeatures& f) {
  std::vector<float> curve(kCurveChannels * kPolarBins, 0.0F);
  for (int i = 0; i < kPolarBins; ++i) {
    if (f.weight(i) <= 0) continue;
    const double values[kCurveChannels] = {(f.ln_intensity(i) - f.mean_ln_intensity) / 3,
                                           std::clamp(2 * f.excess(i), -3.0, 6.0),
                                           squashed(f.significance(i)),
                                           0.1 + std::log1p(f.counts(i)) / 10,
                                           std::min(2.0, f.contrast(0, i)),
                                           squashed(f.contrast_significance(0, i)),
                                           std::min(2.0, f.contrast(1, i)),
                                           squashed(f.contrast_significance(1, i)),
                                           std::min(2.0, f.contrast(2, i))};
    for (int c = 0; c < kCurveChannels; ++c) {
      curve[c * kPolarBins + i] = static_cast<float>(values[c]);
    }
  }
  return curve;
}

// Channels: log intensity, log of the ratio to what an isotropic pattern with the same azimuthal
// average would put there, share of good pixels.
std::vector<float> image_input(const BinningTable& table, const BinnedFrame& binned,
                               const RadialFeatures& f) {
  constexpr int kCells = kImageSide * kImageSide;
  std::vector<double> isotropic(kCells, 0.0);
  std::vector<double> covered(kCells, 0.0);
  for (const Overlap& part : table.overlaps) {
    isotropic[part.cell] += part.weight * f.counts(part.bin) / f.weight(part.bin);
    covered[part.cell] += part.weight;
  }
  std::vector<float> image(kImageChannels * kCells, 0.0F);
  for (int cell = 0; cell < kCells; ++cell) {
    const double weight = table.cartesian_weight[cell];
    if (weight <= 0) continue;
    const double counts = binned.cartesian[cell];
    const double ln_intensity = std::log((counts + 0.5) / weight) - f.mean_ln_intensity;
    image[cell] = static_cast<float>(std::clamp(ln_intensity / 3, -3.0, 4.0));
    if (covered[cell] > 0.5 * weight) {
      const double expected = isotropic[cell] * weight / covered[cell];
      const double ratio = std::log((counts + 3) / (expected + 3));
      image[kCells + cell] = static_cast<float>(std::clamp(ratio, -3.0, 3.0));
    }
    image[2 * kCells + cell] = table.cartesian_share[cell];
  }
  return image;
}

std::vector<float> scalar_input(const BinningTable& table, const BinnedFrame& binned,
                                const RadialFeatures& f) {
  double total = 0;
  for (const double counts : binned.cartesian) total += counts;
  const auto peak = f.peak;
  const double at_peak = f.excess(peak);
  const auto strongest = [&](int term) { return f.contrast_significance.row(term).maxCoeff(); };
  const double values[kScalars] = {(table.ln_q_max + 1) / 2,
                                   (table.ln_q_max - table.ln_q_min - 3) / 2,
                                   std::log(table.two_theta_max + 1e-6) / 2 + 1,
                                   std::log1p(total) / 8 - 1.5,
                                   std::log((total + 0.5) / std::max(1.0, table.good_pixels)) / 4,
                                   std::clamp(table.center_slow, -1.0, 2.0) - 0.5,
                                   std::clamp(table.center_fast, -1.0, 2.0) - 0.5,
                                   table.good_share,
                                   std::log(table.geometry.wavelength * 1e10),
                                   static_cast<double>(peak) / kPolarBins,
                                   std::clamp(at_peak, 0.0, 4.0),
                                   squashed(f.significance(peak)),
                                   std::min(2.0, f.contrast(0, peak)),
                                   std::min(2.0, f.contrast(1, peak)),
                                   squashed(strongest(0)),
                                   squashed(strongest(1))};
  return {std::begin(values), std::end(values)};
}

PreparedFrame assemble(const BinningTable& table, const BinnedFrame& binned) {
  const RadialFeatures features = radial_features(table, binned);
  PreparedFrame prepared;
  prepared.image = image_input(table, binned, features);
  prepared.curve = curve_input(features);
  prepared.summary = order_features(features);
  const std::vector<float> scalars = scalar_input(table, binned, features);
  prepared.summary.insert(prepared.summary.end(), scalars.begin(), scalars.end());
  return prepared;
}

// A second exposure of the same expected counts, estimated by the first: a normal deviate per cell.
BinnedFrame disturbed(const BinnedFrame& binned, CounterStream stream) {
  BinnedFrame out = binned;
  for (double& n : out.polar) n = std::max(0.0, n + std::sqrt(n) * stream.normal());
  for (double& n : out.cartesian) n = std::max(0.0, n + std::sqrt(n) * stream.normal());
  return out;
}

// A value that no counter has: not finite, or negative where a count is its own variance (detectors
// mark bad pixels with negative counts).
bool is_bad(const Frame& frame, Eigen::Index k) {
  const double value = frame.counts.data()[k];
  return !std::isfinite(value) || (value < 0 && !frame.variance);
}

// Bad values become masked; nothing when there are none.
std::shared_ptr<const BinningTable> without_bad_values(const Frame& frame,
                                                       std::shared_ptr<const BinningTable> table) {
  bool any = false;
  for (Eigen::Index k = 0; k < frame.counts.size() && !any; ++k) {
    any = frame.mask.data()[k] == 0 && is_bad(frame, k);
  }
  if (!any) return table;
  scattering::Mask mask = frame.mask;
  for (Eigen::Index k = 0; k < mask.size(); ++k) {
    if (is_bad(frame, k)) mask.data()[k] |= scattering::kMaskDead;
  }
  return std::make_shared<const BinningTable>(make_binning_table(frame.geometry, mask));
}

// What turns values with a given variance into equivalent counts: 1 for counts themselves.
double count_scale(const Frame& frame, const BinningTable& table) {
  if (!frame.variance) return 1.0;
  double sum = 0;
  double variance = 0;
  for (std::size_t k = 0; k < table.cartesian_cell.size(); ++k) {
    const double here = frame.variance->data()[k];
    if (table.cartesian_cell[k] < 0 || !std::isfinite(here)) continue;
    sum += frame.counts.data()[k];
    variance += here;
  }
  return sum > 0 && variance > 0 ? sum / variance : 1.0;
}

}  // namespace

struct Preprocessor::Cache {
  static constexpr std::size_t kTables = 4;
  Mutex mutex;
  // Most recently used last.
  std::vector<std::shared_ptr<const BinningTable>> tables FORAY_GUARDED_BY(mutex);
};

Preprocessor::Preprocessor() : cache_(std::make_unique<Cache>()) {}
Preprocessor::~Preprocessor() = default;

std::shared_ptr<const BinningTable> Preprocessor::table(const Frame& frame) const {
  const auto fits = [&](const std::shared_ptr<const BinningTable>& known) {
    return same_geometry(known->geometry, frame.geometry) &&
           known->mask.rows() == frame.mask.rows() && known->mask.cols() == frame.mask.cols() &&
           (known->mask == frame.mask).all();
  };
  {
    const Lock lock(cache_->mutex);
    auto& tables = cache_->tables;
    const auto found = std::find_if(tables.begin(), tables.end(), fits);
    if (found != tables.end()) {
      std::rotate(found, found + 1, tables.end());
      return tables.back();
    }
  }
  auto made = std::make_shared<const BinningTable>(make_binning_table(frame.geometry, frame.mask));
  const Lock lock(cache_->mutex);
  if (cache_->tables.size() == Cache::kTables) cache_->tables.erase(cache_->tables.begin());
  cache_->tables.push_back(made);
  return made;
}

PreparedFrame Preprocessor::prepare(const Frame& frame) const {
  return prepare_replicas(frame, 0, 0).front();
}

std::vector<PreparedFrame> Preprocessor::prepare_replicas(const Frame& frame, int replicas,
                                                          std::uint64_t seed) const {
  scattering::validate(frame);
  const auto used = without_bad_values(frame, table(frame));
  const BinnedFrame binned = bin_frame(*used, frame.counts, count_scale(frame, *used));
  std::vector<PreparedFrame> prepared = {assemble(*used, binned)};
  for (int k = 0; k < replicas; ++k) {
    const CounterStream stream(seed, static_cast<std::uint64_t>(k));
    prepared.push_back(assemble(*used, disturbed(binned, stream)));
  }
  return prepared;
}

}  // namespace foray::classifier
