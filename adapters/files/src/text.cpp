#include "text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

namespace foray::files {
namespace {

constexpr std::string_view kBlanks = " \t\v\f";
constexpr std::string_view kSeparators = " \t\v\f,;";

// Ways in which programs write a number that is none: nan, -nan(ind), -1.#IND, 1.#QNAN.
bool means_nan(std::string_view word) {
  const std::string text = lower(word.substr(word.starts_with('-') || word.starts_with('+')));
  return text == "nan" || text.starts_with("nan(") || text.starts_with("1.#ind") ||
         text.starts_with("1.#qnan") || text.starts_with("1.#snan");
}

}  // namespace

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find_first_of("\r\n", start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
    if (end + 1 < text.size() && text[end] == '\r' && text[end + 1] == '\n') {
      ++start;
    }
  }
  return lines;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  std::size_t start = line.find_first_not_of(kSeparators);
  while (start != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(kSeparators, start), line.size());
    words.push_back(line.substr(start, end - start));
    start = line.find_first_not_of(kSeparators, end);
  }
  return words;
}

std::optional<double> number_of(std::string_view word) {
  if (word.empty()) {
    return std::nullopt;
  }
  if (means_nan(word)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const std::string_view digits = word.substr(word.starts_with('+') ? 1 : 0);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  if (error == std::errc::result_out_of_range) {
    // Too small for a double is 0; too large is infinite and refused or masked later.
    const bool small = contains(digits, "e-") || contains(digits, "E-");
    return small ? 0.0 : std::numeric_limits<double>::infinity();
  }
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

std::vector<double> numbers_of(std::string_view line) {
  std::vector<double> numbers;
  for (const std::string_view word : words_of(line)) {
    const auto number = number_of(word);
    if (!number) {
      return {};
    }
    numbers.push_back(*number);
  }
  return numbers;
}

std::string shortest(double value) {
  std::array<char, 40> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

bool looks_like_text(std::string_view bytes) {
  const std::string_view start = bytes.substr(0, 4096);
  std::size_t odd = 0;
  for (const char c : start) {
    const auto code = static_cast<unsigned char>(c);
    if (code == 0) {
      return false;
    }
    odd += code < 0x20 && std::string_view("\t\r\n\f\v\x1a").find(c) == std::string_view::npos;
  }
  return odd * 100 < start.size() + 1;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  return contains(lower(text), lower(part));
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

}  // namespace foray::files
