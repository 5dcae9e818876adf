#pragma once

#include "foray/scattering/geometry.h"
#include "reference_table.h"

namespace foray::scattering {

/// The strongly tilted detector of the pyFAI references.
inline Geometry tilted_geometry() {
  Geometry geometry;
  geometry.dist = 0.1;
  geometry.poni1 = 0.008;
  geometry.poni2 = 0.011;
  geometry.rot1 = 0.10;
  geometry.rot2 = -0.20;
  geometry.rot3 = 0.30;
  geometry.wavelength = 1e-10;
  geometry.pixel1 = geometry.pixel2 = 172e-6;
  return geometry;
}

/// Its image.
inline Image tilted_image() {
  const auto rows = read_table("pyfai_image.txt");
  Image image(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(rows[0].size()));
  for (Eigen::Index i = 0; i < image.rows(); ++i) {
    for (Eigen::Index j = 0; j < image.cols(); ++j) {
      image(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
    }
  }
  return image;
}

/// And its mask.
inline Mask tilted_mask() {
  Mask mask = Mask::Zero(120, 100);
  mask.middleRows(50, 4) = kMaskGap;
  mask.middleCols(47, 3) = kMaskGap;
  mask(10, 20) = kMaskDead;
  return mask;
}

}  // namespace foray::scattering
