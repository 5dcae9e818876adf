#include "foray/simulator/labels.h"

namespace foray::simulator {

std::vector<std::string> label_paths() {
  const std::vector<std::string> common = {"",
                                           "/ring",
                                           "/ring/lamellar",
                                           "/ring/hexagonal",
                                           "/ring/bcc",
                                           "/ring/fcc",
                                           "/ring/oriented",
                                           "/ring/isotropic",
                                           "/ring/textured",
                                           "/ring/spotted",
                                           "/ring/oriented_in_plane",
                                           "/ring/oriented_out_of_plane",
                                           "/ring/sharp",
                                           "/ring/broad",
                                           "/halo",
                                           "/halo/isotropic",
                                           "/halo/oriented",
                                           "/arc",
                                           "/bragg_peak",
                                           "/diffuse_low_q",
                                           "/diffuse_low_q/isotropic",
                                           "/diffuse_low_q/oriented",
                                           "/diffuse_high_q",
                                           "/form_factor",
                                           "/higher_orders",
                                           "/many_rings",
                                           "/symmetry_2",
                                           "/symmetry_4",
                                           "/symmetry_6"};
  const std::vector<std::string> grazing = {"/rod", "/specular_rod", "/yoneda", "/horizon"};
  std::vector<std::string> paths;
  for (const char* root : {"transmission_small_angle", "transmission_wide_angle",
                           "grazing_small_angle", "grazing_wide_angle"}) {
    const std::string name = root;
    for (const std::string& child : common) paths.push_back(name + child);
    if (name.front() != 'g') continue;
    for (const std::string& child : grazing) paths.push_back(name + child);
  }
  for (const char* name :
       {"beamstop_circular", "beamstop_linear", "beamstop_wedge", "beam_off_image", "gaps"}) {
    paths.push_back(std::string("instrument/") + name);
  }
  for (const char* name : {"saturation", "blocked", "zingers", "parasitic_streaks", "weak",
                           "strong", "empty", "misaligned", "high_background"}) {
    paths.push_back(std::string("problem/") + name);
  }
  return paths;
}

}  // namespace foray::simulator
