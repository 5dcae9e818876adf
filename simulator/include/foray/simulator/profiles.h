#pragma once

namespace foray::simulator {

/// K of the Scherrer equation, domain size = 2 pi K / fwhm, for the height of cube-like
/// crystallites; the same as scattering::DomainSizeOptions uses. Source: Langford and Wilson
/// (1978), doi:10.1107/S0021889878012844.
inline constexpr double kScherrer = 0.94;

/// Full width at half maximum in q [1/angstrom] of a domain size [nm], > 0.
double scherrer_fwhm(double domain_nm);

/// Pseudo-Voigt of unit area at distance x from its centre.
///
/// @param fwhm     full width at half maximum of both parts, > 0.
/// @param lorentz  share of the Lorentzian's area, 0 to 1.
/// Source: Wertheim et al. (1974), doi:10.1063/1.1686503.
double pseudo_voigt(double x, double fwhm, double lorentz);

/// Width and mixing of a pseudo-Voigt.
struct PeakWidth {
  double fwhm = 0;     ///< [1/angstrom]
  double lorentz = 0;  ///< share of the Lorentzian's area, 0 to 1.
};

/// A pseudo-Voigt after convolution with a Gaussian: taken as the Voigt profile that it stands for,
/// whose Gaussian part grows in quadrature. Good to 1.2 % of the height for any widths.
///
/// @param gaussian_fwhm  of the resolution, >= 0; with 0 the peak stays as it is.
/// Source: Thompson, Cox, Hastings (1987), doi:10.1107/S0021889887087090, equations 4 to 6, which
/// are solved here in both directions, so that no peak changes by a fit of their inverse.
PeakWidth broadened(const PeakWidth& peak, double gaussian_fwhm);

/// Azimuthal law of a partly oriented structure; its mean over delta_chi is 1.
///
/// (1 - eta^2) / ((1 + eta)^2 - 4 eta cos^2(n delta_chi / 2)), eta in [0, 1).
/// Source: Wang, Yager, Yu, Hoai (2016), arXiv:1611.03313, their symmetry ring; with 2 cos^2(a / 2)
/// = 1 + cos a it is the Poisson kernel of the circle, hence the mean of 1.
double azimuthal_law(double delta_chi, double eta, int symmetry);

}  // namespace foray::simulator
