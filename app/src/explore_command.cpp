#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "command.h"
#include "foray/classifier/embedding.h"
#include "foray/classifier/exploration.h"
#include "foray/codec/codec_error.h"
#include "foray/codec/exploration_codec.h"
#include "foray/files/atomic_write.h"
#include "foray/files/file_error.h"
#include "foray/files/image_file.h"
#include "image_folder.h"
#include "map_page.h"
#include "progress.h"

namespace foray::app {
namespace {

namespace fs = std::filesystem;
using classifier::Comparison;
using classifier::Exploration;
using classifier::ExplorationState;
using classifier::ImageFacts;
using classifier::Selection;

struct ExploreOptions {
  std::string folder, out, facts;
  std::vector<std::string> selections;
  int back = 0;
  bool fresh = false;
  int threads = 0;
  classifier::EmbeddingWeights weights;
  std::string encoder;
  classifier::ImageEncoder::Options pictures;
  std::string kind = "umap", metric = "euclidean";
  classifier::ProjectionOptions projection;
  MapPageOptions page;
};

[[noreturn]] void refuse_selection(const std::string& text) {
  throw std::invalid_argument(fmt::format(
      "explore: --select: expected region:X1,Y1,X2,Y2 or polygon:X,Y,X,Y,X,Y... or near:IMAGE or "
      "near:IMAGE:COUNT or where:NAME=VALUE (or !=, <, <=, >, >=), got {}",
      text));
}

Eigen::Matrix2Xd corners_of(const std::string& text, const std::string& numbers, bool region) {
  std::vector<double> values;
  std::istringstream parts(numbers);
  for (std::string part; std::getline(parts, part, ',');) {
    double value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size()) refuse_selection(text);
    values.push_back(value);
  }
  if (region ? values.size() != 4 : values.size() < 6 || values.size() % 2 != 0) {
    refuse_selection(text);
  }
  if (region) {
    values = {values[0], values[1], values[2], values[1],
              values[2], values[3], values[0], values[3]};
  }
  return Eigen::Map<const Eigen::Matrix2Xd>(values.data(), 2,
                                            static_cast<Eigen::Index>(values.size() / 2));
}

classifier::WithFact fact_of(const std::string& text, const std::string& condition) {
  static const std::pair<const char*, Comparison> kSigns[] = {{"!=", Comparison::kUnequal},
                                                              {"<=", Comparison::kLessOrEqual},
                                                              {">=", Comparison::kGreaterOrEqual},
                                                              {"=", Comparison::kEqual},
                                                              {"<", Comparison::kLess},
                                                              {">", Comparison::kGreater}};
  const std::size_t at = condition.find_first_of("!<>=");
  if (at == std::string::npos || at == 0) refuse_selection(text);
  for (const auto& [sign, comparison] : kSigns) {
    const std::string_view rest = std::string_view(condition).substr(at);
    if (!rest.starts_with(sign)) continue;
    return {condition.substr(0, at), comparison,
            std::string(rest.substr(std::string_view(sign).size()))};
  }
  refuse_selection(text);
}

Selection selection_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || !is_utf8(text)) refuse_selection(readable(text));
  const std::string kind = text.substr(0, colon);
  const std::string rest = text.substr(colon + 1);
  if (kind == "region" || kind == "polygon") {
    return classifier::InRegion{corners_of(text, rest, kind == "region")};
  }
  if (kind == "where") return fact_of(text, rest);
  if (kind != "near" || rest.empty()) refuse_selection(text);
  classifier::NearImage near{rest};
  const std::size_t last = rest.rfind(':');
  if (last == std::string::npos) return near;
  const std::string count = rest.substr(last + 1);
  int number = 0;
  const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), number);
  // A name may hold a colon itself, and digits after it.
  if (error == std::errc() && end == count.data() + count.size()) {
    near = {rest.substr(0, last), number};
  }
  return near;
}

// "embedded 120 of 25133 images, 4 min left": one live line in a terminal, every tenth in a pipe.
class EmbeddingProgress {
 public:
  explicit EmbeddingProgress(std::size_t all) : all_(all) {}

  void operator()(std::size_t done) {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const bool last = done == all_;
    if (terminal_ ? seconds - shown_ < 0.2 && !last : done * 10 / all_ == (done - 1) * 10 / all_) {
      return;
    }
    shown_ = seconds;
    const double left = seconds / static_cast<double>(done) * static_cast<double>(all_ - done);
    fmt::print(stderr, "{}embedded {} of {} images{}{}", terminal_ ? "\r" : "", done, all_,
               last ? "             " : fmt::format(", {} left  ", duration(left)),
               terminal_ && !last ? "" : "\n");
  }

 private:
  std::size_t all_;
  bool terminal_ = isatty(STDERR_FILENO) != 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double shown_ = 0;
};

struct Paths {
  fs::path folder, state, features, new_features, page;
};

// The folder's full name, so that `.` has one and two folders of one name differ.
Paths paths_of(const ExploreOptions& options) {
  fs::path folder = fs::weakly_canonical(options.folder);
  if (!folder.has_filename()) folder = folder.parent_path();
  if (options.out.empty() && !folder.has_filename()) {
    throw std::invalid_argument(
        fmt::format("explore: expected --out, since {} has no name", folder.string()));
  }
  const fs::path out = options.out.empty() ? fs::path(folder.filename().string() + "-explore")
                                           : fs::path(options.out);
  return {folder, out / "exploration.json", out / "features.npy", out / "features.npy.new",
          out / "map.html"};
}

fs::path facts_path(const ExploreOptions& options, const fs::path& folder) {
  if (!options.facts.empty()) return options.facts;
  for (const char* name : {"metadata.csv", "metadata.json"}) {
    if (fs::exists(folder / name)) return folder / name;
  }
  return {};
}

// Refuses what would be refused after hours of work.
void rehearse(const ExploreOptions& options, const std::vector<std::string>& names,
              const std::vector<ImageFacts>& facts, const std::vector<Selection>& selections) {
  if (options.back > 0) {
    throw std::invalid_argument(fmt::format(
        "explore: --back: expected 0 where nothing was selected yet, got {}", options.back));
  }
  weighed(Eigen::MatrixXf(classifier::EmbeddingParts::kAll, 0), options.weights);
  classifier::require_valid(options.projection);
  require_colour(facts, options.page.colour);
  ExplorationState state;
  state.names = names;
  state.facts = facts;
  classifier::ExplorationLevel level;
  level.images.resize(names.size());
  std::iota(level.images.begin(), level.images.end(), 0);
  const auto n = static_cast<Eigen::Index>(names.size());
  level.map = Eigen::MatrixXf::Zero(2, n);
  state.levels.push_back(level);
  const Exploration all(std::move(state), Eigen::MatrixXf::Zero(1, n));
  for (const Selection& selection : selections) {
    // Regions cannot be judged before there is a map.
    if (all.chosen(selection).empty() && !std::holds_alternative<classifier::InRegion>(selection)) {
      throw std::invalid_argument(
          fmt::format("select: {}: expected at least one image, got none", describe(selection)));
    }
  }
}

// Names that JSON cannot hold are taken out.
void leave_out_unreadable(const fs::path& folder, std::vector<std::string>& names,
                          std::vector<std::string>& problems) {
  const auto end = std::stable_partition(names.begin(), names.end(), is_utf8);
  for (auto name = end; name != names.end(); ++name) {
    problems.push_back(fmt::format("{}: expected a file name in UTF-8, left out",
                                   readable((folder / *name).string())));
  }
  names.erase(end, names.end());
}

void report(const std::vector<std::string>& problems, bool& all) {
  for (const std::string& problem : problems) fmt::print(stderr, "foray: {}\n", problem);
  all = all && problems.empty();
}

// Facts of some of the names.
std::vector<ImageFacts> facts_of(const std::vector<std::string>& some,
                                 const std::vector<std::string>& names,
                                 const std::vector<ImageFacts>& facts) {
  std::vector<ImageFacts> result;
  std::size_t i = 0;  // both are in one order
  for (const std::string& name : some) {
    while (names[i] != name) ++i;
    result.push_back(facts[i]);
  }
  return result;
}

void save(const ExplorationState& state, const Paths& paths) {
  files::write_atomically(paths.state.string(), codec::write_exploration(state));
}

// The network that tells textures, if one is named.
std::shared_ptr<const classifier::ImageEncoder> encoder_of(const ExploreOptions& options) {
  if (options.encoder.empty()) return nullptr;
  return std::make_shared<const classifier::ImageEncoder>(options.encoder, options.pictures);
}

// The first level of a new exploration, saved. `all`: nothing had to be left out.
Exploration begin(const ExploreOptions& options, const Paths& paths,
                  const std::vector<Selection>& selections, bool& all) {
  std::vector<std::string> names = image_names(paths.folder);
  const std::size_t found = names.size();
  const classifier::ImageEmbedder embedder(encoder_of(options));
  std::vector<std::string> problems;
  leave_out_unreadable(paths.folder, names, problems);
  std::vector<ImageFacts> facts;
  const fs::path known = facts_path(options, paths.folder);
  if (!names.empty()) {
    if (!known.empty()) facts = read_facts(known, names, problems);
    rehearse(options, names, facts, selections);
  }
  report(problems, all);
  EmbeddingProgress progress(names.size());
  EmbeddedFolder embedded = embed_folder(embedder, paths.folder, names, options.threads,
                                         [&](std::size_t done) { progress(done); });
  report(embedded.problems, all);
  if (embedded.names.empty()) {
    throw std::runtime_error(
        fmt::format("{}: none of {} images could be embedded", paths.folder.string(), found));
  }
  ExplorationState state;
  if (!facts.empty()) state.facts = facts_of(embedded.names, names, facts);
  state.names = std::move(embedded.names);
  state.left_out = std::move(embedded.left_out);
  state.weights = options.weights;
  state.projection = options.projection;
  state.folder = readable(paths.folder.string());
  if (!options.encoder.empty()) state.encoder_sha256 = files::sha256_of_file(options.encoder);
  fs::create_directories(paths.state.parent_path());
  // Aside, so that an older exploration stays whole until this one is.
  state.features_sha256 =
      files::write_npy(paths.new_features.string(), embedded.features.transpose().cast<double>(),
                       files::PixelType::kFloat32);
  Eigen::MatrixXf compared = weighed(embedded.features, state.weights);
  Exploration exploration(std::move(state), std::move(compared));
  fs::rename(paths.new_features, paths.features);
  save(exploration.state(), paths);
  return exploration;
}

// Refuses an exploration of other images than those asked for, and features that are not its own.
void require_own(const ExplorationState& state, const Paths& paths) {
  const std::string folder = readable(paths.folder.string());
  if (state.folder != folder) {
    throw std::invalid_argument(
        fmt::format("{}: expected the folder that it began with, {}, got {}; --out names another "
                    "place, --fresh "
                    "begins anew (where the folder was moved, change \"folder\" in the file)",
                    paths.state.string(), state.folder, folder));
  }
  const std::string digest = files::sha256_of_file(paths.features.string());
  if (digest != state.features_sha256) {
    throw std::invalid_argument(
        fmt::format("{}: expected the features of {}, SHA-256 {}, got {}; --fresh begins anew",
                    paths.features.string(), paths.state.string(), state.features_sha256, digest));
  }
}

Exploration reopen(const ExploreOptions& options, const Paths& paths, bool& all) {
  std::ifstream file(paths.state, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  try {
    ExplorationState state = codec::read_exploration(text.str());
    require_own(state, paths);
    const Eigen::MatrixXf features =
        files::read_npy(paths.features.string()).pixels.matrix().transpose().cast<float>();
    state.projection.layout.threads = options.threads;
    std::vector<std::string> problems;
    if (!options.facts.empty()) state.facts = read_facts(options.facts, state.names, problems);
    report(problems, all);
    Eigen::MatrixXf compared = weighed(features, state.weights);
    return {std::move(state), std::move(compared)};
  } catch (const codec::CodecError& error) {
    throw std::invalid_argument(fmt::format("{}: {}", paths.state.string(), error.what()));
  } catch (const files::FileError& error) {
    throw std::invalid_argument(fmt::format("{}; --fresh begins anew", error.what()));
  }
}

// How many images of the folder a saved exploration does not know.
void tell_of_new_images(const ExplorationState& state, const fs::path& folder) {
  if (!fs::is_directory(folder)) return;
  std::vector<std::string> known = state.names;
  known.insert(known.end(), state.left_out.begin(), state.left_out.end());
  std::sort(known.begin(), known.end());
  const std::vector<std::string> names = image_names(folder);
  const auto added = std::count_if(names.begin(), names.end(), [&](const std::string& name) {
    return is_utf8(name) && !std::binary_search(known.begin(), known.end(), name);
  });
  if (added == 0) return;
  fmt::print(stderr, "foray: {}: {} image(s) are not in the exploration; --fresh begins anew\n",
             folder.string(), added);
}

int explore(ExploreOptions options, bool described) {
  if (options.threads == 0) {
    options.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }
  options.projection.layout.threads = options.threads;
  options.projection.kind =
      options.kind == "pca" ? classifier::ProjectionKind::kPca : classifier::ProjectionKind::kUmap;
  options.projection.metric = options.metric == "correlation" ? classifier::Metric::kCorrelation
                                                              : classifier::Metric::kEuclidean;
  const Paths paths = paths_of(options);
  std::vector<Selection> selections;  // all read before hours of work
  for (const std::string& text : options.selections) selections.push_back(selection_of(text));
  const bool saved = fs::exists(paths.state) && !options.fresh;
  if (saved && described) {
    throw std::invalid_argument(
        fmt::format("explore: {}: expected no options on how images are compared and laid out, "
                    "which stay those "
                    "it began with; --fresh begins anew",
                    paths.state.string()));
  }
  bool all = true;
  Exploration exploration =
      saved ? reopen(options, paths, all) : begin(options, paths, selections, all);
  if (saved) tell_of_new_images(exploration.state(), paths.folder);
  exploration.back(options.back);
  for (const Selection& selection : selections) exploration.select(selection);
  const std::string page = map_page(exploration, paths.folder, options.page);
  save(exploration.state(), paths);
  files::write_atomically(paths.page.string(), page);
  std::string crumbs;
  for (const std::string& crumb : exploration.breadcrumbs()) {
    crumbs += (crumbs.empty() ? "" : " > ") + crumb;
  }
  fmt::print("{}: {} images\nmap: {}\n", crumbs, exploration.level().images.size(),
             paths.page.string());
  return all ? kExitDone : kExitFailed;
}

void add_encoder_options(CLI::App& compare, ExploreOptions& options) {
  compare
      .add_option("--encoder", options.encoder,
                  "network that tells textures instead, as TorchScript: one that you trust, it is "
                  "run, with your rights")
      ->check(CLI::ExistingFile);
  compare.add_option("--encoder-side", options.pictures.side,
                     "side of the pictures that it takes [pixels] (default 224)");
  compare.add_option("--encoder-channels", options.pictures.channels,
                     "channels of them (default 3)");
}

}  // namespace

void add_explore_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ExploreOptions>();
  CLI::App* command = app.add_subcommand(
      "explore", "Lay the images of a folder out by likeness, select some, lay these out again");
  command->add_option("folder", options->folder, "images: TIFF, EDF, CBF, numpy, PNG, NXsas")
      ->required();
  command->add_option("--out", options->out,
                      "folder of the exploration: opened again where it is there already "
                      "(default: FOLDER's name with -explore, where foray is called)");
  command
      ->add_option("--select", options->selections,
                   "what to lay out next: region:X1,Y1,X2,Y2 or polygon:X,Y,X,Y,... of the map, "
                   "near:IMAGE:COUNT, where:NAME>=VALUE; again and again, in this order")
      ->allow_extra_args(false);
  command->add_option("--back", options->back, "levels to leave before selecting")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--facts", options->facts,
                      "what is known of images: CSV with their names in the first column, or JSON "
                      "(default: metadata.csv or metadata.json in FOLDER)");
  command->add_option("--colour", options->page.colour, "name of the fact that colours the map");
  command->add_option("--thumbnail", options->page.thumbnail, "side of thumbnails [pixels]")
      ->check(CLI::Range(16, 256));
  command->add_flag("--fresh", options->fresh, "begin anew even if there is a saved exploration");
  command->add_option("--threads", options->threads, "threads to use (default: all)")
      ->check(CLI::Range(1, 1024));
  auto* compare = command->add_option_group("How images are compared and laid out");
  compare->add_option("--texture", options->weights.texture, "weight of the pattern (default 1)");
  compare->add_option("--scale", options->weights.scale,
                      "weight of its length scale (default 0.5); 0: the same pattern in another "
                      "size is the same");
  compare->add_option("--symmetry", options->weights.symmetry,
                      "weight of its plane group (default 0.5)");
  add_encoder_options(*compare, *options);
  compare->add_option("--kind", options->kind, "umap (default) or pca")
      ->check(CLI::IsMember({"umap", "pca"}));
  compare->add_option("--metric", options->metric, "euclidean (default) or correlation")
      ->check(CLI::IsMember({"euclidean", "correlation"}));
  compare->add_option("--neighbours", options->projection.neighbours,
                      "of each image that the map keeps near (default 15)");
  compare->add_option("--min-dist", options->projection.layout.min_dist,
                      "how close images may lie on the map (default 0.1)");
  compare->add_option("--seed", options->projection.layout.seed, "of the layout (default 1)");
  command->footer(
      "example: foray explore images\n"
      "         foray explore images --select region:2,-1,5,3 --colour temperature\n"
      "         foray explore images --back 1 --select near:frame_0007.tif:50 --select "
      "'where:sample=B'");
  command->callback([options, compare, &exit_code] {
    const auto given = compare->get_options();
    const bool described = std::any_of(
        given.begin(), given.end(), [](const CLI::Option* option) { return option->count() > 0; });
    exit_code = explore(*options, described);
  });
}

}  // namespace foray::app
