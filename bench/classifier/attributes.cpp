#include "attributes.h"

#include <algorithm>

namespace foray::bench {
namespace {

bool is_root(const std::string& path) { return path.find('/') == std::string::npos; }

}  // namespace

const std::vector<Attribute>& ten_attributes() {
  static const std::vector<Attribute> attributes = {
      {"diffuse low-q", {"diffuse_low_q"}},
      {"diffuse high-q", {"diffuse_high_q"}},
      {"halo", {"halo"}},
      {"higher orders", {"higher_orders"}},
      {"ring", {"ring"}},
      {"symmetry of a halo", {"halo/oriented"}},
      {"symmetry of a ring", {"arc"}},
      {"2-fold symmetry", {"symmetry_2"}},
      {"4-fold symmetry", {"symmetry_4"}},
      {"6-fold symmetry", {"symmetry_6"}},
  };
  return attributes;
}

const std::vector<Attribute>& seventeen_attributes() {
  static const std::vector<Attribute> attributes = {
      {"bcc", {"ring/bcc"}},
      {"beam off image", {"instrument/beam_off_image"}},
      {"circular beamstop", {"instrument/beamstop_circular"}},
      {"diffuse high-q", {"diffuse_high_q"}},
      {"diffuse low-q", {"diffuse_low_q"}},
      {"fcc", {"ring/fcc"}},
      {"halo", {"halo"}},
      {"high background", {"problem/high_background"}},
      {"higher orders", {"higher_orders"}},
      {"linear beamstop", {"instrument/beamstop_linear"}},
      {"many rings", {"many_rings"}},
      {"polycrystalline", {"ring/textured", "ring/spotted"}},
      {"ring", {"ring"}},
      {"strong scattering", {"problem/strong"}},
      {"structure factor", {"ring", "halo"}},
      {"weak scattering", {"problem/weak"}},
      {"wedge beamstop", {"instrument/beamstop_wedge"}},
  };
  return attributes;
}

Places places_of(const Attribute& attribute, const std::vector<std::string>& paths) {
  const auto index_of = [&](const std::string& path) {
    return static_cast<std::size_t>(std::find(paths.begin(), paths.end(), path) - paths.begin());
  };
  // A root is a path without "/"; the empty one stands for what is below none.
  std::vector<std::string> roots = {""};
  for (const std::string& path : paths) {
    if (is_root(path)) roots.push_back(path);
  }
  Places places;
  for (const std::string& root : roots) {
    std::vector<std::size_t> here;
    for (const std::string& path : attribute.paths) {
      const std::size_t place = index_of(root.empty() ? path : root + "/" + path);
      if (place < paths.size()) here.push_back(place);
    }
    if (!here.empty()) places.push_back(std::move(here));
  }
  return places;
}

int attribute_truth(const Places& places, const std::vector<int>& truth) {
  bool unknown = false;
  for (const auto& here : places) {
    for (const std::size_t place : here) {
      if (truth[place] == 1) return 1;
      unknown = unknown || truth[place] < 0;
    }
  }
  return unknown ? -1 : 0;
}

double attribute_score(const Places& places, const std::vector<double>& probability) {
  double sum = 0;
  for (const auto& here : places) {
    double most = 0;
    for (const std::size_t place : here) most = std::max(most, probability[place]);
    sum += most;
  }
  return sum;
}

bool is_aspect(const std::vector<std::string>& paths, const std::string& path) {
  const std::string first = path.substr(0, path.find('/'));
  return std::find(paths.begin(), paths.end(), first) == paths.end();
}

std::size_t likeliest_root(const std::vector<std::string>& paths,
                           const std::vector<double>& probability) {
  std::size_t best = paths.size();
  for (std::size_t k = 0; k < paths.size(); ++k) {
    if (is_root(paths[k]) && (best == paths.size() || probability[k] > probability[best])) best = k;
  }
  return best;
}

std::vector<int> features_of_root(const std::vector<std::string>& paths,
                                  const std::vector<int>& truth) {
  std::vector<int> features(paths.size(), -1);
  for (std::size_t root = 0; root < paths.size(); ++root) {
    if (!is_root(paths[root]) || truth[root] != 1) continue;
    for (std::size_t k = 0; k < paths.size(); ++k) {
      if (paths[k].rfind(paths[root] + "/", 0) == 0) features[k] = truth[k];
    }
  }
  return features;
}

}  // namespace foray::bench
