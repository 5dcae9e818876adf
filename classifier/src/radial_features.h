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
  double mean_ln_intensity = 0;                                   // over the bins that have pixels
  int peak = 0;  // bin of the strongest significant excess
};

RadialFeatures radial_features(const BinningTable& table, const BinnedFrame& binned);

// Autocorrelation of the excess over kLags bins from lag 1, then the excess around the strongest
// peak (kLags bins from kAlignedBefore bins before it): the ratios of diffraction orders, wherever
// the first one is.
inline constexpr int kAlignedBefore = 8;
std::vector<float> order_features(const RadialFeatures& features);

}  // namespace foray::classifier
