#include "foray/classifier/projection.h"

#include <algorithm>

#include "foray/classifier/principal.h"
#include "foray/common/check.h"
#include "foray/common/random.h"
#include "require_features.h"

namespace foray::classifier {
namespace {

// The first two rows, or one and a row of zeros.
Eigen::MatrixXf first_two(const Eigen::MatrixXf& coordinates) {
  Eigen::MatrixXf result = Eigen::MatrixXf::Zero(2, coordinates.cols());
  const Eigen::Index rows = std::min<Eigen::Index>(2, coordinates.rows());
  result.topRows(rows) = coordinates.topRows(rows);
  return result;
}

// Points that coincide would never part, so each is moved a little.
Eigen::MatrixXf start_of(const Eigen::MatrixXf& coordinates, std::uint64_t seed) {
  constexpr float kExtent = 10;
  constexpr float kJitter = 1e-3F;
  Eigen::MatrixXf start = first_two(coordinates);
  const float largest = start.cwiseAbs().maxCoeff();
  if (largest > 0) start *= kExtent / largest;
  CounterStream stream(derive_seed(seed, "start of a map"), 0);
  for (Eigen::Index i = 0; i < start.size(); ++i) {
    start.data()[i] += kJitter * static_cast<float>(stream.normal());
  }
  return start;
}

}  // namespace

void require_valid(const ProjectionOptions& options) {
  require_in_range("project: neighbours", options.neighbours, 2, 1000);
  require_in_range("project: components", options.components, 2, 4096);
  require_valid(options.layout);
}

Eigen::MatrixXf in_metric(const Eigen::Ref<const Eigen::MatrixXf>& features, Metric metric) {
  if (metric == Metric::kEuclidean) return features;
  Eigen::MatrixXf result = features.rowwise() - features.colwise().mean();
  for (Eigen::Index i = 0; i < result.cols(); ++i) {
    const float length = result.col(i).norm();
    // What rounding leaves of a constant is no direction.
    const bool varies = length > 1e-6F * features.col(i).norm();
    result.col(i) *= varies ? 1 / length : 0.0F;
  }
  return result;
}

Eigen::MatrixXf project(const Eigen::Ref<const Eigen::MatrixXf>& features,
                        const ProjectionOptions& options) {
  require_valid(options);
  require_features("project: features", features, 1);
  constexpr Eigen::Index kFew = 4;
  const bool plain = options.kind == ProjectionKind::kPca || features.cols() < kFew;
  const LayoutOptions& layout = options.layout;
  const PrincipalComponents components =
      principal_components(in_metric(features, options.metric), plain ? 2 : options.components,
                           layout.seed, layout.threads);
  if (plain) return first_two(components.coordinates);
  const Neighbours neighbours = find_neighbours(
      components.coordinates, {.count = options.neighbours - 1, .threads = layout.threads});
  return umap_layout(fuzzy_graph(neighbours).weight, start_of(components.coordinates, layout.seed),
                     layout);
}

}  // namespace foray::classifier
