#include "foray/classifier/neighbours.h"

// hnswlib's own vector code asks the processor to fetch what follows the end of a list of links,
// which reads beyond what was allocated; distances are Eigen's here in any case.
#define NO_MANUAL_VECTORIZATION
#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <queue>
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

using Candidate = std::pair<double, int>;  // distance, index: equal distances go by index

void write_nearest(const Eigen::Ref<const Eigen::MatrixXf>& points, Eigen::Index query,
                   std::vector<Candidate>& candidates, Neighbours& result) {
  for (Candidate& one : candidates) {
    one.first = (points.col(one.second).cast<double>() - points.col(query).cast<double>()).norm();
  }
  std::sort(candidates.begin(), candidates.end());
  for (Eigen::Index k = 0; k < result.index.rows(); ++k) {
    result.index(k, query) = candidates[static_cast<std::size_t>(k)].second;
    result.distance(k, query) = static_cast<float>(candidates[static_cast<std::size_t>(k)].first);
  }
}

// What may be among the nearest of one query, by lower and upper bounds of each distance: all whose
// lower bound is not above the count-th upper one.
class Contenders {
 public:
  explicit Contenders(std::size_t count) : count_(count) {}

  void offer(float lower, float upper, int index) {
    uppers_.push(upper);
    if (uppers_.size() > count_) uppers_.pop();
    if (uppers_.size() == count_) limit_ = uppers_.top();
    contenders_.emplace_back(lower, index);
    if (contenders_.size() < most_) return;
    drop_hopeless();
    most_ = std::max(most_, 2 * contenders_.size());
  }
  // Only lower bounds up to this need be offered.
  [[nodiscard]] float limit() const { return limit_; }
  [[nodiscard]] std::vector<Candidate>& left() {
    drop_hopeless();
    return contenders_;
  }

 private:
  void drop_hopeless() {
    std::erase_if(contenders_, [&](const Candidate& one) { return one.first > limit_; });
  }
  std::size_t count_;
  std::size_t most_ = 128;
  float limit_ = std::numeric_limits<float>::infinity();
  std::priority_queue<float> uppers_;  // the count smallest, the largest of them on top
  std::vector<Candidate> contenders_;
};

// |r|^2 - 2 r.q orders the r as |r - q| does; with more rows it is a product of matrices. Where
// points lie close together and far from the mean its rounding exceeds their differences, so
// products are lower bounds, and what they cannot tell apart is compared in double precision.
class Products {
 public:
  explicit Products(const Eigen::Ref<const Eigen::MatrixXf>& points) {
    const Eigen::Index d = points.rows();
    // Rounding of a sum of d + 2 products, of squared lengths and of the centring, is at most
    // (2 d + 8) 2^-24 of |r|^2 + 2 |r| |q|; this is more.
    slack_ = (static_cast<float>(d) + 10) * std::numeric_limits<float>::epsilon();
    references_.resize(d + 2, points.cols());
    references_.topRows(d) = points.colwise() - points.rowwise().mean();
    length_ = references_.topRows(d).colwise().norm();
    references_.row(d) = (1 - slack_) * references_.topRows(d).colwise().squaredNorm();
    references_.row(d + 1) = -2 * slack_ * length_;
    queries_.resize(d + 2, points.cols());
    queries_.topRows(d) = -2 * references_.topRows(d);
    queries_.row(d).setOnes();
    queries_.row(d + 1) = length_;
  }

  // Lower bounds of |r|^2 - 2 r.q, one column a query.
  void lower_bounds(Eigen::Index reference, Eigen::Index references, Eigen::Index query,
                    Eigen::Index queries, Eigen::MatrixXf& bounds) const {
    bounds.noalias() = references_.middleCols(reference, references).transpose() *
                       queries_.middleCols(query, queries);
  }
  // How far above the lower bound it may be.
  [[nodiscard]] float width(Eigen::Index reference, Eigen::Index query) const {
    return 2 * slack_ * length_(reference) * (length_(reference) + 2 * length_(query));
  }

 private:
  float slack_ = 0;
  Eigen::MatrixXf references_;
  Eigen::MatrixXf queries_;
  Eigen::RowVectorXf length_;
};

void compare_all(const Eigen::Ref<const Eigen::MatrixXf>& points, int threads, Neighbours& result) {
  const Eigen::Index n = points.cols();
  const auto wanted = static_cast<std::size_t>(result.index.rows());
  const Products products(points);
  parallel_for((n + kQueries - 1) / kQueries, threads, [&](std::int64_t block) {
    const Eigen::Index first = block * kQueries;
    const Eigen::Index width = std::min(kQueries, n - first);
    std::vector<Contenders> contenders(static_cast<std::size_t>(width), Contenders(wanted));
    Eigen::MatrixXf tile;
    for (Eigen::Index from = 0; from < n; from += kReferences) {
      const Eigen::Index height = std::min(kReferences, n - from);
      products.lower_bounds(from, height, first, width, tile);
      for (Eigen::Index q = 0; q < width; ++q) {
        Contenders& best = contenders[static_cast<std::size_t>(q)];
        const float* values = tile.data() + q * height;
        for (Eigen::Index r = 0; r < height; ++r) {
          if (!(values[r] <= best.limit()) || from + r == first + q) continue;
          const float upper = values[r] + products.width(from + r, first + q);
          best.offer(values[r], upper, static_cast<int>(from + r));
        }
      }
    }
    for (Eigen::Index q = 0; q < width; ++q) {
      write_nearest(points, first + q, contenders[static_cast<std::size_t>(q)].left(), result);
    }
  });
}

// Squared distances of columns of so many numbers, for hnswlib.
class SquaredDistance final : public hnswlib::SpaceInterface<float> {
 public:
  explicit SquaredDistance(Eigen::Index rows) : rows_(rows) {}
  std::size_t get_data_size() override { return static_cast<std::size_t>(rows_) * sizeof(float); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return &between; }
  void* get_dist_func_param() override { return &rows_; }

 private:
  static float between(const void* a, const void* b, const void* rows) {
    const Eigen::Index n = *static_cast<const Eigen::Index*>(rows);
    const Eigen::Map<const Eigen::VectorXf> from(static_cast<const float*>(a), n);
    const Eigen::Map<const Eigen::VectorXf> to(static_cast<const float*>(b), n);
    return (from - to).squaredNorm();
  }

  Eigen::Index rows_;
};

// Points are added by one thread, since the graph depends on their order; asking is shared.
void search_graph(const Eigen::Ref<const Eigen::MatrixXf>& points, int threads,
                  Neighbours& result) {
  constexpr std::size_t kLinks = 16;  // hnswlib's own defaults
  constexpr std::size_t kEffort = 200;
  constexpr std::size_t kSearchEffort = 100;  // found .999 of 25,133 points in 50 dimensions
  const Eigen::MatrixXf stored = points;      // hnswlib reads whole columns
  const auto n = static_cast<std::size_t>(points.cols());
  SquaredDistance space(points.rows());
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
      if (index != i) candidates.emplace_back(0.0, index);
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
  const Eigen::VectorXd query_point = points.col(query).cast<double>();
  for (Eigen::Index i = 0; i < points.cols(); ++i) {
    if (i == query) continue;
    all.emplace_back((points.col(i).cast<double>() - query_point).squaredNorm(),
                     static_cast<int>(i));
  }
  const auto wanted = std::min(all.size(), static_cast<std::size_t>(count));
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(wanted), all.end());
  Eigen::VectorXi result(static_cast<Eigen::Index>(wanted));
  for (std::size_t k = 0; k < wanted; ++k) result(static_cast<Eigen::Index>(k)) = all[k].second;
  return result;
}

}  // namespace foray::classifier
