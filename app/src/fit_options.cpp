#include "fit_options.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>

namespace foray::app {
namespace {

[[noreturn]] void refuse(const char* option, const char* expected, const std::string& word) {
  throw std::invalid_argument(
      fmt::format("fit: {}: expected {}, got \"{}\"", option, expected, word));
}

std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

// The parts of NAME=A:B:C.
struct Word {
  std::string name;
  std::vector<std::string> parts;
};

Word split(const std::string& text) {
  Word word;
  const auto equals = text.find('=');
  word.name = text.substr(0, equals);
  if (equals == std::string::npos) return word;
  for (std::size_t at = equals + 1;;) {
    const auto colon = text.find(':', at);
    word.parts.push_back(text.substr(at, colon - at));
    if (colon == std::string::npos) return word;
    at = colon + 1;
  }
}

scattering::FreeParameter free_parameter(const std::string& text) {
  static constexpr char kExpected[] =
      "NAME, NAME=START, NAME=LOWER:UPPER or NAME=LOWER:START:UPPER";
  const Word word = split(text);
  std::vector<double> numbers;
  for (const std::string& part : word.parts) {
    const auto number = number_of(part);
    if (!number) refuse("--free", kExpected, text);
    numbers.push_back(*number);
  }
  if (word.name.empty() || numbers.size() > 3) refuse("--free", kExpected, text);
  scattering::FreeParameter parameter;
  parameter.name = word.name;
  if (numbers.size() == 1) parameter.start = numbers[0];
  if (numbers.size() >= 2) {
    parameter.lower = numbers.front();
    parameter.upper = numbers.back();
  }
  if (numbers.size() == 3) parameter.start = numbers[1];
  return parameter;
}

void add_distribution(const std::string& text, scattering::Polydispersities& distributions) {
  static constexpr char kExpected[] = "NAME=WIDTH or NAME=DISTRIBUTION:WIDTH";
  const Word word = split(text);
  if (word.name.empty() || word.parts.empty() || word.parts.size() > 2) {
    refuse("--pd", kExpected, text);
  }
  scattering::Polydispersity one;
  if (word.parts.size() == 2) one.kind = scattering::distribution(word.parts[0]);
  const auto width = number_of(word.parts.back());
  if (!width || *width < 0 || one.kind == scattering::Distribution::kArray) {
    refuse("--pd", kExpected, text);
  }
  one.width = *width;
  distributions[word.name] = one;
}

}  // namespace

scattering::ModelFitOptions fit_options(const FitWords& words) {
  scattering::ModelFitOptions options;
  for (const std::string& text : words.set) {
    const Word word = split(text);
    const auto value = word.parts.size() == 1 ? number_of(word.parts[0]) : std::nullopt;
    if (word.name.empty() || !value) refuse("--set", "NAME=VALUE", text);
    options.fixed[word.name] = *value;
  }
  for (const std::string& text : words.distributions) {
    add_distribution(text, options.distributions);
  }
  for (const std::string& text : words.free) options.free.push_back(free_parameter(text));
  for (const char* name : {"background", "scale"}) {
    const bool named =
        options.fixed.count(name) > 0 ||
        std::any_of(options.free.begin(), options.free.end(),
                    [&](const scattering::FreeParameter& p) { return p.name == name; });
    if (!named) options.free.insert(options.free.begin(), {name, {}, {}, {}});
  }
  return options;
}

}  // namespace foray::app
