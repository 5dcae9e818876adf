#include "units.h"

#include <cctype>
#include <cmath>
#include <map>

namespace foray::files {
namespace {

// Lower case without blanks, brackets, "*", "_" and "^"; the signs for angstrom and micro in their
// usual encodings as "a" and "u": "A^{-1}" and "1 / Å" become "a-1" and "1/a".
std::string plain(const std::string& unit) {
  std::string text = unit;
  for (const auto& [from, to] : {std::pair{"\xc3\x85", "a"},
                                 {"\xe2\x84\xab", "a"},
                                 {"\xc2\xb5", "u"},
                                 {"\xce\xbc", "u"},
                                 {"\xc5", "a"},
                                 {"\xb5", "u"}}) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
      text.replace(at, std::string(from).size(), to);
    }
  }
  std::string result;
  for (const char c : text) {
    if (std::string(" {}()[]^*_").find(c) == std::string::npos) {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return result;
}

std::optional<double> look_up(const std::map<std::string, double>& table, const std::string& key) {
  const auto found = table.find(key);
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

std::optional<double> metres_of(const std::string& name) {
  static const std::map<std::string, double> kLengths{
      {"m", 1},       {"meter", 1},        {"metre", 1}, {"meters", 1},       {"metres", 1},
      {"cm", 1e-2},   {"mm", 1e-3},        {"um", 1e-6}, {"micron", 1e-6},    {"micrometer", 1e-6},
      {"nm", 1e-9},   {"nanometer", 1e-9}, {"a", 1e-10}, {"angstrom", 1e-10}, {"angstroms", 1e-10},
      {"ang", 1e-10}, {"pm", 1e-12}};
  return look_up(kLengths, name);
}

// The length whose inverse the unit is: "1/nm", "nm-1", "/nm".
std::optional<std::string> inverted(const std::string& text) {
  if (text.starts_with("1/")) {
    return text.substr(2);
  }
  if (text.starts_with("/")) {
    return text.substr(1);
  }
  if (text.ends_with("-1")) {
    return text.substr(0, text.size() - 2);
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> to_inverse_angstrom(const std::string& unit) {
  const auto length = inverted(plain(unit));
  if (!length) {
    return std::nullopt;
  }
  if (*length == "a" || *length == "angstrom" || *length == "angstroms" || *length == "ang") {
    return 1.0;
  }
  if (*length == "nm" || *length == "nanometer") {
    return 0.1;
  }
  const auto metres = metres_of(*length);
  return metres ? std::optional(1e-10 / *metres) : std::nullopt;
}

std::optional<double> to_metres(const std::string& unit) { return metres_of(plain(unit)); }

std::optional<double> to_seconds(const std::string& unit) {
  static const std::map<std::string, double> kTimes{
      {"s", 1},     {"sec", 1},  {"second", 1},  {"seconds", 1},  {"ms", 1e-3}, {"us", 1e-6},
      {"ns", 1e-9}, {"min", 60}, {"minute", 60}, {"minutes", 60}, {"h", 3600},  {"hour", 3600}};
  return look_up(kTimes, plain(unit));
}

std::optional<double> to_radians(const std::string& unit) {
  constexpr double kToRadians = M_PI / 180;
  static const std::map<std::string, double> kAngles{{"rad", 1},
                                                     {"radian", 1},
                                                     {"radians", 1},
                                                     {"mrad", 1e-3},
                                                     {"deg", kToRadians},
                                                     {"degree", kToRadians},
                                                     {"degrees", kToRadians},
                                                     {"\xc2\xb0", kToRadians}};
  return look_up(kAngles, plain(unit));
}

bool is_pixels(const std::string& unit) {
  const std::string text = plain(unit);
  return text.empty() || text == "pixel" || text == "pixels" || text == "px" || text == "pix";
}

IntensityUnit intensity_unit(const std::string& unit) {
  const std::string text = plain(unit);
  if (text == "counts/s" || text == "cps" || text == "counts/second" || text == "1/s") {
    return {1, "counts/s"};
  }
  std::string length = inverted(text).value_or("");
  if (length.ends_with("/sr") || length.ends_with("sr-1")) {
    length.resize(length.size() - (length.ends_with("/sr") ? 3 : 4));
  }
  if (length == "cm" || text == "cm-1sr-1" || text == "cm2/cm3") {
    return {1, "1/cm"};
  }
  if (length == "m") {
    return {0.01, "1/cm"};
  }
  if (length == "mm") {
    return {10, "1/cm"};
  }
  return {1, "arbitrary"};
}

}  // namespace foray::files
