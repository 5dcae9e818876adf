#include "pixel_norm.h"

#include <cmath>
#include <sstream>
#include <stdexcept>

namespace foray::scattering {

void require_shape(const char* where, const char* what, Eigen::Index rows, Eigen::Index cols,
                   const Mask& mask) {
  if (rows == mask.rows() && cols == mask.cols()) return;
  std::ostringstream text;
  text << where << ": " << what << ": expected the mask's shape " << mask.rows() << " x "
       << mask.cols() << ", got " << rows << " x " << cols;
  throw std::invalid_argument(text.str());
}

Image normalization_map(const char* where, const Geometry& geometry, const Mask& mask,
                        const Corrections& corrections) {
  Image norm = corrections.solid_angle ? solid_angle_map(geometry, mask.rows(), mask.cols())
                                       : Image::Ones(mask.rows(), mask.cols()).eval();
  if (corrections.polarization) {
    norm *= polarization_map(geometry, mask.rows(), mask.cols(), *corrections.polarization);
  }
  if (!corrections.flat) return norm;
  require_shape(where, "flat", corrections.flat->rows(), corrections.flat->cols(), mask);
  for (Eigen::Index p = 0; p < mask.size(); ++p) {
    const double flat = corrections.flat->data()[p];
    if (mask.data()[p] != 0 || (std::isfinite(flat) && flat > 0)) continue;
    std::ostringstream text;
    text << where << ": flat: expected finite values > 0 where the mask is 0, got " << flat
         << " at [" << p / mask.cols() << "][" << p % mask.cols() << "]";
    throw std::invalid_argument(text.str());
  }
  return norm * *corrections.flat;
}

void refuse_pixel(const char* where, const char* what, const Image& image, std::int64_t pixel,
                  bool any_sign) {
  std::ostringstream text;
  text << where << ": " << what << ": expected finite values" << (any_sign ? "" : " >= 0")
       << " in good pixels, got " << image.data()[pixel] << " at [" << pixel / image.cols() << "]["
       << pixel % image.cols() << "]";
  throw std::invalid_argument(text.str());
}

}  // namespace foray::scattering
