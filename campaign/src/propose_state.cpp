#include "propose_state.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "faults.h"
#include "foray/common/median.h"
#include "planner.h"

namespace foray::campaign {
namespace {

Eigen::MatrixXd columns(const std::vector<Eigen::VectorXd>& points, Eigen::Index rows) {
  Eigen::MatrixXd matrix(rows, static_cast<Eigen::Index>(points.size()));
  for (std::size_t i = 0; i < points.size(); ++i) {
    matrix.col(static_cast<Eigen::Index>(i)) = points[i];
  }
  return matrix;
}

// Where a failure is to be avoided: where it was refused, and where it failed more than once.
Eigen::MatrixXd places_to_avoid(const CampaignView& view, const optimizer::SearchSpace& space) {
  std::vector<Eigen::VectorXd> blamed;
  std::vector<FaultKind> faults;
  for (const MeasurementView& measurement : view.measurements()) {
    if (measurement.state == MeasurementState::kFailed && blames_place(measurement.fault)) {
      blamed.push_back(space.to_unit(measurement.position));
      faults.push_back(measurement.fault);
    }
  }
  const double distance = view.spec().patience.avoid_distance;
  std::vector<Eigen::VectorXd> avoided;
  for (std::size_t i = 0; i < blamed.size(); ++i) {
    const auto near = std::count_if(blamed.begin(), blamed.end(), [&](const auto& other) {
      return (other - blamed[i]).norm() <= distance;
    });
    if (near >= 2 || faults[i] == FaultKind::kRefused) {
      avoided.push_back(blamed[i]);
    }
  }
  return columns(avoided, space.dimension());
}

bool is_pending(const MeasurementView& measurement) {
  return measurement.state == MeasurementState::kProposed ||
         measurement.state == MeasurementState::kRequested ||
         measurement.state == MeasurementState::kDone;
}

// What each scored measurement brought, on the scale of the observable's transform; NaN where it
// brought nothing or a bound.
Eigen::VectorXd values_of(const CampaignView& view, std::size_t k) {
  const Transform transform = view.spec().observables[k].transform;
  Eigen::VectorXd values =
      Eigen::VectorXd::Constant(static_cast<Eigen::Index>(view.scored().size()), std::nan(""));
  for (std::size_t i = 0; i < view.scored().size(); ++i) {
    const scattering::Observable& result = view.measurement(view.scored()[i]).observables.at(k);
    if (result.status != scattering::ObservableStatus::kPresent) continue;
    const auto value = to_model(transform, result.value, result.variance);
    if (value && value->bound == surrogate::Bound::kNone)
      values(static_cast<Eigen::Index>(i)) = value->value;
  }
  return values;
}

// The same for each way of measuring: as its own measurements did, or all where it has none yet.
void expect_noise_of_ways(const CampaignView& view, const std::string& name,
                          const ObservableData& data, optimizer::ProposeState& state) {
  const std::size_t fidelity = *optimizer::find_fidelity(view.parameters());
  const optimizer::Parameter& ways = view.parameters()[fidelity];
  const auto way_of = [&](const MeasurementView& measurement) {
    const double value = measurement.position(static_cast<Eigen::Index>(fidelity));
    return optimizer::level_index(ways, optimizer::nearest_level(ways, value));
  };
  const Eigen::VectorXd& known = data.points.noise;
  std::vector<std::vector<double>> of_way(static_cast<std::size_t>(optimizer::level_count(ways)));
  for (std::size_t i = 0; i < data.ids.size(); ++i) {
    of_way[static_cast<std::size_t>(way_of(view.measurement(data.ids[i])))].push_back(
        known(static_cast<Eigen::Index>(i)));
  }
  Eigen::VectorXd& noise = state.fidelity_noise[name];
  noise.resize(static_cast<Eigen::Index>(of_way.size()));
  for (std::size_t l = 0; l < of_way.size(); ++l) {
    noise(static_cast<Eigen::Index>(l)) = upper_median(
        of_way[l].empty() ? std::vector<double>(known.begin(), known.end()) : of_way[l]);
  }
  state.next_noise[name] = noise(noise.size() - 1);
  Eigen::VectorXd& pending = state.pending_noise[name];
  pending.resize(state.pending.cols());
  Eigen::Index j = 0;
  for (const MeasurementView& measurement : view.measurements()) {
    if (is_pending(measurement)) {
      pending(j++) = noise(way_of(measurement));
    }
  }
}

// What the next measurements of an observable will leave unknown, from what those before did: the
// same, or, where how long to count is decided, as counting statistics have it.
void expect_noise(const CampaignView& view, std::size_t k, const optimizer::SearchSpace& space,
                  optimizer::ProposeState& state) {
  const std::string& name = view.spec().observables[k].spec.name;
  const ObservableData data = view.data(k, space);
  const Eigen::VectorXd& known = data.points.noise;
  if (known.size() == 0) {
    return;
  }
  if (optimizer::find_fidelity(view.parameters())) {
    expect_noise_of_ways(view, name, data, state);
    return;
  }
  if (!view.acquisition().decide_exposure) {
    const double noise = upper_median(std::vector<double>(known.begin(), known.end()));
    state.next_noise[name] = noise;
    state.pending_noise[name] = Eigen::VectorXd::Constant(state.pending.cols(), noise);
    return;
  }
  std::vector<double> of_a_second;
  for (std::size_t i = 0; i < data.ids.size(); ++i) {
    of_a_second.push_back(known(static_cast<Eigen::Index>(i)) *
                          exposure_of(view.spec(), view.measurement(data.ids[i]).position));
  }
  state.counting_noise[name] = upper_median(of_a_second);
  Eigen::VectorXd& pending = state.pending_noise[name];
  pending.resize(state.pending.cols());
  Eigen::Index j = 0;
  for (const MeasurementView& measurement : view.measurements()) {
    if (is_pending(measurement)) {
      pending(j++) = state.counting_noise[name] / exposure_of(view.spec(), measurement.position);
    }
  }
}

}  // namespace

Eigen::VectorXd last_place(const CampaignView& view) {
  const auto& all = view.measurements();
  const auto found = std::find_if(all.rbegin(), all.rend(), [](const MeasurementView& one) {
    return one.state != MeasurementState::kFailed || one.fault != FaultKind::kRefused;
  });
  return found == all.rend() ? Eigen::VectorXd() : found->position;
}

optimizer::ProposeState propose_state(const CampaignView& view,
                                      const optimizer::SearchSpace& space) {
  optimizer::ProposeState state;
  std::vector<Eigen::VectorXd> pending;
  for (const MeasurementView& measurement : view.measurements()) {
    if (is_pending(measurement)) {
      pending.push_back(space.to_unit(measurement.position));
    }
  }
  std::vector<Eigen::VectorXd> measured;
  for (const MeasurementId id : view.scored()) {
    measured.push_back(space.to_unit(view.measurement(id).position));
  }
  state.measured = columns(measured, space.dimension());
  state.pending = columns(pending, space.dimension());
  state.failed = places_to_avoid(view, space);
  state.from = last_place(view);
  for (std::size_t k = 0; k < view.spec().observables.size(); ++k) {
    state.values[view.spec().observables[k].spec.name] = values_of(view, k);
    expect_noise(view, k, space, state);
  }
  return state;
}

}  // namespace foray::campaign
