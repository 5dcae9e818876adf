#include "rounds.h"

#include <algorithm>
#include <utility>

#include "levels.h"
#include "sequence.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr int kQuestions = 6;    // Each is a question and its answer.
constexpr double kReach = 0.1;   // Half the side of the first boxes: 512 samples are nearer.
constexpr double kShrink = 0.4;  // The last of them resolve a thousandth of a range.
constexpr double kAtTheSide = 0.5;

// Points of a box around a place, and what other levels there are.
void add_around(const SearchSpace& space, const VectorXd& middle, double reach,
                const std::function<bool(const VectorXd&)>& may_be, ShiftedSobol& sequence,
                std::vector<VectorXd>& points) {
  const Index count = std::clamp<Index>(8 * space.dimension(), 16, 64);
  const std::vector<Index> discrete = space.discrete_axes();
  for (Index i = 0; i < count; ++i) {
    VectorXd point = middle + reach * (2 * sequence.next().array() - 1).matrix();
    for (const Index axis : discrete) point(axis) = middle(axis);
    point = space.snap(point);
    if (may_be(point)) points.push_back(std::move(point));
  }
  const MatrixXd others = flips(space, middle, may_be);
  for (Index j = 0; j < others.cols(); ++j) points.emplace_back(others.col(j));
}

}  // namespace

void search_in_rounds(const SearchSpace& space, const Composite& composite,
                      const std::function<bool(const VectorXd&)>& may_be,
                      const ProposeOptions& options, std::vector<Place> places, Rng& rng,
                      Proposal& proposal) {
  ShiftedSobol sequence(space.dimension(), rng);
  std::vector<double> reach(places.size(), kReach);
  for (int round = 0; round < kQuestions; ++round) {
    if (options.expired && options.expired()) {
      proposal.cut = true;
      return;
    }
    std::vector<VectorXd> points;
    std::vector<std::size_t> ends;
    for (std::size_t i = 0; i < places.size(); ++i) {
      add_around(space, places[i].unit, reach[i], may_be, sequence, points);
      ends.push_back(points.size());
    }
    if (points.empty()) return;
    MatrixXd all(space.dimension(), static_cast<Index>(points.size()));
    for (std::size_t j = 0; j < points.size(); ++j) all.col(static_cast<Index>(j)) = points[j];
    const VectorXd values = composite.values(all);
    proposal.evaluations += static_cast<int>(all.cols());
    std::size_t j = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const VectorXd middle = places[i].unit;
      for (; j < ends[i]; ++j) {
        const double value = values(static_cast<Index>(j));
        if (value > places[i].value) places[i] = {points[j], value};
      }
      const double moved = (places[i].unit - middle).cwiseAbs().maxCoeff();
      if (moved <= kAtTheSide * reach[i]) reach[i] *= kShrink;
      if (places[i].value <= proposal.value) continue;
      proposal.value = places[i].value;
      proposal.unit = places[i].unit;
    }
  }
}

}  // namespace foray::optimizer
