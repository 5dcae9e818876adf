#pragma once

#include <Eigen/Core>
#include <optional>

namespace foray::scattering {

/// What the course of measured numbers may become from some place on.
enum class CourseShape {
  kStep,  ///< it jumps.
  kBend,  ///< its slope changes.
};

/// log10 of the probability that a Student's t has a square of at least this, -300 at least.
/// @param freedom  degrees of freedom, >= 1.
[[nodiscard]] double log10_student(double t_squared, Eigen::Index freedom);

/// How a change is looked for.
struct CourseOptions {
  double stretch = 1;    ///< over which a course is a parabola, in the unit of the places, > 0.
  double chance = 1e-4;  ///< that one is found in scatter alone, in (0, 1).
};

/// Where a course changes.
struct CourseChange {
  CourseShape shape = CourseShape::kStep;
  Eigen::Index number = 0;  ///< row of the values in which it shows most.
  double size = 0;          ///< of the step, or of the change of slope a unit of the places.
  double scatter = 0;       ///< standard deviation about the courses, >= 0.
  double log10_p = 0;       ///< of the chance of this t in one test, -300 to 0.
  // Columns of neighbouring places: a step lies between them most likely, a bend at the lower one;
  // with 95 % either lies between the outer ones.
  Eigen::Index below = 0, above = 0, outer_below = 0, outer_above = 0;
};

/// Looks for the place from which on numbers along an axis follow another course.
///
/// About each gap between neighbouring places the numbers within half the stretch on either side,
/// the nearest 8 + d at least and 256 at most, are taken to follow a parabola in the place, and a
/// plane in whatever else differs, with normal scatter of unknown size. A step in the gap and a
/// bend at its lower end are fitted beside these, and their t compared with Student's distribution.
/// The least probable is a change where its probability, times the number of tests, is at most the
/// chance allowed (Bonferroni). It may also be where the misfit differs by less than Student's 95 %
/// interval, a bend also up to one place below. Two places at least lie on each side of a step,
/// three beyond a bend.
///
/// @param places  n, in any order; equal ones are one place.
/// @param others  d x n, what else differs; 0 rows: nothing.
/// @param values  k x n numbers.
/// @returns nothing where no change is found, or measurements are fewer than 8 + d.
/// @throws std::invalid_argument on sizes that do not agree, values that are not finite, or options
///         out of range.
[[nodiscard]] std::optional<CourseChange> find_change(
    const Eigen::Ref<const Eigen::VectorXd>& places,
    const Eigen::Ref<const Eigen::MatrixXd>& others,
    const Eigen::Ref<const Eigen::MatrixXd>& values, const CourseOptions& options);

}  // namespace foray::scattering
