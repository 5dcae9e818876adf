#include "foray/codec/sample_codec.h"

#include <stdexcept>
#include <string>
#include <utility>

#include "check_document.h"
#include "component_codec.h"
#include "enum_names.h"
#include "foray/simulator/composed_library.h"
#include "quantity_io.h"
#include "sample_json.h"

namespace foray::codec {
namespace {

using simulator::SampleCoordinate;
using simulator::SampleSpec;

constexpr EnumNames<SampleCoordinate::From, 3> kSources = {
    {{SampleCoordinate::From::kParameter, "parameter"},
     {SampleCoordinate::From::kClock, "clock"},
     {SampleCoordinate::From::kDose, "dose"}}};

template <typename Io, typename Surface>
void surface_fields(const Io& io, Surface& s) {
  io("incidence_deg", s.incidence_deg), io("delta", s.delta), io("beta", s.beta);
  io("streak", s.streak), io("streak_exponent", s.streak_exponent);
  io("streak_fwhm", s.streak_fwhm), io("specular", s.specular);
  io("normal_deg", s.normal_deg);
}

SampleCoordinate coordinate_of(const Json& value, const std::string& path) {
  SampleCoordinate one;
  const SampleReader io{{value, path}};
  io("name", one.name);
  io("unit", one.unit);
  io("from", kSources, one.from);
  const Eigen::VectorXd range = vector_of(member(value, "range", path), path + "/range");
  one.lower = range[0];
  one.upper = range[1];
  if (const Json* fixed = find_member(value, "value", path)) {
    one.value = number_of(*fixed, path + "/value");
  }
  if (const Json* within = find_member(value, "within", path)) {
    one.within = within->get<std::map<std::string, double>>();
  }
  return one;
}

Json json_of_coordinate(const SampleCoordinate& one) {
  Json object = {{"name", one.name},
                 {"unit", one.unit},
                 {"from", name_of(kSources, one.from)},
                 {"range", {one.lower, one.upper}}};
  if (one.value) object["value"] = *one.value;
  if (!one.within.empty()) object["within"] = one.within;
  return object;
}

simulator::SamplePhase phase_of(const Json& value, const std::string& path) {
  simulator::SamplePhase phase;
  read_field(value, "name", path, phase.name);
  if (const Json* fraction = find_member(value, "fraction", path)) {
    phase.fraction = quantity_of(*fraction, path + "/fraction");
  }
  phase.truth = quantities_of(value, "truth", path);
  const Json& components = member(value, "components", path);
  for (std::size_t i = 0; i < components.size(); ++i) {
    phase.components.push_back(component_of(components[i], join_path(path + "/components", i)));
  }
  return phase;
}

Json json_of_phase(const simulator::SamplePhase& phase) {
  Json object = {{"name", phase.name}, {"truth", json_of_quantities(phase.truth)}};
  if (phase.fraction) object["fraction"] = json_of_quantity(*phase.fraction);
  object["components"] = Json::array();
  for (const auto& component : phase.components) {
    object["components"].push_back(json_of_component(component));
  }
  return object;
}

// Calls read(element, its path) for each element of an array that may be missing.
template <typename Read>
void for_each_element(const Json& object, const char* key, const std::string& path, Read read) {
  if (const Json* array = find_member(object, key, path)) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      read((*array)[i], join_path(join_path(path, key), i));
    }
  }
}

}  // namespace

simulator::SampleSpec sample_from_json(const Json& value, const std::string& path) {
  SampleSpec sample;
  const SampleReader io{{value, path}};
  io("name", sample.name);
  io("background", sample.background);
  io("thickness", sample.thickness);
  io("beam", sample.beam);
  sample.truth = quantities_of(value, "truth", path);
  for_each_element(value, "coordinates", path, [&](const Json& one, const std::string& place) {
    sample.coordinates.push_back(coordinate_of(one, place));
  });
  for_each_element(value, "fields", path, [&](const Json& one, const std::string& place) {
    simulator::SampleField& field = sample.fields.emplace_back();
    const SampleReader in{{one, place}};
    in("name", field.name), in("length", field.length), in("mean", field.mean);
    in("spread", field.spread);
    field.over = texts_of(member(one, "over", place), place + "/over");
  });
  for_each_element(value, "definitions", path, [&](const Json& one, const std::string& place) {
    simulator::SampleDefinition& definition = sample.definitions.emplace_back();
    const SampleReader in{{one, place}};
    in("name", definition.name), in("value", definition.value);
  });
  for_each_element(value, "phases", path, [&](const Json& one, const std::string& place) {
    sample.phases.push_back(phase_of(one, place));
  });
  if (const Json* surface = find_member(value, "surface", path)) {
    const std::string place = path + "/surface";
    surface_fields(SampleReader{{*surface, place}}, sample.surface.emplace());
  }
  try {
    static_cast<void>(simulator::make_composed_library(sample, 1));
  } catch (const std::invalid_argument& error) {
    const std::string what = error.what();
    throw CodecError(path + (what.starts_with('/') ? what : ": " + what));
  }
  return sample;
}

Json json_from_sample(const SampleSpec& sample) {
  Json object = Json::object();
  const SampleWriter io{{object}};
  io("name", sample.name), io("background", sample.background);
  io("thickness", sample.thickness), io("beam", sample.beam);
  object["truth"] = json_of_quantities(sample.truth);
  for (const auto& one : sample.coordinates) {
    object["coordinates"].push_back(json_of_coordinate(one));
  }
  for (const simulator::SampleField& field : sample.fields) {
    object["fields"].push_back({{"name", field.name},
                                {"over", field.over},
                                {"length", field.length},
                                {"mean", field.mean},
                                {"spread", field.spread}});
  }
  for (const auto& one : sample.definitions) {
    object["definitions"].push_back({{"name", one.name}, {"value", json_of_quantity(one.value)}});
  }
  for (const auto& phase : sample.phases) object["phases"].push_back(json_of_phase(phase));
  if (sample.surface) {
    object["surface"] = Json::object();
    surface_fields(SampleWriter{{object["surface"]}}, *sample.surface);
  }
  return object;
}

SampleFile read_sample_file(std::string_view text) {
  const Json value = parse_json(text);
  require_valid("sample_file", value, "");
  SampleFile file;
  file.sample = sample_from_json(value.at("sample"), "/sample");
  if (const Json* beamline = find_member(value, "beamline", "")) {
    file.beamline = beamline_from_json(*beamline, "/beamline");
  }
  return file;
}

std::string write_sample_file(const SampleFile& file) {
  Json object = {{"sample", json_from_sample(file.sample)}};
  if (file.beamline) object["beamline"] = json_from_beamline(*file.beamline);
  return write_json(object, 2);
}

}  // namespace foray::codec
