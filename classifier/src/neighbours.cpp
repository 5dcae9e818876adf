#include "foray/classifier/neighbours.h"

#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "require_features.h"

namespace foray::classifier {
namespace {

constexpr Eigen::Index kQueries = 128;  // a tile of products, 128 x 1024 floats, stays in the cache
constexpr Eigen::Index kReferences = 1024;

// Distances from products of single-precision numbers lose digits where points lie close together
// and far from the mean. So a few more are kept and put in order by their differences.
constexpr int kSpare = 8;

using Candidate = std::pair<float, int>;  // distance, index: equal distances go by index

void write_nearest(const Eigen::Ref<const Eigen::MatrixXf>& points, Eigen::Index query,
                   std::vector<Candidate>& candidates, Neighbours& result) {
  for (Candidate& one : candidates) {
    one.first = (points.col(one.second) - points.col(query)).norm();
  }
  std::sort(candidates.begin(), candidates.end());
  for (Eigen::Index k = 0; k < result.index.rows(); ++k) {
    result.index(k, query) = candidates[static_cast<std::size_t>(k)].second;
    result.distance(k, query) = candidates[static_cast<std::size_t>(k)].first;
  }
}

// The nearest so far of one query: a heap with the farthest of them on top.
class Nearest {
 public:
  explicit Nearest(std::size_t count) : count_(count) { heap_.reserve(count + 1); }

  void offer(float distance, int index) {
    if (heap_.size() == count_ && Candidate(distance, index) >= heap_.front()) return;
    heap_.emplace_back(distance, index);
    std::push_heap(heap_.begin(), heap_.end());
    if (heap_.size() > count_) {
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.pop_back();
    }
    if (heap_.size() == count_) limit_ = heap_.front().first;
  }
  [[nodiscard]] float limit() const { return limit_; }
  [[nodiscard]] std::vector<Candidate>& candidates() { return heap_; }

 private:
  std::size_t count_;
  float limit_ = std::numeric_limits<float>::infinity();
  std::vector<Candidate> heap_;
};

// |r|^2 - 2 r.q orders the r as |r - q| does; with one more row it is a product of matrices.
void compare_all(const Eigen::Ref<const Eigen::MatrixXf>& points, int threads, Neighbours& result) {
  const Eigen::Index n = points.cols();
  const Eigen::Index d = points.rows();
  Eigen::MatrixXf references(d + 1, n);
  references.topRows(d) = points.colwise() - points.rowwise().mean();
  Eigen::MatrixXf queries(d + 1, n);
  queries.topRows(d) = -2 * references.topRows(d);
  queries.row(d).setOnes();
  references.row(d) = references.topRows(d).colwise().squaredNorm();
  const auto kept =
      static_cast<std::size_t>(std::min<Eigen::Index>(n - 1, result.index.rows() + kSpare));
  parallel_for((n + kQueries - 1) / kQueries, threads, [&](std::int64_t block) {
    const Eigen::Index first = block * kQueries;
    const Eigen::Index width = std::min(kQueries, n - first);
    std::vector<Nearest> nearest(static_cast<std::size_t>(width), Nearest(kept));
    Eigen::MatrixXf tile;
    for (Eigen::Index from = 0; from < n; from += kReferences) {
      const Eigen::Index height = std::min(kReferences, n - from);
      tile.noalias() =
          references.middleCols(from, height).transpose() * queries.middleCols(first, width);
      for (Eigen::Index q = 0; q < width; ++q) {
        Nearest& best = nearest[static_cast<std::size_t>(q)];
        const float* values = tile.data() + q * height;
        for (Eigen::Index r = 0; r < height; ++r) {
          if (values[r] <= best.limit() && from + r != first + q) {
            best.offer(values[r], static_cast<int>(from + r));
          }
        }
      }
    }
    for (Eigen::Index q = 0; q < width; ++q) {
      write_nearest(points, first + q, nearest[static_cast<std::size_t>(q)].candidates(), result);
    }
  });
}

// Points are added by one thread, since the graph depends on their order; asking is shared.
void search_graph(const Eigen::Ref<const Eigen::MatrixXf>& points, int threads,
                  Neighbours& result) {
  constexpr std::size_t kLinks = 16;  // hnswlib's own defaults
  constexpr std::size_t kEffort = 200;
  constexpr std::size_t kSearchEffort = 100;  // found .999 of 25,133 points in 50 dimensions
  const Eigen::MatrixXf stored = points;      // hnswlib reads whole columns
  const auto n = static_cast<std::size_t>(points.cols());
  hnswlib::L2Space space(static_cast<std::size_t>(points.rows()));
  hnswlib::HierarchicalNSW<float> graph(&space, n, kLinks, kEffort);
  for (std::size_t i = 0; i < n; ++i) {
    graph.addPoint(stored.col(static_cast<Eigen::Index>(i)).data(), i);
  }
  const auto wanted = static_cast<std::size_t>(result.index.rows());
  graph.setEf(std::max(kSearchEffort, 2 * (wanted + 1)));
  parallel_for(points.cols(), threads, [&](std::int64_t i) {
    auto found = graph.searchKnn(stored.col(i).data(), wanted + 1);
    std::vector<Candidate> candidates;
    for (; !found.empty(); found.pop()) {
      const int index = static_cast<int>(found.top().second);
      if (index != i) candidates.emplace_back(0.0F, index);
    }
    ensure(candidates.size() >= wanted, "find_neighbours: the graph gave too few neighbours");
    write_nearest(stored, i, candidates, result);
  });
}

}  // namespace

Neighbours find_neighbours(const Eigen::Ref<const Eigen::MatrixXf>& points,
                           const NeighbourOptions& options) {
  require(options.count >= 1,
          "find_neighbours: expected count >= 1, got " + std::to_string(options.count));
  require(options.threads >= 1,
          "find_neighbours: expected threads >= 1, got " + std::to_string(options.threads));
  require_features("find_neighbours: points", points, 2);
  const Eigen::Index n = points.cols();
  const Eigen::Index k = std::min<Eigen::Index>(options.count, n - 1);
  Neighbours result{Eigen::MatrixXi(k, n), Eigen::MatrixXf(k, n)};
  if (n <= options.exact_up_to) {
    compare_all(points, options.threads, result);
  } else {
    search_graph(points, options.threads, result);
  }
  return result;
}

Eigen::VectorXi nearest_to(const Eigen::Ref<const Eigen::MatrixXf>& points, Eigen::Index query,
                           int count) {
  require(query >= 0 && query < points.cols(), "nearest_to: expected a column below " +
                                                   std::to_string(points.cols()) + ", got " +
                                                   std::to_string(query));
  require(count >= 1, "nearest_to: expected count >= 1, got " + std::to_string(count));
  std::vector<Candidate> all;
  for (Eigen::Index i = 0; i < points.cols(); ++i) {
    if (i == query) continue;
    all.emplace_back((points.col(i) - points.col(query)).squaredNorm(), static_cast<int>(i));
  }
  const auto wanted = std::min(all.size(), static_cast<std::size_t>(count));
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(wanted), all.end());
  Eigen::VectorXi result(static_cast<Eigen::Index>(wanted));
  for (std::size_t k = 0; k < wanted; ++k) result(static_cast<Eigen::Index>(k)) = all[k].second;
  return result;
}

}  // namespace foray::classifier
