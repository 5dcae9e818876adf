#pragma once

#include <filesystem>
#include <vector>

#include "foray/classifier/labels.h"
#include "foray/classifier/preprocessing.h"
#include "foray/classifier/training.h"
#include "foray/files/read_measurement.h"

namespace foray::app {

/// Frames that a person has labelled.
struct LabelledSet {
  std::vector<classifier::LabelledFrame> examples;
  int experiments = 0;       ///< among them.
  int without_geometry = 0;  ///< of the frames.
};

/// Reads a table of labelled frames and the frames themselves.
///
/// The table has a header with the columns `file` (relative names begin at the table's folder),
/// `labels` (paths of the hierarchy, apart by blanks) and, where frames belong together,
/// `experiment`, any text; without it each file is an experiment of its own. Other columns are left
/// out of account.
/// @throws std::invalid_argument naming the table, the row and the file: a label that the hierarchy
///         does not know, with the nearest one; a file named twice; a column that is missing.
/// @throws files::FileError when a file cannot be read as a frame.
/// @param preprocessor  that of the weights which the frames are for.
LabelledSet read_labelled(const classifier::LabelHierarchy& labels,
                          const std::filesystem::path& table, const files::ReadOptions& reading,
                          const classifier::Preprocessor& preprocessor);

}  // namespace foray::app
