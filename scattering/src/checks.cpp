#include "checks.h"

#include <cmath>
#include <sstream>
#include <stdexcept>

namespace foray::scattering {

std::string number(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

void require_positive(std::string_view place, double value) {
  if (std::isfinite(value) && value > 0) return;
  throw std::invalid_argument(std::string(place) + ": expected a finite value > 0, got " +
                              number(value));
}

void require_pixels(std::string_view place, Eigen::Index rows, Eigen::Index cols) {
  if (rows > 0 && cols > 0) return;
  std::ostringstream text;
  text << place << ": expected at least 1 x 1 pixels, got " << rows << " x " << cols;
  throw std::invalid_argument(text.str());
}

}  // namespace foray::scattering
