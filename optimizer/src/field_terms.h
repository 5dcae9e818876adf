#pragma once

#include <functional>
#include <memory>

#include "foray/optimizer/expressions.h"
#include "terms.h"

namespace foray::optimizer {

/// ln(|gradient of the mean| sigma): where the observable changes fast and is not known well. The
/// length of a gradient below `least` counts as that, so that sigma decides where all is flat.
///
/// The gradient of the length is the Hessian of the mean times the direction: one central
/// difference of exact gradients along it.
class GradientTerm final : public Term {
 public:
  /// @param model  of `at.of[index]`; must outlive the term.  @param least  > 0.
  GradientTerm(std::size_t index, const surrogate::Model& model, double least)
      : index_(index), model_(model), least_(least) {}
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  std::size_t index_;
  const surrogate::Model& model_;
  double least_;
};

/// A function of the next point that may have either sign; larger is better.
class SignedFunction {
 public:
  virtual ~SignedFunction() = default;
  [[nodiscard]] virtual Eigen::VectorXd values(const Marginals& at) const = 0;
  [[nodiscard]] virtual double value(const PointMarginals& at, Eigen::VectorXd& gradient) const = 0;
};

/// A signed function made positive: ln softplus((value - median) / width), median and width (the
/// median distance from it) taken over the raw points, or over the best of them where the others
/// are so far below that they would hide what these differ by. The order of points is the
/// function's own; where it is not finite the term is as good as nothing.
class SignedTerm final : public Term {
 public:
  SignedTerm(std::unique_ptr<SignedFunction> function, const Marginals& raw);
  [[nodiscard]] Eigen::VectorXd log_values(const Marginals& at) const override;
  [[nodiscard]] double log_value(const PointMarginals& at,
                                 Eigen::VectorXd& gradient) const override;

 private:
  [[nodiscard]] double scaled(double value) const;

  std::unique_ptr<SignedFunction> function_;
  double median_ = 0;
  double width_ = 1;
};

/// One function drawn from the posterior. Minimising takes the draw's reflection in the mean, which
/// is as probable, upside down: so the two mirror each other for the same random numbers.
class PathFunction final : public SignedFunction {
 public:
  PathFunction(std::size_t model, std::unique_ptr<surrogate::SamplePath> path, bool maximise)
      : model_(model), path_(std::move(path)), maximise_(maximise) {}
  [[nodiscard]] Eigen::VectorXd values(const Marginals& at) const override;
  [[nodiscard]] double value(const PointMarginals& at, Eigen::VectorXd& gradient) const override;

 private:
  std::size_t model_;
  std::unique_ptr<surrogate::SamplePath> path_;
  bool maximise_;
};

/// A formula of mu, sigma and the parameters, in this order. Its derivatives in these are central
/// differences, those of mu and sigma in x are the model's.
class FormulaFunction final : public SignedFunction {
 public:
  using Physical = std::function<Eigen::VectorXd(const Eigen::VectorXd&)>;
  /// @param physical  the parameters' values of a unit point.
  /// @param deviation  typical sigma, > 0: what a small step of mu is relative to.
  FormulaFunction(std::size_t model, std::unique_ptr<Formula> formula, Physical physical,
                  double deviation)
      : model_(model),
        formula_(std::move(formula)),
        physical_(std::move(physical)),
        deviation_(deviation) {}
  [[nodiscard]] Eigen::VectorXd values(const Marginals& at) const override;
  [[nodiscard]] double value(const PointMarginals& at, Eigen::VectorXd& gradient) const override;

 private:
  [[nodiscard]] double evaluate(double mu, double sigma, const Eigen::VectorXd& unit) const;

  std::size_t model_;
  std::unique_ptr<Formula> formula_;
  Physical physical_;
  double deviation_;
};

}  // namespace foray::optimizer
