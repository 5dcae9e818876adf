#pragma once

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <cstdint>

#include "foray/classifier/neighbours.h"

namespace foray::classifier {

// Uniform manifold approximation and projection. Sources: [1] McInnes, Healy, Melville (2018),
// arXiv:1802.03426. What the article leaves open (limits of sigma, clipping, schedules) is as in
// umap-learn 0.5.3.

/// The neighbours of points as a weighted graph.
struct FuzzyGraph {
  Eigen::VectorXf rho;    ///< n: distance of the nearest neighbour that is not at distance 0.
  Eigen::VectorXf sigma;  ///< n: width of each point's neighbourhood.
  Eigen::SparseMatrix<float> weight;  ///< n x n, symmetric, in (0, 1].
};

/// Memberships exp(-(d - rho) / sigma) whose sum is log2(k + 1), joined as P + P' - P o P'.
///
/// @param neighbours  k x n.
/// @throws std::invalid_argument when indices or distances are out of range or shapes differ.
///
/// Source: [1], Algorithms 2 and 3. k + 1, since umap-learn counts the point itself.
FuzzyGraph fuzzy_graph(const Neighbours& neighbours);

/// 1 / (1 + a x^(2 b)): how near two points of the map count as, by their distance x.
struct NearnessCurve {
  double a = 1;
  double b = 1;
};

/// The curve nearest (least squares over 300 places up to 3 spread) to 1 for x < min_dist and
/// exp(-(x - min_dist) / spread) beyond it.
/// @throws std::invalid_argument unless 0 <= min_dist <= spread and spread > 0.
NearnessCurve fit_nearness(double min_dist, double spread);

/// How a map is laid out.
struct LayoutOptions {
  double min_dist = 0.1;     ///< how close points of the map may lie, 0 to spread.
  double spread = 1;         ///< scale of the map, > 0.
  int epochs = 0;            ///< passes over the graph; 0: 500 up to 10,000 points, else 200.
  int negative_samples = 5;  ///< points pushed away for one drawn near, 0 to 100.
  double learning_rate = 1;  ///< of the first epoch, > 0; falls to 0 linearly.
  double repulsion = 1;      ///< weight of pushing away, >= 0.
  std::uint64_t seed = 1;
  int threads = 1;  ///< >= 1; changes the time only.
};

/// @throws std::invalid_argument naming the option that is out of range.
void require_valid(const LayoutOptions& options);

/// Moves points of the plane until near ones are those that the graph joins.
///
/// Departs from [1] so that the result is the same on any number of threads: within an epoch each
/// point is moved by its own edges only, against the places that the others had when the epoch
/// began, and draws its negative samples from a stream of its own. A moved point's partner, which
/// [1] moves too, is moved by the edge's other direction. The negative samples of one edge push
/// from the same place, which takes half the time.
///
/// @param start  2 x n, finite.
/// @returns 2 x n.
/// @throws std::invalid_argument on a shape mismatch or an option that is out of range.
Eigen::MatrixXf umap_layout(const Eigen::SparseMatrix<float>& weight,
                            const Eigen::Ref<const Eigen::MatrixXf>& start,
                            const LayoutOptions& options = {});

}  // namespace foray::classifier
