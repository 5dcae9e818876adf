#include "sample_checks.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "foray/common/check.h"

namespace foray::simulator {

namespace {

using From = SampleCoordinate::From;

bool is_default(const Quantity& quantity, double value) {
  const auto* number = std::get_if<double>(&quantity);
  return number != nullptr && *number == value;
}

bool is_identifier(const std::string& name) {
  const auto part = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(), part);
}

void check_within(const SampleSpec& spec, const SampleCoordinate& dose, const std::string& place) {
  for (const auto& [name, limit] : dose.within) {
    const auto has_name = [&, wanted = name](const SampleCoordinate& other) {
      return other.name == wanted && other.from == From::kParameter;
    };
    require(std::any_of(spec.coordinates.begin(), spec.coordinates.end(), has_name),
            place + "/" + name + ": expected a coordinate that is a parameter");
    require_in_range(place + "/" + name, limit, 0, 1e300);
  }
}

void check_coordinate(const SampleSpec& spec, std::size_t i) {
  const SampleCoordinate& one = spec.coordinates[i];
  const std::string place = "/coordinates/" + std::to_string(i);
  require(std::isfinite(one.lower) && std::isfinite(one.upper) && one.lower < one.upper,
          place + "/range: expected two increasing numbers");
  if (one.value) {
    require(one.from == From::kParameter,
            place + "/value: expected it of a parameter only, got it of a clock or a dose");
    require_in_range(place + "/value", *one.value, one.lower, one.upper);
  }
  require(one.within.empty() || one.from == From::kDose,
          place + "/within: expected it of a dose only");
  check_within(spec, one, place + "/within");
}

void check_names(const SampleSpec& spec) {
  std::set<std::string> names;
  const auto add = [&names](const std::string& name, const std::string& place) {
    require(names.insert(name).second,
            place + "/name: expected names that differ, got \"" + name + "\" twice");
  };
  for (std::size_t i = 0; i < spec.coordinates.size(); ++i) {
    add(spec.coordinates[i].name, "/coordinates/" + std::to_string(i));
  }
  for (std::size_t i = 0; i < spec.fields.size(); ++i) {
    add(spec.fields[i].name, "/fields/" + std::to_string(i));
  }
}

// `general`: of every place, where the names that a phase may set mean nothing.
void check_truth(const std::map<std::string, Quantity>& truth, const std::string& place,
                 bool general) {
  static const std::set<std::string> kTaken = {"phase", "labels", "grain_size_nm", "period_nm"};
  for (const auto& [name, value] : truth) {
    require(is_identifier(name), place + "/" + name +
                                     ": expected a name of letters, digits and _ that does not "
                                     "begin with a digit");
    const bool taken = kTaken.contains(name) || name.starts_with("fraction_") ||
                       (general && (name == "grain_size" || name == "period"));
    require(!taken, place + "/" + name + ": expected another name, this one is taken");
  }
}

void check_lattice(const LatticeComponent& lattice, const std::string& place) {
  const auto refuse = [&place](bool given, const char* key, const char* where) {
    require(!given, place + "/" + key + ": expected none " + where);
  };
  const bool turned = lattice.rotation_deg.has_value();
  refuse(turned && lattice.grains > 1, "grains", "but 1 with rotation_deg");
  if (turned || lattice.grains > 0) {
    const char* where = "for grains or one crystal";
    refuse(!is_default(lattice.orientation, 0), "orientation", where);
  }
  if (lattice.lattice != "cell") {
    const char* where = "but for the lattice \"cell\"";
    refuse(lattice.cell != LatticeComponent{}.cell, "cell", where);
    refuse(!lattice.sites.empty(), "sites", where);
  }
  if (!lattice.form) {
    refuse(!is_default(lattice.scale, 1), "scale", "without a form, whose scale it is");
    return;
  }
  refuse(!is_default(lattice.intensity, 1), "intensity", "with a form, which has its own");
  refuse(lattice.form->parameters.contains("background"), "form/parameters/background",
         "of a lattice's form");
  require(lattice.form->model.find('@') == std::string::npos,
          place + "/form/model: expected particles by themselves, got \"" + lattice.form->model +
              "\" with a structure factor");
}

// Which sizes an island has, depends on its shape.
void check_sizes(const IslandComponent& islands, const std::string& place) {
  using Shape = IslandShape;
  static const std::map<Shape, std::string> kNames = {
      {Shape::kCylinder, "cylinder"}, {Shape::kSphere, "sphere"},   {Shape::kBox, "box"},
      {Shape::kCone, "cone"},         {Shape::kPyramid, "pyramid"}, {Shape::kPrism, "prism"}};
  const std::string& name = kNames.at(islands.shape);
  const auto check = [&](const char* key, bool given, const std::set<Shape>& shapes, bool needed) {
    const bool has = shapes.contains(islands.shape);
    require(has || !given, place + "/" + key + ": expected none of a " + name);
    require(!has || given || !needed, place + ": expected the key \"" + key + "\" of a " + name);
  };
  const std::set<Shape> round = {Shape::kCylinder, Shape::kSphere, Shape::kCone};
  const std::set<Shape> polygons = {Shape::kPyramid, Shape::kPrism};
  const std::set<Shape> tall = {Shape::kCylinder, Shape::kBox, Shape::kCone, Shape::kPyramid,
                                Shape::kPrism};
  check("radius", islands.radius.has_value(), round, false);
  check("top_radius", islands.top_radius.has_value(), {Shape::kCone}, false);
  check("height", islands.height.has_value(), tall, false);
  check("length", islands.length.has_value(), {Shape::kBox}, true);
  check("width", islands.width.has_value(), {Shape::kBox}, true);
  check("edge", islands.edge.has_value(), polygons, true);
  check("top_edge", islands.top_edge.has_value(), {Shape::kPyramid}, false);
  check("sides", islands.sides != IslandComponent{}.sides, polygons, false);
  check("mixture", !islands.mixture.empty(), {Shape::kCylinder}, false);
}

void check_mixture(const IslandComponent& islands, const std::string& place) {
  if (islands.mixture.empty()) return;
  const auto refuse = [&place](bool given, const char* key) {
    require(!given,
            place + "/" + key + ": expected none with a mixture, whose kinds have their own");
  };
  refuse(islands.radius.has_value(), "radius");
  refuse(!is_default(islands.radius_spread, 0), "radius_spread");
  refuse(islands.height.has_value(), "height");
}

void check_island_component(const IslandComponent& islands, const std::string& place) {
  check_sizes(islands, place);
  check_mixture(islands, place);
  require(islands.order != IslandOrder::kLattice || is_default(islands.distance_spread, 0.15),
          place + "/distance_spread: expected none of a lattice, whose distances are all the same");
  if (islands.order != IslandOrder::kRadial) return;
  const char* where = ": expected none but of a lattice or a paracrystal";
  require(is_default(islands.distance_b, 0), place + "/distance_b" + where);
  require(is_default(islands.angle_deg, 90), place + "/angle_deg" + where);
}

void check_component(const SampleComponent& component, const std::string& place) {
  if (const auto* lattice = std::get_if<LatticeComponent>(&component)) {
    check_lattice(*lattice, place);
  } else if (const auto* islands = std::get_if<IslandComponent>(&component)) {
    check_island_component(*islands, place);
  }
}

}  // namespace

void check_sample(const SampleSpec& spec) {
  require(!spec.coordinates.empty(), "/coordinates: expected at least one, got none");
  require(!spec.phases.empty(), "/phases: expected at least one, got none");
  check_names(spec);
  for (std::size_t i = 0; i < spec.coordinates.size(); ++i) check_coordinate(spec, i);
  check_truth(spec.truth, "/truth", true);
  std::size_t open = 0;
  std::set<std::string> names;
  for (std::size_t i = 0; i < spec.phases.size(); ++i) {
    const SamplePhase& phase = spec.phases[i];
    const std::string place = "/phases/" + std::to_string(i);
    open += phase.fraction ? 0 : 1;
    require(names.insert(phase.name).second,
            place + "/name: expected names that differ, got \"" + phase.name + "\" twice");
    check_truth(phase.truth, place + "/truth", false);
    for (std::size_t j = 0; j < phase.components.size(); ++j) {
      check_component(phase.components[j], place + "/components/" + std::to_string(j));
    }
  }
  require(open <= 1, "/phases: expected a fraction in all phases but one at most");
}

}  // namespace foray::simulator
