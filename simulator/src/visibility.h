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
// Whether anything but dark counts, slits, air, windows and flat background is visible.
bool sample_visible(const JudgedPixels& pixels);
// Whole paths; told: something is visible that has a geometry.
std::vector<std::string> aspect_labels(const JudgedPixels& pixels, bool told, double most,
                                       int hits);

}  // namespace foray::simulator
