#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "foray/campaign/instrument.h"

namespace foray::instruments {

// GCC 12 warns, wrongly, about a fixed-size vector that becomes a dynamic one.
inline Eigen::VectorXd point(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

inline campaign::MeasureRequest request_at(campaign::MeasurementId id, double x, double y,
                                           double exposure_s = 1) {
  return {id, {"x", "y"}, point({x, y}), exposure_s};
}

inline double value_of(const campaign::MeasureResult& result) {
  return std::get<scattering::Values>(result.measurement.value()).at(0).value;
}

// Polls until a result comes or far too long has passed.
inline std::optional<campaign::MeasureResult> wait_for_result(
    campaign::Instrument& instrument,
    std::chrono::milliseconds longest = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + longest;
  while (std::chrono::steady_clock::now() < end) {
    if (auto result = instrument.poll(std::chrono::milliseconds(20))) {
      return result;
    }
  }
  return std::nullopt;
}

// A folder of the test's own, removed at its end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "foray-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder(TemporaryFolder&&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;

  [[nodiscard]] std::filesystem::path path() const { return path_; }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace foray::instruments
