#include "foray/scattering/model_fit.h"

#include <ceres/ceres.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "model_fit_problem.h"

namespace foray::scattering {
namespace {

constexpr int kFitRounds = 6;      // of fitting, and making resolution and weights anew
constexpr double kSettled = 1e-3;  // standard deviations that a round may still change
constexpr int kFitted = 4;         // of the places that the search finds best
constexpr int kFirstSteps = 15;    // of each of them; then only the best goes on
// Below this eigenvalue of the normal matrix with unit diagonal, differences of a model that is
// good to 1e-10 cannot tell parameters apart.
constexpr double kDistinct = 1e-7;

// All residuals at once, scaled parameters in one block.
class ModelResiduals final : public ceres::CostFunction {
 public:
  ModelResiduals(const FitProblem& problem, const Eigen::VectorXd& scale)
      : problem_(problem), scale_(scale) {
    set_num_residuals(static_cast<int>(problem.data().q.size()));
    mutable_parameter_block_sizes()->push_back(static_cast<int>(scale.size()));
  }

  bool Evaluate(double const* const* parameters, double* residuals,
                double** jacobians) const override {
    const Eigen::VectorXd x =
        Eigen::Map<const Eigen::VectorXd>(parameters[0], scale_.size()).cwiseProduct(scale_);
    const Eigen::Index points = problem_.data().q.size();
    // Where a model refuses its parameters, or they give no number, the step is tried shorter.
    try {
      const Eigen::VectorXd values = problem_.residuals(x);
      if (!values.allFinite()) return false;
      Eigen::Map<Eigen::VectorXd>(residuals, points) = values;
      if (jacobians == nullptr || jacobians[0] == nullptr) return true;
      const Eigen::MatrixXd slopes = problem_.jacobian(x) * scale_.asDiagonal();
      if (!slopes.allFinite()) return false;
      Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
          jacobians[0], points, scale_.size()) = slopes;
      return true;
    } catch (const std::invalid_argument&) {
      return false;
    }
  }

 private:
  const FitProblem& problem_;
  const Eigen::VectorXd& scale_;
};

struct Solution {
  Eigen::VectorXd x;
  double chi_squared = std::numeric_limits<double>::infinity();
  bool settled = false;
};

Eigen::VectorXd scales(const FitProblem& problem, const Eigen::VectorXd& x) {
  Eigen::VectorXd scale(x.size());
  for (Eigen::Index k = 0; k < x.size(); ++k) {
    const double natural = problem.axes()[static_cast<std::size_t>(k)].scale;
    scale[k] = std::max(std::abs(x[k]), 1e-3 * natural);
  }
  return scale;
}

Solution solve(const FitProblem& problem, const Eigen::VectorXd& start, int max_iterations) {
  const Eigen::VectorXd scale = scales(problem, start);
  Eigen::VectorXd y = start.cwiseQuotient(scale);
  ceres::Problem ceres_problem;
  ceres_problem.AddResidualBlock(new ModelResiduals(problem, scale), nullptr, y.data());
  for (std::size_t k = 0; k < problem.axes().size(); ++k) {
    const FitAxis& axis = problem.axes()[k];
    const auto i = static_cast<Eigen::Index>(k);
    if (std::isfinite(axis.lower)) {
      ceres_problem.SetParameterLowerBound(y.data(), static_cast<int>(k), axis.lower / scale[i]);
    }
    if (std::isfinite(axis.upper)) {
      ceres_problem.SetParameterUpperBound(y.data(), static_cast<int>(k), axis.upper / scale[i]);
    }
  }
  ceres::Solver::Options options;
  options.linear_solver_type = ceres::DENSE_QR;
  options.logging_type = ceres::SILENT;
  options.num_threads = 1;
  options.max_num_iterations = max_iterations;
  options.function_tolerance = 1e-8;
  options.parameter_tolerance = 1e-8;
  ceres::Solver::Summary summary;
  ceres::Solve(options, &ceres_problem, &summary);
  Solution solution;
  // Rounding must not carry a parameter beyond its limit.
  solution.x = y.cwiseProduct(scale);
  for (std::size_t k = 0; k < problem.axes().size(); ++k) {
    double& value = solution.x[static_cast<Eigen::Index>(k)];
    value = std::clamp(value, problem.axes()[k].lower, problem.axes()[k].upper);
  }
  if (summary.termination_type == ceres::FAILURE || !solution.x.allFinite()) return solution;
  solution.chi_squared = 2 * summary.final_cost;
  solution.settled = summary.termination_type == ceres::CONVERGENCE;
  return solution;
}

// Fraction k of the van der Corput sequence in a base.
double radical_inverse(int k, int base) {
  double value = 0, digit = 1.0 / base;
  for (; k > 0; k /= base, digit /= base) value += digit * (k % base);
  return value;
}

// Start number `index`: what is searched is spread evenly over its limits, by ratios where they are
// both positive and far apart.
Eigen::VectorXd start_of(const FitProblem& problem, int index) {
  static constexpr int kBases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29};
  Eigen::VectorXd x(static_cast<Eigen::Index>(problem.axes().size()));
  std::size_t searched = 0;
  for (std::size_t k = 0; k < problem.axes().size(); ++k) {
    const FitAxis& axis = problem.axes()[k];
    double& value = x[static_cast<Eigen::Index>(k)];
    value = axis.start.value_or(axis.fallback);
    if (!axis.searched()) continue;
    const double part = radical_inverse(index + 1, kBases[searched++ % std::size(kBases)]);
    const bool ratios = axis.lower > 0 && axis.upper > 4 * axis.lower;
    value = ratios ? axis.lower * std::pow(axis.upper / axis.lower, part)
                   : axis.lower + (axis.upper - axis.lower) * part;
  }
  problem.set_linear(x);
  return x;
}

// The best few starts, the best first.
std::vector<Eigen::VectorXd> starts(const FitProblem& problem, int count) {
  const bool any = std::any_of(problem.axes().begin(), problem.axes().end(),
                               [](const FitAxis& axis) { return axis.searched(); });
  std::vector<std::pair<double, Eigen::VectorXd>> found;
  std::string refused;
  for (int i = 0; i < (any ? count : 1); ++i) {
    try {
      Eigen::VectorXd x = start_of(problem, i);
      const double chi_squared = problem.residuals(x).squaredNorm();
      if (std::isfinite(chi_squared)) found.emplace_back(chi_squared, std::move(x));
    } catch (const std::invalid_argument& error) {
      refused = error.what();
    }
  }
  if (found.empty()) {
    throw std::invalid_argument(
        "fit_model: expected starts where the model can be evaluated, found none: " +
        (refused.empty() ? "it is not finite there" : refused));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Eigen::VectorXd> best;
  for (auto& [chi_squared, x] : found) {
    if (best.size() < kFitted) best.push_back(std::move(x));
  }
  return best;
}

// Fits, and makes the resolution and the weights of counts anew, until they agree with the result.
Solution settle(FitProblem& problem, Solution solution, int max_iterations) {
  for (int round = 0; round < kFitRounds && std::isfinite(solution.chi_squared); ++round) {
    const Eigen::VectorXd before = problem.intensity(solution.x);
    problem.make_resolution(solution.x);
    problem.weigh_by(solution.x);
    solution = solve(problem, solution.x, max_iterations);
    if (!std::isfinite(solution.chi_squared)) break;
    const Eigen::VectorXd change = problem.intensity(solution.x) - before;
    if (change.cwiseQuotient(problem.data().sigma).cwiseAbs().maxCoeff() < kSettled)
      return solution;
  }
  solution.settled = false;  // They did not agree.
  return solution;
}

// Places are compared through a slit, which changes the slope of a curve and not only its details.
void look_through_slit(FitProblem& problem) {
  try {
    if (problem.has_slit()) problem.make_resolution(start_of(problem, 0));
  } catch (const std::invalid_argument&) {
    // The model refuses this place; the others are compared without the slit.
  }
}

Solution best_solution(FitProblem& problem, const ModelFitOptions& options) {
  Solution best;
  look_through_slit(problem);
  for (const Eigen::VectorXd& start : starts(problem, options.starts)) {
    problem.make_resolution(start);
    Solution solution = solve(problem, start, std::min(kFirstSteps, options.max_iterations));
    if (best.x.size() == 0 || solution.chi_squared < best.chi_squared) best = std::move(solution);
  }
  if (!best.settled && std::isfinite(best.chi_squared) && options.max_iterations > kFirstSteps) {
    problem.make_resolution(best.x);
    best = solve(problem, best.x, options.max_iterations);
  }
  const bool again = problem.smears() || problem.data().counting;
  return again ? settle(problem, best, options.max_iterations) : best;
}

bool at_bound(const FitAxis& axis, double value) {
  const double margin = 1e-6 * std::max(std::abs(value), 1e-3 * axis.scale);
  return value <= axis.lower + margin || value >= axis.upper - margin;
}

// Marks parameters that the others replace: each eigenvector of the normal matrix without weight
// is a direction in which the curve does not change.
void mark_indistinct(const Eigen::MatrixXd& normal, const std::vector<Eigen::Index>& used,
                     ModelFit& fit) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(normal);
  for (Eigen::Index v = 0; v < normal.rows(); ++v) {
    if (solver.eigenvalues()[v] > kDistinct) continue;
    for (std::size_t k = 0; k < used.size(); ++k) {
      const double share = std::abs(solver.eigenvectors()(static_cast<Eigen::Index>(k), v));
      if (share > 0.1) fit.parameters[static_cast<std::size_t>(used[k])].determined = false;
    }
  }
}

// Variances of what is neither at its limit nor replaced by others.
void set_covariance(const FitProblem& problem, const Eigen::VectorXd& x, ModelFit& fit) {
  const Eigen::MatrixXd slopes = problem.jacobian(x);
  std::vector<Eigen::Index> used;
  for (Eigen::Index k = 0; k < x.size(); ++k) {
    FittedParameter& parameter = fit.parameters[static_cast<std::size_t>(k)];
    if (parameter.at_bound) continue;
    if (slopes.col(k).squaredNorm() > 0) {
      used.push_back(k);
    } else {
      parameter.determined = false;
    }
  }
  const auto normal_of = [&](const std::vector<Eigen::Index>& columns, Eigen::VectorXd& norm) {
    const Eigen::MatrixXd part = slopes(Eigen::all, columns);
    norm = part.colwise().norm().cwiseInverse();
    return Eigen::MatrixXd(norm.asDiagonal() * (part.transpose() * part) * norm.asDiagonal());
  };
  fit.covariance = Eigen::MatrixXd::Zero(x.size(), x.size());
  if (used.empty()) return;
  Eigen::VectorXd norm;
  mark_indistinct(normal_of(used, norm), used, fit);
  std::vector<Eigen::Index> good;
  for (const Eigen::Index k : used) {
    if (fit.parameters[static_cast<std::size_t>(k)].determined) good.push_back(k);
  }
  if (good.empty()) return;
  const Eigen::MatrixXd normal = normal_of(good, norm);
  const Eigen::MatrixXd inverse =
      normal.ldlt().solve(Eigen::MatrixXd::Identity(normal.rows(), normal.cols()));
  fit.covariance(good, good) = norm.asDiagonal() * inverse * norm.asDiagonal();
  for (const Eigen::Index k : good) {
    FittedParameter& parameter = fit.parameters[static_cast<std::size_t>(k)];
    parameter.estimate.variance = fit.covariance(k, k);
    if (std::sqrt(fit.covariance(k, k)) > parameter.upper - parameter.lower) {
      parameter.determined = false;
    }
  }
}

std::string names_of(const ModelFit& fit, bool (*which)(const FittedParameter&)) {
  std::string names;
  for (const FittedParameter& parameter : fit.parameters) {
    if (which(parameter)) names += (names.empty() ? "" : ", ") + parameter.name;
  }
  return names;
}

void judge(bool settled, ModelFit& fit) {
  const std::string open = names_of(fit, [](const FittedParameter& p) { return !p.determined; });
  const std::string bound = names_of(fit, [](const FittedParameter& p) { return p.at_bound; });
  if (!settled) {
    fit.status = ModelFitStatus::kNotConverged;
    fit.note = "the least squares did not settle";
  } else if (!open.empty()) {
    fit.status = ModelFitStatus::kPoorlyDetermined;
    fit.note = "the curve does not determine " + open;
  } else {
    fit.status = bound.empty() ? ModelFitStatus::kConverged : ModelFitStatus::kAtBound;
  }
  if (!bound.empty()) {
    fit.note += (fit.note.empty() ? "" : "; ") + std::string("at a limit: ") + bound;
  }
}

void report(FitProblem& problem, const Model& model, const Solution& solution, ModelFit& fit) {
  const Eigen::VectorXd& x = solution.x;
  if (!fit.errors_known && fit.degrees_of_freedom > 0) {
    const double chi_squared = problem.residuals(x).squaredNorm();
    problem.scale_errors(std::sqrt(std::max(chi_squared, 1e-300) / fit.degrees_of_freedom));
  }
  for (const ModelParameter& parameter : model.parameters()) {
    fit.values[parameter.name] = parameter.value;
  }
  for (const auto& [name, value] : problem.values(x)) fit.values[name] = value;
  fit.distributions = problem.distributions(x);
  for (std::size_t k = 0; k < problem.axes().size(); ++k) {
    const FitAxis& axis = problem.axes()[k];
    const double value = x[static_cast<Eigen::Index>(k)];
    fit.parameters.push_back({axis.full_name(),
                              axis.unit,
                              {value, 0.0},
                              axis.lower,
                              axis.upper,
                              at_bound(axis, value),
                              true});
  }
  fit.data = problem.data();
  fit.fit = problem.intensity(x);
  fit.chi_squared = problem.residuals(x).squaredNorm();
  if (solution.settled) set_covariance(problem, x, fit);
  judge(solution.settled, fit);
}

}  // namespace

const char* to_string(ModelFitStatus status) {
  switch (status) {
    case ModelFitStatus::kConverged:
      return "converged";
    case ModelFitStatus::kAtBound:
      return "at a bound";
    case ModelFitStatus::kPoorlyDetermined:
      return "poorly determined";
    case ModelFitStatus::kNotConverged:
      return "did not converge";
    case ModelFitStatus::kTooFewPoints:
      return "too few points";
  }
  return "unknown";
}

double ModelFit::reduced_chi_squared() const {
  return degrees_of_freedom > 0 ? chi_squared / degrees_of_freedom : 0.0;
}

Eigen::VectorXd ModelFit::residuals() const {
  return (data.intensity - fit).cwiseQuotient(data.sigma);
}

ModelFit fit_model(const Curve& curve, const Model& model, const ModelFitOptions& options) {
  FitProblem problem(curve, model, options);
  ModelFit fit;
  const auto points = problem.data().q.size();
  const auto free = static_cast<Eigen::Index>(problem.axes().size());
  fit.errors_known = problem.errors_known();
  fit.smeared = problem.smears();
  fit.degrees_of_freedom = static_cast<int>(points - free);
  if (points < free) {
    fit.status = ModelFitStatus::kTooFewPoints;
    fit.note = std::to_string(points) + " points for " + std::to_string(free) + " free parameters";
    return fit;
  }
  report(problem, model, best_solution(problem, options), fit);
  return fit;
}

}  // namespace foray::scattering
