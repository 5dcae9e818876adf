#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <variant>

#include "enum_names.h"
#include "foray/codec/campaign_json.h"
#include "foray/codec/measure_json.h"
#include "record_parts.h"

namespace foray::codec {
namespace {

using campaign::FaultKind;
using campaign::RequestState;

constexpr EnumNames<RequestState, 3> kStates = {{{RequestState::kDone, "done"},
                                                 {RequestState::kNotStarted, "not_started"},
                                                 {RequestState::kUnknown, "unknown"}}};

// Pixels as an array; null where a pixel is not finite. Whole counts stay whole numbers.
Json json_from_image(const scattering::Image& image) {
  Json array = Json::array();
  array.get_ref<Json::array_t&>().reserve(static_cast<std::size_t>(image.size()));
  for (Eigen::Index i = 0; i < image.size(); ++i) {
    const double value = image.data()[i];
    if (!std::isfinite(value)) {
      array.push_back(nullptr);
    } else if (value == std::floor(value) && std::abs(value) < 0x1p53) {
      array.push_back(static_cast<std::int64_t>(value));
    } else {
      array.push_back(value);
    }
  }
  return array;
}

scattering::Image image_from_json(const Json& value, Eigen::Index slow, Eigen::Index fast,
                                  const std::string& path) {
  if (!value.is_array() || value.size() != static_cast<std::size_t>(slow * fast)) {
    throw CodecError(path + ": expected an array of " + std::to_string(slow * fast) +
                     " numbers, got " + describe(value));
  }
  scattering::Image image(slow, fast);
  for (std::size_t i = 0; i < value.size(); ++i) {
    image.data()[i] = value[i].is_null() ? std::numeric_limits<double>::quiet_NaN()
                                         : number_of(value[i], join_path(path, i));
  }
  return image;
}

// Runs of masked pixels: [first pixel, how many, their value].
Json json_from_mask(const scattering::Mask& mask) {
  Json runs = Json::array();
  for (Eigen::Index i = 0; i < mask.size();) {
    Eigen::Index end = i + 1;
    while (end < mask.size() && mask.data()[end] == mask.data()[i]) {
      ++end;
    }
    if (mask.data()[i] != 0) {
      runs.push_back(Json::array({i, end - i, mask.data()[i]}));
    }
    i = end;
  }
  return runs;
}

scattering::Mask mask_from_json(const Json* runs, Eigen::Index slow, Eigen::Index fast,
                                const std::string& path) {
  scattering::Mask mask = scattering::Mask::Zero(slow, fast);
  if (runs == nullptr) {
    return mask;
  }
  for (std::size_t k = 0; k < runs->size(); ++k) {
    const Json& run = (*runs)[k];
    const std::string here = join_path(path, k);
    if (!run.is_array() || run.size() != 3) {
      throw CodecError(here + ": expected [first pixel, count, value], got " + describe(run));
    }
    const std::int64_t first = integer_of(run[0], here + "/0");
    const std::int64_t count = integer_of(run[1], here + "/1");
    const std::int64_t bits = integer_of(run[2], here + "/2");
    if (first < 0 || count < 0 || first > mask.size() || count > mask.size() - first || bits < 0 ||
        bits > UINT32_MAX) {
      throw CodecError(here + ": expected a run within " + std::to_string(mask.size()) +
                       " pixels, got " + describe(run));
    }
    for (std::int64_t i = first; i < first + count; ++i) {
      mask.data()[i] = static_cast<std::uint32_t>(bits);
    }
  }
  return mask;
}

Json json_from_frame(const scattering::Frame& frame) {
  Json value = {{"shape", Json::array({frame.counts.rows(), frame.counts.cols()})},
                {"counts", json_from_image(frame.counts)},
                {"mask", json_from_mask(frame.mask)},
                {"geometry", json_from_geometry(frame.geometry)},
                {"exposure_s", frame.exposure_s},
                {"monitor", frame.monitor},
                {"transmission", frame.transmission},
                {"saturation", frame.saturation}};
  if (frame.variance) {
    value["variance"] = json_from_image(*frame.variance);
  }
  return value;
}

scattering::Frame frame_from_json(const Json& value, const std::string& path) {
  const Json& shape = member(value, "shape", path);
  if (!shape.is_array() || shape.size() != 2) {
    throw CodecError(path + "/shape: expected [slow, fast], got " + describe(shape));
  }
  const std::int64_t slow = integer_of(shape[0], path + "/shape/0");
  const std::int64_t fast = integer_of(shape[1], path + "/shape/1");
  constexpr std::int64_t kLargest = 1 << 16;
  if (slow < 1 || fast < 1 || slow > kLargest || fast > kLargest) {
    throw CodecError(path + "/shape: expected sides from 1 to 65536, got " + describe(shape));
  }
  scattering::Frame frame;
  frame.counts = image_from_json(member(value, "counts", path), slow, fast, path + "/counts");
  frame.mask = mask_from_json(find_member(value, "mask", path), slow, fast, path + "/mask");
  frame.geometry = geometry_from_json(member(value, "geometry", path), path + "/geometry");
  read_field(value, "exposure_s", path, frame.exposure_s);
  read_field(value, "monitor", path, frame.monitor);
  read_field(value, "transmission", path, frame.transmission);
  read_field(value, "saturation", path, frame.saturation);
  if (const Json* variance = find_member(value, "variance", path)) {
    frame.variance = image_from_json(*variance, slow, fast, path + "/variance");
  }
  return frame;
}

Json json_from_curve(const scattering::Curve& curve) {
  Json json = {{"q", json_of(curve.q)},
               {"intensity", json_of(curve.intensity)},
               {"sigma", json_of(curve.sigma)},
               {"dq", json_of(curve.dq)},
               {"intensity_unit", curve.intensity_unit}};
  if (curve.slit_length.size() == 0) return json;
  json["slit_length"] = json_of(curve.slit_length);
  json["slit_width"] = json_of(curve.slit_width);
  return json;
}

scattering::Curve curve_from_json(const Json& value, const std::string& path) {
  scattering::Curve curve;
  curve.q = vector_of(member(value, "q", path), path + "/q");
  curve.intensity = vector_of(member(value, "intensity", path), path + "/intensity");
  if (const Json* sigma = find_member(value, "sigma", path)) {
    curve.sigma = vector_of(*sigma, path + "/sigma");
  }
  if (const Json* dq = find_member(value, "dq", path)) {
    curve.dq = vector_of(*dq, path + "/dq");
  }
  if (find_member(value, "slit_length", path) != nullptr ||
      find_member(value, "slit_width", path) != nullptr) {
    curve.slit_length = vector_of(member(value, "slit_length", path), path + "/slit_length");
    curve.slit_width = vector_of(member(value, "slit_width", path), path + "/slit_width");
  }
  read_field(value, "intensity_unit", path, curve.intensity_unit);
  const Eigen::Index n = curve.q.size();
  const auto other = [n](const Eigen::VectorXd& v) { return v.size() != 0 && v.size() != n; };
  if (curve.intensity.size() != n || other(curve.sigma) || other(curve.dq) ||
      other(curve.slit_length) || other(curve.slit_width)) {
    throw CodecError(path + ": expected arrays of one length, got " + std::to_string(n) + " q, " +
                     std::to_string(curve.intensity.size()) + " intensities, " +
                     std::to_string(curve.sigma.size()) + " sigmas");
  }
  return curve;
}

Json json_from_values(const scattering::Values& values) {
  Json array = Json::array();
  for (const scattering::NamedValue& item : values) {
    array.push_back({{"name", item.name}, {"value", item.value}, {"variance", item.variance}});
  }
  return array;
}

scattering::Values values_from_json(const Json& value, const std::string& path) {
  if (!value.is_array()) {
    throw CodecError(path + ": expected an array of values, got " + describe(value));
  }
  scattering::Values values;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string here = join_path(path, i);
    scattering::NamedValue item;
    item.name = text_of(member(value[i], "name", here), here + "/name");
    item.value = number_of(member(value[i], "value", here), here + "/value");
    read_field(value[i], "variance", here, item.variance);
    if (item.variance < 0) {
      throw CodecError(here + "/variance: expected a number >= 0, got " +
                       describe(value[i]["variance"]));
    }
    values.push_back(std::move(item));
  }
  return values;
}

Json json_from_measurement(const scattering::Measurement& measurement) {
  if (const auto* values = std::get_if<scattering::Values>(&measurement)) {
    return {{"values", json_from_values(*values)}};
  }
  if (const auto* frame = std::get_if<scattering::Frame>(&measurement)) {
    return {{"frame", json_from_frame(*frame)}};
  }
  if (const auto* curve = std::get_if<scattering::Curve>(&measurement)) {
    return {{"curve", json_from_curve(*curve)}};
  }
  throw CodecError("measurement: expected values, a frame or a curve to write as JSON");
}

scattering::Measurement measurement_from_json(const Json& value, const std::string& path) {
  if (const Json* values = find_member(value, "values", path)) {
    return values_from_json(*values, path + "/values");
  }
  if (const Json* frame = find_member(value, "frame", path)) {
    return frame_from_json(*frame, path + "/frame");
  }
  if (const Json* curve = find_member(value, "curve", path)) {
    return curve_from_json(*curve, path + "/curve");
  }
  throw CodecError(path + ": expected \"values\", \"frame\" or \"curve\", got " + describe(value));
}

}  // namespace

Json json_from_request(const campaign::MeasureRequest& request) {
  Json value = {{"id", request.id},
                {"names", request.names},
                {"position", json_of(request.position)},
                {"exposure_s", request.exposure_s}};
  if (!request.measured.empty()) value["measured"] = request.measured;
  return value;
}

campaign::MeasureRequest request_from_json(const Json& value, const std::string& path) {
  campaign::MeasureRequest request;
  request.id = integer_of(member(value, "id", path), path + "/id");
  request.names = texts_of(member(value, "names", path), path + "/names");
  request.position = vector_of(member(value, "position", path), path + "/position");
  request.exposure_s = number_of(member(value, "exposure_s", path), path + "/exposure_s");
  if (const Json* measured = find_member(value, "measured", path)) {
    request.measured = texts_of(*measured, path + "/measured");
  }
  if (request.position.size() != static_cast<Eigen::Index>(request.names.size())) {
    throw CodecError(path + "/position: expected " + std::to_string(request.names.size()) +
                     " numbers, one a name, got " + describe(value.at("position")));
  }
  return request;
}

Json json_from_result(const campaign::MeasureResult& result) {
  Json value = {{"id", result.id},
                {"fault", name_of(kFaults, result.fault)},
                {"message", result.message},
                {"read_back", json_of(result.read_back)},
                {"motion_s", result.motion_s},
                {"exposure_s", result.exposure_s}};
  if (result.measurement) {
    value["measurement"] = json_from_measurement(*result.measurement);
  }
  return value;
}

campaign::MeasureResult result_from_json(const Json& value, const std::string& path) {
  campaign::MeasureResult result;
  result.id = integer_of(member(value, "id", path), path + "/id");
  read_field(value, "fault", path, kFaults, result.fault);
  read_field(value, "message", path, result.message);
  if (const Json* read_back = find_member(value, "read_back", path)) {
    result.read_back = vector_of(*read_back, path + "/read_back");
  }
  read_field(value, "motion_s", path, result.motion_s);
  read_field(value, "exposure_s", path, result.exposure_s);
  if (const Json* measurement = find_member(value, "measurement", path)) {
    result.measurement = measurement_from_json(*measurement, path + "/measurement");
  } else if (result.fault == FaultKind::kNone) {
    throw CodecError(path + ": expected the key \"measurement\" in a result without fault, got " +
                     describe(value));
  }
  return result;
}

std::string request_state_name(RequestState state) { return name_of(kStates, state); }

RequestState request_state_from_json(const Json& value, const std::string& path) {
  return enum_of(kStates, value, path);
}

}  // namespace foray::codec
