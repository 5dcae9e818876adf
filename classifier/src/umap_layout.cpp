#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "foray/classifier/umap.h"
#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "require_features.h"

namespace foray::classifier {
namespace {

using Place = Eigen::Vector2f;

// A function of the squared distance in a table whose steps are parts of an octave: the exponent
// and first bits of a float are the index, the other bits the way to the next entry. Powers would
// take most of the time of a layout; the error is 1e-4 of the value, far below the random steps.
class OctaveTable {
 public:
  template <typename Function>
  explicit OctaveTable(const Function& function) {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const auto bits = kLowest + (static_cast<std::uint32_t>(i) << kShift);
      values_[i] = static_cast<float>(function(static_cast<double>(std::bit_cast<float>(bits))));
    }
  }

  [[nodiscard]] float operator()(float squared) const {
    const auto bits = std::clamp(std::bit_cast<std::uint32_t>(squared), kLowest, kHighest);
    const std::uint32_t i = (bits - kLowest) >> kShift;
    const float part = static_cast<float>(bits & kRest) * (1.0F / static_cast<float>(kRest + 1));
    return values_[i] + part * (values_[i + 1] - values_[i]);
  }

 private:
  static constexpr int kShift = 18;  // 23 bits of a fraction: 32 steps an octave
  static constexpr std::uint32_t kRest = (1U << kShift) - 1;
  static constexpr std::uint32_t kLowest = (127U - 30) << 23;         // 2^-30: beyond, forces are 0
  static constexpr std::uint32_t kHighest = ((127U + 20) << 23) - 1;  // below 2^20
  std::array<float, 50 * 32 + 1> values_{};
};

// [1], section 3.2: gradients of the cross entropy over the difference of two places.
struct Forces {
  Forces(const NearnessCurve& curve, double weight)
      : attraction([&](double s) {
          const double power = std::pow(s, curve.b);
          return -2 * curve.a * curve.b * power / (s * (1 + curve.a * power));
        }),
        repulsion([&](double s) {
          constexpr double kSoft = 0.001;  // as in umap-learn: keeps it finite at s = 0
          return 2 * weight * curve.b / ((kSoft + s) * (1 + curve.a * std::pow(s, curve.b)));
        }) {}
  OctaveTable attraction;
  OctaveTable repulsion;
};

// Steps longer than this, in each direction, would throw points off the map (umap-learn's limit).
Place clipped(const Place& step) { return step.cwiseMax(-4.0F).cwiseMin(4.0F); }

// Random numbers for one point of one epoch: splitmix64, of which a point needs a few dozen.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint64_t epoch, std::uint64_t point)
      : state_(mixed(seed + epoch * 0x9e3779b97f4a7c15U) ^ (point * 0xd1342543de82ef95U)) {}

  // Uniform in 0 .. count - 1, up to a bias of count / 2^32.
  std::uint32_t below(std::uint32_t count) {
    state_ += 0x9e3779b97f4a7c15U;
    return static_cast<std::uint32_t>((mixed(state_) >> 32U) * count >> 32U);
  }

 private:
  static std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
  }
  std::uint64_t state_;
};

// An edge is due whenever its share of epochs, its weight over the largest, has passed.
struct Edge {
  std::uint32_t other = 0;
  float period = 1;  // epochs between two turns
  float due = 1;     // next turn
};

struct EdgeLists {
  std::vector<std::size_t> first;  // n + 1
  std::vector<Edge> edges;
};

EdgeLists edge_lists(const Eigen::SparseMatrix<float>& weight, int epochs) {
  float largest = 0;
  for (Eigen::Index i = 0; i < weight.outerSize(); ++i) {
    for (Eigen::SparseMatrix<float>::InnerIterator it(weight, i); it; ++it) {
      largest = std::max(largest, it.value());
    }
  }
  EdgeLists lists;
  for (Eigen::Index i = 0; i < weight.outerSize(); ++i) {
    lists.first.push_back(lists.edges.size());
    for (Eigen::SparseMatrix<float>::InnerIterator it(weight, i); it; ++it) {
      const float period = largest / it.value();
      // Those that are never due are left out.
      if (it.index() == i || !(period <= static_cast<float>(epochs))) continue;
      lists.edges.push_back({static_cast<std::uint32_t>(it.index()), period, period});
    }
  }
  lists.first.push_back(lists.edges.size());
  return lists;
}

struct Epoch {
  int number = 1;  // from 1
  float rate = 1;
  std::uint64_t seed = 0;
  int negative_samples = 5;
};

// The place of a point after its turns of an epoch. `old`: all places when it began.
Place moved(std::uint32_t point, const Epoch& epoch, const Forces& forces,
            const Eigen::MatrixXf& old, EdgeLists& lists) {
  Place place = old.col(point);
  const auto n = static_cast<std::uint32_t>(old.cols());
  Draws draws(epoch.seed, static_cast<std::uint64_t>(epoch.number), point);
  for (std::size_t e = lists.first[point]; e < lists.first[point + 1]; ++e) {
    Edge& edge = lists.edges[e];
    if (edge.due > static_cast<float>(epoch.number)) continue;
    edge.due += edge.period;
    for (int turn = 0; turn < 2; ++turn) {  // its own and the one as partner of the other
      const Place away = place - old.col(edge.other);
      place += epoch.rate * clipped(forces.attraction(away.squaredNorm()) * away);
    }
    // All from the same place: pushes that do not wait for one another are twice as fast.
    Place push = Place::Zero();
    for (int k = 0; k < epoch.negative_samples; ++k) {
      const std::uint32_t other = draws.below(n);
      if (other == point) continue;
      const Place away = place - old.col(other);
      push += clipped(forces.repulsion(away.squaredNorm()) * away);
    }
    place += epoch.rate * push;
  }
  return place;
}

}  // namespace

void require_valid(const LayoutOptions& options) {
  fit_nearness(options.min_dist, options.spread);  // judges both
  require(options.epochs >= 0,
          "umap_layout: expected epochs >= 0, got " + std::to_string(options.epochs));
  require(options.threads >= 1,
          "umap_layout: expected threads >= 1, got " + std::to_string(options.threads));
  require_in_range("umap_layout: negative_samples", options.negative_samples, 0, 100);
  require_in_range("umap_layout: learning_rate", options.learning_rate, 1e-6, 1e3);
  require_in_range("umap_layout: repulsion", options.repulsion, 0, 1e3);
}

Eigen::MatrixXf umap_layout(const Eigen::SparseMatrix<float>& weight,
                            const Eigen::Ref<const Eigen::MatrixXf>& start,
                            const LayoutOptions& options) {
  require_valid(options);
  require_features("umap_layout: start", start, 1);
  require(start.rows() == 2 && weight.rows() == start.cols() && weight.cols() == start.cols(),
          "umap_layout: expected a start of 2 x " + std::to_string(weight.cols()) + ", got " +
              std::to_string(start.rows()) + " x " + std::to_string(start.cols()));
  constexpr Eigen::Index kMany = 10'000;
  const int standard = start.cols() <= kMany ? 500 : 200;
  const int epochs = options.epochs > 0 ? options.epochs : standard;
  const Forces forces(fit_nearness(options.min_dist, options.spread), options.repulsion);
  EdgeLists lists = edge_lists(weight, epochs);
  Eigen::MatrixXf old = start;
  Eigen::MatrixXf now = start;
  constexpr Eigen::Index kPoints = 512;
  Epoch epoch{1, 1, derive_seed(options.seed, "umap layout"), options.negative_samples};
  for (; epoch.number <= epochs; ++epoch.number) {
    epoch.rate = static_cast<float>(options.learning_rate *
                                    (1 - static_cast<double>(epoch.number - 1) / epochs));
    parallel_for((start.cols() + kPoints - 1) / kPoints, options.threads, [&](std::int64_t b) {
      const Eigen::Index last = std::min(start.cols(), (b + 1) * kPoints);
      for (Eigen::Index i = b * kPoints; i < last; ++i) {
        now.col(i) = moved(static_cast<std::uint32_t>(i), epoch, forces, old, lists);
      }
    });
    std::swap(old, now);
  }
  return old;
}

}  // namespace foray::classifier
