#pragma once

#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>

namespace foray::app {

/// Makes the folder of a command's --out where it is missing.
/// @throws std::runtime_error naming it when it cannot be made.
inline void make_output_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw std::runtime_error(folder.string() +
                             ": expected a folder that can be made, found: " + error.message());
  }
}

/// Names of the files that one call of a command writes: never that of another file of this call.
class OutputNames {
 public:
  /// FOLDER/STEM of `input` + `suffix` + `ending`, with "-2", "-3" ... where that is taken.
  std::string next(const std::string& folder, const std::string& input, const std::string& suffix,
                   const std::string& ending) {
    const std::string stem = std::filesystem::path(input).stem().string() + suffix;
    std::string name = stem + ending;
    for (int i = 2; !taken_.insert(name).second; ++i) {
      name = stem + "-" + std::to_string(i) + ending;
    }
    return (std::filesystem::path(folder) / name).string();
  }

 private:
  std::set<std::string> taken_;
};

}  // namespace foray::app
