#include "foray/simulator/scene.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <sstream>
#include <stdexcept>

#include "foray/common/check.h"
#include "foray/simulator/detector.h"
#include "foray/simulator/frame_maker.h"
#include "island_order.h"
#include "units.h"

namespace foray::simulator {

namespace {

constexpr double kHuge = 1e30;

std::string element(const char* list, std::size_t i, const char* field) {
  std::ostringstream name;
  name << "scene: " << list << '[' << i << "]." << field;
  return name.str();
}

// Names are only put together where they are needed: scenes have thousands of spots.
void check_element(const char* list, std::size_t i, const char* field, double value, double lower,
                   double upper) {
  if (value >= lower && value <= upper) return;
  require_in_range(element(list, i, field), value, lower, upper);
}

void check_symmetry(const char* list, std::size_t i, int symmetry) {
  if (symmetry >= 2 && symmetry <= 100 && symmetry % 2 == 0) return;
  std::ostringstream message;
  message << element(list, i, "symmetry") << ": expected an even number from 2 to 100, got "
          << symmetry;
  throw std::invalid_argument(message.str());
}

void check_ring(const Ring& ring, std::size_t i) {
  const auto check = [i](const char* field, double value, double lower, double upper) {
    check_element("rings", i, field, value, lower, upper);
  };
  check("q", ring.q, kTiny, 100);
  check("intensity", ring.intensity, 0, kHuge);
  check("fwhm", ring.fwhm, kTiny, 100);
  check("lorentz", ring.lorentz, 0, 1);
  check("orientation", ring.orientation, 0, 0.999);
  check("director", ring.director, -100, 100);
  check("order", ring.order, 1, 1000);
  check_symmetry("rings", i, ring.symmetry);
  check("grains", ring.grains, 0, 10000);
  check("grain_fwhm", ring.grain_fwhm, 1e-3, 3);
}

void check_halo(const Halo& halo, std::size_t i) {
  const auto check = [i](const char* field, double value, double lower, double upper) {
    check_element("halos", i, field, value, lower, upper);
  };
  check("q", halo.q, 0, 100);
  check("intensity", halo.intensity, 0, kHuge);
  check("width", halo.width, kTiny, 100);
  check("orientation", halo.orientation, 0, 0.999);
  check("director", halo.director, -100, 100);
  check_symmetry("halos", i, halo.symmetry);
}

void check_diffuse(const Diffuse& diffuse, std::size_t i) {
  const auto check = [i](const char* field, double value, double lower, double upper) {
    check_element("diffuse", i, field, value, lower, upper);
  };
  check("intensity", diffuse.intensity, 0, kHuge);
  check("length", diffuse.length, kTiny, 1e9);
  check("width", diffuse.width, kTiny, 1e9);
  check("direction", diffuse.direction, -100, 100);
  check("exponent", diffuse.exponent, 0, 12);
}

void check_rod(const Rod& rod, std::size_t i) {
  const auto check = [i](const char* field, double value, double lower, double upper) {
    check_element("rods", i, field, value, lower, upper);
  };
  check("q", rod.q, 0, 100);
  check("intensity", rod.intensity, 0, kHuge);
  check("fwhm", rod.fwhm, kTiny, 100);
  check("height", rod.height, kTiny, 1e9);
  check("height_spread", rod.height_spread, 0, 1);
  check("lorentz", rod.lorentz, 0, 1);
  check("q_z", rod.q_z, 0, 100);
  check("q_z_fwhm", rod.q_z_fwhm, kTiny, 100);
}

void check_curve(const ModelCurve& curve, std::size_t i) {
  require_in_range(element("curves", i, "scale"), curve.scale, 0, kHuge);
  require_in_range(element("curves", i, "displacement"), curve.displacement.value_or(0), 0, 1e6);
}

void check_spot(const Spot& spot, std::size_t i) {
  const auto check = [i](const char* field, double value, double lower, double upper) {
    check_element("spots", i, field, value, lower, upper);
  };
  check("q", spot.q.norm(), kTiny, 100);  // which is not finite if one of q is not
  check("intensity", spot.intensity, 0, kHuge);
  check("radial_fwhm", spot.radial_fwhm, kTiny, 100);
  check("mosaic_fwhm", spot.mosaic_fwhm, 0, 1);
  check("order", spot.order, 1, 1000);
  check("grains", spot.grains, 1, 1e9);
}

void check_cylinders(const OrientedCylinders& cylinders, std::size_t i) {
  const auto check = [i](const char* field, double value, double lower, double upper) {
    check_element("cylinders", i, field, value, lower, upper);
  };
  check("scale", cylinders.scale, 0, kHuge);
  check("sld", cylinders.sld, -1e6, 1e6);
  check("sld_solvent", cylinders.sld_solvent, -1e6, 1e6);
  check("radius", cylinders.radius, kTiny, 1e6);
  check("radius_spread", cylinders.radius_spread, 0, 0.3);
  check("length", cylinders.length, kTiny, 1e9);
  check("length_spread", cylinders.length_spread, 0, 0.3);
  check("theta", cylinders.theta, -100, 100);
  check("phi", cylinders.phi, -100, 100);
  check("theta_spread", cylinders.theta_spread, 0, 1);
  check("phi_spread", cylinders.phi_spread, 0, 1);
  check("points", cylinders.points, 0, 301);
}

void check_paracrystal(const Paracrystal& crystal, std::size_t i) {
  const auto check = [i](const char* field, double value, double lower, double upper) {
    check_element("paracrystals", i, field, value, lower, upper);
  };
  check("intensity", crystal.intensity, 0, kHuge);
  check("radius", crystal.radius, kTiny, 1e6);
  check("a", crystal.a.norm(), kTiny, 1e6);
  check("b", crystal.b.norm(), kTiny, 1e6);
  check("along", crystal.along, 0, 1e6);
  check("spread", crystal.spread, kTiny, 1e6);
  const double across = crystal.a[0] * crystal.b[1] - crystal.a[1] * crystal.b[0];
  require(std::abs(across) > 1e-3 * crystal.a.norm() * crystal.b.norm(),
          "scene: paracrystals: expected steps in two directions, got a along b");
}

void check_mixture(const Islands& islands) {
  if (islands.mixture.empty()) return;
  require(std::holds_alternative<scattering::SurfaceCylinder>(islands.shape),
          "scene: islands.mixture: expected none of shapes other than cylinders");
  double shares = 0;
  for (std::size_t i = 0; i < islands.mixture.size(); ++i) {
    const IslandKind& kind = islands.mixture[i];
    const auto check = [i](const char* field, double value, double lower, double upper) {
      check_element("islands.mixture", i, field, value, lower, upper);
    };
    check("share", kind.share, 0, kHuge);
    check("radius", kind.radius, kTiny, 1e6);
    check("radius_spread", kind.radius_spread, 0, 0.3);
    check("height", kind.height, kTiny, 1e6);
    shares += kind.share;
  }
  require(shares > 0, "scene: islands.mixture: expected shares with a sum above 0");
}

void check_islands(const Islands& islands) {
  try {
    scattering::validate(islands.shape);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(std::string("scene: islands: ") + error.what());
  }
  require_in_range("scene: islands.radius_spread", islands.radius_spread, 0, 0.3);
  check_mixture(islands);
  require_in_range("scene: islands.delta", islands.delta, 0, 1e-3);
  require_in_range("scene: islands.beta", islands.beta, 0, 1e-3);
  require_in_range("scene: islands.density", islands.density, 0, 1);
  require_in_range("scene: islands.distance", islands.distance, 0, 1e6);
  require_in_range("scene: islands.distance_spread", islands.distance_spread, 1e-3, 1);
  require_in_range("scene: islands.domain", islands.domain, kTiny, 1e9);
  require_in_range("scene: islands.distance_b", islands.distance_b, 0, 1e6);
  require_in_range("scene: islands.angle", islands.angle, 0.01, 3.13);
  if (islands.order == IslandOrder::kRadial) return;
  require_in_range("scene: islands.distance of a cell", islands.distance, 1e-3, 1e6);
  if (islands.order == IslandOrder::kParacrystal) scattering::validate(paracrystal_of(islands));
}

void check_roughness(const Roughness& rough, std::size_t i) {
  const auto check = [i](const std::string& field, double value, double lower, double upper) {
    check_element("roughness", i, field.c_str(), value, lower, upper);
  };
  check("share", rough.share, 0, 1);
  check("roughness", rough.roughness, 0, 1e4);
  check("length", rough.length, 1e-3, 1e6);
  check("hurst", rough.hurst, 0.1, 1);
  for (std::size_t j = 0; j < rough.films.size(); ++j) {
    const std::string film = "films[" + std::to_string(j) + "].";
    check(film + "delta", rough.films[j].delta, 0, 1e-3);
    check(film + "beta", rough.films[j].beta, 0, 1e-3);
    check(film + "thickness", rough.films[j].thickness, kTiny, 1e6);
    check(film + "roughness", rough.films[j].roughness, 0, 1e4);
  }
}

void check_surface(const Surface& surface) {
  require_in_range("scene: surface.incidence", surface.incidence, kTiny, 0.2);
  require_in_range("scene: surface.delta", surface.delta, 0, 1e-3);
  require_in_range("scene: surface.beta", surface.beta, 0, 1e-3);
  require_in_range("scene: surface.normal", surface.normal, -100, 100);
  require_in_range("scene: surface.streak", surface.streak, 0, kHuge);
  require_in_range("scene: surface.streak_exponent", surface.streak_exponent, 0, 20);
  require_in_range("scene: surface.streak_fwhm", surface.streak_fwhm, kTiny, 100);
  require_in_range("scene: surface.specular", surface.specular, 0, 1);
  require_in_range("scene: surface.below", surface.below, 0, 1);
}

}  // namespace

void validate(const Scene& scene) {
  for (std::size_t i = 0; i < scene.rings.size(); ++i) check_ring(scene.rings[i], i);
  for (std::size_t i = 0; i < scene.halos.size(); ++i) check_halo(scene.halos[i], i);
  for (std::size_t i = 0; i < scene.diffuse.size(); ++i) check_diffuse(scene.diffuse[i], i);
  for (std::size_t i = 0; i < scene.rods.size(); ++i) check_rod(scene.rods[i], i);
  for (std::size_t i = 0; i < scene.curves.size(); ++i) check_curve(scene.curves[i], i);
  for (std::size_t i = 0; i < scene.spots.size(); ++i) check_spot(scene.spots[i], i);
  for (std::size_t i = 0; i < scene.cylinders.size(); ++i) check_cylinders(scene.cylinders[i], i);
  for (std::size_t i = 0; i < scene.paracrystals.size(); ++i) {
    check_paracrystal(scene.paracrystals[i], i);
  }
  for (std::size_t i = 0; i < scene.roughness.size(); ++i) check_roughness(scene.roughness[i], i);
  require(scene.rods.empty() || scene.surface.has_value(),
          "scene: rods: expected a surface that they stand on, got none");
  require(!scene.islands || scene.surface.has_value(),
          "scene: islands: expected a surface that they stand on, got none");
  require(scene.roughness.empty() || scene.surface.has_value(),
          "scene: roughness: expected a surface that is rough, got none");
  require(scene.spots.empty() || !scene.surface.has_value(),
          "scene: spots: expected a crystal in transmission, got one on a surface");
  require(scene.cylinders.empty() || !scene.surface.has_value(),
          "scene: cylinders: expected them in transmission, got a surface");
  require(scene.paracrystals.empty() || !scene.surface.has_value(),
          "scene: paracrystals: expected them in transmission, got a surface");
  require(scene.one_sided == 0 || (scene.spots.empty() && !scene.surface.has_value()),
          "scene: one_sided: expected transmission without spots");
  require_in_range("scene: one_sided", scene.one_sided, 0, 1);
  require_in_range("scene: side", scene.side, -100, 100);
  if (scene.islands) check_islands(*scene.islands);
  if (scene.surface) check_surface(*scene.surface);
  require_in_range("scene: power_law_scale", scene.power_law_scale, 0, kHuge);
  require_in_range("scene: power_law_exponent", scene.power_law_exponent, kTiny, 20);
  require_in_range("scene: high_q", scene.high_q, 0, kHuge);
  require_in_range("scene: high_q_length", scene.high_q_length, kTiny, 1e6);
  require_in_range("scene: background", scene.background, 0, kHuge);
  require_in_range("scene: thickness_scale", scene.thickness_scale, kTiny, 1e6);
  require_in_range("scene: beam", scene.beam, 0, 1e6);
}

void validate(const Beamline& beamline) {
  scattering::validate(beamline.geometry);
  if (beamline.stated) scattering::validate(*beamline.stated);
  if (beamline.obstruction) {
    const Obstruction& object = *beamline.obstruction;
    require_in_range("beamline: obstruction.slow", object.slow, -1e6, 1e6);
    require_in_range("beamline: obstruction.fast", object.fast, -1e6, 1e6);
    require_in_range("beamline: obstruction.size", object.size, kTiny, 1e6);
    require_in_range("beamline: obstruction.direction", object.direction, -100, 100);
    require_in_range("beamline: obstruction.transmission", object.transmission, 1e-6, 1);
  }
  require_in_range("beamline: slow", static_cast<double>(beamline.slow), 1, 1e5);
  require_in_range("beamline: fast", static_cast<double>(beamline.fast), 1, 1e5);
  const bool fits = beamline.mask.size() == 0 || (beamline.mask.rows() == beamline.slow &&
                                                  beamline.mask.cols() == beamline.fast);
  if (!fits) {
    std::ostringstream message;
    message << "beamline: mask: expected the detector's shape " << beamline.slow << " x "
            << beamline.fast << ", got " << beamline.mask.rows() << " x " << beamline.mask.cols();
    throw std::invalid_argument(message.str());
  }
  require_in_range("beamline: flux", beamline.flux, 0, 1e20);
  require_in_range("beamline: thickness_cm", beamline.thickness_cm, kTiny, 1e6);
  require_in_range("beamline: transmission", beamline.transmission, kTiny, 1);
  require_in_range("beamline: efficiency", beamline.efficiency, kTiny, 1);
  require_in_range("beamline: polarization", beamline.polarization, -1, 1);
  require_in_range("beamline: resolution_fwhm", beamline.resolution_fwhm, 0, 10);
  require_in_range("beamline: bandwidth", beamline.bandwidth, 0, 0.5);
  require_in_range("beamline: saturation", beamline.saturation, 1, 1e15);
  require_in_range("beamline: parasitic", beamline.parasitic, 0, kHuge);
  require_in_range("beamline: streak_slow", beamline.streak_slow, 0, kHuge);
  require_in_range("beamline: streak_fast", beamline.streak_fast, 0, kHuge);
  require_in_range("beamline: air", beamline.air, 0, kHuge);
  require_in_range("beamline: window", beamline.window, 0, kHuge);
  require_in_range("beamline: flat_spread", beamline.flat_spread, 0, 0.5);
  require_in_range("beamline: line_spread", beamline.line_spread, 0, 0.5);
  require_in_range("beamline: point_spread", beamline.point_spread, 0, 10);
  require_in_range("beamline: beamstop_transmission", beamline.beamstop_transmission, 0, 1);
  require_in_range("beamline: dark_rate", beamline.dark_rate, 0, 1e9);
  require_in_range("beamline: zinger_rate", beamline.zinger_rate, 0, 1e3);
  require_in_range("beamline: zinger_counts", beamline.zinger_counts, kTiny, 1e9);
  require_in_range("beamline: hot_share", beamline.hot_share, 0, 0.1);
  require_in_range("beamline: hot_rate", beamline.hot_rate, 0, 1e9);
  require_in_range("beamline: dead_share", beamline.dead_share, 0, 0.1);
}

Beamline demo_beamline() {
  const Detector detector = make_detector("pilatus300k");
  Beamline beamline;
  beamline.slow = detector.slow;
  beamline.fast = detector.fast;
  beamline.saturation = detector.saturation;
  beamline.geometry.dist = 0.8;
  beamline.geometry.wavelength = 1e-10;
  beamline.geometry.pixel1 = detector.pixel;
  beamline.geometry.pixel2 = detector.pixel;
  // Off the middle, so that the fifth of the frame beyond the first rings reaches q = 0.6.
  beamline.geometry.poni1 = 158.3 * detector.pixel;
  beamline.geometry.poni2 = 236.8 * detector.pixel;
  beamline.mask = gap_mask(detector);
  beamline.beamstop = Beamstop::Kind::kDisk;
  add_beamstop({.kind = Beamstop::Kind::kDisk, .size = 0.0022, .arm_width = 5e-4},
               beamline.geometry, beamline.mask);
  beamline.flux = 1e11;
  beamline.thickness_cm = 2e-4;
  beamline.resolution_fwhm = 1.8e-3;
  beamline.parasitic = 60;
  return beamline;
}

SimulatedFrame simulate(const Scene& scene, const Beamline& beamline, double exposure_s,
                        std::uint64_t seed, std::uint64_t index) {
  return FrameMaker(beamline).make(scene, exposure_s, seed, index);
}

}  // namespace foray::simulator
