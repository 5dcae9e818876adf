#pragma once

#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "foray/simulator/sample_spec.h"

namespace foray::simulator {

// Named values that follow from each other, compiled once: some are given, the others are formulas
// or tables of those before them. Immutable; const methods may be called concurrently (each call
// borrows its own parsers).
//
// Formulas are muParser's with step(x, width) = 1 / (1 + exp(-4.394 x / width)), which goes from
// 10 % to 90 % within the width, and pi.
class Formulas {
 public:
  // given: names whose values come first, in their order.
  explicit Formulas(std::vector<std::string> given);
  ~Formulas();
  Formulas(const Formulas&) = delete;
  Formulas& operator=(const Formulas&) = delete;
  Formulas(Formulas&&) = delete;
  Formulas& operator=(Formulas&&) = delete;

  // Adds one, and gives its place among the values. A name makes it known to those after it; "" is
  // none. Throws std::invalid_argument that begins with `place`: an unknown name, a syntax error,
  // an assignment, a table that does not ascend or is as long as it should be.
  std::size_t add(const std::string& place, const std::string& name, const Quantity& quantity);

  // All values: those given, then those added. Throws std::invalid_argument naming the place of
  // the first that is not finite.
  [[nodiscard]] std::vector<double> evaluate(const Eigen::Ref<const Eigen::VectorXd>& given) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace foray::simulator
