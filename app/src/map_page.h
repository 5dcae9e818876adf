#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "foray/classifier/exploration.h"
#include "foray/scattering/image.h"
#include "picture.h"

namespace foray::app {

/// An image in grey, averaged down so that the longer side is at most `max_side` pixels; masked and
/// not finite pixels blue. Black and white are the 1 % and the 99 % quantile.
Picture grey_picture(const scattering::Image& image, const scattering::Mask& mask, int max_side);

/// How a map is drawn.
struct MapPageOptions {
  std::string colour;  ///< name of the fact that colours points; "": one colour.
  int thumbnail = 46;  ///< side of thumbnails [pixels], 16 to 256.
};

/// Refuses a colour that is known of no image; "" is none.
/// @throws std::invalid_argument.
void require_colour(const std::vector<classifier::ImageFacts>& facts, const std::string& name);

/// The page of an exploration: breadcrumbs, the present map with thumbnails, the maps above it with
/// the selected images marked. It needs no other file.
///
/// @param folder  where the images are; one that cannot be read there is a point only.
/// @throws std::invalid_argument when the fact is known of no image.
std::string map_page(const classifier::Exploration& exploration,
                     const std::filesystem::path& folder, const MapPageOptions& options);

}  // namespace foray::app
