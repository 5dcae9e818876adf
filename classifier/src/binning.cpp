#include "binning.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <utility>

#include "mask_features.h"

namespace foray::classifier {
namespace {

using scattering::Geometry;
using scattering::Image;
using scattering::Mask;

// Where each pixel falls on the square grid, whether it is good or not.
std::vector<std::int32_t> cartesian_cells(const Geometry& geometry, Eigen::Index slow,
                                          Eigen::Index fast) {
  const double height = static_cast<double>(slow) * geometry.pixel1;
  const double width = static_cast<double>(fast) * geometry.pixel2;
  const double cell = std::max(height, width) / kImageSide;
  const double top = (kImageSide - height / cell) / 2;
  const double left = (kImageSide - width / cell) / 2;
  const auto place = [](double at) {
    return std::clamp(static_cast<int>(std::floor(at)), 0, kImageSide - 1);
  };
  std::vector<std::int32_t> cells(static_cast<std::size_t>(slow * fast));
  for (Eigen::Index i = 0; i < slow; ++i) {
    const int row = place(top + (static_cast<double>(i) + 0.5) * geometry.pixel1 / cell);
    for (Eigen::Index j = 0; j < fast; ++j) {
      const int column = place(left + (static_cast<double>(j) + 0.5) * geometry.pixel2 / cell);
      cells[static_cast<std::size_t>(i * fast + j)] = row * kImageSide + column;
    }
  }
  return cells;
}

// Radial bin of q and the place within it; bin -1 below the grid. The largest q of good pixels is
// the upper end of the last bin.
struct RadialPlace {
  int bin = -1;
  double place = 0;
};
RadialPlace radial_place(double q, double ln_q_max) {
  if (!(q > 0)) return {};
  const double below = (ln_q_max - std::log(q)) * kBinsPerOctave / std::numbers::ln2;
  const int bin = std::min(kPolarBins - 1 - static_cast<int>(std::floor(below)), kPolarBins - 1);
  if (bin < 0) return {};
  return {bin, std::clamp(kPolarBins - 1 - bin - below + 0.5, -0.5, 0.5)};
}

// The first sector lies about 0, so that streaks along the detector's axes lie within one each.
int fine_sector(double chi) {
  const double turn = chi / (2 * std::numbers::pi) + 0.5 / kPolarSectors;
  const int sector = static_cast<int>(std::floor((turn - std::floor(turn)) * kFineSectors));
  return std::min(sector, kFineSectors - 1);
}

// Sums over the fine steps of each sector.
std::vector<double> sums_of_sectors(const std::vector<double>& fine) {
  std::vector<double> sums(fine.size() / kFineOfSector, 0.0);
  for (std::size_t k = 0; k < fine.size(); ++k) sums[k / kFineOfSector] += fine[k];
  return sums;
}

void set_range(BinningTable& table, const Image& q) {
  double q_max = 0;
  double q_min = 0;
  double good = 0;
  for (Eigen::Index k = 0; k < q.size(); ++k) {
    if (table.mask.data()[k] != 0) continue;
    good += 1;
    q_max = std::max(q_max, q.data()[k]);
    if (q_min == 0 || q.data()[k] < q_min) q_min = q.data()[k];
  }
  table.good_pixels = good;
  table.good_share = good / static_cast<double>(q.size());
  q_max = q_max > 0 ? q_max : 1.0;
  q_min = q_min > 0 ? q_min : q_max;
  table.ln_q_max = std::log(q_max);
  table.ln_q_min = std::log(q_min);
  const double sine = q_max * table.geometry.wavelength * 1e10 / (4 * std::numbers::pi);
  table.two_theta_max = 2 * std::asin(std::min(1.0, sine));
}

void set_cells(BinningTable& table, const Image& q) {
  const Eigen::Index slow = table.mask.rows();
  const Eigen::Index fast = table.mask.cols();
  const Image chi = scattering::chi_map(table.geometry, slow, fast);
  const Image solid_angle = scattering::solid_angle_map(table.geometry, slow, fast);
  table.cartesian_cell = cartesian_cells(table.geometry, slow, fast);
  table.fine_cell.assign(table.cartesian_cell.size(), -1);
  table.fine_weight.assign(kPolarBins * kFineSectors, 0.0);
  table.place.assign(table.cartesian_cell.size(), 0.0F);
  table.lean_weight.assign(kPolarBins, 0.0);
  table.masked_weight.assign(kPolarBins, 0.0);
  table.cartesian_weight.assign(kImageSide * kImageSide, 0.0);
  table.cartesian_pixels.assign(kImageSide * kImageSide, 0.0);
  std::vector<double> overlap(static_cast<std::size_t>(kImageSide * kImageSide * kPolarBins), 0.0);
  for (std::size_t k = 0; k < table.cartesian_cell.size(); ++k) {
    const auto at = static_cast<Eigen::Index>(k);
    const double weight = solid_angle.data()[at];
    const auto [bin, place] = radial_place(q.data()[at], table.ln_q_max);
    if (table.mask.data()[at] != 0) {
      table.cartesian_cell[k] = -1;
      if (bin >= 0) table.masked_weight[bin] += weight;
      continue;
    }
    const std::int32_t cell = table.cartesian_cell[k];
    table.cartesian_weight[cell] += weight;
    table.cartesian_pixels[cell] += 1;
    if (bin < 0) continue;
    table.place[k] = static_cast<float>(place);
    table.lean_weight[bin] += weight * place;
    table.fine_cell[k] = bin * kFineSectors + fine_sector(chi.data()[at]);
    table.fine_weight[table.fine_cell[k]] += weight;
    overlap[static_cast<std::size_t>(cell) * kPolarBins + bin] += weight;
  }
  table.polar_weight = sums_of_sectors(table.fine_weight);
  for (int cell = 0; cell < kImageSide * kImageSide; ++cell) {
    for (int bin = 0; bin < kPolarBins; ++bin) {
      const double weight = overlap[static_cast<std::size_t>(cell) * kPolarBins + bin];
      if (weight > 0) table.overlaps.push_back({cell, bin, weight});
    }
  }
}

void set_runs(BinningTable& table) {
  const auto rows = static_cast<std::size_t>(table.mask.rows());
  const auto columns = static_cast<std::size_t>(table.mask.cols());
  table.row_pixels.assign(rows, 0.0);
  table.column_pixels.assign(columns, 0.0);
  for (std::size_t row = 0; row < rows; ++row) {
    table.first_run.push_back(table.runs.size());
    bool follows = false;
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t k = row * columns + column;
      const bool is_good = table.cartesian_cell[k] >= 0;
      if (is_good) {
        table.row_pixels[row] += 1;
        table.column_pixels[column] += 1;
        follows = follows && table.runs.back().cartesian == table.cartesian_cell[k] &&
                  table.runs.back().fine == table.fine_cell[k];
        if (!follows) {
          table.runs.push_back(
              {static_cast<std::int32_t>(k), 0, table.cartesian_cell[k], table.fine_cell[k]});
        }
        ++table.runs.back().length;
      }
      follows = is_good;
    }
  }
  table.first_run.push_back(table.runs.size());
}

// Pixels that a cell of the square grid has room for.
void normalise_share(BinningTable& table) {
  const double height = static_cast<double>(table.mask.rows()) * table.geometry.pixel1;
  const double width = static_cast<double>(table.mask.cols()) * table.geometry.pixel2;
  const double cell = std::max(height, width) / kImageSide;
  const double room = std::max(1.0, cell * cell / (table.geometry.pixel1 * table.geometry.pixel2));
  for (const double pixels : table.cartesian_pixels) {
    table.cartesian_share.push_back(static_cast<float>(std::min(1.0, pixels / room)));
  }
}

// Ridge relative to the bin's weight: it keeps a ring that is seen under a small range of azimuth
// from being given a large contrast.
constexpr double kRidge = 0.02;

void set_azimuthal_fits(BinningTable& table) {
  const auto& terms = azimuthal_terms();
  const auto& first = first_terms();
  table.inverse_normal.resize(kPolarBins);
  table.inverse_lean.resize(kPolarBins);
  for (int bin = 0; bin < kPolarBins; ++bin) {
    TermMatrix normal = TermMatrix::Zero();
    Eigen::Matrix3d lean = Eigen::Matrix3d::Zero();
    double total = 0;
    for (int s = 0; s < kPolarSectors; ++s) {
      const double weight = table.polar_weight[bin * kPolarSectors + s];
      normal += weight * terms.col(s) * terms.col(s).transpose();
      lean += weight * first.col(s) * first.col(s).transpose();
      total += weight;
    }
    if (total <= 0) {
      table.inverse_normal[bin].setZero();
      table.inverse_lean[bin].setZero();
      continue;
    }
    for (int k = 1; k < kTerms; ++k) normal(k, k) += kRidge * total;
    for (int k = 1; k < 3; ++k) lean(k, k) += kRidge * total;
    table.inverse_lean[bin] = lean.ldlt().solve(Eigen::Matrix3d::Identity());
    table.inverse_normal[bin] = normal.ldlt().solve(TermMatrix::Identity());
  }
}

// Counts of a sector and those that the opposite one promises, cell by cell of those that both
// have pixels: both are weighted by the other's share of the two cells (Mantel and Haenszel, J.
// Natl. Cancer Inst. 22, 719 (1959)), so that a sliver of one cell says little of the other.
struct BesideOpposite {
  double counts = 0;
  double promised = 0;
  double variance = 0;  // of their difference, where both are equally bright
};

std::array<BesideOpposite, kPolarSectors> beside_opposite(const BinningTable& table,
                                                          const BinnedFrame& binned) {
  constexpr std::size_t kTurn = kPolarSectors / 2;
  std::array<BesideOpposite, kPolarSectors> sums{};
  for (std::size_t bin = 0; bin < kPolarBins; ++bin) {
    for (std::size_t s = 0; s < kTurn; ++s) {
      const std::size_t here = bin * kPolarSectors + s;
      const double weight = table.polar_weight[here];
      const double other = table.polar_weight[here + kTurn];
      if (weight <= 0 || other <= 0) continue;
      const double share = weight / (weight + other);
      const double counts = binned.polar[here] * (1 - share);
      const double promised = binned.polar[here + kTurn] * share;
      const double variance =
          (binned.polar[here] + binned.polar[here + kTurn]) * share * (1 - share);
      sums[s].counts += counts;
      sums[s].promised += promised;
      sums[s].variance += variance;
    }
  }
  for (std::size_t s = 0; s < kTurn; ++s) {
    sums[s + kTurn] = {sums[s].promised, sums[s].counts, sums[s].variance};
  }
  return sums;
}

}  // namespace

const Eigen::Matrix<double, kTerms, kPolarSectors>& azimuthal_terms() {
  static const Eigen::Matrix<double, kTerms, kPolarSectors> kValues = [] {
    Eigen::Matrix<double, kTerms, kPolarSectors> terms;
    for (int s = 0; s < kPolarSectors; ++s) {
      const double chi = 2 * std::numbers::pi * s / kPolarSectors;
      terms(0, s) = 1;
      for (int k = 1; k <= 3; ++k) {
        terms(2 * k - 1, s) = std::cos(2 * k * chi);
        terms(2 * k, s) = std::sin(2 * k * chi);
      }
    }
    return terms;
  }();
  return kValues;
}

const Eigen::Matrix<double, 3, kPolarSectors>& first_terms() {
  static const Eigen::Matrix<double, 3, kPolarSectors> kValues = [] {
    Eigen::Matrix<double, 3, kPolarSectors> terms;
    for (int s = 0; s < kPolarSectors; ++s) {
      const double chi = 2 * std::numbers::pi * s / kPolarSectors;
      terms.col(s) << 1, std::cos(chi), std::sin(chi);
    }
    return terms;
  }();
  return kValues;
}

BinningTable make_binning_table(const Geometry& geometry, const Mask& mask) {
  BinningTable table;
  table.geometry = geometry;
  table.mask = mask;
  const Image q = scattering::q_map(geometry, mask.rows(), mask.cols());
  set_range(table, q);
  set_cells(table, q);
  set_runs(table);
  normalise_share(table);
  set_azimuthal_fits(table);
  const Eigen::Vector2d center = scattering::beam_center(geometry);
  table.center_slow = center(0) / static_cast<double>(mask.rows());
  table.center_fast = center(1) / static_cast<double>(mask.cols());
  table.mask_features = mask_features(geometry, mask);
  table.pixel_q = 2 * std::numbers::pi * std::sqrt(geometry.pixel1 * geometry.pixel2) /
                  (geometry.dist * geometry.wavelength * 1e10);
  return table;
}

bool same_geometry(const Geometry& a, const Geometry& b) {
  return a.dist == b.dist && a.poni1 == b.poni1 && a.poni2 == b.poni2 && a.rot1 == b.rot1 &&
         a.rot2 == b.rot2 && a.rot3 == b.rot3 && a.wavelength == b.wavelength &&
         a.pixel1 == b.pixel1 && a.pixel2 == b.pixel2;
}

bool is_in_half(int sector, int way) {
  const int away = std::abs(sector - way * kPolarSectors / 4);
  return std::min(away, kPolarSectors - away) < kPolarSectors / 4;
}

LitSectors lit_sectors(const BinningTable& table, const BinnedFrame& binned) {
  constexpr double kMuchBrighter = 1.5;
  constexpr double kLeastDeviations = 3;
  const auto sectors = beside_opposite(table, binned);
  double most = kMuchBrighter;
  int best = -1;
  for (int way = 0; way < 4; ++way) {
    BesideOpposite half;
    for (int s = 0; s < kPolarSectors; ++s) {
      if (!is_in_half(s, way)) continue;
      const BesideOpposite& one = sectors[static_cast<std::size_t>(s)];
      half.counts += one.counts;
      half.promised += one.promised;
      half.variance += one.variance;
    }
    const double excess = half.counts - half.promised;
    const double ratio = half.counts / (half.promised + 1);
    if (ratio <= most || excess <= kLeastDeviations * std::sqrt(half.variance + 1)) continue;
    most = ratio;
    best = way;
  }
  LitSectors lit{};
  for (int s = 0; s < kPolarSectors; ++s) {
    lit[static_cast<std::size_t>(s)] = best < 0 || is_in_half(s, best);
  }
  return lit;
}

BinnedFrame bin_frame(const BinningTable& table, const Image& counts, double scale) {
  constexpr double kMost = std::numeric_limits<double>::max();
  BinnedFrame binned;
  binned.fine.assign(kPolarBins * kFineSectors, 0.0);
  binned.cartesian.assign(kImageSide * kImageSide, 0.0);
  binned.lean.assign(kPolarBins, 0.0);
  binned.rows.assign(static_cast<std::size_t>(counts.rows()), 0.0);
  binned.columns.assign(static_cast<std::size_t>(counts.cols()), 0.0);
  binned.run_highest.resize(table.runs.size());
  bool are_counts = true;
  for (std::size_t row = 0; row + 1 < table.first_run.size(); ++row) {
    const std::size_t row_begin = row * binned.columns.size();
    double of_row = 0;
    for (std::size_t r = table.first_run[row]; r < table.first_run[row + 1]; ++r) {
      const PixelRun& run = table.runs[r];
      const double* values = counts.data() + run.first;
      const float* places = table.place.data() + run.first;
      double* columns = binned.columns.data() + (static_cast<std::size_t>(run.first) - row_begin);
      double sum = 0;
      double lean = 0;
      double highest = 0;
      for (std::int32_t k = 0; k < run.length; ++k) {
        const double value = values[k];
        sum += value;
        lean += value * static_cast<double>(places[k]);
        highest = std::max(highest, value);
        columns[k] += value;
        are_counts &= (value >= 0) & (value <= kMost);
      }
      of_row += sum;
      binned.run_highest[r] = highest;
      binned.cartesian[static_cast<std::size_t>(run.cartesian)] += sum;
      if (run.fine < 0) continue;
      binned.fine[static_cast<std::size_t>(run.fine)] += sum;
      binned.lean[static_cast<std::size_t>(run.fine / kFineSectors)] += lean;
    }
    binned.rows[row] = of_row * scale;
  }
  binned.are_counts = are_counts;
  for (const double value : binned.run_highest) binned.highest = std::max(binned.highest, value);
  binned.polar = sums_of_sectors(binned.fine);
  for (double& value : binned.fine) value = std::max(0.0, value * scale);
  for (double& value : binned.polar) value = std::max(0.0, value * scale);
  for (double& value : binned.cartesian) value = std::max(0.0, value * scale);
  for (double& value : binned.lean) value *= scale;
  for (double& value : binned.columns) value *= scale;
  return binned;
}

}  // namespace foray::classifier
