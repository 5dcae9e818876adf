#pragma once

#include <Eigen/Core>
#include <string_view>

namespace foray::scattering {

// Refuses a value that is not finite or not above zero, naming the place.
void require_positive(std::string_view place, double value);

// Refuses an image without pixels, naming the place.
void require_pixels(std::string_view place, Eigen::Index rows, Eigen::Index cols);

}  // namespace foray::scattering
