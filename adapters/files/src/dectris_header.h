#pragma once

#include <string>
#include <string_view>

#include "foray/files/image_file.h"

namespace foray::files {

// The "# Pixel_size 172e-6 m x 172e-6 m" lines that Dectris writes into miniCBF and TIFF files.
// Puts each into file.header, and what they say into geometry, exposure_s and saturation.
void read_dectris_header(std::string_view text, ImageFile& file);

// The same lines for a frame whose detector is at right angles to the beam.
std::string dectris_header(const scattering::Frame& frame);

}  // namespace foray::files
