#include "foray/scattering/calibrants.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <stdexcept>

#include "plain_name.h"

namespace foray::scattering {
namespace {

using Allowed = std::function<bool(int h, int k, int l)>;

bool primitive(int, int, int) { return true; }
bool face_centred(int h, int k, int l) { return (h + k) % 2 == 0 && (k + l) % 2 == 0; }
// Diamond: all odd, or all even with a sum that four divides.
bool diamond(int h, int k, int l) {
  return face_centred(h, k, l) && (h % 2 != 0 || (h + k + l) % 4 == 0);
}

// Spacings of a cubic crystal down to `count` of them.
std::vector<double> cubic(double constant, const Allowed& allowed, std::size_t count) {
  std::set<int> sums;
  constexpr int kMost = 12;  // h^2 + k^2 + l^2 is complete up to 144
  for (int h = 1; h <= kMost; ++h) {
    for (int k = 0; k <= h; ++k) {
      for (int l = 0; l <= k; ++l) {
        if (allowed(h, k, l)) sums.insert(h * h + k * k + l * l);
      }
    }
  }
  std::vector<double> spacings;
  for (const int sum : sums) {
    if (spacings.size() < count) spacings.push_back(constant / std::sqrt(sum));
  }
  return spacings;
}

std::vector<double> layers(double period, int count) {
  std::vector<double> spacings;
  for (int n = 1; n <= count; ++n) spacings.push_back(period / n);
  return spacings;
}

std::string substance(std::string_view name) {
  const std::string text = plain_name(name);
  return text == "al2o3" ? "alphaal2o3" : text;
}

std::vector<Calibrant> table() {
  constexpr char kFiles[] = "d-spacings of pyFAI 0.21.3";
  return {
      {"AgBh", "58.38 A, Huang et al. (1993), doi:10.1107/S0021889892009762", layers(58.38, 40)},
      {"LaB6", "a = 4.156826 A, NIST SRM 660c", cubic(4.156826, primitive, 40)},
      {"CeO2", "a = 5.411651 A, NIST SRM 674b as pyFAI 0.21.3 has it",
       cubic(5.411651, face_centred, 30)},
      {"Si", "a = 5.431194 A, NIST SRM 640 as pyFAI 0.21.3 has it", cubic(5.431194, diamond, 30)},
      {"alpha_Al2O3", kFiles, {3.4787121, 2.5500972, 2.3785,    2.1646167, 2.0846036,
                               1.9634329, 1.7393561, 1.6009011, 1.5460225, 1.5141738,
                               1.5104135, 1.4039971, 1.3785886, 1.3355212, 1.2750486,
                               1.2386728, 1.2337576, 1.192727,  1.18925,   1.1595707}},
      {"Au", "a = 4.0782 A, as pyFAI 0.21.3 has it", cubic(4.0782, face_centred, 30)},
      {"NaCl", "a = 5.6401 A, as pyFAI 0.21.3 has it", cubic(5.6401, face_centred, 30)},
      {"PBBA", kFiles, {14.7269, 5.2119,  4.72021, 3.96168, 3.83661, 3.73688, 3.68172,
                        3.35711, 3.33957, 3.30627, 3.23837, 3.23423, 3.15892, 3.13072,
                        3.075,   3.01008, 3.00478, 2.94795, 2.94668, 2.94538}},
      {"TiO2", kFiles, {3.2483969, 2.4875528, 2.2969635, 2.1874495, 2.0544666, 1.6875594, 1.6241985,
                        1.4794375, 1.4527273, 1.359975,  1.3463782, 1.3040333, 1.2437764, 1.200553,
                        1.1702405, 1.1484817, 1.114191,  1.0937248, 1.082799,  1.0706581}}};
}

}  // namespace

const std::vector<Calibrant>& known_calibrants() {
  static const std::vector<Calibrant> kTable = table();
  return kTable;
}

const Calibrant& find_calibrant(std::string_view name) {
  const std::string wanted = substance(name);
  std::string names;
  for (const Calibrant& calibrant : known_calibrants()) {
    if (substance(calibrant.name) == wanted) return calibrant;
    names += (names.empty() ? "" : ", ") + calibrant.name;
  }
  throw std::invalid_argument("find_calibrant: expected one of " + names + ", got \"" +
                              std::string(name) + "\"");
}

}  // namespace foray::scattering
