#pragma once

#include <string>
#include <vector>

#include "foray/files/read_measurement.h"
#include "foray/scattering/measurement.h"
#include "units.h"

namespace foray::files {

// Columns of a one-dimensional file as written.
struct RawCurve {
  std::vector<double> q, intensity;
  std::vector<double> sigma, dq;                // empty: not in the file
  std::vector<double> slit_length, slit_width;  // empty: not in the file
  double q_factor = 1;                          // to 1/angstrom
  IntensityUnit unit{1, "arbitrary"};
};

// Makes a curve: converts units; leaves out points that are not finite or hold nothing (I and sigma
// both 0); sorts by q; drops uncertainties that say nothing. Each goes to item.notes. Throws
// FileError when lengths do not agree or no point is left.
void make_curve(const std::string& path, RawCurve raw, Item& item);

struct RawQImage {
  std::vector<double> qx, qy, intensity;
  std::vector<double> sigma;  // empty: not in the file
  std::vector<bool> masked;   // empty: none
  double q_factor = 1;
  IntensityUnit unit{1, "arbitrary"};
};

// Makes two-dimensional data: converts units and masks what is not finite or holds nothing.
void make_q_image(const std::string& path, RawQImage raw, Item& item);

}  // namespace foray::files
