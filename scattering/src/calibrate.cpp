// Source: Kieffer and Karkoulis (2013), doi:10.1088/1742-6596/425/20/202012 (geometry).
#include "foray/scattering/calibrate.h"

#include <ceres/ceres.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "foray/common/check.h"
#include "ring_search.h"

namespace foray::scattering {
namespace {

constexpr int kSearchRounds = 8;       // of finding points and fitting
constexpr std::size_t kFewest = 8;     // points of rings
constexpr double kTiltKnown = 4.4e-3;  // a quarter of a degree [rad]
constexpr double kGeometrySettled =
    1e-2;                       // pixels that a round may still move the calibrated rings
constexpr double kOutlier = 3;  // standard deviations beyond which a point counts less
enum Free { kDist, kPoni1, kPoni2, kRot1, kRot2, kFree };

// Measured less calculated radius of one point, in its standard deviations. rot3 turns rings into
// themselves.
struct RingResidual {
  double d1, d2, q, k, weight;  // metres, 1/angstrom, 2 pi / lambda, 1 / sigma in q

  template <typename T>
  bool operator()(const T* free, T* residual) const {
    using std::atan2;
    using std::cos;
    using std::sin;
    using std::sqrt;
    const T x = d1 - free[kPoni1], y = d2 - free[kPoni2], z = free[kDist];
    const T y1 = cos(free[kRot1]) * y + sin(free[kRot1]) * z;
    const T z1 = cos(free[kRot1]) * z - sin(free[kRot1]) * y;
    const T x2 = cos(free[kRot2]) * x - sin(free[kRot2]) * z1;
    const T z2 = sin(free[kRot2]) * x + cos(free[kRot2]) * z1;
    const T theta = 0.5 * atan2(sqrt(x2 * x2 + y1 * y1), z2);
    residual[0] = (2.0 * k * sin(theta) - q) * weight;
    return true;
  }
};

using FreeValues = std::array<double, kFree>;

FreeValues values_of(const Geometry& g) { return {g.dist, g.poni1, g.poni2, g.rot1, g.rot2}; }

Geometry with(Geometry geometry, const FreeValues& values) {
  geometry.dist = values[kDist];
  geometry.poni1 = values[kPoni1];
  geometry.poni2 = values[kPoni2];
  geometry.rot1 = values[kRot1];
  geometry.rot2 = values[kRot2];
  return geometry;
}

Eigen::Vector3d place(const Geometry& geometry, const RingPoint& point) {
  return position(geometry, point.slow, point.fast);
}

// q that a pixel's step outwards covers at a point.
double q_per_pixel(const Geometry& geometry, const RingPoint& point) {
  const Eigen::Vector3d t = place(geometry, point);
  const double q = q_of(geometry, t);
  const double step = 1e-4 * q;
  const double azimuth = chi(t);
  const double pixels =
      (ring_position(geometry, q + step, azimuth) - ring_position(geometry, q - step, azimuth))
          .norm();
  return 2 * step / pixels;
}

struct GeometrySolution {
  Geometry geometry;
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(kFree, kFree);
  bool settled = false;
  bool determined = false;
};

using RingCost = ceres::AutoDiffCostFunction<RingResidual, 1, kFree>;

// From the points' derivatives, each weighed as the loss weighs it. ceres::Covariance is not used:
// it frees in Debian's library what functions of Eigen allocate that a program built for wider
// vectors replaces by its own, whose memory is aligned differently.
void set_covariance(const std::vector<RingResidual>& residuals, bool tilt,
                    GeometrySolution& solution) {
  const FreeValues values = values_of(solution.geometry);
  const Eigen::Index free = tilt ? kFree : kRot1;
  Eigen::MatrixXd slopes(static_cast<Eigen::Index>(residuals.size()), free);
  for (std::size_t k = 0; k < residuals.size(); ++k) {
    const RingCost cost(new RingResidual(residuals[k]));
    const double* const block = values.data();
    double residual = 0;
    std::array<double, kFree> slope{};
    double* jacobian = slope.data();
    cost.Evaluate(&block, &residual, &jacobian);
    const double weight = 1 / std::sqrt(1 + residual * residual / (kOutlier * kOutlier));
    for (Eigen::Index f = 0; f < free; ++f) {
      slopes(static_cast<Eigen::Index>(k), f) = weight * slope[static_cast<std::size_t>(f)];
    }
  }
  const Eigen::VectorXd norm = slopes.colwise().norm().cwiseInverse();
  if (!norm.allFinite()) return;
  const Eigen::MatrixXd normal =
      norm.asDiagonal() * (slopes.transpose() * slopes) * norm.asDiagonal();
  const Eigen::LDLT<Eigen::MatrixXd> factor(normal);
  // With a unit diagonal the smallest pivot is 1 - R^2 of a parameter on the others.
  if (factor.info() != Eigen::Success || !(factor.vectorD().minCoeff() > 1e-12)) return;
  const Eigen::MatrixXd inverse = factor.solve(Eigen::MatrixXd::Identity(free, free));
  solution.covariance.topLeftCorner(free, free) = norm.asDiagonal() * inverse * norm.asDiagonal();
  solution.determined = true;
}

GeometrySolution solve(const std::vector<RingPoint>& points, const Geometry& start,
                       const Eigen::VectorXd& rings, bool tilt) {
  FreeValues values = values_of(start);
  ceres::Problem problem;
  std::vector<RingResidual> residuals;
  const double k = 2 * M_PI / (start.wavelength * 1e10);
  for (const RingPoint& point : points) {
    const double weight = 1 / (point.sigma * q_per_pixel(start, point));
    residuals.push_back(
        {point.slow * start.pixel1, point.fast * start.pixel2, rings[point.ring], k, weight});
    auto* cost = new RingCost(new RingResidual(residuals.back()));
    problem.AddResidualBlock(cost, new ceres::CauchyLoss(kOutlier), values.data());
  }
  if (!tilt) {
    problem.SetManifold(values.data(), new ceres::SubsetManifold(kFree, {kRot1, kRot2}));
  }
  problem.SetParameterLowerBound(values.data(), kDist, 0.1 * start.dist);
  ceres::Solver::Options options;
  options.linear_solver_type = ceres::DENSE_QR;
  options.logging_type = ceres::SILENT;
  options.num_threads = 1;
  options.max_num_iterations = 200;
  options.function_tolerance = 1e-12;
  options.parameter_tolerance = 1e-12;
  ceres::Solver::Summary summary;
  ceres::Solve(options, &problem, &summary);
  GeometrySolution solution;
  solution.geometry = with(start, values);
  solution.settled = summary.termination_type == ceres::CONVERGENCE;
  set_covariance(residuals, tilt, solution);
  return solution;
}

bool tilt_is_known(const GeometrySolution& solution) {
  return solution.settled && solution.determined &&
         std::sqrt(solution.covariance(kRot1, kRot1)) < kTiltKnown &&
         std::sqrt(solution.covariance(kRot2, kRot2)) < kTiltKnown;
}

// How far the points' calculated radii move [pixels].
double change(const Geometry& before, const Geometry& after, const std::vector<RingPoint>& points) {
  double most = 0;
  for (const RingPoint& point : points) {
    const double moved = q_of(after, place(after, point)) - q_of(before, place(before, point));
    most = std::max(most, std::abs(moved) / q_per_pixel(after, point));
  }
  return most;
}

// q of the rings, ascending, as far as the detector could reach with the start's errors.
Eigen::VectorXd rings_on(const Frame& frame, const Calibrant& standard, double distance_error) {
  Geometry near = frame.geometry;
  near.dist *= 1 - distance_error;
  const double furthest = q_map(near, frame.counts.rows(), frame.counts.cols()).maxCoeff();
  std::vector<double> rings;
  for (const double spacing : standard.spacings) {
    const double q = 2 * M_PI / spacing;
    if (q <= furthest) rings.push_back(q);
  }
  if (rings.size() < 2) {
    std::ostringstream text;
    text << "calibrate: expected at least two rings of " << standard.name
         << " on the detector, which reaches to q " << furthest << " 1/angstrom, found "
         << rings.size();
    throw std::invalid_argument(text.str());
  }
  return Eigen::Map<const Eigen::VectorXd>(rings.data(), static_cast<Eigen::Index>(rings.size()));
}

void finish(const GeometrySolution& solution, const std::vector<RingPoint>& points,
            const Eigen::VectorXd& rings, Calibration& result) {
  result.geometry = solution.geometry;
  result.points = points;
  std::set<int> seen;
  double squares = 0, chi_squared = 0;
  for (RingPoint& point : result.points) {
    const double off = q_of(result.geometry, place(result.geometry, point)) - rings[point.ring];
    point.residual = off / q_per_pixel(result.geometry, point);
    squares += point.residual * point.residual;
    // An outlier says nothing about the others' errors.
    chi_squared += std::min(std::pow(point.residual / point.sigma, 2), kOutlier * kOutlier);
    seen.insert(point.ring);
  }
  const auto count = static_cast<double>(points.size());
  result.rings = static_cast<int>(seen.size());
  result.rms_residual = std::sqrt(squares / count);
  const double free = result.tilted ? 5 : 3;
  result.covariance =
      solution.covariance * std::max(1.0, chi_squared / std::max(1.0, count - free));
}

void check(const CalibrationOptions& options) {
  require_in_range("calibrate: distance_error", options.distance_error, 0, 0.3);
  require_in_range("calibrate: center_error", options.center_error, 0, 1000);
  require_in_range("calibrate: sectors", options.sectors, 8, 720);
}

}  // namespace

const char* to_string(CalibrationStatus status) {
  switch (status) {
    case CalibrationStatus::kConverged:
      return "converged";
    case CalibrationStatus::kNoRings:
      return "no rings";
    case CalibrationStatus::kNotConverged:
      return "did not converge";
  }
  return "unknown";
}

Eigen::Vector2d ring_position(const Geometry& geometry, double q, double chi) {
  const double sine = q * geometry.wavelength * 1e10 / (4 * M_PI);
  require(sine > 0 && sine < 1, "ring_position: q: expected a value that the wavelength reaches");
  const double two_theta = 2 * std::asin(sine);
  const Eigen::Vector3d ray(std::sin(two_theta) * std::sin(chi),
                            std::sin(two_theta) * std::cos(chi), std::cos(two_theta));
  const Eigen::Vector3d on = rotation_matrix(geometry).transpose() * ray;
  require(on[2] > 0, "ring_position: expected a ray that meets the detector's plane");
  const double scale = geometry.dist / on[2];
  return {(geometry.poni1 + scale * on[0]) / geometry.pixel1,
          (geometry.poni2 + scale * on[1]) / geometry.pixel2};
}

Calibration calibrate(const Frame& frame, const Calibrant& standard,
                      const CalibrationOptions& options) {
  check(options);
  validate_counts(frame);
  const Eigen::VectorXd rings = rings_on(frame, standard, options.distance_error);
  Calibration result;
  result.geometry = frame.geometry;
  result.covariance = Eigen::MatrixXd::Zero(kFree, kFree);
  const auto ridges = ridge_pixels(frame);
  if (ridges.size() < kFewest) {
    result.note = "no ridges stand out of the frame";
    return result;
  }
  GeometrySolution solution;
  solution.geometry = coarse_geometry(ridges, frame.geometry, rings, options);
  std::vector<RingPoint> points;
  bool tilt = options.tilt;
  for (int round = 0; round < kSearchRounds; ++round) {
    // The first looks over most of the way to the next ring and leaves the tilt alone.
    const double reach = round == 0 ? 0.45 : 0.35;
    points = find_ring_points(frame, solution.geometry, rings, options.sectors, reach);
    if (points.size() < kFewest) {
      result.note = std::to_string(points.size()) + " points of rings were found, " +
                    std::to_string(kFewest) + " are needed";
      return result;
    }
    const Geometry before = solution.geometry;
    solution = solve(points, before, rings, tilt && round > 0);
    if (round > 0 && tilt && !tilt_is_known(solution)) {
      tilt = false;
      Geometry held = before;
      held.rot1 = frame.geometry.rot1;
      held.rot2 = frame.geometry.rot2;
      solution = solve(points, held, rings, false);
      result.note = "the rings do not tell the tilt; it was held";
    }
    if (round > 1 && solution.settled &&
        change(before, solution.geometry, points) < kGeometrySettled) {
      result.status = CalibrationStatus::kConverged;
      break;
    }
  }
  result.tilted = tilt;
  finish(solution, points, rings, result);
  if (result.status == CalibrationStatus::kConverged && !solution.determined) {
    result.status = CalibrationStatus::kNotConverged;
    result.note = "the rings do not determine the geometry";
    return result;
  }
  if (result.status != CalibrationStatus::kConverged) {
    result.status = CalibrationStatus::kNotConverged;
    result.note = "the rings did not come to rest in " + std::to_string(kSearchRounds) + " rounds";
  }
  return result;
}

}  // namespace foray::scattering
