#include "component_codec.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "enum_names.h"
#include "quantity_io.h"

namespace foray::codec {
namespace {

using simulator::IslandComponent;
using simulator::LatticeComponent;
using simulator::Quantity;
using Distribution = scattering::Distribution;

constexpr EnumNames<Distribution, 6> kDistributions = {{{Distribution::kGaussian, "gaussian"},
                                                        {Distribution::kSchulz, "schulz"},
                                                        {Distribution::kLognormal, "lognormal"},
                                                        {Distribution::kUniform, "uniform"},
                                                        {Distribution::kRectangle, "rectangle"},
                                                        {Distribution::kBoltzmann, "boltzmann"}}};

constexpr EnumNames<simulator::IslandShape, 6> kIslandShapes = {
    {{simulator::IslandShape::kCylinder, "cylinder"},
     {simulator::IslandShape::kSphere, "sphere"},
     {simulator::IslandShape::kBox, "box"},
     {simulator::IslandShape::kCone, "cone"},
     {simulator::IslandShape::kPyramid, "pyramid"},
     {simulator::IslandShape::kPrism, "prism"}}};

constexpr EnumNames<simulator::IslandOrder, 3> kIslandOrders = {
    {{simulator::IslandOrder::kRadial, "radial_paracrystal"},
     {simulator::IslandOrder::kLattice, "lattice"},
     {simulator::IslandOrder::kParacrystal, "paracrystal"}}};

constexpr EnumNames<scattering::VerticalCorrelation, 2> kVertical = {
    {{scattering::VerticalCorrelation::kNone, "none"},
     {scattering::VerticalCorrelation::kComplete, "complete"}}};

template <typename Io, typename Ring>
void ring_fields(const Io& io, Ring& c) {
  io("q", c.q), io("intensity", c.intensity), io("fwhm", c.fwhm), io("lorentz", c.lorentz);
  io("orientation", c.orientation), io("director_deg", c.director_deg);
  io("symmetry", c.symmetry);
}
template <typename Io, typename Halo>
void halo_fields(const Io& io, Halo& c) {
  io("q", c.q), io("intensity", c.intensity), io("width", c.width);
}
template <typename Io, typename Rod>
void rod_fields(const Io& io, Rod& c) {
  io("q", c.q), io("intensity", c.intensity), io("fwhm", c.fwhm), io("height", c.height);
  io("height_spread", c.height_spread);
}
template <typename Io, typename Islands>
void island_fields(const Io& io, Islands& c) {
  io("shape", kIslandShapes, c.shape), io("radius", c.radius), io("top_radius", c.top_radius);
  io("height", c.height), io("length", c.length), io("width", c.width), io("edge", c.edge);
  io("top_edge", c.top_edge), io("sides", c.sides), io("radius_spread", c.radius_spread);
  io("delta", c.delta), io("beta", c.beta), io("density", c.density), io("distance", c.distance);
  io("distance_spread", c.distance_spread), io("domain", c.domain);
  io("order", kIslandOrders, c.order), io("distance_b", c.distance_b), io("angle_deg", c.angle_deg);
}
template <typename Io, typename Kind>
void island_kind_fields(const Io& io, Kind& k) {
  io("share", k.share), io("radius", k.radius), io("radius_spread", k.radius_spread);
  io("height", k.height);
}
template <typename Io, typename Cylinders>
void cylinder_fields(const Io& io, Cylinders& c) {
  io("scale", c.scale), io("sld", c.sld), io("sld_solvent", c.sld_solvent);
  io("radius", c.radius), io("radius_spread", c.radius_spread), io("length", c.length);
  io("length_spread", c.length_spread), io("theta_deg", c.theta_deg), io("phi_deg", c.phi_deg);
  io("theta_spread_deg", c.theta_spread_deg), io("phi_spread_deg", c.phi_spread_deg);
  io("points", c.points);
}
template <typename Io, typename Rough>
void roughness_fields(const Io& io, Rough& c) {
  io("roughness", c.roughness), io("length", c.length), io("hurst", c.hurst);
  io("vertical", kVertical, c.vertical), io("repeats", c.repeats);
}
template <typename Io, typename Film>
void film_fields(const Io& io, Film& f) {
  io("delta", f.delta), io("beta", f.beta), io("thickness", f.thickness);
  io("roughness", f.roughness);
}
template <typename Io, typename Lattice>
void lattice_fields(const Io& io, Lattice& c) {
  io("lattice", c.lattice), io("spacing", c.spacing), io("intensity", c.intensity);
  io("scale", c.scale), io("domain_nm", c.domain_nm), io("strain", c.strain);
  io("lorentz", c.lorentz), io("displacement", c.displacement), io("rings", c.rings);
  io("orientation", c.orientation), io("director_deg", c.director_deg);
  io("symmetry", c.symmetry), io("grains", c.grains), io("mosaic_deg", c.mosaic_deg);
}

simulator::FormSpec form_of(const Json& value, const std::string& path) {
  simulator::FormSpec form;
  read_field(value, "model", path, form.model);
  form.parameters = quantities_of(value, "parameters", path);
  if (const Json* spreads = find_member(value, "polydispersity", path)) {
    for (const auto& [name, one] : spreads->items()) {
      const std::string place = join_path(path + "/polydispersity", name);
      simulator::SpreadSpec& spread = form.polydispersity[name];
      const SampleReader io{{one, place}};
      io("kind", kDistributions, spread.kind);
      io("width", spread.width);
      io("nsigma", spread.nsigma);
    }
  }
  return form;
}

void write_form(const simulator::FormSpec& form, Json& object) {
  object["model"] = form.model;
  object["parameters"] = json_of_quantities(form.parameters);
  Json spreads = Json::object();
  for (const auto& [name, spread] : form.polydispersity) {
    Json one = Json::object();
    const SampleWriter io{{one}};
    io("kind", kDistributions, spread.kind);
    io("width", spread.width);
    io("nsigma", spread.nsigma);
    spreads[name] = std::move(one);
  }
  object["polydispersity"] = std::move(spreads);
}

LatticeComponent lattice_of(const Json& value, const std::string& path) {
  LatticeComponent lattice;
  lattice_fields(SampleReader{{value, path}}, lattice);
  if (const Json* form = find_member(value, "form", path)) {
    lattice.form = form_of(*form, path + "/form");
  }
  if (const Json* cell = find_member(value, "cell", path)) {
    const Eigen::VectorXd numbers = vector_of(*cell, path + "/cell");  // five, the schema says
    std::copy(numbers.begin(), numbers.end(), lattice.cell.begin());
  }
  if (const Json* sites = find_member(value, "sites", path)) {
    for (std::size_t i = 0; i < sites->size(); ++i) {
      const Eigen::VectorXd s = vector_of((*sites)[i], join_path(path + "/sites", i));
      lattice.sites.push_back({s[0], s[1], s[2], s.size() > 3 ? s[3] : 1});
    }
  }
  if (const Json* angles = find_member(value, "rotation_deg", path)) {
    lattice.rotation_deg.emplace();
    for (std::size_t i = 0; i < 3; ++i) {
      (*lattice.rotation_deg)[i] = quantity_of(angles->at(i), join_path(path + "/rotation_deg", i));
    }
  }
  return lattice;
}

Json json_of_lattice(const LatticeComponent& lattice) {
  Json object = {{"kind", "lattice"}};
  lattice_fields(SampleWriter{{object}}, lattice);
  if (lattice.form) {
    object["form"] = Json::object();
    write_form(*lattice.form, object["form"]);
  }
  if (lattice.lattice == "cell") object["cell"] = lattice.cell;
  if (!lattice.sites.empty()) {
    Json sites = Json::array();
    for (const simulator::CellSite& s : lattice.sites) {
      sites.push_back(Json::array({s.x, s.y, s.z, s.weight}));
    }
    object["sites"] = std::move(sites);
  }
  if (lattice.rotation_deg) {
    Json angles = Json::array();
    for (const Quantity& angle : *lattice.rotation_deg) angles.push_back(json_of_quantity(angle));
    object["rotation_deg"] = std::move(angles);
  }
  return object;
}

IslandComponent islands_of(const Json& value, const std::string& path) {
  IslandComponent islands;
  island_fields(SampleReader{{value, path}}, islands);
  if (const Json* mixture = find_member(value, "mixture", path)) {
    for (std::size_t i = 0; i < mixture->size(); ++i) {
      const std::string place = join_path(path + "/mixture", i);
      island_kind_fields(SampleReader{{(*mixture)[i], place}}, islands.mixture.emplace_back());
    }
  }
  return islands;
}

simulator::RoughnessComponent roughness_of(const Json& value, const std::string& path) {
  simulator::RoughnessComponent rough;
  roughness_fields(SampleReader{{value, path}}, rough);
  if (const Json* films = find_member(value, "films", path)) {
    for (std::size_t i = 0; i < films->size(); ++i) {
      const std::string place = join_path(path + "/films", i);
      film_fields(SampleReader{{(*films)[i], place}}, rough.films.emplace_back());
    }
  }
  return rough;
}

struct ComponentWriter {
  Json operator()(const simulator::ModelComponent& model) const {
    Json object = {{"kind", "model"}, {"scale", json_of_quantity(model.scale)}};
    write_form(model.form, object);
    return object;
  }
  Json operator()(const LatticeComponent& lattice) const { return json_of_lattice(lattice); }
  Json operator()(const simulator::RingComponent& ring) const {
    Json object = {{"kind", "ring"}};
    ring_fields(SampleWriter{{object}}, ring);
    return object;
  }
  Json operator()(const simulator::HaloComponent& halo) const {
    Json object = {{"kind", "halo"}};
    halo_fields(SampleWriter{{object}}, halo);
    return object;
  }
  Json operator()(const simulator::RodComponent& rod) const {
    Json object = {{"kind", "rod"}};
    rod_fields(SampleWriter{{object}}, rod);
    return object;
  }
  Json operator()(const IslandComponent& islands) const {
    Json object = {{"kind", "islands"}};
    island_fields(SampleWriter{{object}}, islands);
    for (const simulator::IslandKindSpec& kind : islands.mixture) {
      Json& one = object["mixture"].emplace_back(Json::object());
      island_kind_fields(SampleWriter{{one}}, kind);
    }
    return object;
  }
  Json operator()(const simulator::RoughnessComponent& rough) const {
    Json object = {{"kind", "roughness"}};
    roughness_fields(SampleWriter{{object}}, rough);
    for (const simulator::FilmSpec& film : rough.films) {
      Json& one = object["films"].emplace_back(Json::object());
      film_fields(SampleWriter{{one}}, film);
    }
    return object;
  }
  Json operator()(const simulator::CylinderComponent& cylinders) const {
    Json object = {{"kind", "cylinders"}};
    cylinder_fields(SampleWriter{{object}}, cylinders);
    return object;
  }
};

}  // namespace

simulator::SampleComponent component_of(const Json& value, const std::string& path) {
  const std::string kind = text_of(member(value, "kind", path), path + "/kind");
  const SampleReader io{{value, path}};
  if (kind == "model") {
    simulator::ModelComponent model;
    model.form = form_of(value, path);
    io("scale", model.scale);
    return model;
  }
  if (kind == "lattice") return lattice_of(value, path);
  if (kind == "ring") {
    simulator::RingComponent ring;
    ring_fields(io, ring);
    return ring;
  }
  if (kind == "halo") {
    simulator::HaloComponent halo;
    halo_fields(io, halo);
    return halo;
  }
  if (kind == "rod") {
    simulator::RodComponent rod;
    rod_fields(io, rod);
    return rod;
  }
  if (kind == "cylinders") {
    simulator::CylinderComponent cylinders;
    cylinder_fields(io, cylinders);
    return cylinders;
  }
  if (kind == "roughness") return roughness_of(value, path);
  return islands_of(value, path);
}

Json json_of_component(const simulator::SampleComponent& component) {
  return std::visit(ComponentWriter{}, component);
}

}  // namespace foray::codec
