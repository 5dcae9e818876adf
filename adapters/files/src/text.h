#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foray::files {

// Lines of a text, without their ends; "\n", "\r\n" and "\r" all end a line.
std::vector<std::string_view> lines_of(std::string_view text);

std::string_view trimmed(std::string_view text);

// Words between blanks, tabs, commas and semicolons.
std::vector<std::string_view> words_of(std::string_view line);

// A whole word as a number: "1e-3", "2.5", "-1.#IND" and "nan" (NaN), "inf". nullopt: it is none.
std::optional<double> number_of(std::string_view word);

// The numbers of a line of nothing but numbers, empty otherwise.
std::vector<double> numbers_of(std::string_view line);

// A number in the fewest digits that give it back bit for bit.
std::string shortest(double value);

// Whether bytes look like text: no NUL and few control characters among the first few thousand.
bool looks_like_text(std::string_view bytes);

// A to Z as a to z.
std::string lower(std::string_view text);

bool contains(std::string_view text, std::string_view part);
bool contains_ignoring_case(std::string_view text, std::string_view part);

}  // namespace foray::files
