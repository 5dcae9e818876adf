#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "angle_range.h"
#include "foray/common/check.h"
#include "foray/scattering/integrate.h"

namespace foray::scattering {
namespace {

// What a ring holds.
struct RingSum {
  double intensity = 0;
  double variance = 0;
  double entries = 0;
  double known = 0;  // entries whose variance is known
};

std::vector<Eigen::Index> good_entries(const QImage& image, const AngleRange& range) {
  std::vector<Eigen::Index> good;
  for (Eigen::Index i = 0; i < image.qx.size(); ++i) {
    if (!image.masked.empty() && image.masked[static_cast<std::size_t>(i)]) continue;
    if (range.holds(std::atan2(image.qy[i], image.qx[i]))) good.push_back(i);
  }
  require(!good.empty(), "integrate_q_image: expected at least one good entry, got none");
  return good;
}

Curve to_curve(const std::vector<RingSum>& rings, const Eigen::VectorXd& centres, bool has_sigma,
               const std::string& unit) {
  std::vector<double> q, intensity, sigma;
  for (std::size_t b = 0; b < rings.size(); ++b) {
    const RingSum& ring = rings[b];
    if (ring.entries == 0 || (has_sigma && ring.known == 0)) continue;
    q.push_back(centres[static_cast<Eigen::Index>(b)]);
    intensity.push_back(ring.intensity / ring.entries);
    // Entries of unknown variance get the mean of the known ones.
    if (has_sigma) sigma.push_back(std::sqrt(ring.variance / ring.known / ring.entries));
  }
  const auto vector = [](const std::vector<double>& values) {
    return Eigen::VectorXd(
        Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size())));
  };
  Curve curve;
  curve.q = vector(q);
  curve.intensity = vector(intensity);
  curve.sigma = vector(sigma);
  curve.intensity_unit = unit;
  return curve;
}

}  // namespace

Curve integrate_q_image(const QImage& image, const QImageOptions& options) {
  validate(image);
  require(options.unknown_sigma > 0, "integrate_q_image: unknown_sigma: expected a value > 0");
  const auto good = good_entries(image, AngleRange("integrate_q_image", options.chi));
  Range range{std::numeric_limits<double>::infinity(), 0.0};
  for (const Eigen::Index i : good) {
    const double q = std::hypot(image.qx[i], image.qy[i]);
    range = {std::min(range.lower, q), std::max(range.upper, q)};
  }
  const BinEdges edges("integrate_q_image", options.q, range);
  const bool has_sigma = image.sigma.size() != 0;
  std::vector<RingSum> rings(static_cast<std::size_t>(edges.count()));
  for (const Eigen::Index i : good) {
    const int bin = edges.find(std::hypot(image.qx[i], image.qy[i]));
    if (bin < 0) continue;
    RingSum& ring = rings[static_cast<std::size_t>(bin)];
    ring.intensity += image.intensity[i];
    ring.entries += 1;
    if (!has_sigma || image.sigma[i] >= options.unknown_sigma) continue;
    ring.variance += image.sigma[i] * image.sigma[i];
    ring.known += 1;
  }
  return to_curve(rings, edges.centres(), has_sigma, image.intensity_unit);
}

Eigen::VectorXd edges_around(const Eigen::Ref<const Eigen::VectorXd>& centres) {
  require_finite("edges_around: centres", centres);
  const Eigen::Index n = centres.size();
  require(n >= 2, "edges_around: centres: expected at least 2 values, got " + std::to_string(n));
  for (Eigen::Index i = 1; i < n; ++i) {
    require(centres[i] > centres[i - 1], "edges_around: centres: expected ascending values");
  }
  // Equal ratios, where the ratios of neighbours vary less than their differences do.
  bool ratios = centres[0] > 0 && n > 2;
  if (ratios) {
    const double first = centres[1] / centres[0], last = centres[n - 1] / centres[n - 2];
    const double first_step = centres[1] - centres[0], last_step = centres[n - 1] - centres[n - 2];
    ratios =
        std::abs(std::log((first - 1) / (last - 1))) < std::abs(std::log(first_step / last_step));
  }
  const Eigen::ArrayXd x = ratios ? centres.array().log().eval() : centres.array().eval();
  Eigen::ArrayXd edges(n + 1);
  edges.segment(1, n - 1) = 0.5 * (x.head(n - 1) + x.tail(n - 1));
  edges[0] = x[0] - 0.5 * (x[1] - x[0]);
  edges[n] = x[n - 1] + 0.5 * (x[n - 1] - x[n - 2]);
  if (ratios) edges = edges.exp().eval();
  return edges;
}

}  // namespace foray::scattering
