#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "foray/scattering/models.h"
#include "foray/scattering/roughness.h"
#include "foray/simulator/scene.h"

namespace foray::simulator {

/// A number of a sample: as it is, a muParser formula of what the sample knows by name, or a table
/// over one of those names.
struct QuantityTable {
  std::string of = {};              ///< a coordinate, field or definition.
  std::vector<double> at = {};      ///< ascending, at least two.
  std::vector<double> values = {};  ///< as many; linear between, the end's value beyond.
};
using Quantity = std::variant<double, std::string, QuantityTable>;

/// What a sample depends on.
struct SampleCoordinate {
  /// Where its value comes from.
  enum class From {
    kParameter,  ///< the campaign's parameter of that name.
    kClock,      ///< seconds on the instrument's clock when the measurement began.
    kDose,       ///< seconds of beam that the place has had before.
  };
  std::string name = {};
  std::string unit = {};
  double lower = 0, upper = 1;  ///< ascending.
  From from = From::kParameter;
  /// What it is where no parameter has its name; absent: then nothing can be measured.
  std::optional<double> value = {};
  /// kDose: earlier exposures count whose parameters differ by no more, in their units.
  std::map<std::string, double> within = {};
};

/// A smooth random function of coordinates, the sample's hidden structure: plane waves whose phases
/// and directions follow from the sample's seed.
struct SampleField {
  std::string name = {};
  std::vector<std::string> over = {};  ///< one to four coordinates.
  double length = 0.5;                 ///< of its waves, relative to the ranges, > 0.
  double mean = 0, spread = 1;         ///< standard deviation over many samples, >= 0.
};

/// A name for a formula, for those that come after it.
struct SampleDefinition {
  std::string name = {};
  Quantity value = {};
};

/// How one parameter of a model is distributed.
struct SpreadSpec {
  scattering::Distribution kind = scattering::Distribution::kGaussian;
  Quantity width = 0.0;  ///< relative.
  double nsigma = 0;     ///< 0: as the distribution needs.
};

/// A small-angle model with its parameters.
struct FormSpec {
  std::string model = "sphere";
  std::map<std::string, Quantity> parameters = {};
  std::map<std::string, SpreadSpec> polydispersity = {};
};

/// Any small-angle model: particles, polymers, pores, a melt.
struct ModelComponent {
  FormSpec form = {};
  Quantity scale = 1.0;
};

/// One kind of place in a cell.
struct CellSite {
  double x = 0, y = 0, z = 0;  ///< in units of the edges.
  double weight = 1;           ///< amplitude relative to the other sites.
};

/// A lattice, as a powder, textured, as grains or as one crystal.
struct LatticeComponent {
  /// "lamellar", "hexagonal", "square", "simple_cubic", "body_centered_cubic",
  /// "face_centered_cubic", "diamond", "hexagonal_close_packed", or "cell" with `cell` and `sites`.
  std::string lattice = "hexagonal";
  Quantity spacing = 300.0;       ///< the period or the cell's edge a [angstrom], > 0.
  std::array<double, 5> cell = {  ///< of "cell": b / a, c / a, and the angles [degree].
      1, 1, 90, 90, 90};
  std::vector<CellSite> sites = {};  ///< of "cell", at least one.
  /// What is at the sites; its I(q) is that of the particles by themselves. Where they differ
  /// (polydispersity), reflections have <F>^2 and the rest of <F^2> goes between them: the
  /// decoupling approximation, of forms whose amplitude knows no direction. Absent: points, whose
  /// first ring has the area `intensity`.
  std::optional<FormSpec> form = {};
  Quantity intensity = 1.0;     ///< [1/cm 1/angstrom], of points.
  Quantity scale = 1.0;         ///< times the form's intensity.
  Quantity domain_nm = 50.0;    ///< size of the grains [nm], > 0: widths by Scherrer's equation.
  Quantity strain = 0.0;        ///< width over q.
  Quantity lorentz = 0.5;       ///< share of the Lorentzian, 0 to 1.
  Quantity displacement = 0.0;  ///< u [angstrom]: intensities fall as exp(-q^2 u^2).
  int rings = 12;               ///< so many rings at least, 1 to 200.
  Quantity orientation = 0.0;   ///< eta of azimuthal_law(), 0 a powder.
  Quantity director_deg = 90.0;
  int symmetry = 2;
  /// 0: rings. Else so many grains at random orientations, other ones at each place; 1 with
  /// `rotation_deg` is a single crystal.
  int grains = 0;
  std::optional<std::array<Quantity, 3>> rotation_deg = {};  ///< about t1, then t2, then the beam.
  Quantity mosaic_deg = 0.3;                                 ///< full width at half maximum.
};

/// A ring by its numbers.
struct RingComponent {
  Quantity q = 0.05, intensity = 1.0, fwhm = 0.005, lorentz = 0.5;
  Quantity orientation = 0.0, director_deg = 90.0;
  int symmetry = 2;
};

/// A halo by its numbers: what is amorphous.
struct HaloComponent {
  Quantity q = 0.1, intensity = 1.0, width = 0.03;
};

/// A Bragg rod by its numbers; needs a surface.
struct RodComponent {
  Quantity q = 0.02, intensity = 1.0, fwhm = 0.002, height = 200.0, height_spread = 0.15;
};

/// What islands may be.
enum class IslandShape { kCylinder, kSphere, kBox, kCone, kPyramid, kPrism };

/// One kind of a mixture of islands; see IslandKind.
struct IslandKindSpec {
  Quantity share = 1.0, radius = 50.0, radius_spread = 0.0, height = 50.0;
};

/// Islands on the surface by the distorted-wave Born approximation; see Islands.
struct IslandComponent {
  IslandShape shape = IslandShape::kCylinder;
  /// Those that the shape has [angstrom]: a radius and a height are 50 where they are absent, tops
  /// 0 (a whole cone or pyramid); others have to be there.
  std::optional<Quantity> radius = {}, top_radius = {}, height = {};
  std::optional<Quantity> length = {}, width = {}, edge = {}, top_edge = {};
  int sides = 4;  ///< of a pyramid or prism, 3 to 100.
  Quantity radius_spread = 0.0;
  std::vector<IslandKindSpec> mixture = {};  ///< of cylinders; not empty: instead of their sizes.
  Quantity delta = 6e-6, beta = 2e-8, density = 1e-5;
  Quantity distance = 0.0, distance_spread = 0.15, domain = 2000.0;
  IslandOrder order = IslandOrder::kRadial;
  Quantity distance_b = 0.0, angle_deg = 90.0;  ///< of a lattice or a two-dimensional paracrystal.
};

/// A film of a rough stack; see Roughness.
struct FilmSpec {
  Quantity delta = 6e-6, beta = 2e-8, thickness = 100.0, roughness = 5.0;
};

/// Diffuse scattering of the rough surface and of films on it; see Roughness.
struct RoughnessComponent {
  Quantity roughness = 5.0, length = 300.0, hurst = 0.5;
  scattering::VerticalCorrelation vertical = scattering::VerticalCorrelation::kNone;
  std::vector<FilmSpec> films = {};  ///< from the top, up to 100.
  int repeats = 1;                   ///< of all of them, 1 to 100.
};

/// Cylinders of one mean direction; see OrientedCylinders. Transmission only.
struct CylinderComponent {
  Quantity scale = 1.0, sld = 4.0, sld_solvent = 1.0;
  Quantity radius = 20.0, radius_spread = 0.0, length = 400.0, length_spread = 0.0;
  Quantity theta_deg = 60.0, phi_deg = 30.0;
  Quantity theta_spread_deg = 0.0, phi_spread_deg = 0.0;
  int points = 0;  ///< of either jitter; 0: as many as needed.
};

using SampleComponent =
    std::variant<ModelComponent, LatticeComponent, RingComponent, HaloComponent, RodComponent,
                 IslandComponent, CylinderComponent, RoughnessComponent>;

/// What fills a share of the beam.
struct SamplePhase {
  std::string name = {};
  /// Share, 0 to 1; absent in at most one phase, which fills what the others leave.
  std::optional<Quantity> fraction = {};
  std::vector<SampleComponent> components = {};
  /// True values by name; "grain_size" and "period" [nm] follow from the first lattice where they
  /// are not given.
  std::map<std::string, Quantity> truth = {};
};

/// See Surface.
struct SurfaceSpec {
  Quantity incidence_deg = 0.2, delta = 2.7e-6, beta = 2.4e-8;
  Quantity streak = 0.0, streak_exponent = 3.0, streak_fwhm = 0.001, specular = 0.0;
  Quantity normal_deg = 90.0;  ///< azimuth on the detector: 90 along the slow axis.
};

/// A sample that a user composes: what scatters at each place, temperature, time or composition.
struct SampleSpec {
  std::string name = "sample";
  std::vector<SampleCoordinate> coordinates = {};  ///< at least one.
  std::vector<SampleField> fields = {};
  std::vector<SampleDefinition> definitions = {};
  std::vector<SamplePhase> phases = {};  ///< at least one.
  std::optional<SurfaceSpec> surface = {};
  Quantity background = 0.0;                   ///< flat [1/cm].
  Quantity thickness = 1.0;                    ///< over the beamline's nominal one, > 0.
  Quantity beam = 1.0;                         ///< flux over the beamline's nominal one, >= 0.
  std::map<std::string, Quantity> truth = {};  ///< true values of every place, whatever its phase.
};

}  // namespace foray::simulator
