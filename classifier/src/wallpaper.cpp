#include "foray/classifier/wallpaper.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "autocorrelation.h"
#include "foray/common/check.h"
#include "group_evidence.h"
#include "group_settings.h"
#include "lattice_finder.h"
#include "unit_cell.h"

namespace foray::classifier {
namespace {

using scattering::Image;
using scattering::kWallpaperGroups;
using scattering::Mask;
using scattering::PlaneOperation;
using scattering::WallpaperGroup;

constexpr double kSmoothing = 1;  // [pixels]: so much that cubic interpolation is exact enough
constexpr Eigen::Index kLeastPixels = 256;
constexpr double kHopeless = -100;    // evidence of a group that is clearly broken
constexpr double kImpossible = -1e6;  // evidence of a group that the lattice forbids

Plane smoothed(const Plane& plane) {
  constexpr int kReach = 3;
  float kernel[2 * kReach + 1];
  float sum = 0;
  for (int k = -kReach; k <= kReach; ++k) {
    kernel[k + kReach] = static_cast<float>(std::exp(-0.5 * k * k / (kSmoothing * kSmoothing)));
    sum += kernel[k + kReach];
  }
  const Eigen::Index rows = plane.rows();
  const Eigen::Index columns = plane.cols();
  Plane wide = Plane::Zero(rows + 2 * kReach, columns);
  wide.middleRows(kReach, rows) = plane;
  Plane along = Plane::Zero(rows, columns + 2 * kReach);
  Plane both = Plane::Zero(rows, columns);
  for (int k = 0; k <= 2 * kReach; ++k) {
    along.middleCols(kReach, columns) += (kernel[k] / sum) * wide.middleRows(k, rows);
  }
  for (int k = 0; k <= 2 * kReach; ++k) {
    both += (kernel[k] / sum) * along.middleCols(k, columns);
  }
  return both;
}

// Mean 0, variance 1, smoothed as far as good pixels reach.
WallpaperStatus prepare(const Image& image, const Mask& mask, Prepared& prepared) {
  Plane good = image.isFinite().cast<float>();
  if (mask.size() > 0) good *= (mask == 0).cast<float>();
  const auto count = static_cast<double>(good.sum());
  if (count < static_cast<double>(kLeastPixels)) return WallpaperStatus::kNoPixels;
  const Image kept = (good > 0).select(image, 0.0);
  const double largest = kept.abs().maxCoeff();
  const double mean = kept.sum() / count;
  const Image centred = (good > 0).select(kept - mean, 0.0);
  const double deviation = std::sqrt(centred.square().sum() / count);
  // Below this all differences are rounding.
  if (!(deviation > 1e-9 * largest)) return WallpaperStatus::kFlat;
  const Plane reach = smoothed(good);
  prepared.whole = count == static_cast<double>(good.size());
  prepared.weight = good;
  prepared.values = smoothed((centred / deviation).cast<float>());
  prepared.values = (good > 0).select(prepared.values / reach.max(1e-3F), 0.0F);
  const float scale = std::sqrt(prepared.values.square().sum() / static_cast<float>(count));
  if (scale > 0) prepared.values /= scale;
  return WallpaperStatus::kFound;
}

// Points along a cell: 1.4 pixels apart, so that what smoothing leaves is not folded.
int grid_size(const Eigen::Matrix2d& basis) {
  const double longest = std::sqrt(basis.colwise().squaredNorm().maxCoeff());
  const auto least = static_cast<Eigen::Index>(std::clamp(longest / 1.4, 24.0, 160.0));
  return 2 * static_cast<int>(fast_size((least + 1) / 2));
}

// Whether a translation by half or a third of the cell holds; then the basis is of that lattice.
bool take_finer(const CellSpectrum& spectrum, const BreakLimits& limits, Eigen::Matrix2d& basis) {
  double most = 0;
  Eigen::Matrix2d best;
  for (const int parts : {2, 3}) {
    for (int k = 0; k <= parts; ++k) {
      const Eigen::Vector2i step = k < parts ? Eigen::Vector2i(1, k) : Eigen::Vector2i(0, 1);
      const double ratio = spectrum.finer(step, parts, limits);
      if (ratio <= most) continue;
      most = ratio;
      best = basis;
      best.col(k < parts ? 0 : 1) = basis * step.cast<double>() / parts;
    }
  }
  if (most <= 0) return false;
  basis = reduced_basis(best);
  return true;
}

// A group that contains a clearly broken one is broken as much, and need not be tried. Groups come
// in an order in which all that they contain come before.
bool inherit_break(WallpaperGroup group, WallpaperResult& result) {
  const auto at = static_cast<std::size_t>(group);
  for (std::size_t part = 1; part < at; ++part) {
    if (!scattering::contains(group, static_cast<WallpaperGroup>(part))) continue;
    if (result.evidence.at(part) > kHopeless) continue;
    result.evidence.at(at) = std::max(result.evidence.at(part), kImpossible);
    result.broken.at(at) = result.broken.at(part);
    return true;
  }
  return false;
}

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

// The group holds and none that contains it does.
void weigh_groups(double caution, WallpaperResult& result) {
  std::array<double, kWallpaperGroups> score{};
  double most = -std::numeric_limits<double>::infinity();
  for (const WallpaperGroup group : scattering::wallpaper_groups()) {
    const auto at = static_cast<std::size_t>(group);
    score.at(at) = group == WallpaperGroup::kP1 ? 0 : -softplus(-result.evidence.at(at) / caution);
    for (const WallpaperGroup other : scattering::wallpaper_groups()) {
      if (other == group || !scattering::contains(other, group)) continue;
      score.at(at) -= softplus(result.evidence.at(static_cast<std::size_t>(other)) / caution);
    }
    most = std::max(most, score.at(at));
  }
  double sum = 0;
  for (std::size_t at = 0; at < score.size(); ++at) {
    result.probability.at(at) = std::exp(score.at(at) - most);
    sum += result.probability.at(at);
    if (score.at(at) == most) result.group = static_cast<WallpaperGroup>(at);
  }
  for (double& value : result.probability) value /= sum;
}

}  // namespace

class WallpaperAnalyzer::Impl {
 public:
  explicit Impl(const WallpaperAnalysisOptions& options)
      : options_(options),
        limits_{options.largest_break, options.least_break},
        settings_(all_settings()) {}

  [[nodiscard]] WallpaperResult analyze(const Image& image, const Mask& mask) const {
    WallpaperResult result;
    Prepared prepared;
    result.status = prepare(image, mask, prepared);
    if (result.status != WallpaperStatus::kFound) return result;
    const auto basis = find_lattice(Autocorrelation(prepared));
    result.status = WallpaperStatus::kNoLattice;
    if (!basis) return result;
    result.basis = *basis;
    // Each time a finer lattice holds the cell is at most half as large.
    for (int round = 0; round < 4; ++round) {
      const UnitCell cell = average_cell(prepared, result.basis, grid_size(result.basis));
      if (cell.seen < 0.95 || cell.compared < 0.3) return result;
      CellSpectrum spectrum(cell, result.basis, kSmoothing);
      if (round < 3 && take_finer(spectrum, limits_, result.basis)) continue;
      result.status = WallpaperStatus::kFound;
      result.cell = cell.mean;
      decide(spectrum, result);
      break;
    }
    return result;
  }

 private:
  void decide(CellSpectrum& spectrum, WallpaperResult& result) const {
    const double power = spectrum.power();
    result.ceiling = std::sqrt(power / (power + spectrum.noise()));
    std::array<const GroupSetting*, kWallpaperGroups> best{};
    std::array<Eigen::Vector2d, kWallpaperGroups> origin;
    origin.fill(Eigen::Vector2d::Zero());
    result.evidence.fill(kImpossible);
    result.broken.fill(1);
    for (const GroupSetting& setting : settings_) {
      const auto& operations = setting.operations;
      if (!std::all_of(operations.begin(), operations.end(), [&](const PlaneOperation& one) {
            return stretch_of(one.turn, result.basis) <= options_.stretch;
          })) {
        continue;
      }
      const auto at = static_cast<std::size_t>(setting.group);
      if (inherit_break(setting.group, result)) continue;
      const GroupEvidence one = spectrum.evidence(setting, limits_);
      if (best.at(at) != nullptr && one.ratio <= result.evidence.at(at)) continue;
      best.at(at) = &setting;
      result.evidence.at(at) = one.ratio;
      result.broken.at(at) = one.broken;
      origin.at(at) = one.origin;
    }
    result.broken[0] = 0;
    weigh_groups(options_.caution, result);
    const auto at = static_cast<std::size_t>(result.group);
    result.origin = origin.at(at);
    result.motif = spectrum.symmetrised(*best.at(at), result.origin);
  }

  WallpaperAnalysisOptions options_;
  BreakLimits limits_;
  std::vector<GroupSetting> settings_;
};

WallpaperAnalyzer::WallpaperAnalyzer(const WallpaperAnalysisOptions& options) {
  require_in_range("WallpaperAnalyzer: stretch", options.stretch, 0, 0.2);
  require_in_range("WallpaperAnalyzer: largest_break", options.largest_break, 1e-3, 1);
  require_in_range("WallpaperAnalyzer: least_break", options.least_break, options.largest_break, 1);
  require_in_range("WallpaperAnalyzer: caution", options.caution, 1, 1e6);
  impl_ = std::make_unique<const Impl>(options);
}

WallpaperAnalyzer::~WallpaperAnalyzer() = default;

WallpaperResult WallpaperAnalyzer::analyze(const Image& image, const Mask& mask) const {
  require(image.rows() >= 16 && image.cols() >= 16,
          "WallpaperAnalyzer: expected an image of at least 16 x 16 pixels, got " +
              std::to_string(image.rows()) + " x " + std::to_string(image.cols()));
  require(mask.size() == 0 || (mask.rows() == image.rows() && mask.cols() == image.cols()),
          "WallpaperAnalyzer: expected a mask of the image's shape, got " +
              std::to_string(mask.rows()) + " x " + std::to_string(mask.cols()));
  return impl_->analyze(image, mask);
}

}  // namespace foray::classifier
