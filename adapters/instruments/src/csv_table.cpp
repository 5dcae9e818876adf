#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "foray/instruments/table.h"

namespace foray::instruments {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  return text;
}

// ' ' stands for any number of blanks.
char separator_of(std::string_view header) {
  for (const char candidate : {',', ';', '\t'}) {
    if (header.find(candidate) != std::string_view::npos) {
      return candidate;
    }
  }
  return ' ';
}

std::vector<std::string> split(std::string_view line, char separator) {
  std::vector<std::string> fields;
  std::string field;
  bool quoted = false;
  const auto end_field = [&] {
    if (separator != ' ' || !field.empty()) {
      fields.emplace_back(trimmed(field));
    }
    field.clear();
  };
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == separator || (separator == ' ' && c == '\t'))) {
      end_field();
    } else {
      field += c;
    }
  }
  end_field();
  return fields;
}

class CsvReader {
 public:
  CsvReader(const std::filesystem::path& file, const std::vector<std::string>& text_columns,
            const std::vector<std::string>& number_columns)
      : name_(file.string()),
        text_columns_(text_columns),
        number_columns_(number_columns),
        stream_(file) {
    if (!stream_) {
      throw std::invalid_argument(name_ + ": expected a readable table, could not open it");
    }
  }

  Table read() {
    std::string line;
    while (std::getline(stream_, line)) {
      ++line_;
      // The mark of UTF-8, which spreadsheets write first.
      if (line_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
      const std::string_view text = trimmed(line);
      if (text.empty() || text.front() == '#') {
        continue;
      }
      if (table_.names.empty()) {
        read_header(text);
      } else {
        read_row(text);
      }
    }
    if (table_.rows == 0) {
      throw std::invalid_argument(name_ + ": expected a header line and at least one row, got " +
                                  (table_.names.empty() ? "nothing" : "the header only"));
    }
    for (const std::string& column : table_.names) {
      if (!is_text(column)) {
        const std::vector<double>& values = numbers_[column];
        table_.numbers[column] = Eigen::Map<const Eigen::VectorXd>(
            values.data(), static_cast<Eigen::Index>(values.size()));
      }
    }
    return std::move(table_);
  }

 private:
  [[nodiscard]] bool is_text(const std::string& column) const {
    const auto among = [&](const std::vector<std::string>& columns) {
      return std::find(columns.begin(), columns.end(), column) != columns.end();
    };
    return among(text_columns_) || (!number_columns_.empty() && !among(number_columns_));
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw std::invalid_argument(name_ + ":" + std::to_string(line_) + ": " + what);
  }

  void read_header(std::string_view text) {
    separator_ = separator_of(text);
    table_.names = split(text, separator_);
    for (std::size_t i = 0; i < table_.names.size(); ++i) {
      const std::string& column = table_.names[i];
      if (column.empty()) {
        refuse("column " + std::to_string(i + 1) + ": expected a name in the header, got nothing");
      }
      if (std::count(table_.names.begin(), table_.names.end(), column) > 1) {
        refuse("column " + std::to_string(i + 1) + ": expected each name once, got \"" + column +
               "\" again");
      }
    }
  }

  void read_row(std::string_view text) {
    const std::vector<std::string> fields = split(text, separator_);
    if (fields.size() != table_.names.size()) {
      refuse("expected " + std::to_string(table_.names.size()) + " fields as in the header, got " +
             std::to_string(fields.size()));
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string& column = table_.names[i];
      if (is_text(column)) {
        table_.texts[column].push_back(fields[i]);
      } else {
        numbers_[column].push_back(number(fields[i], i));
      }
    }
    ++table_.rows;
  }

  [[nodiscard]] double number(const std::string& field, std::size_t index) const {
    std::string_view text = field;
    if (!text.empty() && text.front() == '+') {
      text.remove_prefix(1);
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
      refuse("column " + std::to_string(index + 1) + " (" + table_.names[index] +
             "): expected a number, got \"" + field.substr(0, 40) + "\"");
    }
    return value;
  }

  std::string name_;
  std::vector<std::string> text_columns_;
  std::vector<std::string> number_columns_;
  std::ifstream stream_;
  int line_ = 0;
  char separator_ = ',';
  std::map<std::string, std::vector<double>> numbers_;
  Table table_;
};

}  // namespace

Table read_csv_table(const std::filesystem::path& file,
                     const std::vector<std::string>& text_columns,
                     const std::vector<std::string>& number_columns) {
  return CsvReader(file, text_columns, number_columns).read();
}

Table read_table(const std::filesystem::path& file, const std::string& group,
                 const std::vector<std::string>& text_columns,
                 const std::vector<std::string>& number_columns) {
  const std::string extension = file.extension().string();
  for (const char* known : {".csv", ".tsv", ".txt", ".dat"}) {
    if (extension == known) {
      return read_csv_table(file, text_columns, number_columns);
    }
  }
  for (const char* known : {".h5", ".hdf5", ".nxs", ".hdf"}) {
    if (extension == known) {
      return read_hdf5_table(file, group);
    }
  }
  throw std::invalid_argument(file.string() +
                              ": expected a table as .csv, .tsv, .txt, .dat, .h5, .hdf5, .nxs or "
                              ".hdf, got the extension \"" +
                              extension + "\"");
}

}  // namespace foray::instruments
