#include "record_parts.h"

#include <utility>

namespace foray::codec {
namespace {

constexpr EnumNames<scattering::ObservableStatus, 3> kStatuses = {
    {{scattering::ObservableStatus::kPresent, "present"},
     {scattering::ObservableStatus::kAbsent, "absent"},
     {scattering::ObservableStatus::kFailed, "failed"}}};

Json json_of_values(const scattering::Values& values) {
  Json array = Json::array();
  for (const scattering::NamedValue& named : values) {
    array.push_back({{"name", named.name}, {"value", named.value}, {"variance", named.variance}});
  }
  return array;
}

scattering::Values values_of(const Json& array, const std::string& path) {
  if (!array.is_array()) {
    throw CodecError(path + ": expected an array, got " + describe(array));
  }
  scattering::Values values;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const std::string here = join_path(path, i);
    require_keys(array[i], {"name", "value", "variance"}, here);
    values.push_back({text_in(array[i], "name", here), number_in(array[i], "value", here),
                      number_in(array[i], "variance", here)});
  }
  return values;
}

}  // namespace

Json json_of_file(const campaign::SavedFile& file) {
  return {{"path", file.path}, {"sha256", file.sha256}};
}

Json json_of_done(const campaign::MeasureDone& done) {
  Json json = {{"id", done.id},
               {"read_back", json_of(done.read_back)},
               {"motion_s", done.motion_s},
               {"exposure_s", done.exposure_s},
               {"file", json_of_file(done.file)},
               {"instrument_ms", done.instrument_ms},
               {"save_ms", done.save_ms}};
  if (done.values) {
    json["values"] = json_of_values(*done.values);
  }
  return json;
}

Json json_of_observables(const std::vector<scattering::Observable>& observables) {
  Json array = Json::array();
  for (const scattering::Observable& observable : observables) {
    array.push_back({{"name", observable.name},
                     {"status", name_of(kStatuses, observable.status)},
                     {"value", observable.value},
                     {"variance", observable.variance},
                     {"note", observable.note}});
  }
  return array;
}

Json json_of_classes(const std::vector<scattering::ClassProbability>& classes) {
  Json array = Json::array();
  for (const scattering::ClassProbability& entry : classes) {
    array.push_back({{"path", entry.path},
                     {"probability", entry.probability},
                     {"logit_variance", entry.logit_variance}});
  }
  return array;
}

double number_in(const Json& object, const char* key, const std::string& path) {
  return number_of(member(object, key, path), join_path(path, key));
}

std::int64_t integer_in(const Json& object, const char* key, const std::string& path) {
  return integer_of(member(object, key, path), join_path(path, key));
}

int small_integer_in(const Json& object, const char* key, const std::string& path) {
  const std::int64_t number = integer_in(object, key, path);
  if (number < INT32_MIN || number > INT32_MAX) {
    throw CodecError(join_path(path, key) + ": expected an integer within 32 bits, got " +
                     std::to_string(number));
  }
  return static_cast<int>(number);
}

bool boolean_in(const Json& object, const char* key, const std::string& path) {
  return boolean_of(member(object, key, path), join_path(path, key));
}

std::string text_in(const Json& object, const char* key, const std::string& path) {
  return text_of(member(object, key, path), join_path(path, key));
}

Eigen::VectorXd vector_in(const Json& object, const char* key, const std::string& path) {
  return vector_of(member(object, key, path), join_path(path, key));
}

const Json& array_in(const Json& object, const char* key, const std::string& path) {
  const Json& array = member(object, key, path);
  if (!array.is_array()) {
    throw CodecError(join_path(path, key) + ": expected an array, got " + describe(array));
  }
  return array;
}

campaign::SavedFile file_in(const Json& object, const char* key, const std::string& path) {
  const Json& file = member(object, key, path);
  const std::string here = join_path(path, key);
  require_keys(file, {"path", "sha256"}, here);
  return {text_in(file, "path", here), text_in(file, "sha256", here)};
}

std::vector<scattering::Observable> observables_in(const Json& object, const char* key) {
  const Json& array = array_in(object, key);
  std::vector<scattering::Observable> observables;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const std::string here = join_path(join_path("", key), i);
    require_keys(array[i], {"name", "status", "value", "variance", "note"}, here);
    scattering::Observable observable;
    observable.name = text_in(array[i], "name", here);
    observable.status = enum_of(kStatuses, member(array[i], "status", here), here + "/status");
    observable.value = number_in(array[i], "value", here);
    observable.variance = number_in(array[i], "variance", here);
    observable.note = text_in(array[i], "note", here);
    observables.push_back(std::move(observable));
  }
  return observables;
}

std::vector<scattering::ClassProbability> classes_in(const Json& object, const char* key) {
  const Json& array = array_in(object, key);
  std::vector<scattering::ClassProbability> classes;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const std::string here = join_path(join_path("", key), i);
    require_keys(array[i], {"path", "probability", "logit_variance"}, here);
    classes.push_back({text_in(array[i], "path", here), number_in(array[i], "probability", here),
                       number_in(array[i], "logit_variance", here)});
  }
  return classes;
}

campaign::MeasureDone done_of(const Json& json, const std::string& path) {
  require_keys(json,
               {"v", "id", "read_back", "motion_s", "exposure_s", "file", "instrument_ms",
                "save_ms", "values"},
               path);
  campaign::MeasureDone done;
  done.id = integer_in(json, "id", path);
  done.read_back = vector_in(json, "read_back", path);
  done.motion_s = number_in(json, "motion_s", path);
  done.exposure_s = number_in(json, "exposure_s", path);
  done.file = file_in(json, "file", path);
  done.instrument_ms = number_in(json, "instrument_ms", path);
  done.save_ms = number_in(json, "save_ms", path);
  if (const Json* values = find_member(json, "values", path)) {
    done.values = values_of(*values, join_path(path, "values"));
  }
  return done;
}

}  // namespace foray::codec
