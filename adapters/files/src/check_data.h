#pragma once

#include <string>

#include "foray/scattering/measurement.h"

namespace foray::files {

// Refuses data whose lengths do not agree, without a point, or with a number that is not finite
// (pixels that are masked may hold anything). Throws std::invalid_argument.
void check_curve(const std::string& where, const scattering::Curve& curve);
void check_q_image(const std::string& where, const scattering::QImage& image);

}  // namespace foray::files
