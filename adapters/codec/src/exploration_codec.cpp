#include "foray/codec/exploration_codec.h"

#include <cmath>
#include <cstdint>
#include <utility>

#include "enum_names.h"
#include "foray/codec/json.h"

namespace foray::codec {
namespace {

using classifier::Comparison;
using classifier::EmbeddingWeights;
using classifier::ExplorationLevel;
using classifier::ExplorationState;
using classifier::ImageFacts;
using classifier::InRegion;
using classifier::NearImage;
using classifier::ProjectionOptions;
using classifier::Selection;
using classifier::WithFact;

constexpr int kVersion = 1;
constexpr JsonLimits kLimits{.bytes = 512U << 20U, .depth = 8, .values = 64'000'000};

constexpr EnumNames<Comparison, 6> kComparisons{{{Comparison::kEqual, "="},
                                                 {Comparison::kUnequal, "!="},
                                                 {Comparison::kLess, "<"},
                                                 {Comparison::kLessOrEqual, "<="},
                                                 {Comparison::kGreater, ">"},
                                                 {Comparison::kGreaterOrEqual, ">="}}};
constexpr EnumNames<classifier::Metric, 2> kMetrics{
    {{classifier::Metric::kEuclidean, "euclidean"},
     {classifier::Metric::kCorrelation, "correlation"}}};
constexpr EnumNames<classifier::ProjectionKind, 2> kProjections{
    {{classifier::ProjectionKind::kPca, "pca"}, {classifier::ProjectionKind::kUmap, "umap"}}};

Json json_of_selection(const Selection& selection) {
  if (const auto* region = std::get_if<InRegion>(&selection)) {
    return {{"x", json_of(region->corners.row(0).transpose())},
            {"y", json_of(region->corners.row(1).transpose())}};
  }
  if (const auto* near = std::get_if<NearImage>(&selection)) {
    return {{"near", near->name}, {"count", near->count}};
  }
  const auto& fact = std::get<WithFact>(selection);
  return {{"fact", fact.name},
          {"comparison", name_of(kComparisons, fact.comparison)},
          {"value", fact.value}};
}

Selection selection_of(const Json& value, const std::string& path) {
  if (find_member(value, "x", path) != nullptr) {
    require_keys(value, {"x", "y"}, path);
    const Eigen::VectorXd x = vector_of(member(value, "x", path), join_path(path, "x"));
    const Eigen::VectorXd y = vector_of(member(value, "y", path), join_path(path, "y"));
    if (x.size() != y.size()) {
      throw CodecError(join_path(path, "y") + ": expected as many numbers as x has, " +
                       std::to_string(x.size()) + ", got " + std::to_string(y.size()));
    }
    if (x.size() < 3) {
      throw CodecError(join_path(path, "x") + ": expected at least 3 corners, got " +
                       std::to_string(x.size()));
    }
    InRegion region{Eigen::Matrix2Xd(2, x.size())};
    region.corners.row(0) = x;
    region.corners.row(1) = y;
    return region;
  }
  if (find_member(value, "near", path) != nullptr) {
    require_keys(value, {"near", "count"}, path);
    NearImage near;
    read_field(value, "near", path, near.name);
    read_field(value, "count", path, near.count);
    if (near.count < 1) {
      throw CodecError(join_path(path, "count") + ": expected at least 1, got " +
                       std::to_string(near.count));
    }
    return near;
  }
  require_keys(value, {"fact", "comparison", "value"}, path);
  WithFact fact{text_of(member(value, "fact", path), join_path(path, "fact")), Comparison::kEqual,
                text_of(member(value, "value", path), join_path(path, "value"))};
  read_field(value, "comparison", path, kComparisons, fact.comparison);
  return fact;
}

// Places are in steps of 1e-5: as doubles they are written with no more digits than that.
Json json_of_places(const Eigen::Ref<const Eigen::VectorXf>& places) {
  return json_of(((places.cast<double>().array() * 1e5).round() / 1e5).matrix());
}

Json json_of_level(const ExplorationLevel& level) {
  Json value = {{"images", level.images},
                {"x", json_of_places(level.map.row(0).transpose())},
                {"y", json_of_places(level.map.row(1).transpose())}};
  if (level.selection) value["selection"] = json_of_selection(*level.selection);
  return value;
}

ExplorationLevel level_of(const Json& value, const std::string& path) {
  require_keys(value, {"images", "x", "y", "selection"}, path);
  ExplorationLevel level;
  const Json& images = member(value, "images", path);
  if (!images.is_array()) {
    throw CodecError(join_path(path, "images") + ": expected an array, got " + describe(images));
  }
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::string place = join_path(join_path(path, "images"), i);
    const std::int64_t image = integer_of(images[i], place);
    if (image < 0 || image > INT32_MAX) {
      throw CodecError(place + ": expected the number of an image, got " + describe(images[i]));
    }
    level.images.push_back(static_cast<int>(image));
  }
  const Eigen::VectorXd x = vector_of(member(value, "x", path), join_path(path, "x"));
  const Eigen::VectorXd y = vector_of(member(value, "y", path), join_path(path, "y"));
  if (x.size() != static_cast<Eigen::Index>(level.images.size()) || y.size() != x.size()) {
    throw CodecError(path + ": expected x and y of " + std::to_string(level.images.size()) +
                     " images, got " + std::to_string(x.size()) + " and " +
                     std::to_string(y.size()));
  }
  level.map.resize(2, x.size());
  level.map.row(0) = x.cast<float>();
  level.map.row(1) = y.cast<float>();
  if (const Json* selection = find_member(value, "selection", path)) {
    level.selection = selection_of(*selection, join_path(path, "selection"));
  }
  return level;
}

Json json_of_projection(const ProjectionOptions& options) {
  return {{"kind", name_of(kProjections, options.kind)},
          {"metric", name_of(kMetrics, options.metric)},
          {"neighbours", options.neighbours},
          {"components", options.components},
          {"min_dist", options.layout.min_dist},
          {"spread", options.layout.spread},
          {"epochs", options.layout.epochs},
          {"negative_samples", options.layout.negative_samples},
          {"learning_rate", options.layout.learning_rate},
          {"repulsion", options.layout.repulsion},
          {"seed", json_of_seed(options.layout.seed, "seed")}};
}

ProjectionOptions projection_of(const Json& value, const std::string& path) {
  require_keys(value,
               {"kind", "metric", "neighbours", "components", "min_dist", "spread", "epochs",
                "negative_samples", "learning_rate", "repulsion", "seed"},
               path);
  ProjectionOptions options;
  read_field(value, "kind", path, kProjections, options.kind);
  read_field(value, "metric", path, kMetrics, options.metric);
  read_field(value, "neighbours", path, options.neighbours);
  read_field(value, "components", path, options.components);
  classifier::LayoutOptions& layout = options.layout;
  read_field(value, "min_dist", path, layout.min_dist);
  read_field(value, "spread", path, layout.spread);
  read_field(value, "epochs", path, layout.epochs);
  read_field(value, "negative_samples", path, layout.negative_samples);
  read_field(value, "learning_rate", path, layout.learning_rate);
  read_field(value, "repulsion", path, layout.repulsion);
  read_field(value, "seed", path, layout.seed);
  return options;
}

EmbeddingWeights weights_of(const Json& value, const std::string& path) {
  require_keys(value, {"texture", "scale", "symmetry"}, path);
  EmbeddingWeights weights;
  read_field(value, "texture", path, weights.texture);
  read_field(value, "scale", path, weights.scale);
  read_field(value, "symmetry", path, weights.symmetry);
  return weights;
}

std::vector<ImageFacts> facts_of(const Json& value) {
  std::vector<ImageFacts> facts;
  if (!value.is_array()) throw CodecError("/facts: expected an array, got " + describe(value));
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string path = join_path("/facts", i);
    if (!value[i].is_object()) {
      throw CodecError(path + ": expected an object, got " + describe(value[i]));
    }
    facts.emplace_back();
    for (const auto& [name, text] : value[i].items()) {
      facts.back()[name] = text_of(text, join_path(path, name));
    }
  }
  return facts;
}

}  // namespace

std::string write_exploration(const ExplorationState& state) {
  Json value = {{"foray_exploration", kVersion},
                {"names", state.names},
                {"left_out", state.left_out},
                {"facts", Json::array()},
                {"weights",
                 {{"texture", state.weights.texture},
                  {"scale", state.weights.scale},
                  {"symmetry", state.weights.symmetry}}},
                {"projection", json_of_projection(state.projection)},
                {"levels", Json::array()},
                {"folder", state.folder},
                {"features_sha256", state.features_sha256}};
  if (!state.encoder_sha256.empty()) value["encoder_sha256"] = state.encoder_sha256;
  for (const ImageFacts& facts : state.facts) value["facts"].push_back(facts);
  for (const ExplorationLevel& level : state.levels) {
    value["levels"].push_back(json_of_level(level));
  }
  return write_json(value) + "\n";
}

ExplorationState read_exploration(std::string_view text) {
  const Json value = parse_json(text, kLimits);
  require_keys(value,
               {"foray_exploration", "names", "left_out", "facts", "weights", "projection",
                "levels", "folder", "features_sha256", "encoder_sha256"},
               "");
  const std::int64_t version =
      integer_of(member(value, "foray_exploration", ""), "/foray_exploration");
  if (version != kVersion) {
    throw CodecError("/foray_exploration: expected version 1, got " + std::to_string(version));
  }
  ExplorationState state;
  state.names = texts_of(member(value, "names", ""), "/names");
  state.left_out = texts_of(member(value, "left_out", ""), "/left_out");
  state.facts = facts_of(member(value, "facts", ""));
  state.weights = weights_of(member(value, "weights", ""), "/weights");
  state.projection = projection_of(member(value, "projection", ""), "/projection");
  state.folder = text_of(member(value, "folder", ""), "/folder");
  state.features_sha256 = text_of(member(value, "features_sha256", ""), "/features_sha256");
  read_field(value, "encoder_sha256", "", state.encoder_sha256);
  const Json& levels = member(value, "levels", "");
  if (!levels.is_array()) {
    throw CodecError("/levels: expected an array, got " + describe(levels));
  }
  for (std::size_t i = 0; i < levels.size(); ++i) {
    state.levels.push_back(level_of(levels[i], join_path("/levels", i)));
  }
  return state;
}

}  // namespace foray::codec
