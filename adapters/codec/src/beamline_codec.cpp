#include <numbers>

#include "check_document.h"
#include "enum_names.h"
#include "member_io.h"
#include "sample_json.h"

namespace foray::codec {
namespace {

using simulator::BeamlineSpec;
using simulator::Beamstop;

constexpr EnumNames<Beamstop::Kind, 4> kBeamstops = {{{Beamstop::Kind::kNone, "none"},
                                                      {Beamstop::Kind::kDisk, "disk"},
                                                      {Beamstop::Kind::kLine, "line"},
                                                      {Beamstop::Kind::kWedge, "wedge"}}};
constexpr double kDegree = std::numbers::pi / 180;
constexpr double kMillimetre = 1e-3;

// One list of fields to read and to write.
template <typename Io, typename Spec>
void fields(const Io& io, Spec& s) {
  io("detector", s.detector), io("binning", s.binning), io("energy_kev", s.energy_kev);
  io("distance_m", s.distance_m), io("flux", s.flux), io("thickness_mm", s.thickness_mm);
  io("transmission", s.transmission), io("efficiency", s.efficiency);
  io("polarization", s.polarization), io("beam_mm", s.beam_mm);
  io("divergence_mrad", s.divergence_mrad), io("bandwidth", s.bandwidth);
  io("saturation", s.saturation), io("parasitic", s.parasitic);
  io("streak_slow", s.streak_slow), io("streak_fast", s.streak_fast), io("air", s.air);
  io("window", s.window), io("dark_rate", s.dark_rate), io("zinger_rate", s.zinger_rate);
  io("zinger_counts", s.zinger_counts), io("hot_share", s.hot_share);
  io("hot_rate", s.hot_rate), io("dead_share", s.dead_share);
  io("flat_spread", s.flat_spread), io("line_spread", s.line_spread);
  io("point_spread", s.point_spread);
}

// A number in another unit than the program's.
void read_scaled(const Json& object, const char* key, const std::string& path, double unit,
                 double& field) {
  double value = field / unit;
  read_field(object, key, path, value);
  field = value * unit;
}

template <std::size_t N>
std::array<double, N> numbers_of(const Json& value, const std::string& path) {
  const Eigen::VectorXd numbers = vector_of(value, path);  // N of them, the schema says
  std::array<double, N> result{};
  std::copy(numbers.begin(), numbers.end(), result.begin());
  return result;
}

}  // namespace

BeamlineSpec beamline_from_json(const Json& value, const std::string& path) {
  BeamlineSpec spec;
  fields(MemberReader{value, path}, spec);
  read_field(value, "detector_seed", path, spec.detector_seed);
  if (const Json* center = find_member(value, "beam_center", path)) {
    spec.beam_center = numbers_of<2>(*center, path + "/beam_center");
  }
  if (const Json* tilt = find_member(value, "tilt_deg", path)) {
    spec.tilt_deg = numbers_of<3>(*tilt, path + "/tilt_deg");
  }
  if (const Json* stop = find_member(value, "beamstop", path)) {
    const std::string place = path + "/beamstop";
    read_field(*stop, "kind", place, kBeamstops, spec.beamstop.kind);
    read_scaled(*stop, "size_mm", place, kMillimetre, spec.beamstop.size);
    read_scaled(*stop, "arm_width_mm", place, kMillimetre, spec.beamstop.arm_width);
    read_scaled(*stop, "direction_deg", place, kDegree, spec.beamstop.direction);
    read_scaled(*stop, "opening_deg", place, kDegree, spec.beamstop.opening);
    read_field(*stop, "transmission", place, spec.beamstop_transmission);
  }
  try {
    static_cast<void>(simulator::make_beamline(spec));
  } catch (const std::invalid_argument& error) {
    throw CodecError(path + ": " + error.what());
  }
  return spec;
}

Json json_from_beamline(const BeamlineSpec& spec) {
  Json object = Json::object();
  fields(MemberWriter{object}, spec);
  object["detector_seed"] = json_of_seed(spec.detector_seed, "/beamline/detector_seed");
  if (spec.beam_center) object["beam_center"] = *spec.beam_center;
  object["tilt_deg"] = spec.tilt_deg;
  object["beamstop"] = {{"kind", name_of(kBeamstops, spec.beamstop.kind)},
                        {"size_mm", spec.beamstop.size / kMillimetre},
                        {"arm_width_mm", spec.beamstop.arm_width / kMillimetre},
                        {"direction_deg", spec.beamstop.direction / kDegree},
                        {"opening_deg", spec.beamstop.opening / kDegree},
                        {"transmission", spec.beamstop_transmission}};
  return object;
}

}  // namespace foray::codec
