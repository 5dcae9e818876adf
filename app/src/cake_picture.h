#pragma once

#include <string>

#include "foray/files/nxazint.h"
#include "picture.h"

namespace foray::app {

/// A cake on a logarithmic scale: q to the right, the azimuth upwards, bins without a pixel grey. A
/// bin is a block of as many pixels as make the picture about 800 x 400.
Picture cake_picture(const files::AzimuthalIntegral& cake);

/// The same with axes, as an SVG file.
std::string cake_plot(const std::string& title, const files::AzimuthalIntegral& cake);

}  // namespace foray::app
