#pragma once

#include <Eigen/Core>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "foray/optimizer/objective.h"
#include "foray/optimizer/parameter.h"

namespace foray::optimizer {

/// What the surrogate of one observable says at points, on the scale that it learns.
struct Predicted {
  std::string observable;
  Eigen::VectorXd mean;
  Eigen::VectorXd sigma;  ///< standard deviation of the latent function, noise not added.
};

/// Asks for the values of an acquisition function that is computed elsewhere.
struct FunctionRequest {
  std::string function;  ///< its name, as in AcquisitionSpec.
  double timeout_s = 60;
  ObjectiveTerm term;                 ///< what is asked, its level on the surrogate's scale.
  std::vector<Parameter> parameters;  ///< of the points' rows.
  Eigen::MatrixXd points;             ///< physical, one a column: they satisfy the constraints.
  std::vector<Predicted> models;      ///< of all observables of the objective that have one.
};

/// One number a point; the larger, the sooner it is measured.
using EvaluateFunction = std::function<Eigen::VectorXd(const FunctionRequest& request)>;

/// Thrown where such a function could not be had: nobody answered, or not with one finite number a
/// point. Nothing was proposed.
class FunctionFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown where the answer is not waited for any longer, as something else comes first. Nothing was
/// proposed; it can be asked again.
class FunctionGivenUp : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace foray::optimizer
