#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "foray/codec/json.h"

namespace foray::codec {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& expected, const Json& got) {
  throw CodecError((path.empty() ? "the whole text" : path) + ": expected " + expected + ", got " +
                   describe(got));
}

void require_finite_numbers(const Json& value, const std::string& path) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    throw CodecError((path.empty() ? "the whole value" : path) +
                     ": expected a finite number to write as JSON, got " +
                     std::to_string(value.get<double>()));
  }
  if (value.is_object()) {
    for (const auto& [key, child] : value.items()) {
      require_finite_numbers(child, join_path(path, key));
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      require_finite_numbers(value[i], join_path(path, i));
    }
  }
}

}  // namespace

std::string write_json(const Json& value, int indent) {
  require_finite_numbers(value, "");
  try {
    return value.dump(indent);
  } catch (const Json::exception& error) {
    throw CodecError(std::string("expected text in UTF-8 to write as JSON, got other bytes (") +
                     error.what() + ")");
  }
}

std::string describe(const Json& value) {
  constexpr std::size_t kLongest = 60;
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() <= kLongest) {
    return text;
  }
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;  // never cut inside a character
  }
  return text.substr(0, end) + "...";
}

std::string join_path(const std::string& path, std::string_view key) {
  std::string joined = path + "/";
  for (const char c : key.substr(0, 80)) {
    joined += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
  }
  return joined;
}

std::string join_path(const std::string& path, std::size_t index) {
  return path + "/" + std::to_string(index);
}

double number_of(const Json& value, const std::string& path) {
  if (!value.is_number()) {
    refuse(path, "a number", value);
  }
  return value.get<double>();
}

std::int64_t integer_of(const Json& value, const std::string& path) {
  if (value.is_number_integer()) {
    return value.get<std::int64_t>();
  }
  // 3.0 is an integer to JSON Schema too; 2^53 is where doubles stop holding every one.
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (number == std::floor(number) && std::abs(number) <= 0x1p53) {
      return static_cast<std::int64_t>(number);
    }
  }
  refuse(path, "an integer", value);
}

bool boolean_of(const Json& value, const std::string& path) {
  if (!value.is_boolean()) {
    refuse(path, "true or false", value);
  }
  return value.get<bool>();
}

std::string text_of(const Json& value, const std::string& path) {
  if (!value.is_string()) {
    refuse(path, "a string", value);
  }
  return value.get<std::string>();
}

Eigen::VectorXd vector_of(const Json& value, const std::string& path) {
  if (!value.is_array()) {
    refuse(path, "an array of numbers", value);
  }
  Eigen::VectorXd vector(static_cast<Eigen::Index>(value.size()));
  for (std::size_t i = 0; i < value.size(); ++i) {
    vector[static_cast<Eigen::Index>(i)] = number_of(value[i], join_path(path, i));
  }
  return vector;
}

std::vector<std::string> texts_of(const Json& value, const std::string& path) {
  if (!value.is_array()) {
    refuse(path, "an array of strings", value);
  }
  std::vector<std::string> texts;
  texts.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    texts.push_back(text_of(value[i], join_path(path, i)));
  }
  return texts;
}

const Json* find_member(const Json& object, const char* key, const std::string& path) {
  if (!object.is_object()) {
    refuse(path, "an object", object);
  }
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

const Json& member(const Json& object, const char* key, const std::string& path) {
  const Json* found = find_member(object, key, path);
  if (found == nullptr) {
    refuse(path, "the key \"" + std::string(key) + "\"", object);
  }
  return *found;
}

void require_keys(const Json& object, const std::vector<std::string>& allowed,
                  const std::string& path) {
  if (!object.is_object()) {
    refuse(path, "an object", object);
  }
  std::vector<std::string> problems;
  for (const auto& [key, value] : object.items()) {
    if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) {
      continue;
    }
    std::string problem = join_path(path, key) + ": unknown key";
    if (const auto near = nearest_word(key, allowed)) {
      problem += "; did you mean \"" + *near + "\"?";
    }
    problems.push_back(std::move(problem));
  }
  if (!problems.empty()) {
    throw CodecError(std::move(problems));
  }
}

Json json_of(const Eigen::Ref<const Eigen::VectorXd>& values) {
  Json array = Json::array();
  for (const double value : values) {
    array.push_back(value);
  }
  return array;
}

}  // namespace foray::codec
