#include "foray/instruments/replay_source.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "foray/common/check.h"
#include "foray/instruments/table.h"
#include "foray/surrogate/local_plane.h"
#include "named_position.h"

namespace foray::instruments {
namespace {

using codec::ReplayInstrumentSpec;
using codec::ReplayMethod;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

const Eigen::VectorXd& number_column(const Table& table, const std::string& column,
                                     const std::string& file) {
  const auto found = table.numbers.find(column);
  require(found != table.numbers.end(),
          file + ": expected a column " + column + " of numbers, found " + listed(table.names));
  return found->second;
}

struct ValueColumn {
  std::string name;
  Eigen::VectorXd values;
  Eigen::VectorXd variances;
};

// Weights l of the rows: the answer is the sum of l_i y_i.
struct Weights {
  std::vector<Eigen::Index> rows;
  Eigen::VectorXd l;
};

class TableSource final : public MeasurementSource {
 public:
  TableSource(const ReplayInstrumentSpec& spec, const std::vector<std::string>& parameters,
              const std::filesystem::path& folder, MeasurementReader reader)
      : parameters_(parameters),
        method_(spec.method),
        neighbours_(spec.neighbours),
        reader_(std::move(reader)) {
    const std::filesystem::path file = folder / spec.file;
    file_ = file.string();
    folder_ = file.parent_path();
    std::vector<std::string> text_columns;
    if (!spec.frames.empty()) {
      text_columns.push_back(spec.frames);
    }
    for (const std::string& parameter : parameters_) {
      const auto mapped = spec.positions.find(parameter);
      position_columns_.push_back(mapped == spec.positions.end() ? parameter : mapped->second);
    }
    // Beside frame files the positions are all that is needed; a log may hold anything else.
    const Table table =
        read_table(file, spec.group, text_columns,
                   spec.frames.empty() ? std::vector<std::string>{} : position_columns_);
    read_positions(table);
    if (spec.frames.empty()) {
      read_values(spec, table);
    } else {
      read_frames(spec, table);
    }
  }

  [[nodiscard]] std::string description() const override { return "replay of " + file_; }

  [[nodiscard]] SourceReading read(const SourceRequest& request) const override {
    const Eigen::VectorXd at =
        pick(request.names, request.position, parameters_, "replay of " + file_);
    const Eigen::VectorXd distances =
        ((positions_.colwise() - at).array().colwise() / scale_.array()).matrix().colwise().norm();
    Eigen::Index nearest = 0;
    distances.minCoeff(&nearest);
    if (!frames_.empty()) {
      const auto index = static_cast<std::size_t>(nearest);
      return {reader_(folder_ / frames_[index]), row_position(request, nearest)};
    }
    if (method_ == ReplayMethod::kNearest) {
      const Weights only{{nearest}, Eigen::VectorXd::Ones(1)};
      return {mix(only), row_position(request, nearest)};
    }
    return {mix(weights(at, distances)), {}};
  }

 private:
  void read_positions(const Table& table) {
    require(!parameters_.empty(), file_ + ": expected at least one parameter to replay, got none");
    positions_.resize(static_cast<Eigen::Index>(parameters_.size()), table.rows);
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const std::string& column = position_columns_[i];
      const Eigen::VectorXd& values = number_column(table, column, file_);
      require_finite(file_ + ": column " + column, values);
      positions_.row(static_cast<Eigen::Index>(i)) = values.transpose();
    }
    scale_ = positions_.rowwise().maxCoeff() - positions_.rowwise().minCoeff();
    scale_ = (scale_.array() > 0).select(scale_, 1.0);
  }

  void read_values(const ReplayInstrumentSpec& spec, const Table& table) {
    std::map<std::string, std::string> chosen = spec.values;
    if (chosen.empty()) {
      for (const std::string& column : table.names) {
        const bool is_position = std::find(position_columns_.begin(), position_columns_.end(),
                                           column) != position_columns_.end();
        const bool is_variance = column.size() > 9 && column.ends_with("_variance");
        if (!is_position && !is_variance && table.numbers.contains(column)) {
          chosen[column] = column;
        }
      }
    }
    require(!chosen.empty(), file_ + ": expected a column of values beside the positions, found " +
                                 listed(table.names));
    for (const auto& [name, column] : chosen) {
      ValueColumn value{name, number_column(table, column, file_),
                        Eigen::VectorXd::Zero(table.rows)};
      const auto named = spec.variances.find(name);
      const std::string variance =
          named == spec.variances.end() ? column + "_variance" : named->second;
      if (named != spec.variances.end() || table.numbers.contains(variance)) {
        value.variances = number_column(table, variance, file_);
        require((value.variances.array() >= 0).all(),
                file_ + ": column " + variance + ": expected variances >= 0, found " +
                    std::to_string(value.variances.minCoeff()));
      }
      values_.push_back(std::move(value));
    }
  }

  void read_frames(const ReplayInstrumentSpec& spec, const Table& table) {
    require(static_cast<bool>(reader_), file_ + ": expected a reader of frame files, got none");
    const auto found = table.texts.find(spec.frames);
    require(found != table.texts.end(), file_ + ": expected a column " + spec.frames +
                                            " of file names, found " + listed(table.names));
    frames_ = found->second;
  }

  // The row's own position; parameters that the table does not have stay as requested.
  [[nodiscard]] Eigen::VectorXd row_position(const SourceRequest& request, Eigen::Index row) const {
    Eigen::VectorXd position = request.position;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const auto at = std::find(request.names.begin(), request.names.end(), parameters_[i]);
      position[at - request.names.begin()] = positions_(static_cast<Eigen::Index>(i), row);
    }
    return position;
  }

  [[nodiscard]] scattering::Values mix(const Weights& weights) const {
    scattering::Values values;
    for (const ValueColumn& column : values_) {
      scattering::NamedValue value{column.name, 0, 0};
      for (std::size_t i = 0; i < weights.rows.size(); ++i) {
        const double l = weights.l[static_cast<Eigen::Index>(i)];
        value.value += l * column.values[weights.rows[i]];
        value.variance += l * l * column.variances[weights.rows[i]];
      }
      values.push_back(std::move(value));
    }
    return values;
  }

  [[nodiscard]] Weights weights(const Eigen::VectorXd& at, const Eigen::VectorXd& distances) const {
    Weights result;
    result.rows = surrogate::nearest(distances, neighbours_);
    if (method_ == ReplayMethod::kInverseDistance) {
      result.l = inverse_distance(distances(result.rows));
      return result;
    }
    const Eigen::MatrixXd offsets =
        (positions_(Eigen::all, result.rows).colwise() - at).array().colwise() / scale_.array();
    result.l = surrogate::local_plane_weights(offsets);
    return result;
  }

  static Eigen::VectorXd inverse_distance(const Eigen::VectorXd& near) {
    if (near[0] == 0) {
      return Eigen::VectorXd::Unit(near.size(), 0);
    }
    // Relative to the nearest, so that tiny distances do not overflow.
    const Eigen::VectorXd weights = (near[0] / near.array()).square();
    return weights / weights.sum();
  }

  std::vector<std::string> parameters_;
  ReplayMethod method_;
  int neighbours_;
  MeasurementReader reader_;
  std::string file_;
  std::filesystem::path folder_;
  std::vector<std::string> position_columns_;
  Eigen::MatrixXd positions_;  // d x n
  Eigen::VectorXd scale_;      // d: what each column spans
  std::vector<ValueColumn> values_;
  std::vector<std::string> frames_;
};

}  // namespace

std::unique_ptr<MeasurementSource> make_replay_source(const ReplayInstrumentSpec& spec,
                                                      const std::vector<std::string>& parameters,
                                                      const std::filesystem::path& folder,
                                                      MeasurementReader reader) {
  require(spec.neighbours >= 1,
          "replay: expected at least 1 neighbour, got " + std::to_string(spec.neighbours));
  require(spec.frames.empty() || spec.method == ReplayMethod::kNearest,
          "replay: expected the method nearest for frames");
  return std::make_unique<TableSource>(spec, parameters, folder, std::move(reader));
}

}  // namespace foray::instruments
