#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "foray/classifier/umap.h"

namespace foray::classifier {

/// What makes two images near.
enum class Metric {
  kEuclidean,    ///< the length of their features' difference.
  kCorrelation,  ///< 1 - the correlation of their features.
};

/// How a map is made.
enum class ProjectionKind {
  kPca,   ///< the two directions of largest variance.
  kUmap,  ///< neighbours stay neighbours.
};

/// How features become places in the plane.
struct ProjectionOptions {
  ProjectionKind kind = ProjectionKind::kUmap;
  Metric metric = Metric::kEuclidean;
  int neighbours = 15;  ///< of each image, itself counted as umap-learn counts, 2 to 1000: few show
                        ///< detail, many show the whole.
  int components = 50;  ///< principal components in which neighbours are sought, 2 to 4096.
  LayoutOptions layout = {};  ///< its seed and threads are those of all steps.
};

/// @throws std::invalid_argument naming the option that is out of range, also one of the layout.
void require_valid(const ProjectionOptions& options);

/// Features whose Euclidean distances are ordered as `metric` orders: themselves, or for a
/// correlation with mean 0 and length 1 each; one without variation becomes 0.
Eigen::MatrixXf in_metric(const Eigen::Ref<const Eigen::MatrixXf>& features, Metric metric);

/// Lays points out in the plane. The same features and options give the same map on any number of
/// threads. Fewer than four points are laid out by their principal components.
///
/// @param features  d x n, one image per column.
/// @returns 2 x n.
/// @throws std::invalid_argument for no images, a value that is not finite or an option that is out
///         of range.
///
/// The layout starts from the two leading principal components, scaled to +-10, as Kobak and
/// Linderman (2021), doi:10.1038/s41587-020-00809-z, recommend: see decision 8.
Eigen::MatrixXf project(const Eigen::Ref<const Eigen::MatrixXf>& features,
                        const ProjectionOptions& options = {});

}  // namespace foray::classifier
