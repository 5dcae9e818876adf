#include "learned_cost.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>

#include "foray/common/median.h"
#include "planner.h"

namespace foray::campaign {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

bool moves(const optimizer::Parameter& parameter) {
  return parameter.role != optimizer::ParameterRole::kExposure &&
         parameter.role != optimizer::ParameterRole::kContext &&
         parameter.role != optimizer::ParameterRole::kFidelity &&
         parameter.role != optimizer::ParameterRole::kFixed;
}

// The slowest that each can be.
VectorXd bounds_of(const std::vector<Move>& all, double settle_s) {
  VectorXd least =
      VectorXd::Constant(all.front().distance.size(), std::numeric_limits<double>::infinity());
  for (const Move& move : all) {
    for (Index i = 0; i < least.size(); ++i) {
      if (move.distance(i) > 0) {
        least(i) = std::min(least(i), std::max(move.seconds - settle_s, 0.0) / move.distance(i));
      }
    }
  }
  for (double& bound : least) {
    bound = std::isfinite(bound) ? bound : 0;
  }
  return least;
}

double squares(const std::vector<Move>& all, const TravelTimes& times) {
  double sum = 0;
  for (const Move& move : all) {
    const double expected =
        move.distance.cwiseProduct(times.seconds_per_unit).maxCoeff() + times.settle_s;
    sum += (move.seconds - expected) * (move.seconds - expected);
  }
  return sum;
}

// Least squares without negative coefficients: the most negative one is left out until none is.
VectorXd not_negative(const MatrixXd& basis, const VectorXd& values) {
  std::vector<Index> kept;
  for (Index i = 0; i < basis.cols(); ++i) {
    if (basis.col(i).squaredNorm() > 0) {
      kept.push_back(i);
    }
  }
  VectorXd result = VectorXd::Zero(basis.cols());
  while (!kept.empty()) {
    const VectorXd solved =
        MatrixXd(basis(Eigen::all, kept)).completeOrthogonalDecomposition().solve(values);
    Index worst = 0;
    if (solved.minCoeff(&worst) >= 0) {
      for (std::size_t i = 0; i < kept.size(); ++i) {
        result(kept[i]) = solved(static_cast<Index>(i));
      }
      break;
    }
    kept.erase(kept.begin() + worst);
  }
  return result;
}

TravelTimes refit(const std::vector<Move>& all, const TravelTimes& times) {
  const Index count = times.seconds_per_unit.size();
  MatrixXd basis = MatrixXd::Zero(static_cast<Index>(all.size()), count + 1);
  VectorXd seconds(basis.rows());
  for (Index k = 0; k < basis.rows(); ++k) {
    const Move& move = all[static_cast<std::size_t>(k)];
    Index slowest = 0;
    move.distance.cwiseProduct(times.seconds_per_unit).maxCoeff(&slowest);
    basis(k, slowest) = move.distance(slowest);
    basis(k, count) = 1;
    seconds(k) = move.seconds;
  }
  const VectorXd fitted = not_negative(basis, seconds);
  TravelTimes result{fitted.head(count), fitted(count)};
  const VectorXd bounds = bounds_of(all, result.settle_s);
  for (Index i = 0; i < count; ++i) {
    if (basis.col(i).squaredNorm() == 0) {
      result.seconds_per_unit(i) = bounds(i);
    }
  }
  return result;
}

// Three digits: enough for a speed, and the same from data that differ by rounding.
double rounded(double value) {
  if (!(value > 0)) {
    return 0;
  }
  const double unit = std::pow(10.0, std::floor(std::log10(value)) - 2);
  return std::round(value / unit) * unit;
}

// What the instrument was asked for, which it does in the order of asking: that of the journal,
// whatever its clock says.
std::vector<const MeasurementView*> asked_for(const CampaignView& view) {
  std::vector<const MeasurementView*> all;
  for (const MeasurementView& one : view.measurements()) {
    if (one.attempts > 0) {
      all.push_back(&one);
    }
  }
  return all;
}

bool has_result(const MeasurementView& one) {
  return (one.state == MeasurementState::kDone || one.state == MeasurementState::kScored) &&
         !one.late;
}

}  // namespace

TravelTimes fit_travel(const std::vector<Move>& all, const TravelTimes& stated) {
  constexpr int kTurns = 50;
  TravelTimes best = stated;
  double least = squares(all, stated);
  for (TravelTimes times : {stated, TravelTimes{bounds_of(all, 0), 0}}) {
    for (int turn = 0; turn < kTurns; ++turn) {
      times = refit(all, times);
      const double sum = squares(all, times);
      if (!(sum < least)) {
        break;
      }
      least = sum;
      best = times;
    }
  }
  return best;
}

std::optional<LearnedCost> learned_cost(const CampaignView& view) {
  const auto& parameters = view.parameters();
  const auto count = static_cast<Index>(parameters.size());
  TravelTimes stated{VectorXd::Zero(count), 0};
  std::size_t movable = 0;
  for (Index i = 0; i < count; ++i) {
    const optimizer::Parameter& parameter = parameters[static_cast<std::size_t>(i)];
    movable += moves(parameter) ? 1 : 0;
    stated.seconds_per_unit(i) = parameter.speed > 0 ? 1 / parameter.speed : 0;
    stated.settle_s = std::max(stated.settle_s, parameter.settle_s);
  }
  std::vector<Move> all;
  std::vector<double> overheads;
  const MeasurementView* before = nullptr;
  for (const MeasurementView* one : asked_for(view)) {
    if (has_result(*one)) {
      double asked_s = exposure_of(view.spec(), one->requested);
      if (const auto way = optimizer::find_fidelity(parameters)) {
        const double value = one->requested(static_cast<Index>(*way));
        asked_s += optimizer::fidelity_seconds(parameters[*way], value);
      }
      overheads.push_back(one->exposure_s - asked_s);
    }
    // What may have been measured twice may have begun where it ended.
    const bool known_way = !one->started_anew && !one->possible_duplicate;
    if (before != nullptr && has_result(*before) && has_result(*one) && known_way) {
      Move move{(one->position - before->position).cwiseAbs(), one->motion_s};
      for (Index i = 0; i < count; ++i) {
        if (!moves(parameters[static_cast<std::size_t>(i)])) {
          move.distance(i) = 0;
        }
      }
      if (move.distance.maxCoeff() > 0) {
        all.push_back(std::move(move));
      }
    }
    before = one;
  }
  if (all.size() < 2 * movable + 2) {
    return std::nullopt;
  }
  LearnedCost cost{fit_travel(all, stated), 0};
  for (double& seconds : cost.travel.seconds_per_unit) {
    seconds = rounded(seconds);
  }
  cost.travel.settle_s = rounded(cost.travel.settle_s);
  cost.overhead_s = rounded(upper_median(overheads));
  return cost;
}

std::vector<optimizer::Parameter> with_learned_cost(const CampaignView& view,
                                                    std::vector<optimizer::Parameter> parameters) {
  const auto cost = view.spec().learn_cost ? learned_cost(view) : std::nullopt;
  if (!cost) {
    return parameters;
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (moves(parameters[i])) {
      const double seconds = cost->travel.seconds_per_unit(static_cast<Index>(i));
      parameters[i].speed = seconds > 0 ? 1 / seconds : 0;
      parameters[i].settle_s = cost->travel.settle_s;
    }
  }
  return parameters;
}

}  // namespace foray::campaign
