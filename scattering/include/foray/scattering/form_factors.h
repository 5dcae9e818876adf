#pragma once

#include <Eigen/Core>

namespace foray::scattering {

/// Parameters that every model has.
struct ModelScale {
  double scale = 1.0;       ///< volume fraction, or 1.
  double background = 0.0;  ///< added [1/cm].
};

/// Homogeneous sphere; names and units as sasmodels' sphere.
struct Sphere {
  double sld = 1.0;          ///< [1e-6 / angstrom^2].
  double sld_solvent = 6.0;  ///< [1e-6 / angstrom^2].
  double radius = 50.0;      ///< [angstrom], > 0.
};

/// Sphere with a shell; as sasmodels' core_shell_sphere.
struct CoreShellSphere {
  double radius = 60.0;      ///< of the core [angstrom], > 0.
  double thickness = 10.0;   ///< of the shell [angstrom], >= 0.
  double sld_core = 1.0;     ///< [1e-6 / angstrom^2].
  double sld_shell = 2.0;    ///< [1e-6 / angstrom^2].
  double sld_solvent = 3.0;  ///< [1e-6 / angstrom^2].
};

/// Cylinder in all orientations; as sasmodels' cylinder.
struct Cylinder {
  double sld = 4.0;          ///< [1e-6 / angstrom^2].
  double sld_solvent = 1.0;  ///< [1e-6 / angstrom^2].
  double radius = 20.0;      ///< [angstrom], > 0.
  double length = 400.0;     ///< [angstrom], > 0.
};

/// Thin flat sheets in all orientations; as sasmodels' lamellar.
struct Lamellar {
  double thickness = 50.0;   ///< [angstrom], > 0.
  double sld = 1.0;          ///< [1e-6 / angstrom^2].
  double sld_solvent = 6.0;  ///< [1e-6 / angstrom^2].
};

/// I(q) [1/cm] of a model at q [1/angstrom], all > 0: scale / V <F^2> + background.
///
/// Spheres and sheets are closed forms, good to 1e-12 of their envelope at any q. The cylinder's
/// orientation average is a Gauss-Legendre sum over as many panels as qL and qR call for, good to
/// 1e-8 relative for q max(L, R) up to 1e5.
/// @throws std::invalid_argument naming the parameter that is not finite or out of its range.
///
/// Source: Pedersen (1997), doi:10.1016/S0001-8686(97)00312-6, eqs 17 (sphere), 18 (shells), 34
/// (cylinder); Nallet, Laversanne and Roux (1993), doi:10.1051/jp2:1993145, eq 13 (sheets).
Eigen::VectorXd intensity(const Sphere& model, const Eigen::Ref<const Eigen::VectorXd>& q,
                          const ModelScale& scale = {});
Eigen::VectorXd intensity(const CoreShellSphere& model, const Eigen::Ref<const Eigen::VectorXd>& q,
                          const ModelScale& scale = {});
Eigen::VectorXd intensity(const Cylinder& model, const Eigen::Ref<const Eigen::VectorXd>& q,
                          const ModelScale& scale = {});
Eigen::VectorXd intensity(const Lamellar& model, const Eigen::Ref<const Eigen::VectorXd>& q,
                          const ModelScale& scale = {});

/// 3 (sin x - x cos x) / x^3, the amplitude of a sphere over its volume: 1 at 0, even in x. A
/// series below 0.5, where the closed form loses more than 1e-15.
double sphere_amplitude(double x);

/// Structure factor S(q) of hard spheres in the Percus-Yevick approximation; as sasmodels'
/// hardsphere.
///
/// @param radius_effective  [angstrom], > 0.
/// @param volfraction       in [0, 0.74].
/// Source: Percus and Yevick (1958), doi:10.1103/PhysRev.110.1; the closed form of Kinning and
/// Thomas (1984), doi:10.1021/ma00139a013, eqs 12-14, with a series where it cancels.
Eigen::VectorXd hardsphere(double radius_effective, double volfraction,
                           const Eigen::Ref<const Eigen::VectorXd>& q);

}  // namespace foray::scattering
