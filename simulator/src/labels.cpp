#include "foray/simulator/labels.h"

namespace foray::simulator {

std::vector<std::string> label_paths() {
  const std::vector<std::string> common = {
      "",     "/ring", "/ring/lamellar", "/ring/hexagonal", "/ring/oriented",
      "/arc", "/halo", "/higher_orders", "/diffuse_low_q"};
  const std::vector<std::string> grazing = {"/rod", "/yoneda", "/horizon"};
  std::vector<std::string> paths;
  for (const char* root : {"transmission_small_angle", "transmission_wide_angle",
                           "grazing_small_angle", "grazing_wide_angle"}) {
    const std::string name = root;
    for (const std::string& child : common) paths.push_back(name + child);
    if (name.front() != 'g') continue;
    for (const std::string& child : grazing) paths.push_back(name + child);
  }
  return paths;
}

}  // namespace foray::simulator
