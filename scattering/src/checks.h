#pragma once

#include <Eigen/Core>
#include <string>
#include <string_view>

namespace foray::scattering {

// A number as messages write it.
std::string number(double value);

// Refuses a value that is not finite or not above zero, naming the place.
void require_positive(std::string_view place, double value);

// Refuses an image without pixels, naming the place.
void require_pixels(std::string_view place, Eigen::Index rows, Eigen::Index cols);

}  // namespace foray::scattering
