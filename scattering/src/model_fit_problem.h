#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "foray/scattering/model_fit.h"
#include "foray/scattering/resolution.h"

namespace foray::scattering {

// One free parameter, with its limits and its natural step.
struct FitAxis {
  std::string name;    // of the model's parameter, without _pd
  bool width = false;  // the parameter's distribution is what is free
  std::string unit;
  double lower = 0, upper = 0;
  std::optional<double> start;
  double fallback = 0;  // where neither a start nor two limits are given
  double scale = 1;

  [[nodiscard]] bool linear() const { return !width && (name == "scale" || name == "background"); }
  // Whether its start is looked for between its limits.
  [[nodiscard]] bool searched() const;
  [[nodiscard]] std::string full_name() const { return width ? name + "_pd" : name; }
};

// The points of a curve, a model, and which of its parameters may change. The intensity is linear
// in scale and background: base * scale + background.
class FitProblem {
 public:
  FitProblem(const Curve& curve, const Model& model, const ModelFitOptions& options);

  [[nodiscard]] const std::vector<FitAxis>& axes() const { return axes_; }
  [[nodiscard]] const Curve& data() const { return data_; }
  [[nodiscard]] bool errors_known() const { return errors_known_; }
  [[nodiscard]] bool has_slit() const { return data_.slit_length.size() != 0; }
  [[nodiscard]] bool smears() const { return has_slit() || data_.dq.size() != 0; }

  // Values and distributions with the free parameters at x.
  [[nodiscard]] ModelValues values(const Eigen::VectorXd& x) const;
  [[nodiscard]] Polydispersities distributions(const Eigen::VectorXd& x) const;

  // Intensity of scale 1 and background 0 at the points, smeared if `make_resolution` was called.
  // @throws std::invalid_argument where the model refuses the parameters.
  [[nodiscard]] Eigen::VectorXd base(const Eigen::VectorXd& x) const;
  [[nodiscard]] Eigen::VectorXd intensity(const Eigen::VectorXd& x) const;
  [[nodiscard]] Eigen::VectorXd residuals(const Eigen::VectorXd& x) const;
  // Derivatives of the residuals: exact in scale and background, central differences in the rest,
  // of one side where the model refuses the other.
  [[nodiscard]] Eigen::MatrixXd jacobian(const Eigen::VectorXd& x) const;

  // Makes the quadrature of the resolution for a model like that at x.
  void make_resolution(const Eigen::VectorXd& x);
  // Takes the errors of counts from the model at x.
  void weigh_by(const Eigen::VectorXd& x);
  // Scales the errors of a curve that has none.
  void scale_errors(double factor) { data_.sigma *= factor; }
  // Sets those of scale and background that are free and have no start to what fits best.
  void set_linear(Eigen::VectorXd& x) const;

 private:
  [[nodiscard]] Eigen::VectorXd base_at(const Eigen::VectorXd& q, const Eigen::VectorXd& x) const;
  [[nodiscard]] double value_of(const char* name, const Eigen::VectorXd& x) const;
  void take_points(const Curve& curve, const ModelFitOptions& options);
  void take_resolution(const Curve& curve, const std::vector<Eigen::Index>& points);
  void add_axis(const FreeParameter& free, const ModelFitOptions& options);
  [[nodiscard]] double step(std::size_t axis, double value) const;
  [[nodiscard]] Eigen::VectorXd slope(const Eigen::VectorXd& x, Eigen::Index k) const;

  const Model& model_;
  std::vector<FitAxis> axes_;
  ModelValues fixed_;
  Polydispersities distributions_;
  Curve data_;
  Eigen::VectorXd ratio_;  // variance over intensity where the errors are those of counts
  bool errors_known_ = true;
  std::optional<Resolution> resolution_;
};

}  // namespace foray::scattering
