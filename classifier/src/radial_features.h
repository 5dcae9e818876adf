#pragma once

#include <Eigen/Core>
#include <vector>

#include "binning.h"

namespace foray::classifier {

// What the radial branch knows of a frame, one value a radial bin unless said otherwise.
struct RadialFeatures {
  Eigen::ArrayXd counts;        // summed counts
  Eigen::ArrayXd weight;        // summed relative solid angle; 0: no pixel
  Eigen::ArrayXd ln_intensity;  // ln of the azimuthal mean, interpolated where there is no pixel
  Eigen::ArrayXd excess;        // ln_intensity above its smooth course
  Eigen::ArrayXd significance;  // excess over its standard deviation
  Eigen::Array<double, 3, Eigen::Dynamic> contrast;  // amplitude of 2, 4, 6 chi over the mean
  Eigen::Array<double, 3, Eigen::Dynamic> contrast_significance;  // amplitude over its sigma
  Eigen::Array<double, 2, Eigen::Dynamic> second;  // cos and sin of 2 chi over the mean
  Eigen::Array<double, 2, Eigen::Dynamic> first;   // the same of chi, fitted alone
  Eigen::ArrayXd first_significance;
  Eigen::ArrayXd unevenness;  // of sectors beside the fit: deviation over the mean, less noise
  Eigen::ArrayXd unevenness_significance;
  Eigen::ArrayXd crest;          // ln of the sectors' mean over their median
  Eigen::ArrayXd lean;           // mean place of the counts in the bin beside that of the pixels
  Eigen::ArrayXd covered;        // share of sectors with good pixels
  double mean_ln_intensity = 0;  // over the bins that have pixels
  int peak = 0;                  // bin of the strongest significant excess
};

// How far the frame's beam centre is off, as the first harmonics tell: by how many pixels along
// each axis, how many standard deviations that is, and the share of the harmonics that it explains.
struct CenterShift {
  double pixels = 0;
  double significance = 0;
  double explained = 0;
};
CenterShift center_shift(const BinningTable& table, const RadialFeatures& features);

// Bins without pixels (between two pixels near the beam, outside the detector) take the straight
// line between their neighbours.
void interpolate_gaps(const Eigen::ArrayXd& weight, Eigen::ArrayXd& values);

// The smooth course under the peaks: local lines, fitted again with little weight on what stands
// above the first fit.
Eigen::ArrayXd smooth_course(const Eigen::ArrayXd& weights, const Eigen::ArrayXd& values);

RadialFeatures radial_features(const BinningTable& table, const BinnedFrame& binned);

// Autocorrelation of the excess over kLags bins from lag 1, then the excess around the strongest
// peak (kLags bins from kAlignedBefore bins before it): the ratios of diffraction orders, wherever
// the first one is.
inline constexpr int kAlignedBefore = 8;
std::vector<float> order_features(const RadialFeatures& features);

}  // namespace foray::classifier
