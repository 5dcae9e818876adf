#include "image_folder.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "foray/classifier/embedding.h"
#include "foray/codec/json.h"
#include "foray/common/parallel.h"
#include "foray/files/file_error.h"
#include "foray/files/image_file.h"
#include "foray/files/read_measurement.h"

namespace foray::app {
namespace {

namespace fs = std::filesystem;
using classifier::EmbeddingStatus;
using classifier::ImageFacts;
using Known = std::map<std::string, ImageFacts>;

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Pictures that foray does not read are here too: to pass over them in silence would be no help.
bool looks_like_image(const fs::path& path) {
  static const std::set<std::string> kEndings = {".tif", ".tiff", ".edf",  ".cbf", ".npy",
                                                 ".png", ".h5",   ".hdf5", ".nxs", ".nx",
                                                 ".jpg", ".jpeg", ".bmp",  ".gif"};
  std::string ending = lower_case(path.extension().string());
  if (ending == ".gz") ending = lower_case(path.stem().extension().string());
  return kEndings.contains(ending);
}

bool is_png(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  char start[4] = {};
  file.read(start, sizeof start);
  return file && std::string_view(start, sizeof start) == "\x89PNG";
}

// Cells of a line of comma-separated values; quotes keep commas, doubled ones a quote.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += line[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

Known facts_from_csv(const std::string& path, const std::string& text,
                     std::vector<std::string>& problems) {
  std::istringstream lines(text);
  std::vector<std::string> names;
  Known known;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line == "\r") continue;
    const std::vector<std::string> cells = cells_of(line);
    if (names.empty()) {
      names = cells;
      continue;
    }
    if (cells.size() != names.size()) {
      throw std::invalid_argument(fmt::format("{}: line {}: expected {} cells, got {}", path,
                                              number, names.size(), cells.size()));
    }
    for (std::size_t i = 1; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      if (is_utf8(names[i]) && is_utf8(cells[i])) {
        known[cells[0]][names[i]] = cells[i];
      } else {
        problems.push_back(fmt::format("{}: line {}: expected UTF-8, got {}={}, left out", path,
                                       number, readable(names[i]), readable(cells[i])));
      }
    }
  }
  return known;
}

Known facts_from_json(const std::string& path, const std::string& text) {
  Known known;
  try {
    const codec::Json value = codec::parse_json(text, {.bytes = 512U << 20U});
    if (!value.is_object()) throw codec::CodecError("expected an object with an entry an image");
    for (const auto& [image, facts] : value.items()) {
      if (!facts.is_object()) {
        throw codec::CodecError(codec::join_path("", image) + ": expected an object, got " +
                                codec::describe(facts));
      }
      for (const auto& [name, fact] : facts.items()) {
        if (fact.is_null()) continue;
        known[image][name] = fact.is_string() ? fact.get<std::string>() : fact.dump();
      }
    }
  } catch (const codec::CodecError& error) {
    throw std::invalid_argument(fmt::format("{}: {}", path, error.what()));
  }
  return known;
}

// Why an image has no features; "" when it has.
std::string problem_of(EmbeddingStatus status) {
  switch (status) {
    case EmbeddingStatus::kDone:
      return "";
    case EmbeddingStatus::kNoPixels:
      return "expected good pixels, found half or more of them masked or not finite";
    case EmbeddingStatus::kFlat:
      return "expected a pattern, found pixels that all have one value";
  }
  return "unknown";
}

}  // namespace

bool is_utf8(const std::string& text) {
  try {
    codec::write_json(text);
  } catch (const codec::CodecError&) {
    return false;
  }
  return true;
}

std::string readable(const std::string& text) {
  if (is_utf8(text)) return text;
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    result += byte < 0x80 ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return result;
}

FolderImage read_folder_image(const fs::path& path) {
  if (is_png(path)) {
    files::ImageFile file = files::read_png(path.string());
    return {std::move(file.pixels), std::move(file.mask)};
  }
  files::FileContent content = files::read_measurement(path.string());
  for (files::Item& item : content.items) {
    auto* frame = std::get_if<scattering::Frame>(&item.measurement);
    if (frame != nullptr) return {std::move(frame->counts), std::move(frame->mask)};
  }
  throw files::FileError(path.string(), "an image", content.format);
}

std::vector<std::string> image_names(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    throw std::invalid_argument(
        fmt::format("explore: expected a folder of images, got {}", folder.string()));
  }
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && !name.starts_with('.') && looks_like_image(entry.path())) {
      names.push_back(name);
    }
  }
  if (names.empty()) {
    throw std::invalid_argument(
        fmt::format("explore: {}: expected images (TIFF, EDF, CBF, numpy, PNG, NXsas), found none",
                    folder.string()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

EmbeddedFolder embed_folder(const classifier::ImageEmbedder& embedder, const fs::path& folder,
                            const std::vector<std::string>& names, int threads,
                            const std::function<void(std::size_t)>& progress) {
  std::vector<Eigen::VectorXf> features(names.size());
  std::vector<std::string> problems(names.size());
  std::mutex guard;
  std::size_t done = 0;
  parallel_for(static_cast<std::int64_t>(names.size()), threads, [&](std::int64_t index) {
    const auto i = static_cast<std::size_t>(index);
    const fs::path path = folder / names[i];
    try {
      const FolderImage image = read_folder_image(path);
      classifier::Embedding embedding = embedder.embed(image.pixels, image.mask);
      const std::string problem = problem_of(embedding.status);
      if (!problem.empty()) problems[i] = path.string() + ": " + problem;
      features[i] = std::move(embedding.features);
    } catch (const files::FileError& error) {
      problems[i] = error.what();
    } catch (const std::invalid_argument& error) {
      problems[i] = path.string() + ": " + error.what();
    } catch (const std::runtime_error& error) {  // of a network of somebody else's
      problems[i] = path.string() + ": " + error.what();
    }
    const std::lock_guard lock(guard);
    progress(++done);
  });
  EmbeddedFolder result;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (problems[i].empty()) {
      result.names.push_back(names[i]);
    } else {
      result.left_out.push_back(names[i]);
      result.problems.push_back(problems[i]);
    }
  }
  result.features.resize(embedder.features(), static_cast<Eigen::Index>(result.names.size()));
  Eigen::Index column = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (problems[i].empty()) result.features.col(column++) = features[i];
  }
  return result;
}

std::vector<ImageFacts> read_facts(const fs::path& path, const std::vector<std::string>& names,
                                   std::vector<std::string>& problems) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) {
    throw std::invalid_argument(
        fmt::format("{}: expected a file of facts, cannot be read", path.string()));
  }
  const bool json = lower_case(path.extension().string()) == ".json";
  const Known known = json ? facts_from_json(path.string(), text.str())
                           : facts_from_csv(path.string(), text.str(), problems);
  std::vector<ImageFacts> facts(names.size());
  bool any = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = known.find(names[i]);
    if (found == known.end()) continue;
    facts[i] = found->second;
    any = true;
  }
  if (!any) {
    throw std::invalid_argument(fmt::format(
        "{}: expected file names of images in the first column (CSV) or as keys (JSON), found none "
        "of these images, of which the first is {}",
        path.string(), names.front()));
  }
  return facts;
}

}  // namespace foray::app
