#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "foray/files/read_measurement.h"

// Readers for bytes that are already in memory; `path` is for messages. All throw FileError.
namespace foray::files {

FileContent parse_cansas_xml(const std::string& path, std::string_view bytes);

// Tells which of the text formats it is.
FileContent parse_text_data(const std::string& path, std::string_view bytes);

using Lines = std::vector<std::string_view>;

bool is_pdh(const Lines& lines);
FileContent parse_pdh(const std::string& path, const Lines& lines);

bool is_isis_2d(const Lines& lines);
FileContent parse_isis_2d(const std::string& path, const Lines& lines);

bool is_danse(const Lines& lines);
FileContent parse_danse(const std::string& path, const Lines& lines);

bool is_nist_2d(const Lines& lines);
FileContent parse_nist_2d(const std::string& path, const Lines& lines);

FileContent parse_columns(const std::string& path, const Lines& lines);

// Rows of as many numbers each, found in a text.
struct Table {
  std::size_t first_line = 0;  // index of the first row's line
  std::size_t columns = 0;
  std::vector<double> values;  // row by row

  [[nodiscard]] std::size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
  [[nodiscard]] std::vector<double> column(std::size_t index) const;
};

// The table with the most rows of at least two columns. Blank lines in it are passed over; text
// after it is allowed, more rows of numbers after such text, or a last row that is too short, are
// not. A table of no rows when there is none.
Table find_table(const std::string& path, const Lines& lines);

}  // namespace foray::files
