#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace foray::bench {

// Something that a frame shows in whatever geometry, and the label paths that say so: below a root
// ("ring/bcc") or by themselves ("instrument/gaps").
struct Attribute {
  std::string name;
  std::vector<std::string> paths;
};

// The ten attributes of Guan et al. (2018), "Improving X-ray scattering image attribute recognition
// by double-view Fourier-Bessel features" (BMVC), in labels of ours.
const std::vector<Attribute>& ten_attributes();

// The seventeen of Wang et al. (2017), arXiv:1611.03313.
const std::vector<Attribute>& seventeen_attributes();

// The numbers of an attribute's paths among those of a hierarchy, one list for each root that has
// any, and one for those below no root.
using Places = std::vector<std::vector<std::size_t>>;

// Empty where the hierarchy has none of the attribute's paths.
Places places_of(const Attribute& attribute, const std::vector<std::string>& paths);

// 1 where any path is true, -1 where none is and some are not known, else 0.
// @param truth  of every path, as of classifier::path_truth.
int attribute_truth(const Places& places, const std::vector<int>& truth);

// The largest probability within a root, summed over the roots, which exclude each other.
double attribute_score(const Places& places, const std::vector<double>& probability);

// Whether a path lies below none of the roots, which are the paths without "/".
bool is_aspect(const std::vector<std::string>& paths, const std::string& path);

// The most probable root: its number among the paths.
std::size_t likeliest_root(const std::vector<std::string>& paths,
                           const std::vector<double>& probability);

// The truth of what lies below the true root; -1 for all else, and for everything where no root is
// known to be true.
std::vector<int> features_of_root(const std::vector<std::string>& paths,
                                  const std::vector<int>& truth);

}  // namespace foray::bench
