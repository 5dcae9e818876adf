#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "field_terms.h"
#include "foray/common/mutex.h"
#include "foray/optimizer/remote.h"

namespace foray::optimizer {

/// A function that is computed elsewhere, from what the surrogates say. It has no gradient. Each
/// point is asked about once, many at a time.
class RemoteFunction final : public SignedFunction {
 public:
  using Physical = std::function<Eigen::VectorXd(const Eigen::VectorXd&)>;
  /// @param question  all but the points and what the models say there.
  /// @param observed  positions of the models in question, each with the name of its observable.
  /// @param physical  the parameters' values of a unit point.
  RemoteFunction(FunctionRequest question,
                 std::vector<std::pair<std::size_t, std::string>> observed, Physical physical,
                 EvaluateFunction evaluate)
      : question_(std::move(question)),
        observed_(std::move(observed)),
        physical_(std::move(physical)),
        evaluate_(std::move(evaluate)) {}

  /// @throws FunctionFailed unless one finite number a point comes back; what evaluating throws.
  [[nodiscard]] Eigen::VectorXd values(const Marginals& at) const override;
  /// @throws std::logic_error
  [[nodiscard]] double value(const PointMarginals& at, Eigen::VectorXd& gradient) const override;

 private:
  using Key = std::vector<double>;

  void ask(const Marginals& at, const std::vector<Eigen::Index>& columns) const
      FORAY_REQUIRES(mutex_);

  FunctionRequest question_;
  std::vector<std::pair<std::size_t, std::string>> observed_;
  Physical physical_;
  EvaluateFunction evaluate_;
  mutable Mutex mutex_;
  mutable std::map<Key, double> known_ FORAY_GUARDED_BY(mutex_);  // by unit point
};

}  // namespace foray::optimizer
