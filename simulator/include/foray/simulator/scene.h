#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "foray/scattering/measurement.h"
#include "foray/scattering/models.h"
#include "foray/scattering/roughness.h"
#include "foray/scattering/surface_shapes.h"
#include "foray/simulator/detector.h"

namespace foray::simulator {

/// Which family of reflections a ring belongs to; it decides the label of its kind.
enum class Lattice {
  kNone,          ///< a ring of no known family (a powder line, a calibrant).
  kLamellar,      ///< orders at 1 : 2 : 3 of the first.
  kHexagonal,     ///< orders at 1 : sqrt 3 : 2 : sqrt 7 of the first.
  kBodyCentered,  ///< cubic, orders at 1 : sqrt 2 : sqrt 3 of the first.
  kFaceCentered,  ///< cubic, orders at 1 : sqrt(4/3) : sqrt(8/3) : sqrt(11/3) of the first.
  kOther,         ///< orders of a family that has no label of its own.
};

/// One Debye-Scherrer ring or arc on the detector.
struct Ring {
  double q = 0.05;                   ///< centre [1/angstrom], > 0.
  double intensity = 1;              ///< integrated over q, azimuthal mean [1/cm 1/angstrom].
  double fwhm = 0.005;               ///< intrinsic full width at half maximum [1/angstrom], > 0.
  double lorentz = 0.5;              ///< pseudo-Voigt mixing, 0 Gaussian to 1 Lorentzian.
  double orientation = 0;            ///< eta of the azimuthal law, 0 isotropic to below 1 sharp.
  int symmetry = 2;                  ///< n of the azimuthal law, even, >= 2.
  double director = 0;               ///< azimuth chi of a maximum [rad].
  Lattice lattice = Lattice::kNone;  ///< its family.
  int order = 1;                     ///< its number in the family, 1 the first, >= 1.
  /// 0: smooth along the ring. Else it consists of the spots of so many crystals, whose places are
  /// uniform and whose strengths are exponential; up to 10000.
  int grains = 0;
  double grain_fwhm = 0.05;      ///< of a spot along the ring [rad], in [1e-3, 3].
  std::uint64_t grain_seed = 1;  ///< decides where its spots lie and how strong they are.
};

/// Broad correlation halo of a liquid or a disordered melt.
struct Halo {
  double q = 0.05;         ///< centre [1/angstrom].
  double intensity = 0.1;  ///< at the centre [1/cm].
  double width = 0.02;     ///< Gaussian standard deviation [1/angstrom].
  double orientation = 0;  ///< eta of the azimuthal law, 0 isotropic to below 1 sharp.
  int symmetry = 2;        ///< n of the azimuthal law, even, >= 2.
  double director = 0;     ///< azimuth chi of a maximum [rad].
};

/// Scattering that falls with q from a plateau and may have a direction: lumps, voids, fibres.
///
/// I = intensity (1 + u^2)^(-exponent / 2) with u^2 = q^2 (length^2 cos^2 + width^2 sin^2) of the
/// azimuth from `direction`: exponent 2 is Ornstein and Zernike's law, 4 that of Debye and Bueche.
/// With exponent 0 it is Guinier's, intensity exp(-u^2 / 3), and the sizes are radii of gyration.
struct Diffuse {
  double intensity = 1;  ///< where q is 0 [1/cm], >= 0.
  double length = 100;   ///< along `direction` [angstrom], > 0; what is long falls quickly.
  double width = 100;    ///< across it [angstrom], > 0.
  double direction = 0;  ///< azimuth chi [rad].
  double exponent = 4;   ///< in [0, 12].
};

/// Isotropic scattering of any small-angle model: particles, polymers, pores.
struct ModelCurve {
  std::string model = "sphere";  ///< an expression as scattering::model() takes it.
  scattering::ModelValues values = {};
  scattering::Polydispersities distributions = {};
  double scale = 1;  ///< times the model's own intensity, >= 0.
  /// Present: the particles are on a lattice, displaced by so much along any direction (root mean
  /// square) [angstrom], and the scene's rings or spots are its reflections: only what goes between
  /// them, <F^2> - exp(-q^2 u^2) <F>^2. Without distributions <F>^2 is taken for <F^2>.
  std::optional<double> displacement = {};
};

/// One reflection of a crystal that stands still, a Gaussian in reciprocal space. Transmission
/// only.
struct Spot {
  /// The reciprocal lattice point, turned with the crystal: along the detector's slow and fast axes
  /// (t1, t2 of an untilted one) and the beam [1/angstrom].
  Eigen::Vector3d q = Eigen::Vector3d(0.05, 0, 0);
  double intensity = 1;        ///< integrated over reciprocal space [1/cm 1/angstrom^3], >= 0.
  double radial_fwhm = 0.001;  ///< along q [1/angstrom], > 0.
  double mosaic_fwhm = 0.01;   ///< across q, as an angle [rad], >= 0.
  int order = 1;               ///< its number by |q|, 1 the first, >= 1.
  int grains = 1;              ///< crystals that it is one of the spots of, >= 1.
};

/// Cylinders of one mean direction, such as rods in a flow. Transmission only.
///
/// Angles as sasmodels has them, with x along the detector's fast axis, y along its slow one and z
/// along the beam: `theta` from the beam, `phi` about it from x; then jitter, normal in both.
struct OrientedCylinders {
  double scale = 1;                 ///< volume fraction, >= 0.
  double sld = 4, sld_solvent = 1;  ///< [1e-6 / angstrom^2].
  double radius = 20;               ///< [angstrom], > 0.
  double radius_spread = 0;  ///< relative standard deviation, normal to 3 of them, in [0, 0.3].
  double length = 400;       ///< [angstrom], > 0.
  double length_spread = 0;  ///< likewise.
  double theta = 1.0471975511965976;  ///< [rad].
  double phi = 0.5235987755982988;    ///< [rad].
  double theta_spread = 0;  ///< standard deviation of the jitter about y [rad], in [0, 1].
  double phi_spread = 0;    ///< of that about x [rad], in [0, 1].
  /// Values of either jitter, equally spaced to three standard deviations, made odd; 0: as many as
  /// q and the size call for, which beyond 301 no frame is made of.
  int points = 0;
};

/// A crystal of spheres that stands still and whose order is lost with the distance: from each to
/// the next one a step of `a` or `b` across the beam, or along it, that varies. Its spots widen
/// with q, with streaks between them. Transmission only; the sphere of what can be scattered is
/// flat.
struct Paracrystal {
  double intensity = 1;                         ///< of its particles alone at q 0 [1/cm], >= 0.
  double radius = 40;                           ///< of the spheres [angstrom], > 0.
  Eigen::Vector2d a = Eigen::Vector2d(100, 0);  ///< slow, fast [angstrom], not along b.
  Eigen::Vector2d b = Eigen::Vector2d(0, 100);
  double along = 0;   ///< a step along the beam [angstrom]; 0: one layer.
  double spread = 5;  ///< standard deviation of each step in any direction [angstrom], > 0.
};

/// How islands lie beside each other.
enum class IslandOrder {
  kRadial,       ///< neighbours at a distance in any direction: a radial paracrystal.
  kLattice,      ///< a two-dimensional lattice in domains at all turns.
  kParacrystal,  ///< a two-dimensional paracrystal in domains at all turns.
};

/// One of several kinds of cylinders standing on a surface.
struct IslandKind {
  double share = 1;          ///< of them all, by number, relative to the sum of shares, >= 0.
  double radius = 50;        ///< [angstrom], > 0.
  double radius_spread = 0;  ///< relative standard deviation of the radii, in [0, 0.3].
  double height = 50;        ///< [angstrom], > 0.
};

/// Islands standing on the surface, turned about its normal at random, by the four-term
/// distorted-wave Born approximation (scattering/grazing.h). Which is where is left to chance: the
/// decoupling approximation. Grazing incidence only.
struct Islands {
  scattering::SurfaceShape shape = scattering::SurfaceCylinder{50, 50};
  /// Relative standard deviation of a sphere's radius, of the sizes along the surface of other
  /// shapes; in [0, 0.3].
  double radius_spread = 0;
  /// Not empty: several kinds of cylinders, instead of those two; `shape` is a cylinder then.
  std::vector<IslandKind> mixture = {};
  double delta = 6e-6;                       ///< of their refractive index 1 - delta + i beta.
  double beta = 2e-8;                        ///< >= 0.
  double density = 1e-5;                     ///< on the surface [1/angstrom^2], >= 0.
  double distance = 0;                       ///< of neighbours [angstrom]; 0: no interference.
  double distance_spread = 0.15;             ///< relative standard deviation of the distances, > 0.
  double domain = 2000;                      ///< over which order persists [angstrom], > 0.
  IslandOrder order = IslandOrder::kRadial;  ///< `distance` is an edge of a cell, if there is one.
  double distance_b = 0;              ///< the other edge [angstrom]; 0: as long as `distance`.
  double angle = 1.5707963267948966;  ///< between the edges [rad].
};

/// Diffuse scattering of the surface's roughness, and of films on it that are rough as well, by the
/// distorted-wave Born approximation (scattering/roughness.h). Grazing incidence only.
struct Roughness {
  double share = 1;      ///< of the beam that falls on it, in [0, 1].
  double roughness = 5;  ///< root mean square of the surface [angstrom], >= 0.
  double length = 300;   ///< over which heights are correlated [angstrom], > 0.
  double hurst = 0.5;    ///< in [0.1, 1].
  scattering::VerticalCorrelation vertical = scattering::VerticalCorrelation::kNone;
  /// From the top; their roughness is that of their upper interface. What else is on the surface
  /// does not know them.
  std::vector<scattering::Layer> films = {};
};

/// How a rod's intensity goes along q_z.
enum class RodProfile {
  kFringes,     ///< of upright objects of about one height.
  kGaussian,    ///< one crest.
  kLorentzian,  ///< likewise.
};

/// Bragg rod of objects standing on a surface: sharp along the surface, long across it. With a
/// short crest it is the peak of an ordered film. Grazing incidence only.
struct Rod {
  double q = 0.02;              ///< position |q_y| on both sides [1/angstrom], >= 0.
  double intensity = 1;         ///< at its centre, of fringes where q_z is 0 [1/cm].
  double fwhm = 0.002;          ///< across the rod [1/angstrom], > 0.
  double height = 200;          ///< of the objects [angstrom], > 0: the fringes along the rod.
  double height_spread = 0.15;  ///< relative standard deviation of the height, in [0, 1].
  double lorentz = 1;           ///< share of the Lorentzian across the rod, by height, 0 to 1.
  RodProfile profile = RodProfile::kFringes;
  double q_z = 0.05;      ///< of a crest [1/angstrom], in [0, 100].
  double q_z_fwhm = 0.1;  ///< of a crest [1/angstrom], > 0.
};

/// The plane that a beam at grazing incidence is reflected and refracted by, refractive index
/// 1 - delta + i beta. With it the rings and halos of a scene are those of a fibre texture whose
/// axis is the surface normal: chi becomes atan2(q_z, q_r).
struct Surface {
  double incidence = 0.0035;           ///< alpha_i between beam and surface [rad], in (0, 0.2).
  double delta = 2.7e-6;               ///< >= 0; the critical angle is sqrt(2 delta).
  double beta = 2.4e-8;                ///< >= 0.
  double normal = 1.5707963267948966;  ///< azimuth chi on the detector of the normal [rad].
  double streak = 0;           ///< diffuse streak in the plane of incidence [1/cm at q_z 0.05].
  double streak_exponent = 3;  ///< its fall along q_z, >= 0.
  double streak_fwhm = 0.001;  ///< its width along q_y [1/angstrom], > 0.
  double specular =
      0;  ///< share of the reflected beam that is let through to the detector, [0, 1].
  /// Share of what the film scatters downwards that a transparent substrate lets through below the
  /// horizon, [0, 1]; islands and roughness scatter upwards only.
  double below = 0;
};

/// What scatters: everything in absolute units, before any instrument.
struct Scene {
  std::vector<Ring> rings;
  std::vector<Halo> halos;
  std::vector<Diffuse> diffuse;
  std::vector<ModelCurve> curves;
  std::vector<Spot> spots;                   ///< need no surface.
  std::vector<OrientedCylinders> cylinders;  ///< need no surface.
  std::vector<Paracrystal> paracrystals;     ///< need no surface.
  std::vector<Rod> rods;                     ///< need a surface.
  std::optional<Islands> islands;            ///< need a surface.
  std::vector<Roughness> roughness;          ///< need a surface.
  std::optional<Surface> surface;            ///< present: grazing incidence; absent: transmission.
  double power_law_scale = 0;                ///< I = scale (q / 0.01)^-exponent [1/cm].
  double power_law_exponent = 4;             ///< > 0.
  double high_q = 0;         ///< I = high_q (1 - exp(-high_q_length^2 q^2)) [1/cm], >= 0:
  double high_q_length = 1;  ///< thermal or compositional disorder [angstrom], > 0.
  double background = 0.01;  ///< flat [1/cm].
  /// Share that what the sample scatters but for `background` lacks opposite to `side`, in [0, 1]:
  /// planes that stand oblique to the beam reflect to one side of it. Transmission without spots.
  double one_sided = 0;
  double side = 0;             ///< azimuth chi [rad].
  double thickness_scale = 1;  ///< thickness here over the beamline's nominal one, > 0.
  double beam = 1;             ///< flux over the beamline's nominal one, >= 0.
};

/// Refuses what is not finite or out of the range that a field's comment gives.
/// @throws std::invalid_argument naming the field, what was expected and what came.
void validate(const Scene& scene);

/// Something between sample and detector that no mask tells of.
struct Obstruction {
  enum class Kind {
    kWindow,  ///< a round window's rim: shadows what is further than `size` from its centre.
    kDisk,    ///< shadows what is nearer.
    kBar,     ///< shadows what is within `size` of a straight line through its centre.
  };
  Kind kind = Kind::kWindow;
  double slow = 0, fast = 0;   ///< its centre on the detector [pixel].
  double size = 100;           ///< radius, or half of a bar's width [pixel], > 0.
  double direction = 0;        ///< azimuth chi along a bar [rad].
  double transmission = 1e-6;  ///< of what it shadows, in [1e-6, 1].
};

/// The beam and detector that look at a scene.
struct Beamline {
  scattering::Geometry geometry;
  Eigen::Index slow = 619, fast = 487;  ///< detector shape in pixels (Pilatus 300k).
  /// Gaps and what is dead, which count nothing, and the beamstop; shape slow x fast; empty: none.
  scattering::Mask mask;
  double flux = 1e11;             ///< photons per second on the sample; 0: the beam is off.
  double thickness_cm = 0.1;      ///< of the sample [cm], > 0.
  double transmission = 0.9;      ///< of the sample, in (0, 1].
  double efficiency = 0.95;       ///< of the sensor, in (0, 1].
  double polarization = 0.95;     ///< factor of the polarization correction, in [-1, 1].
  double resolution_fwhm = 5e-4;  ///< FWHM of beam, detector and pixel in q [1/angstrom], >= 0.
  double bandwidth = 0;  ///< FWHM of the wavelength, relative, in [0, 0.5]: adds bandwidth * q.
  double saturation = 1048575;  ///< counts at which a pixel saturates, > 0.
  double parasitic = 0;         ///< slits, air and windows: parasitic (q / 0.01)^-3 [1/cm at 0.01].
  /// Streaks of slits along the detector's slow and fast axis: (q / 0.01)^-2 [1/cm at 0.01].
  double streak_slow = 0, streak_fast = 0;
  double air = 0;     ///< flat [1/cm].
  double window = 0;  ///< polyimide windows: a halo at 0.41 and half of it at 1.25 [1/cm].
  /// Relative standard deviation of the pixels' efficiencies (an uncorrected flat field), >= 0.
  double flat_spread = 0;
  /// The same of whole rows and of whole columns, as where wires or tubes count, >= 0.
  double line_spread = 0;
  /// Standard deviation of the Gaussian over which the sensor spreads a point [pixel], 0 to 10.
  double point_spread = 0;
  /// What shadows the pixels masked as kMaskUser; it decides the label alone.
  Beamstop::Kind beamstop = Beamstop::Kind::kNone;
  double beamstop_transmission = 0;  ///< of pixels masked as kMaskUser, in [0, 1].
  bool beamstop_masked = true;       ///< false: kMaskUser is left out of a frame's own mask.
  std::optional<Obstruction> obstruction;
  /// What a frame says of the geometry where that is not the truth: a beam that was misaligned.
  std::optional<scattering::Geometry> stated;
  double dark_rate = 0;             ///< counts per pixel and second without beam, >= 0.
  double zinger_rate = 0;           ///< cosmic hits per pixel and second, >= 0.
  double zinger_counts = 3000;      ///< mean of the exponential size of a hit, > 0.
  double hot_share = 0;             ///< share of pixels that count by themselves, in [0, 0.1].
  double hot_rate = 1000;           ///< what such a pixel counts per second, >= 0.
  double dead_share = 0;            ///< share of pixels that count nothing, in [0, 0.1].
  std::uint64_t detector_seed = 1;  ///< decides which pixels are hot or dead.
};

/// Refuses an impossible beamline.
/// @throws std::invalid_argument naming the field, what was expected and what came.
void validate(const Beamline& beamline);

/// A frame with what is true of it.
struct SimulatedFrame {
  scattering::Frame frame;          ///< counts of gaps and of what is masked as dead are 0.
  scattering::Image expected;       ///< noise-free expected counts, before saturation.
  std::vector<std::string> labels;  ///< label paths true of it; see labels.h.
};

/// The beamline that the demo uses: a Pilatus 300k with its two gaps, a round beamstop and its arm,
/// 1 angstrom, 0.8 m, q from 0.02 to 0.6 1/angstrom, a film of 2 micrometres.
Beamline demo_beamline();

/// Measures a scene: expected counts from absolute intensity, geometry, solid angle, polarization,
/// flux and exposure, then Poisson noise from the stream (seed, index); any number of threads gives
/// the same frame. For many frames on one beamline keep a FrameMaker (frame_maker.h): it spares
/// the geometry.
/// @throws std::invalid_argument on an invalid scene, beamline or exposure, naming the field.
SimulatedFrame simulate(const Scene& scene, const Beamline& beamline, double exposure_s,
                        std::uint64_t seed, std::uint64_t index);

}  // namespace foray::simulator
