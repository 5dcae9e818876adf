#pragma once

#include <string>
#include <vector>

#include "foray/simulator/frame_maker.h"
#include "foray/simulator/labels.h"
#include "scene_tables.h"

namespace foray::simulator {

// Labels of what a rule calls visible, judged on every n-th pixel in both directions so that about
// ten thousand pixels are looked at; sums are scaled to all of them.
std::vector<std::string> visible_labels(const FrameMaker& maker, const Scene& scene,
                                        const SceneTables& tables, double exposure_s,
                                        const scattering::Image& expected,
                                        const VisibilityRule& rule);

}  // namespace foray::simulator
