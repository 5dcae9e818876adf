#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

#include "bytes.h"
#include "check_data.h"
#include "foray/files/atomic_write.h"
#include "foray/files/curve_file.h"
#include "foray/files/file_error.h"
#include "make_data.h"
#include "parsers.h"
#include "text.h"

namespace foray::files {
namespace {

constexpr char kExpected[] = "measured data: rows of 2 to 4 numbers (q, intensity, ...)";

// A table without names must have so many rows to be taken for a measured curve.
constexpr std::size_t kFewestRows = 5;

// Which column holds what; -1: none does.
struct Columns {
  int q = 0, intensity = 1, sigma = -1, dq = -1, slit_length = -1, slit_width = -1;
  bool named = false;
};

// The name's letters before any unit: "Q(1/A)", "I [1/cm]", "<X>" -> "q", "i", "x".
std::string bare_name(std::string_view word) {
  std::string name;
  for (const char c : lower(word)) {
    if (c == '(' || c == '[') {
      if (!name.empty()) {
        break;
      }
    } else if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      name += c;
    }
  }
  return name;
}

// The words of a line of names, without comment signs and words that are units.
std::vector<std::string> names_in(std::string_view line) {
  std::vector<std::string> names;
  for (const std::string_view word : words_of(line)) {
    const std::string name = bare_name(word);
    if (!name.empty() && !word.starts_with('[') && !word.starts_with('(')) {
      names.push_back(name);
    }
  }
  return names;
}

int position(const std::vector<std::string>& names, std::initializer_list<const char*> wanted) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::find(wanted.begin(), wanted.end(), names[i]) != wanted.end()) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

// Columns by the names in the line above the table, where there are any.
std::optional<Columns> named_columns(const Lines& lines, const Table& table) {
  std::size_t line = table.first_line;
  while (line > 0 && trimmed(lines[--line]).empty()) {
  }
  if (line == table.first_line) {
    return std::nullopt;
  }
  const std::vector<std::string> names = names_in(lines[line]);
  if (names.size() != table.columns) {
    return std::nullopt;
  }
  Columns columns;
  columns.q = position(names, {"q", "qvec", "qvector"});
  columns.intensity = position(names, {"i", "iq", "intensity", "int"});
  columns.sigma = position(
      names, {"sigma", "di", "idev", "err", "error", "sigmai", "ierr", "std", "stdi", "erri", "s"});
  columns.dq = position(names, {"dq", "qdev", "sigmaq", "resolution", "sigq", "qres"});
  columns.slit_length = position(names, {"dql"});
  columns.slit_width = position(names, {"dqw"});
  columns.named = columns.q >= 0 && columns.intensity >= 0;
  return columns.named ? std::optional(columns) : std::nullopt;
}

std::string head_of(const Lines& lines, std::size_t count) {
  std::string head;
  for (std::size_t i = 0; i < std::min(count, lines.size()); ++i) {
    head += std::string(lines[i]) + "\n";
  }
  return head;
}

// Columns by their number, where they have no names.
Columns placed_columns(const std::string& path, const Table& table) {
  if (table.columns > 4 && table.columns != 6) {
    throw FileError(path, "2 to 4 columns (q, intensity, error, q resolution) or the 6 of NIST",
                    std::to_string(table.columns) + " columns without their names");
  }
  if (table.rows() < kFewestRows) {
    throw FileError(path, "at least " + std::to_string(kFewestRows) + " rows, or names of columns",
                    std::to_string(table.rows()) + " rows without names");
  }
  Columns columns;
  columns.sigma = table.columns > 2 ? 2 : -1;
  columns.dq = table.columns > 3 ? 3 : -1;
  return columns;
}

// Two lines of comment, ten whole numbers in eight places each, and the name of a data file.
bool is_bsl(const Lines& lines) {
  return lines.size() >= 4 && lines[2].size() >= 80 && numbers_of(lines[2]).size() == 10 &&
         numbers_of(lines[3]).empty() && words_of(lines[3]).size() == 1;
}

double q_factor_of(const std::string& head, Item& item) {
  for (const char* unit : {"1/nm", "nm^-1", "nm-1", "nm^{-1}", "/nm"}) {
    if (contains_ignoring_case(head, unit)) {
      item.notes.emplace_back("q converted from 1/nm");
      return 0.1;
    }
  }
  for (const char* unit : {"1/a", "a^-1", "a-1", "angstrom"}) {
    if (contains_ignoring_case(head, unit)) {
      return 1;
    }
  }
  item.notes.emplace_back("q has no unit: taken as 1/angstrom");
  return 1;
}

IntensityUnit intensity_unit_of(const std::string& head, bool nist) {
  for (const char* unit : {"1/cm", "cm^-1", "cm-1"}) {
    if (contains_ignoring_case(head, unit)) {
      return intensity_unit("1/cm");
    }
  }
  return intensity_unit(nist ? "1/cm" : contains(head, "counts/s") ? "counts/s" : "arbitrary");
}

[[noreturn]] void refuse_text(const std::string& path, const Lines& lines) {
  std::string_view first;
  for (std::size_t i = 0; i < lines.size() && first.empty(); ++i) {
    first = trimmed(lines[i]);
  }
  const bool single = numbers_of(first).size() == 1;
  throw FileError(path, kExpected,
                  single ? "a single column of numbers"
                         : "text that begins \"" + std::string(first.substr(0, 60)) + "\"");
}

std::vector<double> column(const Table& table, int index) {
  return index < 0 ? std::vector<double>{} : table.column(static_cast<std::size_t>(index));
}

}  // namespace

FileContent parse_columns(const std::string& path, const Lines& lines) {
  if (is_bsl(lines)) {
    throw FileError(path, kExpected, "the header of a BSL/OTOKO file, whose data are in others");
  }
  const Table table = find_table(path, lines);
  if (table.rows() == 0) {
    refuse_text(path, lines);
  }
  const auto named = named_columns(lines, table);
  const Columns columns = named ? *named : placed_columns(path, table);
  const bool nist = table.columns == 6 && !named;
  const std::string head = head_of(lines, table.first_line);
  Item item;
  RawCurve raw;
  raw.q = column(table, columns.q);
  raw.intensity = column(table, columns.intensity);
  raw.sigma = column(table, columns.sigma);
  raw.dq = column(table, columns.dq);
  raw.slit_length = column(table, columns.slit_length);
  raw.slit_width = column(table, columns.slit_width);
  raw.q_factor = nist ? 1 : q_factor_of(head, item);  // NIST's q is in 1/angstrom
  raw.unit = intensity_unit_of(head, nist);
  if (nist && !raw.dq.empty() && raw.dq.front() < 0) {
    item.notes.emplace_back("a negative resolution: taken as the length of a slit");
    for (const double dq : raw.dq) {
      raw.slit_length.push_back(-dq);
    }
    raw.dq.clear();
  }
  make_curve(path, std::move(raw), item);
  FileContent content;
  content.format = nist ? "NIST ABS" : std::to_string(table.columns) + " columns";
  content.items.push_back(std::move(item));
  return content;
}

std::string write_csv(const std::string& path, const scattering::Curve& curve) {
  check_curve("write_csv", curve);
  std::string text = "# intensity in " + curve.intensity_unit + "\nq[1/angstrom],I";
  text += curve.sigma.size() > 0 ? ",sigma" : "";
  text += curve.dq.size() > 0 ? ",dq" : "";
  text += curve.slit_length.size() > 0 ? ",dql,dqw\n" : "\n";
  for (Eigen::Index i = 0; i < curve.q.size(); ++i) {
    text += shortest(curve.q[i]) + "," + shortest(curve.intensity[i]);
    text += curve.sigma.size() > 0 ? "," + shortest(curve.sigma[i]) : "";
    text += curve.dq.size() > 0 ? "," + shortest(curve.dq[i]) : "";
    if (curve.slit_length.size() > 0) {
      text += "," + shortest(curve.slit_length[i]) + "," + shortest(curve.slit_width[i]);
    }
    text += "\n";
  }
  return write_atomically(path, text);
}

FileContent read_text_data(const std::string& path) {
  return parse_text_data(path, read_bytes(path));
}

FileContent parse_text_data(const std::string& path, std::string_view bytes) {
  const Lines lines = lines_of(bytes);
  if (contains(bytes.substr(0, 4096), "SpinEchoLength")) {
    throw FileError(path, "intensity against q",
                    "SESANS data, polarisation against spin-echo length");
  }
  if (is_danse(lines)) {
    return parse_danse(path, lines);
  }
  if (is_isis_2d(lines)) {
    return parse_isis_2d(path, lines);
  }
  if (is_nist_2d(lines)) {
    return parse_nist_2d(path, lines);
  }
  if (is_pdh(lines)) {
    return parse_pdh(path, lines);
  }
  return parse_columns(path, lines);
}

}  // namespace foray::files
