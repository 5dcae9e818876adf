#pragma once

#include <vector>

#include "composite.h"
#include "cost.h"
#include "exposure.h"
#include "fidelity.h"
#include "foray/optimizer/propose.h"
#include "safety.h"
#include "search.h"
#include "trust_region.h"

namespace foray::optimizer {

/// All that one choice is made from: what may be measured, and the acquisition function there.
/// Refers to its arguments. For one thread.
class Decision {
 public:
  /// @throws as propose.
  Decision(const SearchSpace& space, const Objective& objective, const ModelMap& models,
           const AcquisitionSpec& acquisition, const ProposeState& given,
           const ProposeOptions& options, Rng& rng);
  Decision(const Decision&) = delete;
  Decision& operator=(const Decision&) = delete;
  Decision(Decision&&) = delete;
  Decision& operator=(Decision&&) = delete;
  ~Decision() = default;

  /// The best point.
  [[nodiscard]] Proposal choose();

  /// Whether the acquisition function values several points together, and these can be moved.
  [[nodiscard]] bool can_climb_together() const;
  /// Moves points that were chosen one after another to where they are worth more together, if any;
  /// sets what each of them adds to those before it.
  void climb_together(std::vector<Proposal>& batch);

 private:
  void place(Proposal& proposal) const;
  // Whether all may be measured, and no two are one.
  [[nodiscard]] bool apart(const Eigen::MatrixXd& points) const;

  const SearchSpace& space_;
  const Objective& objective_;
  const ProposeOptions& options_;
  Rng& rng_;
  ProposeState state_;
  const Eigen::MatrixXd raw_;
  const Eigen::MatrixXd references_;
  const ExposureChoice counting_;
  const bool decides_exposure_;
  const double exposure_s_;
  const Safety safety_;
  Allowed allowed_;
  const Allowed anywhere_;  // The bottom of a valley may lie outside a box begun since.
  bool precise_ = false;
  const Cost cost_;
  const FidelityChoice fidelity_;
  Candidates candidates_;
  bool in_box_ = false;
  Composite composite_;
};

}  // namespace foray::optimizer
