#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cost.h"
#include "foray/optimizer/propose.h"
#include "joint_function.h"
#include "terms.h"

namespace foray::optimizer {

/// The probability that one observable lies within limits.
struct Gate {
  std::size_t model = 0;
  double at_least = 0;      ///< may be infinite.
  double at_most = 0;       ///< may be infinite.
  std::size_t members = 0;  ///< of the model; the probability is the mean of theirs.
};

/// The acquisition function of an objective: ln sum_t weight_t / scale_t exp(term_t) gate_t, plus
/// ln of the gates of `subject_to`. Owns the models that it conditioned on points in flight.
class Composite {
 public:
  struct Part {
    std::unique_ptr<Term> term;
    std::vector<Gate> gates;
    double log_weight = 0;  ///< ln(weight / scale).
    std::string name;
    bool has_gradient = true;
    /// The same of several points together, one a member that is averaged over; empty: the function
    /// has no such form.
    std::vector<std::shared_ptr<const JointFunction>> joint = {};
  };

  /// Marginals of all models, variances floored.
  [[nodiscard]] Marginals marginals(const Eigen::Ref<const Eigen::MatrixXd>& x) const;

  /// Values at the columns of x.
  [[nodiscard]] Eigen::VectorXd values(const Eigen::Ref<const Eigen::MatrixXd>& x) const;

  /// Value and gradient at one point.
  [[nodiscard]] double value(const Eigen::Ref<const Eigen::VectorXd>& x,
                             Eigen::VectorXd& gradient) const;

  /// Whether several points can be valued together: of one part that has such a form, and no
  /// constraints where points cannot count differently.
  [[nodiscard]] bool has_joint() const {
    if (parts.size() != 1 || parts[0].joint.empty()) return false;
    return parts[0].joint[0]->weighs() || (parts[0].gates.empty() && subject_to.empty());
  }
  /// Value of the columns of x together, what each adds counting with the probability that its
  /// constraints hold; sets the gradient (d x q), and ln of what each adds to those before it,
  /// without the part's scale.
  [[nodiscard]] double joint_value(const Eigen::MatrixXd& x, Eigen::MatrixXd& gradient,
                                   Eigen::VectorXd& log_gains) const;

  /// ln of the probability of the gates at points with these marginals.
  [[nodiscard]] static Eigen::VectorXd log_gates(const std::vector<Gate>& gates,
                                                 const Marginals& at);

  [[nodiscard]] bool empty() const { return parts.empty(); }
  /// Whether `value` may be called.
  [[nodiscard]] bool has_gradient() const;
  /// Whether some part only looks for where its learned constraints hold.
  [[nodiscard]] bool seeks_feasibility() const;

  /// A model that averages over members is followed by these.
  std::vector<std::shared_ptr<const surrogate::Model>> models;
  std::vector<std::size_t> members;     ///< of each model; 0: it is one by itself, or a member.
  std::vector<double> variance_floors;  ///< one a model.
  std::vector<Part> parts;
  std::vector<Gate> subject_to;
  /// Whose logarithm is subtracted from all; empty: nothing.
  std::optional<Cost> cost;
  std::vector<std::string> missing;  ///< observables without a model.
  /// Points worth a closer look: the best measured ones of terms that seek an optimum.
  std::vector<Eigen::VectorXd> attractors;

 private:
  [[nodiscard]] PointMarginals marginals_at(const Eigen::VectorXd& x) const;
};

/// What an acquisition function is built from; refers to what must outlive the building.
struct BuildInputs {
  const SearchSpace& space;
  const Objective& objective;
  const ModelMap& models;
  const AcquisitionSpec& acquisition;
  const ProposeState& state;
  double exposure_s = 1;
  const Eigen::MatrixXd& raw;         ///< feasible points that scales are taken over.
  const Eigen::MatrixXd& references;  ///< points that stand for the space.
  Eigen::Index batch = 1;             ///< points that are chosen together.
  EvaluateFunction evaluate = {};     ///< computes kRemote.
};

/// Builds the acquisition function. It refers to the space of the inputs.
[[nodiscard]] Composite build_composite(const BuildInputs& inputs, Rng& rng);

}  // namespace foray::optimizer
