#pragma once

namespace foray::scattering {

/// Charged spheres in a solution of monovalent ions.
struct ScreenedSpheres {
  double radius = 0;       ///< [angstrom].
  double volfraction = 0;  ///< in [0, 0.74].
  double charge = 0;       ///< [e].
  double temperature = 0;  ///< [K].
  double salt = 0;         ///< of 1:1 salt [mol/l]; counterions come on top.
  double dielectric = 0;   ///< relative permittivity of the solvent.
};

/// Solution of the mean spherical approximation for hard spheres with a Yukawa tail, in units of
/// the diameter: Baxter's factor of the direct correlation,
///   Q(r) = a (r^2 - 1) / 2 + b (r - 1) + k (w + v exp(-z r)) inside the core (r < 1),
///   Q(r) = k d exp(-z (r - 1)) outside.
struct MeanSphericalSolution {
  double eta = 0;    ///< volume fraction of the (rescaled) spheres.
  double scale = 1;  ///< diameter of the rescaled spheres over that of the given ones.
  double z = 1;      ///< inverse screening length times the (rescaled) diameter.
  double k = 0;      ///< contact value of the tail of the direct correlation over z.
  double a = 0, b = 0, d = 1, v = 0, w = 1;

  /// Value of the pair correlation at contact.
  [[nodiscard]] double contact() const { return a + b + k * z * w; }
  /// S at q times the diameter of the given spheres.
  [[nodiscard]] double structure_factor(double q_diameter) const;
};

/// Solves for the tail -tail exp(-z (r - 1)) / r of the direct correlation, tail >= 0.
MeanSphericalSolution solve_yukawa(double eta, double z, double tail);

/// The same for charged spheres; where particles repel each other so strongly that the contact
/// value would be negative, with the diameter enlarged until it is zero.
/// @throws std::invalid_argument if that diameter cannot be found.
///
/// Source: Hayter and Penfold (1981), doi:10.1080/00268978100100091 (potential); Hansen and Hayter
/// (1982), doi:10.1080/00268978200101021 (rescaling); Blum and Hoye (1978),
/// doi:10.1007/BF01012864 (Baxter's factor for a Yukawa tail). Departs from Hayter and Penfold in
/// solving for Baxter's factor, which neither cancels at small q nor has their quartic's wrong
/// roots.
MeanSphericalSolution solve_mean_spherical(const ScreenedSpheres& spheres);

}  // namespace foray::scattering
