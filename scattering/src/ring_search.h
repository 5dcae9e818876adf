#pragma once

#include <Eigen/Core>
#include <vector>

#include "foray/scattering/calibrate.h"

namespace foray::scattering {

// Pixels (slow, fast) of ridges: local maxima across some direction that stand out of their
// surroundings; at most a few thousand, spread over the frame.
std::vector<Eigen::Vector2d> ridge_pixels(const Frame& frame);

// The start moved along distance and centre to where most ridges lie on rings.
Geometry coarse_geometry(const std::vector<Eigen::Vector2d>& ridges, const Geometry& start,
                         const Eigen::VectorXd& rings, const CalibrationOptions& options);

// Points of rings [1/angstrom] fitted in each sector of each ring, about the given geometry.
// `reach` is the part of the distance to the neighbouring ring that is looked at.
std::vector<RingPoint> find_ring_points(const Frame& frame, const Geometry& geometry,
                                        const Eigen::VectorXd& rings, int sectors, double reach);

}  // namespace foray::scattering
