#include "foray/scattering/measurement.h"

#include <cmath>
#include <sstream>
#include <stdexcept>

#include "checks.h"
#include "foray/common/check.h"

namespace foray::scattering {
namespace {

[[noreturn]] void refuse(const std::string& place, const std::string& expected,
                         const std::string& got) {
  throw std::invalid_argument(place + ": expected " + expected + ", got " + got);
}

std::string shape(Eigen::Index rows, Eigen::Index cols) {
  std::ostringstream text;
  text << rows << " x " << cols;
  return text.str();
}

void require_size(const std::string& place, Eigen::Index expected, Eigen::Index got) {
  if (expected != got) {
    refuse(place, std::to_string(expected) + " values as in q", std::to_string(got));
  }
}

// Errors must be finite and not negative.
void require_sigma(const std::string& place, const Eigen::VectorXd& sigma) {
  for (Eigen::Index i = 0; i < sigma.size(); ++i) {
    if (std::isfinite(sigma[i]) && sigma[i] >= 0) continue;
    refuse(place, "finite values >= 0", number(sigma[i]) + " at " + std::to_string(i));
  }
}

void require_good_pixels(const char* place, const Image& image, const Mask& mask) {
  for (Eigen::Index i = 0; i < image.rows(); ++i) {
    for (Eigen::Index j = 0; j < image.cols(); ++j) {
      if (mask(i, j) != 0 || (std::isfinite(image(i, j)) && image(i, j) >= 0)) continue;
      refuse(place, "finite values >= 0 where the mask is 0",
             number(image(i, j)) + " at [" + std::to_string(i) + "][" + std::to_string(j) + "]");
    }
  }
}

}  // namespace

void validate(const Frame& frame) {
  const auto rows = frame.counts.rows();
  const auto cols = frame.counts.cols();
  if (rows == 0 || cols == 0) refuse("frame: counts", "at least 1 x 1 pixels", shape(rows, cols));
  if (frame.mask.rows() != rows || frame.mask.cols() != cols) {
    refuse("frame: mask", "the shape of counts, " + shape(rows, cols),
           shape(frame.mask.rows(), frame.mask.cols()));
  }
  if (frame.variance && (frame.variance->rows() != rows || frame.variance->cols() != cols)) {
    refuse("frame: variance", "the shape of counts, " + shape(rows, cols),
           shape(frame.variance->rows(), frame.variance->cols()));
  }
  validate(frame.geometry);
  require_positive("frame: exposure_s", frame.exposure_s);
  require_positive("frame: monitor", frame.monitor);
  require_positive("frame: transmission", frame.transmission);
  if (frame.transmission > 1) {
    refuse("frame: transmission", "a value in (0, 1]", number(frame.transmission));
  }
  if (!std::isfinite(frame.saturation) || frame.saturation < 0) {
    refuse("frame: saturation", "a finite value >= 0 (0: not known)", number(frame.saturation));
  }
}

void validate_counts(const Frame& frame) {
  validate(frame);
  require_good_pixels("frame: counts", frame.counts, frame.mask);
  if (frame.variance) require_good_pixels("frame: variance", *frame.variance, frame.mask);
}

void validate(const Curve& curve) {
  const auto n = curve.q.size();
  require_finite("curve: q", curve.q);
  for (Eigen::Index i = 1; i < n; ++i) {
    if (curve.q[i] >= curve.q[i - 1]) continue;
    refuse("curve: q", "values that do not descend",
           number(curve.q[i]) + " after " + number(curve.q[i - 1]) + " at " + std::to_string(i));
  }
  require_size("curve: intensity", n, curve.intensity.size());
  require_finite("curve: intensity", curve.intensity);
  if (curve.sigma.size() != 0) require_size("curve: sigma", n, curve.sigma.size());
  if (curve.dq.size() != 0) require_size("curve: dq", n, curve.dq.size());
  require_sigma("curve: sigma", curve.sigma);
  require_sigma("curve: dq", curve.dq);
  if (curve.slit_length.size() == 0 && curve.slit_width.size() == 0) return;
  require_size("curve: slit_length", n, curve.slit_length.size());
  require_size("curve: slit_width", n, curve.slit_width.size());
  require_sigma("curve: slit_length", curve.slit_length);
  require_sigma("curve: slit_width", curve.slit_width);
}

void validate(const QImage& image) {
  const auto n = image.qx.size();
  require_size("q image: qy", n, image.qy.size());
  require_size("q image: intensity", n, image.intensity.size());
  require_finite("q image: qx", image.qx);
  require_finite("q image: qy", image.qy);
  if (image.sigma.size() != 0) require_size("q image: sigma", n, image.sigma.size());
  if (!image.masked.empty()) {
    require_size("q image: masked", n, static_cast<Eigen::Index>(image.masked.size()));
  }
  for (Eigen::Index i = 0; i < n; ++i) {
    if (!image.masked.empty() && image.masked[static_cast<std::size_t>(i)]) continue;
    if (!std::isfinite(image.intensity[i])) {
      refuse("q image: intensity", "finite values where not masked",
             number(image.intensity[i]) + " at " + std::to_string(i));
    }
    if (image.sigma.size() != 0 && (!std::isfinite(image.sigma[i]) || image.sigma[i] < 0)) {
      refuse("q image: sigma", "finite values >= 0 where not masked",
             number(image.sigma[i]) + " at " + std::to_string(i));
    }
  }
}

}  // namespace foray::scattering
