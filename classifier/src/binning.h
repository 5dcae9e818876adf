#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "foray/classifier/prepared.h"
#include "foray/classifier/preprocessing.h"
#include "foray/scattering/measurement.h"

namespace foray::classifier {

// Even Fourier terms of the azimuth that a radial bin is fitted with: 1, cos and sin of 2, 4, 6
// chi.
inline constexpr int kTerms = 7;
using TermMatrix = Eigen::Matrix<double, kTerms, kTerms>;
using TermVector = Eigen::Matrix<double, kTerms, 1>;

// Part of a Cartesian cell that lies in one radial bin.
struct Overlap {
  std::int32_t cell = 0;
  std::int32_t bin = 0;
  double weight = 0;  // summed relative solid angle
};

struct BinningTable {
  scattering::Geometry geometry;
  scattering::Mask mask;
  std::vector<std::int32_t> polar_cell;       // per pixel, -1: none
  std::vector<std::int32_t> cartesian_cell;   // per pixel, -1: masked
  std::vector<float> place;                   // per pixel, within its radial bin: -1/2 to 1/2
  std::vector<double> polar_weight;           // per polar cell, summed relative solid angle
  std::vector<double> cartesian_weight;       // per Cartesian cell
  std::vector<double> cartesian_pixels;       // good pixels of a cell
  std::vector<float> cartesian_share;         // the same over those it has room for
  std::vector<double> lean_weight;            // per radial bin, sum of weight times place
  std::vector<double> masked_weight;          // per radial bin, of masked pixels
  std::vector<float> mask_features;           // kMaskFeatures
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

// Sums of a frame's counts over both grids; `scale` is applied to every count.
BinnedFrame bin_frame(const BinningTable& table, const scattering::Image& counts, double scale);

}  // namespace foray::classifier
