#pragma once

#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

namespace foray::optimizer {

/// Inequalities in named variables, compiled once.
///
/// Immutable. Const methods may be called concurrently (each call borrows its own parsers).
class Inequalities {
 public:
  /// @throws std::invalid_argument quoting the expression: no single comparison, a chain of them
  ///         ("0 < x < 5" is true of every x), an unknown name, a syntax error.
  Inequalities(std::vector<std::string> names, std::vector<std::string> expressions);
  ~Inequalities();
  Inequalities(const Inequalities&) = delete;
  Inequalities& operator=(const Inequalities&) = delete;
  Inequalities(Inequalities&&) = delete;
  Inequalities& operator=(Inequalities&&) = delete;

  [[nodiscard]] const std::vector<std::string>& expressions() const;

  /// Whether all hold for these values, in the order of the names. One whose sides cannot be
  /// computed (the root of a negative number) does not hold.
  [[nodiscard]] bool hold(const Eigen::Ref<const Eigen::VectorXd>& values) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A formula in named variables, compiled once.
///
/// Immutable. Const methods may be called concurrently (each call borrows its own parser).
class Formula {
 public:
  /// @throws std::invalid_argument quoting the expression: an assignment, an unknown name, a list,
  /// a
  ///         syntax error.
  Formula(std::vector<std::string> names, std::string expression);
  ~Formula();
  Formula(const Formula&) = delete;
  Formula& operator=(const Formula&) = delete;
  Formula(Formula&&) = delete;
  Formula& operator=(Formula&&) = delete;

  /// Its value for these values, in the order of the names; NaN where it cannot be computed.
  [[nodiscard]] double evaluate(const Eigen::Ref<const Eigen::VectorXd>& values) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace foray::optimizer
