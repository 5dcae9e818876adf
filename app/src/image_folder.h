#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "foray/classifier/embedding.h"
#include "foray/classifier/exploration.h"
#include "foray/scattering/image.h"

namespace foray::app {

/// The pixels of one image file.
struct FolderImage {
  scattering::Image pixels;
  scattering::Mask mask;
};

/// Reads an image of any format that foray knows, PNG pictures too; of a file with several the
/// first.
/// @throws files::FileError.
FolderImage read_folder_image(const std::filesystem::path& path);

/// Names of the image files in a folder, sorted; told by their endings.
/// @throws std::invalid_argument when it is no folder or holds none.
std::vector<std::string> image_names(const std::filesystem::path& folder);

/// What became of the images of a folder.
struct EmbeddedFolder {
  std::vector<std::string> names;     ///< those with features.
  Eigen::MatrixXf features;           ///< as many rows as the embedder tells, x names.
  std::vector<std::string> left_out;  ///< the others.
  std::vector<std::string> problems;  ///< a line for each of them.
};

/// Computes the features of images; what cannot be read or holds nothing is a problem, the rest is
/// done.
/// @param progress  called with the number of images done, by one thread at a time.
EmbeddedFolder embed_folder(const classifier::ImageEmbedder& embedder,
                            const std::filesystem::path& folder,
                            const std::vector<std::string>& names, int threads,
                            const std::function<void(std::size_t)>& progress);

/// Whether text is UTF-8, as all is that an exploration keeps.
bool is_utf8(const std::string& text);

/// Text for messages and JSON: bytes that are not ASCII as \xNN where it is not UTF-8.
std::string readable(const std::string& text);

/// What a file says of images, in the order of `names`; of those it does not name nothing. CSV: a
/// row of column names, then a row an image, its name first. JSON: {"image": {"name": value}}.
/// What is not UTF-8 in a CSV is left out.
/// @param problems  gets a line for each cell that is left out.
/// @throws std::invalid_argument naming the file and the line or path, when it is neither or names
///         none of the images.
std::vector<classifier::ImageFacts> read_facts(const std::filesystem::path& path,
                                               const std::vector<std::string>& names,
                                               std::vector<std::string>& problems);

}  // namespace foray::app
