#include "compose.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <numbers>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "foray/common/check.h"
#include "foray/common/random.h"
#include "foray/simulator/profiles.h"
#include "reflections.h"
#include "units.h"

namespace foray::simulator {

namespace {

constexpr double kTrace = 1e-4;     // fractions below it are left out
constexpr double kSumSlack = 1e-9;  // of fractions that add up to 1
constexpr double kMostSpots = 1e6;  // of a component

ModelCurve curve_of(const FormSpec& form, double scale) {
  ModelCurve curve;
  curve.model = form.model;
  for (const auto& [name, value] : form.parameters) curve.values[name] = number(value);
  for (const auto& [name, spread] : form.polydispersity) {
    scattering::Polydispersity one;
    one.kind = spread.kind;
    one.width = number(spread.width);
    one.nsigma = spread.nsigma;
    curve.distributions[name] = one;
  }
  curve.scale = scale;
  return curve;
}

// Refuses what the model would refuse, where its place is known.
void check(const ModelCurve& curve) {
  static_cast<void>(
      scattering::Model(curve.model)
          .intensity(Eigen::VectorXd::Constant(1, 0.1), curve.values, curve.distributions));
}

// What a form's particles scatter together into the reflections of their lattice; what is left of
// their intensity goes between them. Particles that are all the same are taken to lie the same way,
// as strong as in the mean over all directions; those that differ may do so in size alone.
Eigen::ArrayXd reflected_part(const ModelCurve& form, const Eigen::VectorXd& q) {
  constexpr double kSame = 1e-6;
  const scattering::Model model(form.model);
  const Eigen::VectorXd same = model.intensity(q, form.values);
  if (form.distributions.empty()) return form.scale * same.array();
  const auto check_one = [&](const scattering::ModelValues& values) {
    const Eigen::VectorXd all = model.intensity(q, values);
    const Eigen::VectorXd directed = all - model.coherent_intensity(q, values);
    require(directed.maxCoeff() <= kSame * all.maxCoeff(),
            "form/polydispersity: expected it of particles that scatter the same whichever way "
            "they lie, got it of \"" +
                form.model + "\"");
  };
  check_one(form.values);
  // The mean one may be round where others are not.
  for (const scattering::ModelParameter& parameter : model.parameters()) {
    const auto spread = form.distributions.find(parameter.name);
    if (spread == form.distributions.end()) continue;
    scattering::ModelValues values = form.values;
    double& value = values.try_emplace(parameter.name, parameter.value).first->second;
    value = std::clamp(value * (1 + spread->second.width), parameter.lower, parameter.upper);
    check_one(values);
  }
  return form.scale * model.coherent_intensity(q, form.values, form.distributions).array();
}

scattering::SurfaceShape island_shape_of(const IslandComponent& islands) {
  const auto of = [](const std::optional<Quantity>& given, double otherwise) {
    return given ? number(*given) : otherwise;
  };
  const double height = of(islands.height, 50), edge = of(islands.edge, 0);
  switch (islands.shape) {
    case IslandShape::kSphere:
      return scattering::SurfaceSphere{of(islands.radius, 50)};
    case IslandShape::kBox:
      return scattering::SurfaceBox{of(islands.length, 0), of(islands.width, 0), height};
    case IslandShape::kCone:
      return scattering::TruncatedCone{of(islands.radius, 50), of(islands.top_radius, 0), height};
    case IslandShape::kPyramid:
      return scattering::PolygonFrustum{islands.sides, edge, of(islands.top_edge, 0), height};
    case IslandShape::kPrism:
      return scattering::PolygonFrustum{islands.sides, edge, edge, height};
    case IslandShape::kCylinder:
      break;
  }
  return scattering::SurfaceCylinder{of(islands.radius, 50), height};
}

enum class Spots { kAll, kOneOfAShell };

// Adds one component to a scene.
class Composer {
 public:
  Composer(Scene& scene, double fraction, std::uint64_t grain_seed, Spots spots)
      : scene_(scene), fraction_(fraction), grain_seed_(grain_seed), spots_(spots) {}

  void operator()(const ModelComponent& model) const {
    scene_.curves.push_back(curve_of(model.form, fraction_ * number(model.scale)));
    check(scene_.curves.back());
  }

  void operator()(const RingComponent& ring) const {
    Ring one;
    one.q = number(ring.q);
    one.intensity = fraction_ * number(ring.intensity);
    one.fwhm = number(ring.fwhm);
    one.lorentz = number(ring.lorentz);
    one.orientation = number(ring.orientation);
    one.director = number(ring.director_deg) * kDegree;
    one.symmetry = ring.symmetry;
    scene_.rings.push_back(one);
  }

  void operator()(const HaloComponent& halo) const {
    Halo one;
    one.q = number(halo.q);
    one.intensity = fraction_ * number(halo.intensity);
    one.width = number(halo.width);
    scene_.halos.push_back(one);
  }

  void operator()(const RodComponent& rod) const {
    Rod one;
    one.q = number(rod.q);
    one.intensity = fraction_ * number(rod.intensity);
    one.fwhm = number(rod.fwhm);
    one.height = number(rod.height);
    one.height_spread = number(rod.height_spread);
    scene_.rods.push_back(one);
  }

  void operator()(const IslandComponent& islands) const {
    Islands one;
    one.shape = island_shape_of(islands);
    one.radius_spread = number(islands.radius_spread);
    one.delta = number(islands.delta);
    one.beta = number(islands.beta);
    one.density = fraction_ * number(islands.density);
    one.distance = number(islands.distance);
    one.distance_spread = number(islands.distance_spread);
    one.domain = number(islands.domain);
    one.order = islands.order;
    one.distance_b = number(islands.distance_b);
    one.angle = number(islands.angle_deg) * kDegree;
    for (const IslandKindSpec& kind : islands.mixture) {
      one.mixture.push_back({number(kind.share), number(kind.radius), number(kind.radius_spread),
                             number(kind.height)});
    }
    scene_.islands = std::move(one);
  }

  void operator()(const RoughnessComponent& rough) const {
    require_in_range("repeats", rough.repeats, 1, 100);
    Roughness one;
    one.share = std::min(1.0, fraction_);  // fractions may exceed 1 by their slack
    one.roughness = number(rough.roughness);
    one.length = number(rough.length);
    one.hurst = number(rough.hurst);
    one.vertical = rough.vertical;
    for (int i = 0; i < rough.repeats; ++i) {
      for (const FilmSpec& film : rough.films) {
        one.films.push_back({number(film.delta), number(film.beta), number(film.thickness),
                             number(film.roughness)});
      }
    }
    scene_.roughness.push_back(std::move(one));
  }

  void operator()(const CylinderComponent& cylinders) const {
    OrientedCylinders one;
    one.scale = fraction_ * number(cylinders.scale);
    one.sld = number(cylinders.sld);
    one.sld_solvent = number(cylinders.sld_solvent);
    one.radius = number(cylinders.radius);
    one.radius_spread = number(cylinders.radius_spread);
    one.length = number(cylinders.length);
    one.length_spread = number(cylinders.length_spread);
    one.theta = number(cylinders.theta_deg) * kDegree;
    one.phi = number(cylinders.phi_deg) * kDegree;
    one.theta_spread = number(cylinders.theta_spread_deg) * kDegree;
    one.phi_spread = number(cylinders.phi_spread_deg) * kDegree;
    one.points = cylinders.points;
    scene_.cylinders.push_back(one);
  }

  void operator()(const LatticeComponent& lattice) const;

 private:
  [[nodiscard]] std::vector<double> areas(const LatticeComponent& lattice,
                                          const std::vector<Shell>& all) const;
  void add_rings(const LatticeComponent& lattice, const std::vector<Shell>& all) const;
  void add_spots(const LatticeComponent& lattice, const std::vector<Shell>& all) const;
  [[nodiscard]] std::vector<Eigen::Matrix3d> orientations(const LatticeComponent& lattice) const;

  Scene& scene_;
  double fraction_;
  std::uint64_t grain_seed_;
  Spots spots_;
};

// What each shell scatters in the orientation average [1/cm 1/angstrom].
std::vector<double> Composer::areas(const LatticeComponent& lattice,
                                    const std::vector<Shell>& all) const {
  Eigen::VectorXd q(static_cast<Eigen::Index>(all.size()));
  for (Eigen::Index i = 0; i < q.size(); ++i) q[i] = all[static_cast<std::size_t>(i)].q;
  Eigen::ArrayXd particle;
  if (lattice.form) {
    particle = reflected_part(curve_of(*lattice.form, number(lattice.scale)), q);
  } else {
    particle = Eigen::ArrayXd::Constant(q.size(), number(lattice.intensity) / all.front().area);
  }
  const double u = number(lattice.displacement);
  std::vector<double> result;
  for (std::size_t i = 0; i < all.size(); ++i) {
    // Points are as strong in the first ring as they are said to be, whatever u.
    const double from = lattice.form ? 0 : all.front().q;
    const double fall = std::exp(-u * u * (all[i].q * all[i].q - from * from));
    result.push_back(fraction_ * particle[static_cast<Eigen::Index>(i)] * all[i].area * fall);
  }
  return result;
}

double width_of(const LatticeComponent& lattice, double q) {
  return std::hypot(scherrer_fwhm(number(lattice.domain_nm)), number(lattice.strain) * q);
}

void Composer::add_rings(const LatticeComponent& lattice, const std::vector<Shell>& all) const {
  const std::vector<double> area = areas(lattice, all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Ring ring;
    ring.q = all[i].q;
    ring.intensity = area[i];
    ring.fwhm = width_of(lattice, all[i].q);
    ring.lorentz = number(lattice.lorentz);
    ring.orientation = number(lattice.orientation);
    ring.director = number(lattice.director_deg) * kDegree;
    ring.symmetry = lattice.symmetry;
    ring.lattice = lattice.lattice == "lamellar"              ? Lattice::kLamellar
                   : lattice.lattice == "hexagonal"           ? Lattice::kHexagonal
                   : lattice.lattice == "body_centered_cubic" ? Lattice::kBodyCentered
                   : lattice.lattice == "face_centered_cubic" ? Lattice::kFaceCentered
                                                              : Lattice::kOther;
    ring.order = static_cast<int>(i) + 1;
    scene_.rings.push_back(ring);
  }
}

std::vector<Eigen::Matrix3d> Composer::orientations(const LatticeComponent& lattice) const {
  if (lattice.rotation_deg) {
    const auto& angle = *lattice.rotation_deg;
    const Eigen::AngleAxisd first(number(angle[0]) * kDegree, Eigen::Vector3d::UnitX());
    const Eigen::AngleAxisd second(number(angle[1]) * kDegree, Eigen::Vector3d::UnitY());
    const Eigen::AngleAxisd third(number(angle[2]) * kDegree, Eigen::Vector3d::UnitZ());
    return {(third * second * first).toRotationMatrix()};
  }
  std::vector<Eigen::Matrix3d> result;
  CounterStream stream(grain_seed_, 0);
  const int grains = spots_ == Spots::kAll ? lattice.grains : 1;
  for (int i = 0; i < grains; ++i) {
    // A normal draw in four dimensions has a direction uniform on the sphere of quaternions.
    Eigen::Vector4d draw;
    for (double& part : draw) part = stream.normal();
    result.push_back(Eigen::Quaterniond(draw.normalized()).toRotationMatrix());
  }
  return result;
}

void Composer::add_spots(const LatticeComponent& lattice, const std::vector<Shell>& all) const {
  const int count = lattice.rotation_deg ? 1 : lattice.grains;
  std::size_t members = 0;
  for (const Shell& shell : all) members += shell.members.size();
  if (static_cast<double>(members) * count > kMostSpots) {
    std::ostringstream text;
    text << "grains: expected " << kMostSpots << " spots at most, got " << count << " grains of "
         << members << " reflections each";
    throw std::invalid_argument(text.str());
  }
  const std::vector<double> area = areas(lattice, all);
  const std::vector<Eigen::Matrix3d> grains = orientations(lattice);
  const double share = 1.0 / count;
  for (std::size_t i = 0; i < all.size(); ++i) {
    // The orientation average of a spot of strength w is w delta(q - G) / (4 pi q^2).
    const double strength = share * area[i] * 4 * std::numbers::pi * all[i].q * all[i].q;
    for (const Eigen::Matrix3d& turn : grains) {
      for (const Shell::Member& member : all[i].members) {
        Spot spot;
        spot.q = turn * member.g;
        spot.intensity = strength * member.share;
        spot.radial_fwhm = width_of(lattice, all[i].q);
        spot.mosaic_fwhm = number(lattice.mosaic_deg) * kDegree;
        spot.order = static_cast<int>(i) + 1;
        spot.grains = count;
        scene_.spots.push_back(spot);
        if (spots_ == Spots::kOneOfAShell) break;
      }
    }
  }
}

void Composer::operator()(const LatticeComponent& lattice) const {
  require_in_range("domain_nm", number(lattice.domain_nm), 1e-2, 1e9);
  require_in_range("strain", number(lattice.strain), 0, 1);
  require_in_range("grains", lattice.grains, 0, 10000);
  require_in_range("displacement", number(lattice.displacement), 0, 1e6);
  const std::vector<Shell> all = shells(lattice, number(lattice.spacing));
  if (lattice.grains > 0 || lattice.rotation_deg) {
    add_spots(lattice, all);
  } else {
    add_rings(lattice, all);
  }
  if (!lattice.form) return;
  ModelCurve between = curve_of(*lattice.form, fraction_ * number(lattice.scale));
  between.displacement = number(lattice.displacement);
  if (between.displacement == 0.0 && between.distributions.empty()) return;  // nothing is left
  scene_.curves.push_back(std::move(between));
}

Surface surface_of(const SurfaceSpec& spec) {
  Surface surface;
  surface.incidence = number(spec.incidence_deg) * kDegree;
  surface.delta = number(spec.delta);
  surface.beta = number(spec.beta);
  surface.streak = number(spec.streak);
  surface.streak_exponent = number(spec.streak_exponent);
  surface.streak_fwhm = number(spec.streak_fwhm);
  surface.specular = number(spec.specular);
  surface.normal = number(spec.normal_deg) * kDegree;
  return surface;
}

// Fields of the sample itself; what is composed of its components has their places.
Scene bare_scene(const SampleSpec& numbers) {
  Scene scene;
  scene.background = number(numbers.background);
  scene.thickness_scale = number(numbers.thickness);
  scene.beam = number(numbers.beam);
  require_in_range("/background", scene.background, 0, 1e30);
  require_in_range("/thickness", scene.thickness_scale, 1e-12, 1e6);
  require_in_range("/beam", scene.beam, 0, 1e6);
  if (!numbers.surface) return scene;
  scene.surface = surface_of(*numbers.surface);
  try {
    validate(scene);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(std::string("/surface: ") + error.what());
  }
  return scene;
}

// A component by itself, so that what is wrong is its own.
Scene composed(const Scene& bare, const SampleComponent& component, double share,
               std::uint64_t seed, Spots spots) {
  Scene scene = bare;
  std::visit(Composer(scene, share, seed, spots), component);
  validate(scene);
  return scene;
}

template <typename T>
void append(std::vector<T>& all, std::vector<T>& more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void append(Scene& scene, Scene part) {
  append(scene.rings, part.rings);
  append(scene.halos, part.halos);
  append(scene.curves, part.curves);
  append(scene.spots, part.spots);
  append(scene.cylinders, part.cylinders);
  append(scene.rods, part.rods);
  append(scene.roughness, part.roughness);
  if (!part.islands) return;
  require(!scene.islands,
          "islands: expected one component of them at a place (its mixture has several kinds), got "
          "another");
  scene.islands = std::move(part.islands);
}

// `idle` collects what is wrong with components without a share; nullptr: they are not looked at.
Scene compose(const SampleSpec& numbers, std::uint64_t grain_seed, Spots spots,
              std::map<std::string, std::string>* idle) {
  const Scene bare = bare_scene(numbers);
  Scene scene = bare;
  const std::vector<double> share = fractions_of(numbers);
  for (std::size_t i = 0; i < share.size(); ++i) {
    const bool absent = share[i] < kTrace;
    if (absent && idle == nullptr) continue;
    for (std::size_t j = 0; j < numbers.phases[i].components.size(); ++j) {
      const std::uint64_t seed = derive_seed(derive_seed(grain_seed, i), j);
      const std::string place = "/phases/" + std::to_string(i) + "/components/" + std::to_string(j);
      try {
        Scene part =
            composed(bare, numbers.phases[i].components[j], absent ? 1 : share[i], seed, spots);
        if (!absent) append(scene, std::move(part));
      } catch (const std::invalid_argument& error) {
        const std::string what = place + ": " + error.what();
        if (!absent) throw std::invalid_argument(what);
        idle->emplace(place, what);
      }
    }
  }
  return scene;
}

}  // namespace

std::vector<double> fractions_of(const SampleSpec& numbers) {
  std::vector<double> result;
  double rest = 1;
  for (std::size_t i = 0; i < numbers.phases.size(); ++i) {
    const SamplePhase& phase = numbers.phases[i];
    result.push_back(phase.fraction ? number(*phase.fraction) : 0);
    require_in_range("/phases/" + std::to_string(i) + "/fraction", result[i], 0, 1 + kSumSlack);
    rest -= result.back();
  }
  if (rest < -kSumSlack) {
    std::ostringstream text;
    text << "/phases: expected fractions that add up to 1 at most, got " << 1 - rest;
    throw std::invalid_argument(text.str());
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (!numbers.phases[i].fraction) result[i] = std::max(0.0, rest);
  }
  return result;
}

Scene compose_scene(const SampleSpec& numbers, std::uint64_t grain_seed) {
  return compose(numbers, grain_seed, Spots::kAll, nullptr);
}

std::map<std::string, std::string> check_scene(const SampleSpec& numbers) {
  std::map<std::string, std::string> idle;
  static_cast<void>(compose(numbers, 0, Spots::kOneOfAShell, &idle));
  return idle;
}

}  // namespace foray::simulator
