#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace foray::scattering {

/// Rows of numbers of a file below tests/data/scattering; lines that start with '#' say where the
/// numbers come from.
inline std::vector<std::vector<double>> read_table(const std::string& name) {
  std::ifstream file(std::string(FORAY_TEST_DATA) + "/scattering/" + name);
  EXPECT_TRUE(file.good()) << "cannot read " << name;
  std::vector<std::vector<double>> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream numbers(line);
    rows.emplace_back();
    for (double value = 0; numbers >> value;) rows.back().push_back(value);
  }
  EXPECT_FALSE(rows.empty()) << name << " holds no numbers";
  return rows;
}

}  // namespace foray::scattering
