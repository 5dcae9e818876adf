#pragma once

#include <Eigen/Core>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "foray/classifier/embedding.h"
#include "foray/classifier/projection.h"

namespace foray::classifier {

/// What is known of an image beside its pixels, by name: a temperature, a sample.
using ImageFacts = std::map<std::string, std::string>;

/// Images within a polygon of the map.
struct InRegion {
  Eigen::Matrix2Xd corners;  ///< in the map's coordinates, at least 3, in order round it.
};

/// An image and those nearest to it by their features.
struct NearImage {
  std::string name;
  int count = 100;  ///< images besides it, >= 1.
};

/// How a fact is compared.
enum class Comparison { kEqual, kUnequal, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

/// Images of which something is known to be so; those of which it is not known are left out.
/// Compared as numbers where both are.
struct WithFact {
  std::string name;
  Comparison comparison = Comparison::kEqual;
  std::string value;
};

/// A way to choose among the images of a map.
using Selection = std::variant<InRegion, NearImage, WithFact>;

/// What is known of an image as a number, when all of it is a finite one.
std::optional<double> number_of(std::string_view fact);

/// In a few words, for breadcrumbs: "12 nearest to a.tif", "temperature >= 300".
/// @throws std::invalid_argument for a polygon without corners.
std::string describe(const Selection& selection);

/// A map of some of the images.
struct ExplorationLevel {
  std::optional<Selection> selection;  ///< what it was chosen by in the level above; none: all.
  std::vector<int> images;             ///< ascending.
  Eigen::MatrixXf map;                 ///< 2 x images: their places, in steps of 1e-5.
};

/// All that is kept of an exploration but its features: what is saved and opened again.
struct ExplorationState {
  std::vector<std::string> names;        ///< of the images, each once.
  std::vector<std::string> left_out;     ///< images that have no features: broken, flat.
  std::vector<ImageFacts> facts;         ///< of each image, or empty.
  EmbeddingWeights weights;              ///< that the features were weighed with.
  ProjectionOptions projection;          ///< of every level.
  std::vector<ExplorationLevel> levels;  ///< from all images to the present selection.
  std::string folder;                    ///< where the images were found, "" when not told.
  std::string features_sha256;           ///< of the file that keeps the features, "" when none.
  std::string encoder_sha256;            ///< of the network that told textures, "" when none.
};

/// Explores images by maps of maps: lay all out, select some, lay these out again, to any depth.
///
/// Every level is laid out anew from the features of its own images, so that what was a spot
/// unfolds. The same features, options and selections give the same levels on any number of
/// threads.
class Exploration {
 public:
  /// Opens a state; where it has no levels yet, the first is made.
  ///
  /// @param features  d x images, as images are compared (see weighed()).
  /// @throws std::invalid_argument when names are missing or twice there, shapes differ, or a level
  ///         holds images that are not there or not in the level above, or a selection that
  ///         chosen() refuses by itself; see project() too.
  Exploration(ExplorationState state, Eigen::MatrixXf features);

  /// The present level.
  [[nodiscard]] const ExplorationLevel& level() const { return state_.levels.back(); }
  [[nodiscard]] const ExplorationState& state() const { return state_; }

  /// "all", then what each level was chosen by.
  [[nodiscard]] std::vector<std::string> breadcrumbs() const;

  /// The images of the present level that a selection holds, ascending.
  /// @throws std::invalid_argument for a polygon of fewer than 3 corners, a name that is not in the
  ///         level, a count below 1, or a fact that is known of no image.
  [[nodiscard]] std::vector<int> chosen(const Selection& selection) const;

  /// Lays the selected images out as a further level.
  /// @throws std::invalid_argument as chosen(), and when none is selected; the levels are then as
  ///         before.
  void select(const Selection& selection);

  /// Leaves `count` levels.
  /// @throws std::invalid_argument unless 0 <= count and one level stays.
  void back(int count = 1);

 private:
  [[nodiscard]] Eigen::MatrixXf features_of(const std::vector<int>& images) const;
  [[nodiscard]] Eigen::MatrixXf laid_out(const std::vector<int>& images) const;
  [[nodiscard]] std::vector<int> within(const InRegion& region) const;
  [[nodiscard]] std::vector<int> near(const NearImage& near) const;
  [[nodiscard]] std::vector<int> with(const WithFact& fact) const;

  ExplorationState state_;
  Eigen::MatrixXf features_;
};

}  // namespace foray::classifier
