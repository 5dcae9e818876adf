#pragma once

#include <Eigen/Core>
#include <array>

#include "foray/scattering/peaks.h"

namespace foray::scattering {

// Parameters of a peak on its background, in this order everywhere.
enum PeakParameter { kArea, kCenter, kWidth, kShare, kLevel, kSlope, kPeakParameters };

using PeakVector = Eigen::Matrix<double, kPeakParameters, 1>;

// Value of a peak on its background and its derivatives by the parameters.
struct PeakValue {
  double peak = 0.0;
  double background = 0.0;
  PeakVector gradient = PeakVector::Zero();
};

// q_start is the point about which the background is written down. A Gaussian has the share 0, a
// Lorentzian 1.
PeakValue peak_value(const PeakVector& parameters, PeakBackground background, double q_start,
                     double q);

// Height of a peak of unit area and unit width, (1 - eta) Gaussian + eta Lorentzian.
double unit_height(double share);

}  // namespace foray::scattering
