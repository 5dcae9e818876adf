#pragma once

#include <string>
#include <vector>

#include "judged_pixels.h"

namespace foray::simulator {

// Labels of an exposure; most: the largest expected count; hits: good pixels that cosmic radiation
// made stand out by themselves.
std::vector<std::string> visible_labels(const JudgedPixels& pixels, double most, int hits);

// Its parts: children of the geometry, without its name.
std::vector<std::string> ring_labels(const JudgedPixels& pixels);
std::vector<std::string> diffuse_labels(const JudgedPixels& pixels);
std::vector<std::string> surface_labels(const JudgedPixels& pixels);
// Whole paths; told: the frame has a geometry.
std::vector<std::string> aspect_labels(const JudgedPixels& pixels, bool told, double most,
                                       int hits);

}  // namespace foray::simulator
