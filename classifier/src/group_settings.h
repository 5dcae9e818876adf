#pragma once

#include <Eigen/Core>
#include <vector>

#include "foray/scattering/wallpaper_group.h"

namespace foray::classifier {

// One way in which a group may lie on a lattice: its operations in some primitive basis.
struct GroupSetting {
  scattering::WallpaperGroup group = scattering::WallpaperGroup::kP1;
  std::vector<scattering::PlaneOperation> operations;  // the identity first; shifts 0 or 1/2
  // Maximal subgroups on the same lattice, each as indices into operations.
  std::vector<std::vector<int>> parts;
};

// All settings of the 17 groups relative to a basis of the two shortest vectors, without repetition
// up to the choice of the origin.
std::vector<GroupSetting> all_settings();

// Largest relative change of a length that the operation brings on a lattice.
double stretch_of(const Eigen::Matrix2i& turn, const Eigen::Matrix2d& basis);

}  // namespace foray::classifier
