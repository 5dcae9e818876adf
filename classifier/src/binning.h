#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

#include "foray/classifier/prepared.h"
#include "foray/classifier/preprocessing.h"
#include "foray/scattering/measurement.h"

namespace foray::classifier {

// Even Fourier terms of the azimuth that a radial bin is fitted with: 1, cos and sin of 2, 4, 6
// chi.
inline constexpr int kTerms = 7;
// Azimuthal steps of a sector that tell grains of a ring.
inline constexpr int kFineOfSector = 4;
inline constexpr int kFineSectors = kFineOfSector * kPolarSectors;
using TermMatrix = Eigen::Matrix<double, kTerms, kTerms>;
using TermVector = Eigen::Matrix<double, kTerms, 1>;

// Part of a Cartesian cell that lies in one radial bin.
struct Overlap {
  std::int32_t cell = 0;
  std::int32_t bin = 0;
  double weight = 0;  // summed relative solid angle
};

// Good pixels of one row that follow each other and share their cells.
struct PixelRun {
  std::int32_t first = 0;  // number of the first pixel
  std::int32_t length = 0;
  std::int32_t cartesian = 0;
  std::int32_t fine = 0;  // -1: none
};

struct BinningTable {
  scattering::Geometry geometry;
  scattering::Mask mask;
  std::vector<std::int32_t> fine_cell;        // per pixel, -1: none
  std::vector<std::int32_t> cartesian_cell;   // per pixel, -1: masked
  std::vector<float> place;                   // per pixel, within its radial bin: -1/2 to 1/2
  std::vector<double> polar_weight;           // per polar cell, summed relative solid angle
  std::vector<double> fine_weight;            // the same on kPolarBins x kFineSectors
  std::vector<double> cartesian_weight;       // per Cartesian cell
  std::vector<double> cartesian_pixels;       // good pixels of a cell
  std::vector<float> cartesian_share;         // the same over those it has room for
  std::vector<double> lean_weight;            // per radial bin, sum of weight times place
  std::vector<double> masked_weight;          // per radial bin, of masked pixels
  std::vector<PixelRun> runs;                 // of all good pixels, in their order
  std::vector<std::size_t> first_run;         // of each row, then their number
  std::vector<double> row_pixels;             // good pixels of each row
  std::vector<double> column_pixels;          // the same of each column
  std::vector<float> mask_features;           // of the mask alone
  std::vector<Overlap> overlaps;              // of Cartesian cells with radial bins
  std::vector<TermMatrix> inverse_normal;     // per radial bin, of the azimuthal fit
  std::vector<Eigen::Matrix3d> inverse_lean;  // the same of the fit with 1, cos and sin of chi
  double pixel_q = 0;                         // of a pixel's side near the beam [1/angstrom]
  double ln_q_max = 0;                        // of good pixels [ln 1/angstrom]
  double ln_q_min = 0;
  double two_theta_max = 0;  // [rad]
  double center_slow = 0;    // direct beam in units of the detector's sides
  double center_fast = 0;
  double good_share = 0;  // good pixels over all
  double good_pixels = 0;
};

// Value of each azimuthal term at the centre of each sector: kTerms x kPolarSectors.
const Eigen::Matrix<double, kTerms, kPolarSectors>& azimuthal_terms();

BinningTable make_binning_table(const scattering::Geometry& geometry, const scattering::Mask& mask);

// Whether two geometries are the same number for number.
bool same_geometry(const scattering::Geometry& a, const scattering::Geometry& b);

// Value of 1, cos and sin of chi at the centre of each sector.
const Eigen::Matrix<double, 3, kPolarSectors>& first_terms();

// Where a sector lies beside the half plane about `way` (0 to 3: chi of 0, 90, 180, 270 degrees).
bool is_in_half(int sector, int way);

// Whether each sector belongs to the half of the frame that is much brighter than the other, such
// as the one above a horizon (sectors at right angles to its way do not); all do where none is.
// Cells are compared with the opposite ones, as far as both have pixels: neither the place of the
// beam nor what looks the same when turned by 180 degrees makes a half bright.
using LitSectors = std::array<bool, kPolarSectors>;
LitSectors lit_sectors(const BinningTable& table, const BinnedFrame& binned);

// Sums of a frame's counts over all grids; `scale` is applied to every count.
BinnedFrame bin_frame(const BinningTable& table, const scattering::Image& counts, double scale);

}  // namespace foray::classifier
