#pragma once

#include <complex>

namespace foray::simulator {

/// Amplitudes at one interface from vacuum to a medium of refractive index 1 - delta + i beta.
struct Fresnel {
  std::complex<double> reflected;    ///< r = (k_z - k'_z) / (k_z + k'_z)
  std::complex<double> transmitted;  ///< t = 2 k_z / (k_z + k'_z)
  std::complex<double> inside;       ///< k'_z / k = sqrt(n^2 - cos^2 alpha), Im >= 0.
};

/// Fresnel amplitudes at a glancing angle, by its sine (>= 0).
///
/// Source: Renaud, Lazzari, Leroy (2009), doi:10.1016/j.surfrep.2009.07.002, equations of its
/// section on the Fresnel coefficients at small angles.
Fresnel fresnel(double sine, double delta, double beta);

/// Form factor along a rod of objects of a height, with a Gaussian spread of it:
/// the mean of sinc^2(q_z h / 2) h^2 over the heights, divided by its value at q_z = 0.
///
/// @param q_z     [1/angstrom]
/// @param height  mean height [angstrom], > 0.
/// @param spread  relative standard deviation of the height, >= 0.
double rod_profile(double q_z, double height, double spread);

}  // namespace foray::simulator
