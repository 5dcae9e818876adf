#include <foray/scattering/geometry.h>

#include <cmath>

int main() {
  foray::scattering::Geometry geometry;  // 1 m away, 1 angstrom, beam at the corner of pixel (0, 0)
  const auto q = foray::scattering::q_map(geometry, 2, 2);
  const double expected = 4 * std::acos(-1.0) * std::sin(std::atan(86e-6 * std::sqrt(2.0)) / 2);
  return std::fabs(q(0, 0) - expected) < 1e-12 ? 0 : 1;
}
