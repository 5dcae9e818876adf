#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "foray/simulator/sample_library.h"

namespace foray::app {

/// What to simulate and where to write it.
struct SimulationOptions {
  /// A sample library, a file of one ("*.json"), or "random": a random scene on a random beamline
  /// in each frame.
  std::string sample = "film_library";
  std::uint64_t seed = 1;  ///< decides the hidden sample, the positions and the noise.
  /// "x=3,y=12": where to measure; empty: drawn for each frame over the library's range.
  std::string at;
  double exposure_s = 1;      ///< [s], > 0.
  int count = 1;              ///< frames, from 1 to a million.
  std::string format = "h5";  ///< of a data set: "h5", "tif", "npy", "edf" or "cbf".
  std::filesystem::path
      out;  ///< one frame: a file of a known suffix; more: a folder. May be empty.
  std::filesystem::path preview;  ///< one frame: a PNG file; more: a folder. May be empty.
  /// Whether the expected counts without noise are written too, as STEM_expected.npy.
  bool expected = false;
  int threads = 1;  ///< >= 1; files do not depend on it.
  /// Called after each frame with how many are done, by one thread at a time; may be empty.
  std::function<void(int done)> progress;
};

/// One frame that was written.
struct SimulatedItem {
  std::string name;          ///< its file's name; empty when only a preview was written.
  Eigen::VectorXd position;  ///< in the library's coordinates; empty for "random".
  std::vector<std::string> coordinates, units;  ///< their names and units.
  simulator::GroundTruth truth;
  double counts = 0;  ///< sum over the good pixels.
};

/// Reads "x=3,y=12" into one value a coordinate, in their order.
/// @throws std::invalid_argument on an unknown, missing or repeated name, or what is no number.
Eigen::VectorXd parse_position(const std::string& text,
                               const std::vector<std::string>& coordinates);

/// Simulates frames and writes them. A data set's folder also gets truth.csv: one line a frame with
/// its position, phase, grain size, period, whatever else its sample says is true, and visible
/// labels (separated by spaces).
/// @throws std::invalid_argument on a bad option, naming it; std::runtime_error when a file cannot
///         be written (frames written before it stay).
std::vector<SimulatedItem> simulate_frames(const SimulationOptions& options);

}  // namespace foray::app
