#include <cmath>
#include <optional>

#include "check_data.h"
#include "foray/files/atomic_write.h"
#include "foray/files/curve_file.h"
#include "foray/files/file_error.h"
#include "make_data.h"
#include "parsers.h"
#include "text.h"

namespace foray::files {
namespace {

bool are_whole(const std::vector<double>& numbers, std::size_t count) {
  if (numbers.size() != count) {
    return false;
  }
  for (const double number : numbers) {
    if (number != std::floor(number)) {
      return false;
    }
  }
  return true;
}

FileContent one_item(std::string format, Item item) {
  FileContent content;
  content.format = std::move(format);
  content.items.push_back(std::move(item));
  return content;
}

// ---- NIST and SasView: columns of Qx, Qy, I ...

constexpr std::size_t kHeaderLines = 60;

// Index of the last line of text before the first row of numbers that goes on for three lines.
std::size_t data_start(const Lines& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t columns = numbers_of(lines[i]).size();
    if (columns >= 3 && i + 2 < lines.size() && numbers_of(lines[i + 1]).size() == columns &&
        numbers_of(lines[i + 2]).size() == columns) {
      return i;
    }
  }
  return lines.size();
}

// The names in "Data columns are Qx - Qy - I(Qx,Qy) - err(I)", empty when there are none.
std::vector<std::string> column_names(const Lines& lines, std::size_t end) {
  for (std::size_t i = 0; i < end; ++i) {
    const std::size_t start = lines[i].find("Qx");
    if (start == std::string_view::npos || !contains(lines[i], "Qy")) {
      continue;
    }
    std::vector<std::string> names;
    std::string_view rest = lines[i].substr(start);
    while (!rest.empty()) {
      const std::size_t dash = std::min(rest.find(" - "), rest.size());
      names.emplace_back(trimmed(rest.substr(0, dash)));
      rest = dash == rest.size() ? std::string_view{} : rest.substr(dash + 3);
    }
    return names;
  }
  return {};
}

std::optional<std::size_t> find_name(const std::vector<std::string>& names, const char* part) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (contains_ignoring_case(names[i], part)) {
      return i;
    }
  }
  return std::nullopt;
}

// The share of a pixel that the beamstop leaves: where some have one, those that have none are
// masked.
std::vector<bool> shadow_mask(const Table& table, std::size_t index) {
  std::vector<bool> masked;
  bool any = false;
  for (const double share : table.column(index)) {
    masked.push_back(share == 0);
    any = any || share != 0;
  }
  return any ? masked : std::vector<bool>{};
}

// ---- ISIS: two axes of bin edges and two matrices

// Takes numbers from successive lines.
class NumberStream {
 public:
  NumberStream(const std::string& path, const Lines& lines, std::size_t line)
      : path_(path), lines_(lines), line_(line) {}

  // The next `count` numbers, which end with a line's end.
  std::vector<double> take(std::size_t count, const std::string& what) {
    std::vector<double> all;
    while (all.size() < count && line_ < lines_.size()) {
      const std::vector<double> numbers = numbers_of(lines_[line_]);
      if (numbers.empty() && !trimmed(lines_[line_]).empty()) {
        break;
      }
      all.insert(all.end(), numbers.begin(), numbers.end());
      ++line_;
    }
    if (all.size() != count) {
      throw FileError(path_, std::to_string(count) + " numbers of " + what,
                      std::to_string(all.size()));
    }
    return all;
  }

  std::size_t take_count(const std::string& what) {
    const double count = take(1, what).front();
    if (!(count >= 2 && count <= 100000 && count == std::floor(count))) {
      throw FileError(path_, what + " of 2 to 100000", shortest(count));
    }
    return static_cast<std::size_t>(count);
  }

  void skip_line() { ++line_; }

 private:
  const std::string& path_;
  const Lines& lines_;
  std::size_t line_;
};

std::vector<double> middles(const std::vector<double>& edges) {
  std::vector<double> result;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    result.push_back(0.5 * (edges[i] + edges[i + 1]));
  }
  return result;
}

// ---- DANSE: "KEY:value" lines, then intensity and error of each pixel

double danse_number(const std::string& path, const Lines& lines, std::string_view key) {
  for (const std::string_view line : lines) {
    if (line.starts_with("DATA:")) {
      break;
    }
    if (line.starts_with(key) && line.substr(key.size()).starts_with(':')) {
      const auto number = number_of(trimmed(line.substr(key.size() + 1)));
      if (number && std::isfinite(*number)) {
        return *number;
      }
    }
  }
  throw FileError(path, "a number for " + std::string(key) + " in a .sans file", "none");
}

}  // namespace

bool is_nist_2d(const Lines& lines) {
  const std::size_t start = data_start(lines);
  if (start == 0 || start >= std::min(lines.size(), kHeaderLines)) {
    return false;
  }
  if (!column_names(lines, start).empty()) {
    return true;
  }
  std::size_t line = start;
  while (line > 0 && trimmed(lines[--line]).empty()) {
  }
  return trimmed(lines[line]).starts_with("ASCII data");
}

FileContent parse_nist_2d(const std::string& path, const Lines& lines) {
  const Table table = find_table(path, lines);
  const std::vector<std::string> names = column_names(lines, table.first_line);
  if (table.columns < 3 || (!names.empty() && names.size() != table.columns)) {
    throw FileError(path, std::to_string(std::max<std::size_t>(3, names.size())) + " columns",
                    std::to_string(table.columns));
  }
  Item item;
  RawQImage raw;
  raw.qx = table.column(0);
  raw.qy = table.column(1);
  raw.intensity = table.column(2);
  const auto sigma =
      names.empty() && table.columns == 4 ? std::optional<std::size_t>(3) : find_name(names, "err");
  if (sigma) {
    raw.sigma = table.column(*sigma);
  } else {
    item.notes.emplace_back("no column of errors: uncertainties are not known");
  }
  if (const auto shadow = find_name(names, "shadow")) {
    raw.masked = shadow_mask(table, *shadow);
  }
  for (std::size_t i = 0; i < table.first_line; ++i) {
    if (contains(lines[i], "may not be a fully corrected data file")) {
      item.notes.emplace_back("the file says that it may not be fully corrected");
    } else if (lines[i].starts_with("LABEL:")) {
      item.name = std::string(trimmed(lines[i].substr(6)));
    }
  }
  raw.unit = intensity_unit(item.notes.empty() && sigma ? "1/cm" : "arbitrary");
  make_q_image(path, std::move(raw), item);
  return one_item("NIST/SasView 2-D ASCII", std::move(item));
}

bool is_isis_2d(const Lines& lines) {
  const auto is_q_axis = [](std::string_view line) {
    return contains_ignoring_case(line, "q (") && contains_ignoring_case(line, "angstrom");
  };
  return lines.size() > 8 && is_q_axis(lines[1]) && is_q_axis(lines[2]);
}

FileContent parse_isis_2d(const std::string& path, const Lines& lines) {
  Item item;
  item.name = std::string(trimmed(lines[5]));
  NumberStream stream(path, lines, 6);
  const std::vector<double> x_edges = stream.take(stream.take_count("qx edges"), "qx edges");
  const std::size_t y_count = stream.take_count("qy edges or centres");
  const std::vector<double> y_values = stream.take(y_count, "qy edges or centres");
  const std::vector<double> shape = stream.take(3, "the matrix's shape and scale");
  stream.skip_line();  // a Fortran format
  const std::vector<double> qx = middles(x_edges);
  const bool y_are_edges = shape[1] + 1 == static_cast<double>(y_count);
  const std::vector<double> qy = y_are_edges ? middles(y_values) : y_values;
  if (shape[0] != static_cast<double>(qx.size()) || shape[1] != static_cast<double>(qy.size())) {
    throw FileError(path,
                    "a matrix of " + std::to_string(qx.size()) + " x " + std::to_string(qy.size()),
                    shortest(shape[0]) + " x " + shortest(shape[1]));
  }
  const std::size_t n = qx.size() * qy.size();
  RawQImage raw;
  raw.intensity = stream.take(n, "intensity");
  raw.sigma = stream.take(n, "errors");
  for (std::size_t i = 0; i < n; ++i) {
    raw.qx.push_back(qx[i % qx.size()]);
    raw.qy.push_back(qy[i / qx.size()]);
  }
  raw.unit = intensity_unit(contains(lines[3], "cm-1") || contains(lines[3], "1/cm") ? "1/cm"
                                                                                     : "arbitrary");
  raw.unit.factor *= shape[2];
  make_q_image(path, std::move(raw), item);
  return one_item("ISIS 2-D ASCII", std::move(item));
}

bool is_danse(const Lines& lines) {
  return !lines.empty() && trimmed(lines.front()).starts_with("FORMATVERSION:");
}

FileContent parse_danse(const std::string& path, const Lines& lines) {
  const double wavelength = danse_number(path, lines, "WAVELENGTH");  // [angstrom]
  const double distance = danse_number(path, lines, "DISTANCE");      // [m]
  const double centre_x = danse_number(path, lines, "CENTER_X");      // [pixels], first is 1
  const double centre_y = danse_number(path, lines, "CENTER_Y");
  const double pixel = danse_number(path, lines, "PIXELSIZE") * 1e-3;  // [mm]
  const double size_x = danse_number(path, lines, "SIZE_X");
  const double size_y = danse_number(path, lines, "SIZE_Y");
  const Table table = find_table(path, lines);
  if (!(wavelength > 0 && distance > 0 && pixel > 0)) {
    throw FileError(path, "a wavelength, distance and pixel size above 0",
                    shortest(wavelength) + ", " + shortest(distance) + ", " + shortest(pixel));
  }
  if (table.columns != 2 || static_cast<double>(table.rows()) != size_x * size_y) {
    throw FileError(path, shortest(size_x) + " x " + shortest(size_y) + " rows of 2 numbers",
                    std::to_string(table.rows()) + " rows of " + std::to_string(table.columns));
  }
  Item item;
  RawQImage raw;
  raw.intensity = table.column(0);
  raw.sigma = table.column(1);
  const auto columns = static_cast<std::size_t>(size_x);
  for (std::size_t i = 0; i < table.rows(); ++i) {
    const std::size_t row = i / columns;
    const double x = (static_cast<double>(i % columns) + 1 - centre_x) * pixel;
    const double y = (static_cast<double>(row) + 1 - centre_y) * pixel;
    const double radius = std::hypot(x, y);
    const double q = 4 * M_PI / wavelength * std::sin(0.5 * std::atan2(radius, distance));
    raw.qx.push_back(radius > 0 ? q * x / radius : 0);
    raw.qy.push_back(radius > 0 ? q * y / radius : 0);
  }
  make_q_image(path, std::move(raw), item);
  return one_item("DANSE 2-D", std::move(item));
}

// A title, key words, eight whole numbers of which the first is the number of points, and twice
// five numbers.
bool is_pdh(const Lines& lines) {
  return lines.size() > 5 && are_whole(numbers_of(lines[2]), 8) &&
         numbers_of(lines[3]).size() == 5 && numbers_of(lines[4]).size() == 5;
}

FileContent parse_pdh(const std::string& path, const Lines& lines) {
  const double count = numbers_of(lines[2]).front();
  if (!(count >= 1 && count <= 1e7)) {
    throw FileError(path, "a number of points in line 3", shortest(count));
  }
  const auto points = static_cast<std::size_t>(count);
  RawCurve raw;
  for (std::size_t i = 5; i < std::min(lines.size(), 5 + points); ++i) {
    const std::vector<double> row = numbers_of(lines[i]);
    if (row.size() != 3) {
      throw FileError(
          path, std::to_string(points) + " rows of 3 numbers",
          "\"" + std::string(lines[i].substr(0, 60)) + "\" in line " + std::to_string(i + 1));
    }
    raw.q.push_back(row[0]);
    raw.intensity.push_back(row[1]);
    raw.sigma.push_back(row[2]);
  }
  if (raw.q.size() != points) {
    throw FileError(path, std::to_string(points) + " rows of 3 numbers",
                    std::to_string(raw.q.size()));
  }
  Item item;
  item.name = std::string(trimmed(lines[0]));
  raw.q_factor = 0.1;
  item.notes.emplace_back("q converted from 1/nm");
  make_curve(path, std::move(raw), item);
  return one_item("Anton Paar PDH", std::move(item));
}

std::string write_nist_2d(const std::string& path, const scattering::QImage& image) {
  check_q_image("write_nist_2d", image);
  const bool has_sigma = image.sigma.size() > 0;
  std::string text = "Data columns Qx - Qy - I(Qx,Qy)";
  text += has_sigma ? " - err(I)\nASCII data\n" : "\nASCII data\n";
  for (Eigen::Index i = 0; i < image.intensity.size(); ++i) {
    if (!image.masked.empty() && image.masked[static_cast<std::size_t>(i)]) {
      continue;
    }
    text +=
        shortest(image.qx[i]) + "  " + shortest(image.qy[i]) + "  " + shortest(image.intensity[i]);
    text += (has_sigma ? "  " + shortest(image.sigma[i]) : "") + "\n";
  }
  return write_atomically(path, text);
}

}  // namespace foray::files
