#include "foray/classifier/transitions.h"

#include <algorithm>
#include <cmath>

#include "foray/common/check.h"
#include "foray/scattering/course.h"

namespace foray::classifier {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using scattering::CourseShape;

namespace {

constexpr int kShapes = 2;  // Of CourseShape.

// What is left of the columns beside a straight line through them.
MatrixXd without_line(const MatrixXd& columns) {
  const VectorXd time =
      VectorXd::LinSpaced(columns.rows(), -0.5, 0.5);  // Orthogonal to a constant.
  MatrixXd rest = columns.rowwise() - columns.colwise().mean();
  rest -= time * (time.transpose() * rest) / time.squaredNorm();
  return rest;
}

// 0 before the onset; from there on 1 for a step, 1, 2, 3 ... for a bend.
VectorXd shape_of(CourseShape kind, Index count, Index onset) {
  VectorXd shape = VectorXd::Zero(count);
  for (Index i = onset; i < count; ++i)
    shape(i) = kind == CourseShape::kStep ? 1 : static_cast<double>(i - onset + 1);
  return shape;
}

}  // namespace

TransitionDetector::TransitionDetector(const TransitionOptions& options) : options_(options) {
  require(std::isfinite(options.frames_per_false_alarm) && options.frames_per_false_alarm > 0,
          "transitions: frames_per_false_alarm must be above 0");
  require(options.least >= 4, "transitions: least must be 4 or more");
  require(options.memory >= 2 * options.least + 2,
          "transitions: memory must be 2 least + 2 frames or more");
  require(options.longest >= 1 && options.longest <= options.memory - options.least,
          "transitions: longest must be from 1 to memory - least");
}

std::optional<Transition> TransitionDetector::add(const Eigen::Ref<const VectorXd>& features) {
  require(features.size() > 0 && (course_.empty() || features.size() == course_.front().size()),
          "transitions: expected as many numbers of each frame, at least one");
  require(features.allFinite(), "transitions: expected finite numbers");
  course_.emplace_back(features);
  ++count_;
  if (static_cast<int>(course_.size()) > options_.memory) course_.pop_front();
  auto found = strongest();
  if (!found) return found;
  const double tests =
      static_cast<double>(kShapes * options_.longest) * static_cast<double>(features.size());
  if (found->log10_p > -std::log10(tests * options_.frames_per_false_alarm)) return std::nullopt;
  const auto first = count_ - static_cast<std::int64_t>(course_.size());
  course_.erase(course_.begin(), course_.begin() + (found->onset - first));
  return found;
}

std::optional<Transition> TransitionDetector::strongest() const {
  constexpr double kRounding = 1e-12;  // Of the spread: below it scatter is none.
  const auto count = static_cast<Index>(course_.size());
  if (count <= options_.least) return std::nullopt;
  MatrixXd values(count, course_.front().size());
  for (Index i = 0; i < count; ++i) values.row(i) = course_[static_cast<std::size_t>(i)];
  const MatrixXd scatter = without_line(values);
  const VectorXd squares = scatter.colwise().squaredNorm();
  const VectorXd floor =
      (values.colwise().squaredNorm() * (kRounding * kRounding)).array().max(1e-300);
  Transition best;
  double most = -1;
  const std::int64_t first = count_ - count;
  for (Index onset = std::max<Index>(options_.least, count - options_.longest); onset < count;
       ++onset)
    for (const auto kind : {CourseShape::kStep, CourseShape::kBend}) {
      if (kind == CourseShape::kBend && onset == count - 1) continue;  // The same as a step.
      const VectorXd shape = without_line(shape_of(kind, count, onset));
      const VectorXd gain = (scatter.transpose() * shape).array().square() / shape.squaredNorm();
      for (Index j = 0; j < gain.size(); ++j) {
        if (gain(j) <= floor(j)) continue;
        const double t_squared =
            gain(j) * static_cast<double>(count - 3) / std::max(squares(j) - gain(j), floor(j));
        if (!(t_squared > most)) continue;
        most = t_squared;
        best = {first + onset, count_ - 1, j, 0};
      }
    }
  if (most < 0) return std::nullopt;
  best.log10_p = scattering::log10_student(most, count - 3);
  return best;
}

VectorXd series_features(const Preprocessor& preprocessor, const scattering::Frame& frame) {
  const PreparedFrame prepared = preprocessor.prepare(frame);
  const Eigen::Map<const Eigen::Matrix<float, kPolarBins, kCurveChannels>> curve(
      prepared.curve.data());
  // Channels of the radial branch, and into how many parts each is averaged.
  struct Part {
    Index channel;
    Index count;
  };
  // What is clipped (an excess, a contrast) scatters too little, and then far too much.
  constexpr Part kParts[] = {{0, 36}, {5, 8}};
  VectorXd features(44);
  Index next = 0;
  for (const Part& part : kParts) {
    const Index width = kPolarBins / part.count;
    for (Index i = 0; i < part.count; ++i)
      features(next++) = curve.col(part.channel).segment(i * width, width).cast<double>().mean();
  }
  return features;
}

}  // namespace foray::classifier
