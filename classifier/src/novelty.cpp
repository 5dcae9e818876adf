#include "novelty.h"

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "foray/common/check.h"

namespace foray::classifier {
namespace {

// Dimensions of the plane. From 48 to 96 areas under the curve differ by less than their errors.
constexpr Eigen::Index kAxes = 64;

using FloatRows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Appends square roots, signs kept, of `size` features, all together of length 1.
void append_scaled(const float* features, int size, std::vector<float>& all) {
  double length = 0;
  for (int k = 0; k < size; ++k) length += std::abs(static_cast<double>(features[k]));
  // Features that are all 0 stay so.
  const float scale = length > 0 ? static_cast<float>(1 / std::sqrt(length)) : 0.0F;
  for (int k = 0; k < size; ++k) {
    all.push_back(std::copysign(std::sqrt(std::abs(features[k])), features[k]) * scale);
  }
}

int frames_of(const EnsembleResult& result) {
  return static_cast<int>(result.trunk.front().size()) / result.shape.trunk_features();
}

double mean_output(const EnsembleResult& result, int output, int frame) {
  const auto at = static_cast<std::size_t>(frame) * static_cast<std::size_t>(result.shape.outputs) +
                  static_cast<std::size_t>(output);
  double sum = 0;
  for (const std::vector<float>& of_one : result.outputs) sum += of_one[at];
  return sum / static_cast<double>(result.outputs.size());
}

double deviation(const std::vector<double>& values) {
  const Eigen::Map<const Eigen::ArrayXd> all(values.data(),
                                             static_cast<Eigen::Index>(values.size()));
  return std::sqrt((all - all.mean()).square().mean());
}

double weight_of_foreign(const KnownFrames& known, const EnsembleResult& frames, int foreign) {
  std::vector<double> logs;
  std::vector<double> answers;
  for (int k = 0; k < frames_of(frames); ++k) {
    logs.push_back(log_distance(known, frames, k));
    answers.push_back(mean_output(frames, foreign, k));
  }
  const double spread = deviation(answers);
  return spread > 0 ? deviation(logs) / spread : 0;
}

}  // namespace

std::vector<float> compared_features(const EnsembleResult& result, int frame) {
  std::vector<float> all;
  const int size = result.shape.trunk_features();
  for (const std::vector<float>& features : result.trunk) {
    append_scaled(features.data() + static_cast<std::ptrdiff_t>(frame) * size, size, all);
  }
  return all;
}

double log_distance(const KnownFrames& known, const EnsembleResult& result, int frame) {
  const std::vector<float> features = compared_features(result, frame);
  const auto size = static_cast<Eigen::Index>(features.size());
  const auto axes = static_cast<Eigen::Index>(known.axes.size()) / size;
  const Eigen::VectorXf away = Eigen::Map<const Eigen::VectorXf>(features.data(), size) -
                               Eigen::Map<const Eigen::VectorXf>(known.mean.data(), size);
  const Eigen::Map<const FloatRows> plane(known.axes.data(), axes, size);
  const Eigen::VectorXf along = plane * away;
  const double distance = (away - plane.transpose() * along).norm();
  // A frame in the plane is no nearer to it than rounding tells.
  return std::log(std::max(distance, 1e-6));
}

int foreign_output(const LabelHierarchy& labels) {
  const auto place = sigmoid_place(labels, kForeign);
  return place ? output_layout(labels).sigmoid[*place] : -1;
}

double novelty_score(const KnownFrames& known, int foreign, const EnsembleResult& result,
                     int frame) {
  double score = log_distance(known, result, frame) - known.log_threshold;
  if (foreign >= 0) score += known.foreign_weight * mean_output(result, foreign, frame);
  return score;
}

KnownFrames measure_known(const EnsembleResult& known, const EnsembleResult& held_out, int foreign,
                          double false_alarms) {
  const int count = frames_of(known);
  require(count > 1, "measure_known: expected at least 2 frames, got " + std::to_string(count));
  require(frames_of(held_out) > 1, "measure_known: expected at least 2 held-out frames, got " +
                                       std::to_string(frames_of(held_out)));
  const auto size = static_cast<Eigen::Index>(compared_features(known, 0).size());
  Eigen::MatrixXd rows(count, size);
  for (int k = 0; k < count; ++k) {
    const std::vector<float> features = compared_features(known, k);
    rows.row(k) = Eigen::Map<const Eigen::RowVectorXf>(features.data(), size).cast<double>();
  }
  const Eigen::RowVectorXd mean = rows.colwise().mean();
  rows.rowwise() -= mean;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(rows.transpose() * rows);
  // The last columns have the largest variances; fewer frames than axes span fewer.
  const Eigen::Index axes = std::min<Eigen::Index>({kAxes, size - 1, count - 1});
  const FloatRows plane = solver.eigenvectors().rightCols(axes).transpose().cast<float>();
  const Eigen::RowVectorXf middle = mean.cast<float>();
  KnownFrames result;
  result.mean.assign(middle.data(), middle.data() + middle.size());
  result.axes.assign(plane.data(), plane.data() + plane.size());
  if (foreign >= 0) result.foreign_weight = weight_of_foreign(result, held_out, foreign);
  std::vector<double> scores;
  for (int k = 0; k < frames_of(held_out); ++k) {
    scores.push_back(novelty_score(result, foreign, held_out, k));
  }
  std::sort(scores.begin(), scores.end());
  // No threshold is known beyond the last frame, so of a few frames the share is another.
  const auto n = static_cast<long>(scores.size());
  const long beyond = std::clamp(std::lround(false_alarms * static_cast<double>(n)), 1L, n - 1);
  result.false_alarms = static_cast<double>(beyond) / static_cast<double>(n);
  result.log_threshold = scores[static_cast<std::size_t>(n - 1 - beyond)];
  return result;
}

KnownFrames with_more_known(KnownFrames known, const EnsembleResult& result,
                            const std::vector<std::size_t>& frames) {
  constexpr Eigen::Index kMoreAxes = 32;
  const auto size = static_cast<Eigen::Index>(known.mean.size());
  const auto count = static_cast<Eigen::Index>(frames.size());
  if (size == 0 || count == 0) return known;
  const auto axes = static_cast<Eigen::Index>(known.axes.size()) / size;
  const Eigen::MatrixXd plane =
      Eigen::Map<const FloatRows>(known.axes.data(), axes, size).cast<double>();
  const Eigen::RowVectorXd mean =
      Eigen::Map<const Eigen::RowVectorXf>(known.mean.data(), size).cast<double>();
  Eigen::MatrixXd away(count, size);
  for (Eigen::Index k = 0; k < count; ++k) {
    const std::vector<float> features =
        compared_features(result, static_cast<int>(frames[static_cast<std::size_t>(k)]));
    away.row(k) = Eigen::Map<const Eigen::RowVectorXf>(features.data(), size).cast<double>() - mean;
  }
  away -= (away * plane.transpose()).eval() * plane;
  // Their main directions about the plane itself, from the small one of the two square matrices.
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(away * away.transpose());
  const Eigen::VectorXd& squares = solver.eigenvalues();
  const Eigen::Index more = std::min({kMoreAxes, count, size - 1 - axes});
  for (Eigen::Index k = count - 1; k >= count - more; --k) {
    // What is left by rounding is no direction.
    if (squares(k) <= 1e-9 * static_cast<double>(count)) break;
    const Eigen::RowVectorXf axis =
        (solver.eigenvectors().col(k).transpose() * away / std::sqrt(squares(k))).cast<float>();
    known.axes.insert(known.axes.end(), axis.begin(), axis.end());
  }
  return known;
}

void require_fit(const KnownFrames& known, std::size_t members, const NetworkShape& shape,
                 const std::string& place) {
  const std::size_t size = members * static_cast<std::size_t>(shape.trunk_features());
  if (known.mean.empty() || known.mean.size() == size) return;
  throw std::runtime_error(place + ": expected known frames of " + std::to_string(size) +
                           " features, got " + std::to_string(known.mean.size()));
}

}  // namespace foray::classifier
