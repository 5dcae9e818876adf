#include "foray/files/file_error.h"
#include "parsers.h"
#include "text.h"

namespace foray::files {
namespace {

bool is_comment(std::string_view line) {
  const std::string_view text = trimmed(line);
  return text.empty() || text.starts_with('#');
}

struct Block {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t columns = 0;
  std::size_t rows = 0;
};

// Runs of rows with the same number of columns, comments and blank lines passed over.
std::vector<Block> blocks_of(const Lines& lines) {
  std::vector<Block> blocks;
  bool open = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (is_comment(lines[i])) {
      continue;
    }
    const std::size_t columns = numbers_of(lines[i]).size();
    if (columns == 0) {
      open = false;
    } else if (open && blocks.back().columns == columns) {
      blocks.back().last = i;
      ++blocks.back().rows;
    } else {
      blocks.push_back({i, i, columns, 1});
      open = true;
    }
  }
  return blocks;
}

std::string quoted(const Lines& lines, std::size_t index) {
  return "\"" + std::string(trimmed(lines[index]).substr(0, 60)) + "\" in line " +
         std::to_string(index + 1);
}

}  // namespace

std::vector<double> Table::column(std::size_t index) const {
  std::vector<double> result;
  result.reserve(rows());
  for (std::size_t i = index; i < values.size(); i += columns) {
    result.push_back(values[i]);
  }
  return result;
}

Table find_table(const std::string& path, const Lines& lines) {
  const std::vector<Block> blocks = blocks_of(lines);
  const Block* best = nullptr;
  for (const Block& block : blocks) {
    if (block.columns >= 2 && (best == nullptr || block.rows > best->rows)) {
      best = &block;
    }
  }
  Table table;
  if (best == nullptr) {
    return table;
  }
  // Damaged rows split a table; the rest of it must not be lost without a word.
  const bool table_follows = best != &blocks.back();
  if (table_follows) {
    std::size_t odd = best->last + 1;
    while (is_comment(lines[odd])) {
      ++odd;
    }
    throw FileError(path, std::to_string(best->columns) + " numbers in every row of the table",
                    quoted(lines, odd));
  }
  table.first_line = best->first;
  table.columns = best->columns;
  table.values.reserve(best->rows * best->columns);
  for (std::size_t i = best->first; i <= best->last; ++i) {
    if (!is_comment(lines[i])) {
      const std::vector<double> row = numbers_of(lines[i]);
      table.values.insert(table.values.end(), row.begin(), row.end());
    }
  }
  return table;
}

}  // namespace foray::files
