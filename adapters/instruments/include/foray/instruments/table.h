#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace foray::instruments {

/// Columns of one length, numbers or texts.
struct Table {
  std::vector<std::string> names;                         ///< in the file's order.
  std::map<std::string, Eigen::VectorXd> numbers;         ///< columns of numbers.
  std::map<std::string, std::vector<std::string>> texts;  ///< columns of texts.
  Eigen::Index rows = 0;
};

/// Reads a table with a header line: fields apart by commas, semicolons, tabs or blanks, decided by
/// the header; quotes around a field; lines that start with `#` and empty lines left out; "nan" for
/// a number that is missing.
///
/// @param text_columns  columns that hold texts.
/// @param number_columns  columns that must hold numbers, the others being texts; empty: all that
///        are not in text_columns.
/// @throws std::invalid_argument naming the file, the line and the column, what was expected and
///         what was found.
Table read_csv_table(const std::filesystem::path& file,
                     const std::vector<std::string>& text_columns = {},
                     const std::vector<std::string>& number_columns = {});

/// Reads the one-dimensional datasets of an HDF5 group: numbers of any type, and strings.
/// @throws std::invalid_argument naming the file and the dataset, what was expected and found.
Table read_hdf5_table(const std::filesystem::path& file, const std::string& group);

/// Reads CSV (".csv", ".tsv", ".txt", ".dat") or HDF5 (".h5", ".hdf5", ".nxs", ".hdf").
Table read_table(const std::filesystem::path& file, const std::string& group,
                 const std::vector<std::string>& text_columns = {},
                 const std::vector<std::string>& number_columns = {});

}  // namespace foray::instruments
