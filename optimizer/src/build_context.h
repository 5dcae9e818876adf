#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "composite.h"

namespace foray::optimizer {

/// The model of an observable once what is in flight has been measured.
std::shared_ptr<const surrogate::Model> when_measured(const surrogate::Model& model,
                                                      const std::string& name,
                                                      const ProposeState& state);

/// What builders of terms know and share: the question, the models conditioned on points in flight,
/// and their marginals at the points that scales, incumbents and sums are taken over. For one
/// thread.
class BuildContext {
 public:
  BuildContext(const BuildInputs& inputs, Rng& rng);

  [[nodiscard]] const BuildInputs& inputs() const { return inputs_; }
  [[nodiscard]] const AcquisitionSpec& acquisition() const { return inputs_.acquisition; }
  [[nodiscard]] const Marginals& at_raw() const { return at_raw_; }
  /// Predicted when first asked for: few terms need them.
  [[nodiscard]] const Marginals& at_references() const;
  [[nodiscard]] Rng& rng() { return rng_; }
  [[nodiscard]] Composite& composite() { return composite_; }
  [[nodiscard]] const surrogate::Model& model(std::size_t index) const {
    return *composite_.models[index];
  }

  /// Positions of the models of these observables, as far as they have any.
  [[nodiscard]] std::vector<std::size_t> indices(const std::vector<std::string>& names) const;
  /// Of each observable its model's position and its name.
  [[nodiscard]] std::vector<std::pair<std::size_t, std::string>> observed() const;
  /// How many members the models average over, the most of them; 0: none averages.
  [[nodiscard]] std::size_t members(const std::vector<std::size_t>& models) const;
  /// The models with member `s` of each in its place, as far as it has any.
  [[nodiscard]] std::vector<std::size_t> member(const std::vector<std::size_t>& models,
                                                std::size_t s) const;
  [[nodiscard]] std::vector<Gate> gates_of(const std::vector<OutcomeConstraint>& constraints) const;

  /// Position of the model of the same data before it was conditioned on points in flight, for
  /// what takes these into account by itself; the same where there are none.
  [[nodiscard]] std::size_t unconditioned(std::size_t model);

  /// Variance expected of the next measurement, above rounding: measuring without noise may leave a
  /// reference with no variance at all.
  [[nodiscard]] double noise_of(std::size_t model) const;
  /// Root mean variance over the raw points: what is typically unknown.
  [[nodiscard]] double mean_deviation(std::size_t model) const;

  /// Measured points where all learned constraints of a part probably hold.
  [[nodiscard]] Eigen::MatrixXd feasible_measured(const Composite::Part& part) const;
  /// One a point in flight: whether those of the part probably hold there, at full fidelity.
  [[nodiscard]] std::vector<bool> feasible_pending(const Composite::Part& part) const;
  /// Whether it has learned constraints that no measurement satisfies, as far as the models know.
  [[nodiscard]] bool seeks_feasibility(const Composite::Part& part) const;
  /// Weights of the references: the probability that a part's own constraints hold there.
  [[nodiscard]] Eigen::VectorXd reference_weights(const Composite::Part& part) const;

 private:
  void take_model(const std::string& name);
  [[nodiscard]] std::vector<bool> probably_feasible(const Composite::Part& part,
                                                    const Marginals& at) const;
  void floor_variances();

  const BuildInputs& inputs_;
  Rng& rng_;
  Composite composite_;
  std::vector<std::string> names_;  // Of composite_.models.
  Marginals at_raw_;
  mutable std::optional<Marginals> at_references_;
  mutable std::optional<Marginals> at_measured_;
};

}  // namespace foray::optimizer
