#pragma once

#include <string>
#include <string_view>

#include "bytes.h"
#include "foray/files/image_file.h"

namespace foray::files {

inline ByteOrder native_order() {
  return std::endian::native == std::endian::little ? ByteOrder::kLittle : ByteOrder::kBig;
}

Number number_of(PixelType type);

// Refuses an empty image and a value that `type` cannot hold.
void require_fits(const std::string& where, const scattering::Image& image, PixelType type);

// Makes the mask and marks pixels that are not finite as dead, with a note.
void mask_invalid_pixels(ImageFile& file);

// The readers for bytes that are already in memory; `path` is for messages.
ImageFile parse_tiff(const std::string& path, std::string_view bytes);
ImageFile parse_edf(const std::string& path, std::string_view bytes);
ImageFile parse_cbf(const std::string& path, std::string_view bytes);
ImageFile parse_npy(const std::string& path, std::string_view bytes);

}  // namespace foray::files
