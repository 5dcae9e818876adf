#include "search.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "levels.h"
#include "rounds.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Allowed::Allowed(const SearchSpace& space, const ProposeState& state, const ProposeOptions& options,
                 const Safety* safety)
    : space_(space), state_(state), options_(options), safety_(safety), reach_(space, state.from) {}

bool Allowed::reachable(const VectorXd& point) const {
  return space_.feasible(point) && reach_.holds(point) &&
         (safety_ == nullptr || safety_->holds(point));
}

bool Allowed::free(const VectorXd& point) const {
  // Two coordinates closer than rounding are one setting, whatever the distance asked for.
  const double reach = std::max(options_.exclusion_distance, 1e-12);
  for (Index j = 0; j < state_.pending.cols(); ++j)
    if ((state_.pending.col(j) - point).cwiseAbs().maxCoeff() <= reach) return false;
  return reachable(point);
}

bool Allowed::near_failure(const VectorXd& point) const {
  for (Index j = 0; j < state_.failed.cols(); ++j)
    if ((state_.failed.col(j) - point).norm() <= options_.avoid_distance) return true;
  return false;
}

namespace {

// Where nothing can be refined, all points there are have to be tried; as many as cost little.
bool is_list(const SearchSpace& space) {
  return space.candidates().cols() > 0 ||
         static_cast<Index>(space.discrete_axes().size() + space.standing_axes().size()) ==
             space.dimension();
}

}  // namespace

Candidates candidates(const SearchSpace& space, const Allowed& allowed, MatrixXd raw,
                      const MatrixXd& near) {
  constexpr double kAtLast = 20'000;
  if (space.candidates().cols() == 0) raw = allowed.reach().shrink(raw);
  if (near.cols() > 0) {
    raw.conservativeResize(Eigen::NoChange, raw.cols() + near.cols());
    raw.rightCols(near.cols()) = near;
  }
  if (is_list(space)) {
    MatrixXd few = enumerate(space, kMany);
    if (few.cols() > 0) raw = std::move(few);
  }
  const auto pick = [&](const MatrixXd& from, bool near_failures) {
    MatrixXd points(from.rows(), from.cols());
    Index count = 0;
    for (Index j = 0; j < from.cols(); ++j) {
      // Those of a list are what they are, and looking them up in it takes long.
      const bool listed = space.candidates().cols() > 0;
      const VectorXd point = listed ? VectorXd(from.col(j)) : space.snap(from.col(j));
      if (allowed.free(point) && (near_failures || !allowed.near_failure(point)))
        points.col(count++) = point;
    }
    return MatrixXd(points.leftCols(count));
  };
  MatrixXd all;
  for (const bool near_failures : {false, true}) {
    Candidates result{pick(raw, near_failures), near_failures};
    if (result.points.cols() > 0) return result;
    if (all.size() == 0)
      all = space.candidates().cols() > 0 ? space.candidates() : enumerate(space, kAtLast);
    result.points = pick(all, near_failures);
    if (result.points.cols() > 0) return result;
  }
  throw NothingLeft(
      std::string("propose: no point is left that satisfies the constraints and is not in flight "
                  "already") +
      (allowed.reach().limited() ? ", within the largest moves of the parameters" : ""));
}

namespace {

// The best points, none within `apart` of a better one.
std::vector<Index> best_apart(const MatrixXd& points, const VectorXd& values, int count) {
  constexpr double kApart = 0.05;
  std::vector<Index> order(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return values(a) > values(b); });
  std::vector<Index> chosen;
  for (const Index j : order) {
    if (static_cast<int>(chosen.size()) >= count) break;
    const bool apart = std::all_of(chosen.begin(), chosen.end(), [&](Index i) {
      return (points.col(i) - points.col(j)).norm() > kApart;
    });
    if (apart) chosen.push_back(j);
  }
  return chosen;
}

// The search from the points that came before: along the gradient in what is continuous, and from
// level to level in what is not.
class Ascent {
 public:
  Ascent(const SearchSpace& space, const Composite& composite, const Allowed& allowed,
         bool near_failures, const ProposeOptions& options, Proposal& proposal)
      : space_(space),
        composite_(composite),
        allowed_(allowed),
        near_failures_(near_failures),
        options_(options),
        proposal_(proposal),
        discrete_(space.discrete_axes()),
        parts_(space.parts()),
        now_(space.snap(VectorXd::Constant(space.dimension(), 0.5))) {}

  void from(VectorXd start) {
    constexpr int kRounds = 8;
    for (int round = 0; round < kRounds; ++round) {
      const Refined refined = along_the_gradient(std::move(start));
      if (proposal_.cut || discrete_.empty()) return;
      const MatrixXd others =
          flips(space_, refined.x, [&](const VectorXd& point) { return allowed_.free(point); });
      if (others.cols() == 0) return;
      const VectorXd values = composite_.values(others);
      proposal_.evaluations += static_cast<int>(others.cols());
      Index best = 0;
      if (!(values.maxCoeff(&best) > refined.value)) return;
      start = others.col(best);
      consider(start, values(best));
    }
  }

 private:
  // The part of each simplex that the others decide: the one farthest from its ends, for these
  // become constraints there.
  [[nodiscard]] std::vector<Index> dependent(const VectorXd& x) const {
    std::vector<Index> chosen;
    for (const Parts& parts : parts_) {
      const Eigen::ArrayXd here = x.segment(parts.axis, parts.width.size()).array();
      Index widest = 0;
      (here.min(1 - here) * parts.width.array()).maxCoeff(&widest);
      chosen.push_back(parts.axis + widest);
    }
    return chosen;
  }

  // The point that free coordinates stand for.
  [[nodiscard]] VectorXd completed(VectorXd x, const std::vector<Index>& last) const {
    for (const Index axis : space_.standing_axes()) x(axis) = now_(axis);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Parts& parts = parts_[i];
      x(last[i]) = 0;
      const double others = parts.width.dot(x.segment(parts.axis, parts.width.size()));
      x(last[i]) = (parts.sum - others) / parts.width(last[i] - parts.axis);
    }
    return x;
  }

  // Gradient in the coordinates that are free.
  void reduce(VectorXd& gradient, const std::vector<Index>& last) const {
    for (const Index axis : discrete_) gradient(axis) = 0;
    for (const Index axis : space_.standing_axes()) gradient(axis) = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Parts& parts = parts_[i];
      const double slope = gradient(last[i]) / parts.width(last[i] - parts.axis);
      gradient.segment(parts.axis, parts.width.size()) -= slope * parts.width;
      gradient(last[i]) = 0;
    }
  }

  Refined along_the_gradient(VectorXd start) {
    const std::vector<Index> last = dependent(start);
    Refined refined = refine(
        [&](const VectorXd& x, VectorXd& gradient) {
          const double value = composite_.value(completed(x, last), gradient);
          reduce(gradient, last);
          return value;
        },
        [&](const VectorXd& x) { return allowed_.reachable(completed(x, last)); }, std::move(start),
        options_.refine_evaluations, options_.expired);
    refined.x = completed(std::move(refined.x), last);
    proposal_.evaluations += refined.evaluations;
    proposal_.cut = refined.cut;
    consider(refined.x, refined.value);
    return refined;
  }

  void consider(const VectorXd& x, double known) {
    const VectorXd snapped = space_.snap(x);
    if (!allowed_.free(snapped) || (!near_failures_ && allowed_.near_failure(snapped))) return;
    const double value = snapped == x ? known : composite_.values(snapped)(0);
    if (value <= proposal_.value) return;
    proposal_.value = value;
    proposal_.unit = snapped;
  }

  const SearchSpace& space_;
  const Composite& composite_;
  const Allowed& allowed_;
  const bool near_failures_;
  const ProposeOptions& options_;
  Proposal& proposal_;
  const std::vector<Index> discrete_;
  const std::vector<Parts> parts_;
  const VectorXd now_;
};

}  // namespace

void search(const SearchSpace& space, const Composite& composite, const Allowed& allowed,
            const Candidates& start, const ProposeOptions& options, Rng& rng, Proposal& proposal) {
  const MatrixXd& points = start.points;
  const VectorXd values = composite.values(points);
  proposal.evaluations = static_cast<int>(points.cols());
  Index best = 0;
  proposal.value = values.maxCoeff(&best);
  proposal.unit = points.col(best);
  if (space.candidates().cols() > 0) return;  // Between them is nothing.
  const std::vector<Index> best_ones = best_apart(points, values, options.starts);
  if (!composite.has_gradient()) {
    std::vector<Place> places;
    for (const Index j : best_ones) places.push_back({points.col(j), values(j)});
    const auto may_be = [&](const VectorXd& point) {
      return allowed.free(point) && (start.near_failures || !allowed.near_failure(point));
    };
    search_in_rounds(space, composite, may_be, options, std::move(places), rng, proposal);
    return;
  }
  Ascent ascent(space, composite, allowed, start.near_failures, options, proposal);
  for (const Index from : best_ones) {
    if (options.expired && options.expired()) proposal.cut = true;
    if (proposal.cut) return;
    ascent.from(points.col(from));
  }
}

}  // namespace foray::optimizer
