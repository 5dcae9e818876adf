#include "foray/classifier/preprocessing.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>

#include "azimuth_features.h"
#include "binning.h"
#include "equivalent_counts.h"
#include "foray/common/mutex.h"
#include "foray/common/random.h"
#include "pixel_findings.h"
#include "radial_features.h"

namespace foray::classifier {
namespace {

using scattering::Frame;

float squashed(double value) { return static_cast<float>(std::asinh(value) / 3); }

constexpr int kMaskedChannel = 18;

// Of what of a radial bin is on the detector.
double masked_share(const BinningTable& table, const RadialFeatures& f, int bin) {
  const double all = table.masked_weight[bin] + f.weight(bin);
  return all > 0 ? table.masked_weight[bin] / all : 0;
}

// The channels beyond those of curve_input, see prepared.h.
constexpr int kFirstOfAzimuth = 21;
void append_courses(const AzimuthFeatures& azimuth, const RadialFeatures& f,
                    const PixelFindings& findings, std::vector<float>& curve) {
  for (std::size_t i = 0; i < kPolarBins; ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    if (f.weight(at) <= 0) continue;
    std::size_t channel = kFirstOfAzimuth;
    const auto put = [&](double value) {
      curve[channel++ * kPolarBins + i] = static_cast<float>(value);
    };
    for (Eigen::Index k = 0; k < 4; ++k) put(azimuth.likeness(k, at));
    put(std::min(2.0, findings.grain[i]));
    put(squashed(findings.grain_significance[i]));
    put(squashed(findings.grain_highest[i]));
    for (Eigen::Index k = 0; k < 4; ++k) {
      put(std::clamp(2 * azimuth.excess(k, at), -3.0, 6.0));
    }
    for (const auto& way : findings.strip) put(std::clamp(way[i], -2.0, 2.0));
    for (const auto& way : findings.strip_significance) put(squashed(way[i]));
  }
}

// Channels: log intensity, excess, its significance, information, contrasts of 2, 4 and 6 chi with
// their significance (of 6 chi after the others), cosine and sine of 2 chi, contrast of chi and its
// significance, unevenness and its significance, crest, lean, masked share, spots, coverage.
std::vector<float> curve_input(const BinningTable& table, const RadialFeatures& f,
                               const PixelFindings& findings) {
  std::vector<float> curve(kCurveChannels * kPolarBins, 0.0F);
  for (int i = 0; i < kPolarBins; ++i) {
    if (f.weight(i) <= 0) {
      curve[kMaskedChannel * kPolarBins + i] = static_cast<float>(masked_share(table, f, i));
      continue;
    }
    const double values[kFirstOfAzimuth] = {(f.ln_intensity(i) - f.mean_ln_intensity) / 3,
                                            std::clamp(2 * f.excess(i), -3.0, 6.0),
                                            squashed(f.significance(i)),
                                            0.1 + std::log1p(f.counts(i)) / 10,
                                            std::min(2.0, f.contrast(0, i)),
                                            squashed(f.contrast_significance(0, i)),
                                            std::min(2.0, f.contrast(1, i)),
                                            squashed(f.contrast_significance(1, i)),
                                            std::min(2.0, f.contrast(2, i)),
                                            squashed(f.contrast_significance(2, i)),
                                            std::clamp(f.second(0, i), -2.0, 2.0),
                                            std::clamp(f.second(1, i), -2.0, 2.0),
                                            std::min(2.0, f.first.col(i).matrix().norm()),
                                            squashed(f.first_significance(i)),
                                            std::min(2.0, f.unevenness(i)),
                                            squashed(f.unevenness_significance(i)),
                                            std::clamp(f.crest(i), -1.0, 3.0),
                                            4 * f.lean(i),
                                            masked_share(table, f, i),
                                            std::log1p(findings.spots_of_bin[i]) / 2,
                                            f.covered(i)};
    for (int c = 0; c < kFirstOfAzimuth; ++c) {
      curve[c * kPolarBins + i] = static_cast<float>(values[c]);
    }
  }
  return curve;
}

// Sets the last channel: what stands out of rows and columns, where a horizon is none.
void set_beside_lines(const BinningTable& table, const BinnedFrame& binned,
                      std::vector<float>& image) {
  using Cells = Eigen::Array<double, kImageSide, kImageSide, Eigen::RowMajor>;
  const Eigen::Map<const Cells> counts(binned.cartesian.data());
  const Eigen::Map<const Cells> weights(table.cartesian_weight.data());
  const auto floor = [](const auto& sums) { return sums.max(1e-30); };
  const Eigen::ArrayXd rows = counts.rowwise().sum() / floor(weights.rowwise().sum());
  const Eigen::ArrayXd columns =
      (counts.colwise().sum() / floor(weights.colwise().sum())).transpose();
  const double mean = counts.sum() / std::max(1e-30, weights.sum());
  if (mean <= 0) return;
  float* out = image.data() + 5 * kImageSide * kImageSide;
  for (Eigen::Index cell = 0; cell < counts.size(); ++cell) {
    const double weight = weights.data()[cell];
    if (weight <= 0) continue;
    const double expected = weight * rows(cell / kImageSide) * columns(cell % kImageSide) / mean;
    const double ratio = std::log((counts.data()[cell] + 3) / (expected + 3));
    out[cell] = static_cast<float>(std::clamp(ratio, -3.0, 3.0));
  }
}

// Channels: log intensity, log of the ratio to what an isotropic pattern with the same azimuthal
// average would put there, share of good pixels, distance from the direct beam along both axes.
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
  const double height = static_cast<double>(table.mask.rows()) * table.geometry.pixel1;
  const double width = static_cast<double>(table.mask.cols()) * table.geometry.pixel2;
  const double side = std::max(height, width);
  const double row = (0.5 + (table.center_slow - 0.5) * height / side) * kImageSide;
  const double column = (0.5 + (table.center_fast - 0.5) * width / side) * kImageSide;
  for (int cell = 0; cell < kCells; ++cell) {
    const int i = cell / kImageSide;
    const double down = (i + 0.5 - row) / kImageSide;
    const double across = (cell - i * kImageSide + 0.5 - column) / kImageSide;
    image[3 * kCells + cell] = static_cast<float>(std::clamp(2 * down, -2.0, 2.0));
    image[4 * kCells + cell] = static_cast<float>(std::clamp(2 * across, -2.0, 2.0));
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
  set_beside_lines(table, binned, image);
  return image;
}

// Means of radial bins over the lit sectors; -1 where none of them has a pixel.
std::vector<double> lit_means(const BinningTable& table, const BinnedFrame& binned) {
  const LitSectors lit = lit_sectors(table, binned);
  std::vector<double> means(kPolarBins, -1.0);
  for (std::size_t bin = 0; bin < kPolarBins; ++bin) {
    double counts = 0;
    double weight = 0;
    for (std::size_t s = 0; s < kPolarSectors; ++s) {
      if (!lit[s]) continue;
      counts += binned.polar[bin * kPolarSectors + s];
      weight += table.polar_weight[bin * kPolarSectors + s];
    }
    if (weight > 0) means[bin] = counts / weight;
  }
  return means;
}

// Channels: log of the ratio to the azimuthal mean, its significance, whether there are pixels, the
// ratio to the mean over lit sectors of the bins that have any.
std::vector<float> polar_input(const BinningTable& table, const BinnedFrame& binned,
                               const RadialFeatures& f) {
  constexpr int kCells = kPolarRows * kPolarSectors;
  std::vector<float> polar(kPolarChannels * kCells, 0.0F);
  const std::vector<double> lit = lit_means(table, binned);
  for (int cell = 0; cell < kCells; ++cell) {
    double counts = 0;
    double expected = 0;
    double beside = 0;
    double expected_beside = 0;
    double weight = 0;
    for (int half = 0; half < 2; ++half) {
      const int bin = 2 * (cell / kPolarSectors) + half;
      const int at = bin * kPolarSectors + cell % kPolarSectors;
      if (table.polar_weight[at] <= 0) continue;
      weight += table.polar_weight[at];
      counts += binned.polar[at];
      expected += table.polar_weight[at] * f.counts(bin) / f.weight(bin);
      const double mean = lit[static_cast<std::size_t>(bin)];
      if (mean < 0) continue;
      beside += binned.polar[at];
      expected_beside += table.polar_weight[at] * mean;
    }
    if (weight <= 0) continue;
    const double ratio = std::log((counts + 1) / (expected + 1));
    polar[cell] = static_cast<float>(std::clamp(ratio, -3.0, 3.0));
    polar[kCells + cell] = squashed((counts - expected) / std::sqrt(expected + 1));
    polar[2 * kCells + cell] = 1.0F;
    const double beside_lit = std::log((beside + 1) / (expected_beside + 1));
    polar[3 * kCells + cell] = static_cast<float>(std::clamp(beside_lit, -3.0, 3.0));
  }
  return polar;
}

// ln of counts per pixel of the cells: what so many percent of them do not reach; then which share
// of the counts there would be if all pixels had the first three.
std::vector<double> rate_quantiles(const BinningTable& table, const BinnedFrame& binned) {
  std::vector<double> rates;
  double total = 0.5;
  double pixels = 0;
  for (std::size_t cell = 0; cell < binned.cartesian.size(); ++cell) {
    total += binned.cartesian[cell];
    pixels += table.cartesian_pixels[cell];
    if (table.cartesian_share[cell] < 0.5F) continue;
    rates.push_back(binned.cartesian[cell] / table.cartesian_pixels[cell]);
  }
  std::vector<double> flat;
  std::vector<double> values;
  std::ptrdiff_t last = 0;  // what comes before is no larger than what follows
  for (const double share : {0.1, 0.25, 0.5, 0.75, 0.98}) {
    if (rates.empty()) {
      values.push_back(-1);
      if (share <= 0.5) flat.push_back(0);
      continue;
    }
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(rates.size() - 1));
    std::nth_element(rates.begin() + last, rates.begin() + at, rates.end());
    last = at;
    const double rate = rates[static_cast<std::size_t>(at)];
    values.push_back(std::log(rate + 1e-3) / 5);
    if (share <= 0.5) flat.push_back(std::min(1.5, rate * pixels / total));
  }
  values.insert(values.end(), flat.begin(), flat.end());
  return values;
}

// What single pixels tell, and how far the centre seems to be off. Three hits and five saturated
// pixels are what the labels ask for: the curves are steepest there.
void append_findings(const BinningTable& table, const BinnedFrame& binned, const RadialFeatures& f,
                     const PixelFindings& findings, std::vector<float>& scalars) {
  const CenterShift shift = center_shift(table, f);
  double total = 0.5;
  for (const double counts : binned.cartesian) total += counts;
  const double above = std::log1p(findings.at_highest);
  for (const double value :
       {static_cast<double>(squashed(shift.significance)), std::log1p(shift.pixels),
        shift.explained, 2 * std::tanh(findings.hits - 2.5), std::log1p(findings.spots) / 3,
        std::log(findings.spot_counts / total + 1e-4) / 4 + 1, above / 3,
        (above - std::log1p(findings.below_highest)) / 2,
        std::log1p(std::max(0.0, findings.highest)) / 8,
        findings.limit_known ? 2 * std::tanh((findings.saturated - 4.5) / 2) : 0.0,
        findings.limit_known ? 1.0 : 0.0, std::log(table.good_pixels + 1) / 8 - 1}) {
    scalars.push_back(static_cast<float>(value));
  }
  for (std::size_t way = 0; way < findings.streak.size(); ++way) {
    scalars.push_back(static_cast<float>(std::clamp(findings.streak[way], -2.0, 2.0)));
    scalars.push_back(squashed(findings.streak_significance[way]));
  }
  for (const double value : rate_quantiles(table, binned)) {
    scalars.push_back(static_cast<float>(value));
  }
}

std::vector<float> scalar_input(const BinningTable& table, const BinnedFrame& binned,
                                const RadialFeatures& f) {
  double total = 0;
  for (const double counts : binned.cartesian) total += counts;
  const auto peak = f.peak;
  const double at_peak = f.excess(peak);
  const auto strongest = [&](int term) { return f.contrast_significance.row(term).maxCoeff(); };
  const double values[] = {(table.ln_q_max + 1) / 2,
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

PreparedFrame assemble(const BinningTable& table, const BinnedFrame& binned,
                       const PixelFindings& findings) {
  const RadialFeatures features = radial_features(table, binned);
  PreparedFrame prepared;
  prepared.image = image_input(table, binned, features);
  prepared.polar = polar_input(table, binned, features);
  prepared.curve = curve_input(table, features, findings);
  append_courses(azimuth_features(table, binned, features), features, findings, prepared.curve);
  prepared.summary = order_features(features);
  std::vector<float> scalars = scalar_input(table, binned, features);
  append_findings(table, binned, features, findings, scalars);
  for (const double value : outstanding_features(table, binned, features)) {
    scalars.push_back(static_cast<float>(value));
  }
  scalars.insert(scalars.end(), findings.lines.begin(), findings.lines.end());
  scalars.insert(scalars.end(), table.mask_features.begin(), table.mask_features.end());
  scalars.insert(scalars.end(), findings.shadow.begin(), findings.shadow.end());
  prepared.summary.insert(prepared.summary.end(), scalars.begin(), scalars.end());
  return prepared;
}

// Of mean 0 and standard deviation 1: the sum of four even ones, which is near enough to a normal
// one (the excess of its fourth moment is -.3) and takes no logarithm.
double deviate(CounterStream& stream) {
  const std::uint64_t bits = stream();
  const std::uint64_t sum =
      (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
  constexpr double kMean = 2 * 65535.0;
  constexpr double kDeviation = 37837.227;  // 2 sqrt((65536^2 - 1) / 12)
  return (static_cast<double>(sum) - kMean) / kDeviation;
}

// A second exposure of the same expected counts, estimated by the first: a deviate per cell.
// Where in a radial bin the counts are stays, and so does what single pixels, rows, columns, fine
// steps and shadows tell.
BinnedFrame disturbed(const BinnedFrame& binned, CounterStream stream) {
  BinnedFrame out;
  out.polar = binned.polar;
  out.cartesian = binned.cartesian;
  out.lean = binned.lean;
  for (double& n : out.polar) n = std::max(0.0, n + std::sqrt(n) * deviate(stream));
  for (double& n : out.cartesian) n = std::max(0.0, n + std::sqrt(n) * deviate(stream));
  for (int bin = 0; bin < kPolarBins; ++bin) {
    const auto first = static_cast<std::ptrdiff_t>(bin) * kPolarSectors;
    const auto sum = [first](const std::vector<double>& polar) {
      return std::accumulate(polar.begin() + first, polar.begin() + first + kPolarSectors, 0.0);
    };
    const double before = sum(binned.polar);
    if (before > 0) out.lean[bin] *= sum(out.polar) / before;
  }
  return out;
}

}  // namespace

struct Preprocessor::Cache {
  static constexpr std::size_t kTables = 4;
  Mutex mutex;
  // Most recently used last.
  std::vector<std::shared_ptr<const BinningTable>> tables FORAY_GUARDED_BY(mutex);
};

Preprocessor::Preprocessor(std::shared_ptr<const ImageEncoder> encoder)
    : cache_(std::make_unique<Cache>()), encoder_(std::move(encoder)) {}
Preprocessor::~Preprocessor() = default;

std::shared_ptr<const BinningTable> Preprocessor::table(const Frame& frame) const {
  const auto fits = [&](const std::shared_ptr<const BinningTable>& known) {
    return same_geometry(known->geometry, frame.geometry) &&
           known->mask.rows() == frame.mask.rows() && known->mask.cols() == frame.mask.cols() &&
           std::equal(known->mask.data(), known->mask.data() + known->mask.size(),
                      frame.mask.data());
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

void Preprocessor::ask_encoder(PreparedFrame& prepared) const {
  if (!encoder_) return;
  using Cells =
      Eigen::Map<const Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
  constexpr int kCells = kImageSide * kImageSide;
  const Cells ln_intensity(prepared.image.data(), kImageSide, kImageSide);
  const auto covered = Cells(prepared.image.data() + 2 * kCells, kImageSide, kImageSide) > 0;
  const float count = std::max(1.0F, static_cast<float>(covered.count()));
  const float mean = covered.select(ln_intensity, 0.0F).sum() / count;
  const Eigen::ArrayXXf centred = covered.select(ln_intensity - mean, 0.0F);
  const float deviation = std::sqrt(centred.square().sum() / count);
  const Eigen::VectorXf told = encoder_->encode(deviation > 0 ? centred / deviation : centred);
  prepared.told.assign(told.begin(), told.end());
}

PreparedFrame Preprocessor::prepare(const Frame& frame) const {
  return prepare_replicas(frame, 0, 0).front();
}

std::vector<PreparedFrame> Preprocessor::prepare_replicas(const Frame& given, int replicas,
                                                          std::uint64_t seed) const {
  scattering::validate(given);
  auto used = table(given);
  if (given.variance) used = without_bad_values(given, used);
  const std::optional<Frame> whole = with_lost_background(given, *used);
  const Frame& frame = whole ? *whole : given;
  const double scale = count_scale(frame, *used);
  BinnedFrame binned = bin_frame(*used, frame.counts, scale);
  if (!frame.variance && !binned.are_counts) {
    used = without_bad_values(frame, used);
    binned = bin_frame(*used, frame.counts, scale);
  }
  const PixelFindings findings = find_in_pixels(*used, binned, frame, scale);
  std::vector<PreparedFrame> prepared = {assemble(*used, binned, findings)};
  for (int k = 0; k < replicas; ++k) {
    const CounterStream stream(seed, static_cast<std::uint64_t>(k));
    prepared.push_back(assemble(*used, disturbed(binned, stream), findings));
  }
  for (PreparedFrame& one : prepared) ask_encoder(one);
  return prepared;
}

std::shared_ptr<const ImageEncoder> trunk_of(const Weights& weights, const std::string& place) {
  if (!weights.trunk) return nullptr;
  return std::make_shared<const ImageEncoder>(
      weights.trunk->torchscript, place,
      ImageEncoder::Options{weights.trunk->side, weights.trunk->channels});
}

}  // namespace foray::classifier
