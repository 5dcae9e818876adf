#include "checks.h"

#include <cmath>
#include <sstream>
#include <stdexcept>

namespace foray::scattering {

void require_positive(std::string_view place, double value) {
  if (std::isfinite(value) && value > 0) return;
  std::ostringstream text;
  text << place << ": expected a finite value > 0, got " << value;
  throw std::invalid_argument(text.str());
}

void require_pixels(std::string_view place, Eigen::Index rows, Eigen::Index cols) {
  if (rows > 0 && cols > 0) return;
  std::ostringstream text;
  text << place << ": expected at least 1 x 1 pixels, got " << rows << " x " << cols;
  throw std::invalid_argument(text.str());
}

}  // namespace foray::scattering
