#include "check_data.h"

#include <cmath>
#include <stdexcept>

namespace foray::files {
namespace {

void check_vector(const std::string& where, const char* name, const Eigen::VectorXd& values,
                  Eigen::Index want, bool may_be_empty, const std::vector<bool>& masked = {}) {
  if (may_be_empty && values.size() == 0) {
    return;
  }
  if (values.size() != want) {
    throw std::invalid_argument(where + ": expected " + std::to_string(want) + " values of " +
                                name + ", got " + std::to_string(values.size()));
  }
  for (Eigen::Index i = 0; i < want; ++i) {
    if (!std::isfinite(values[i]) && (masked.empty() || !masked[static_cast<std::size_t>(i)])) {
      throw std::invalid_argument(where + ": expected finite values of " + name + ", got " +
                                  std::to_string(values[i]) + " at index " + std::to_string(i));
    }
  }
}

}  // namespace

void check_curve(const std::string& where, const scattering::Curve& curve) {
  const Eigen::Index n = curve.q.size();
  if (n == 0) {
    throw std::invalid_argument(where + ": expected at least one point, got none");
  }
  check_vector(where, "q", curve.q, n, false);
  check_vector(where, "intensity", curve.intensity, n, false);
  check_vector(where, "sigma", curve.sigma, n, true);
  check_vector(where, "dq", curve.dq, n, true);
  check_vector(where, "slit_length", curve.slit_length, n, curve.slit_width.size() == 0);
  check_vector(where, "slit_width", curve.slit_width, n, curve.slit_length.size() == 0);
}

void check_q_image(const std::string& where, const scattering::QImage& image) {
  const Eigen::Index n = image.intensity.size();
  if (n == 0) {
    throw std::invalid_argument(where + ": expected at least one pixel, got none");
  }
  if (!image.masked.empty() && static_cast<Eigen::Index>(image.masked.size()) != n) {
    throw std::invalid_argument(where + ": expected " + std::to_string(n) +
                                " values of masked, got " + std::to_string(image.masked.size()));
  }
  check_vector(where, "qx", image.qx, n, false, image.masked);
  check_vector(where, "qy", image.qy, n, false, image.masked);
  check_vector(where, "intensity", image.intensity, n, false, image.masked);
  check_vector(where, "sigma", image.sigma, n, true, image.masked);
}

}  // namespace foray::files
