#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "command.h"
#include "foray/files/atomic_write.h"
#include "foray/files/file_error.h"
#include "foray/files/image_file.h"
#include "foray/files/poni.h"
#include "foray/files/read_measurement.h"
#include "foray/scattering/calibrate.h"
#include "foray/scattering/geometry_conversion.h"
#include "picture.h"

namespace foray::app {
namespace {

using scattering::Calibration;
using scattering::Frame;
using scattering::Geometry;

struct CalibrateOptions {
  std::string frame, standard, start, mask, out, picture;
  std::optional<double> distance, wavelength, energy, pixel;
  std::vector<double> center;
  double distance_error = 0, center_error = 0;
  bool flat = false;
};

scattering::CalibrationOptions calibration_options(const CalibrateOptions& options) {
  scattering::CalibrationOptions calibration;
  if (options.distance_error > 0) calibration.distance_error = 0.01 * options.distance_error;
  if (options.center_error > 0) calibration.center_error = options.center_error;
  calibration.tilt = !options.flat;
  return calibration;
}

// The first frame of the file.
files::Item read_frame(const CalibrateOptions& options) {
  files::ReadOptions reading;
  if (!options.start.empty()) reading.geometry = files::read_poni(options.start);
  if (!options.mask.empty()) reading.mask = files::read_mask(options.mask);
  files::FileContent content = files::read_measurement(options.frame, reading);
  for (files::Item& item : content.items) {
    if (std::holds_alternative<Frame>(item.measurement)) return item;
  }
  throw files::FileError(options.frame, "a detector image", content.format);
}

// What the command line says of the start replaces what the file or --start says.
Geometry start_of(const CalibrateOptions& options, const files::Item& item) {
  const Frame& frame = std::get<Frame>(item.measurement);
  const bool whole = options.distance && options.center.size() == 2 && options.pixel &&
                     (options.wavelength || options.energy);
  if (!item.has_geometry && !whole) {
    throw std::invalid_argument(
        "calibrate: " + options.frame +
        ": expected where to start: --start FILE.poni, or --distance, --center, --pixel and "
        "--wavelength or --energy; found no geometry in the file");
  }
  Geometry start = frame.geometry;
  if (options.pixel) start.pixel1 = start.pixel2 = *options.pixel / 1e6;
  if (options.wavelength) start.wavelength = *options.wavelength / 1e10;
  if (options.energy) start.wavelength = scattering::wavelength_m(*options.energy);
  if (options.distance) start.dist = *options.distance;
  if (options.center.size() == 2) {
    // A beam centre means the foot of the normal only where nothing is tilted.
    start.rot1 = start.rot2 = 0;
    start.poni1 = options.center[1] * start.pixel1;
    start.poni2 = options.center[0] * start.pixel2;
  }
  return start;
}

void print(const Calibration& found) {
  static constexpr const char* kNames[] = {"distance [m]", "poni1 [m]", "poni2 [m]", "rot1 [rad]",
                                           "rot2 [rad]"};
  const Geometry& g = found.geometry;
  const double values[] = {g.dist, g.poni1, g.poni2, g.rot1, g.rot2};
  fmt::print("{}{}{}\n", scattering::to_string(found.status), found.note.empty() ? "" : ": ",
             found.note);
  for (Eigen::Index k = 0; k < 5; ++k) {
    const double sigma = std::sqrt(found.covariance(k, k));
    fmt::print("  {:<14} {:>14.8f} {}\n", kNames[k], values[k],
               sigma > 0 ? fmt::format("+- {:.2g}", sigma) : "held");
  }
  const Eigen::Vector2d center = scattering::beam_center(g);
  fmt::print("  beam centre    {:.3f}, {:.3f} pixels (fast, slow)\n", center[1], center[0]);
  fmt::print("  {} points on {} rings, {:.3f} pixels about them (rms)\n", found.points.size(),
             found.rings, found.rms_residual);
}

// The frame with the calculated rings in red and the points that were found in white.
Picture ring_picture(const Frame& frame, const Calibration& found,
                     const scattering::Calibrant& standard) {
  constexpr int kSide = 1000;
  Picture picture = picture_of(frame, kSide);
  const auto longer = std::max(frame.counts.rows(), frame.counts.cols());
  const Eigen::Index shrink = (longer + kSide - 1) / kSide;
  const auto side = static_cast<double>(shrink);
  const auto paint = [&](int row, int column, Rgb colour) {
    if (row < 0 || column < 0 || row >= picture.height || column >= picture.width) return;
    picture.pixels[static_cast<std::size_t>(row) * static_cast<std::size_t>(picture.width) +
                   static_cast<std::size_t>(column)] = colour;
  };
  const auto q_at = [&](int row, int column) {
    return scattering::q_of(found.geometry, scattering::position(found.geometry, (row + 0.5) * side,
                                                                 (column + 0.5) * side));
  };
  // A ring passes between two pixels where one is inside of it and the other outside.
  const auto ring_of = [&](double q) {
    return std::lower_bound(standard.spacings.begin(), standard.spacings.end(), 2 * M_PI / q,
                            std::greater<>()) -
           standard.spacings.begin();
  };
  for (int i = 0; i + 1 < picture.height; ++i) {
    for (int j = 0; j + 1 < picture.width; ++j) {
      const auto here = ring_of(q_at(i, j));
      if (here != ring_of(q_at(i + 1, j)) || here != ring_of(q_at(i, j + 1))) {
        paint(i, j, {204, 0, 0});
      }
    }
  }
  for (const scattering::RingPoint& point : found.points) {
    paint(static_cast<int>(point.slow / side), static_cast<int>(point.fast / side),
          {255, 255, 255});
  }
  return picture;
}

int calibrate(const CalibrateOptions& options) {
  const scattering::Calibrant& standard = scattering::find_calibrant(options.standard);
  files::Item item = read_frame(options);
  auto& frame = std::get<Frame>(item.measurement);
  frame.geometry = start_of(options, item);
  const Calibration found = scattering::calibrate(frame, standard, calibration_options(options));
  print(found);
  if (!options.picture.empty() && !found.points.empty()) {
    files::write_atomically(options.picture, encode_png(ring_picture(frame, found, standard)));
    fmt::print("  wrote {}\n", options.picture);
  }
  if (found.status != scattering::CalibrationStatus::kConverged) {
    fmt::print(stderr, "foray: {}: expected the rings of {}, found: {}; no geometry was written\n",
               options.frame, standard.name, found.note);
    return kExitFailed;
  }
  if (!options.out.empty()) {
    files::write_poni(options.out, found.geometry);
    fmt::print("  wrote {}\n", options.out);
  }
  return kExitDone;
}

}  // namespace

void add_calibrate_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("calibrate", "Find where a detector stands from the rings of a standard");
  // Shared by the parser, which fills it, and the callback, which reads it.
  auto options = std::make_shared<CalibrateOptions>();
  command->add_option("FRAME", options->frame, "detector image of the standard")->required();
  std::string names;
  for (const auto& one : scattering::known_calibrants()) {
    names += (names.empty() ? "" : ", ") + one.name;
  }
  command->add_option("--standard", options->standard, names)->required();
  command->add_option("--start", options->start, "geometry to start from (.poni)");
  command->add_option("--distance", options->distance, "sample to detector at the start [m]");
  command->add_option("--center", options->center, "FAST,SLOW of the beam at the start [pixels]")
      ->delimiter(',')
      ->expected(2);
  command->add_option("--wavelength", options->wavelength, "[angstrom]")
      ->check(CLI::PositiveNumber);
  command->add_option("--energy", options->energy, "[keV]")->check(CLI::PositiveNumber);
  command->add_option("--pixel", options->pixel, "size of the pixels [micrometres]")
      ->check(CLI::PositiveNumber);
  command->add_option("--mask", options->mask, "image whose pixels other than 0 are left out");
  command
      ->add_option("--distance-error", options->distance_error,
                   "how far the start's distance may be off [per cent]; 6 where not given")
      ->check(CLI::Range(0.1, 30.0));
  command
      ->add_option("--center-error", options->center_error,
                   "how far its centre may be off [pixels]; 40 where not given")
      ->check(CLI::Range(1.0, 1000.0));
  command->add_flag("--hold-tilt", options->flat, "keep the start's tilt");
  command->add_option("--out", options->out, "write the geometry to this .poni file");
  command->add_option("--picture", options->picture, "draw rings and points over the frame (PNG)");
  command->callback([options, &exit_code] { exit_code = calibrate(*options); });
  command->footer(
      "example: foray calibrate agbh.tif --standard AgBh --distance 2.1 --center 490,520 "
      "--pixel 172 --energy 12.4 --out saxs.poni --picture rings.png\n"
      "The geometry of the file, if any, is the start where neither --start nor the numbers say "
      "otherwise.");
}

}  // namespace foray::app
