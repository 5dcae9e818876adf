#include "labelled_frames.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "foray/classifier/preprocessing.h"
#include "foray/files/file_error.h"
#include "foray/instruments/table.h"

namespace foray::app {
namespace {

using Texts = std::vector<std::string>;

// The columns of the table, all of them texts.
std::map<std::string, Texts> columns_of(const std::filesystem::path& file) {
  // No header holds an empty name, so no column must hold numbers.
  auto table = instruments::read_csv_table(file, {}, {""});
  for (const char* needed : {"file", "labels"}) {
    if (table.texts.count(needed) == 0) {
      throw std::invalid_argument(fmt::format("{}: expected a column \"{}\", got \"{}\"",
                                              file.string(), needed,
                                              fmt::join(table.names, "\", \"")));
    }
  }
  return std::move(table.texts);
}

// What a row says of its file.
classifier::Targets targets_of(const classifier::LabelHierarchy& labels, const std::string& text,
                               const std::string& place) {
  std::istringstream words(text);
  Texts named;
  for (std::string word; words >> word;) named.push_back(word);
  try {
    return classifier::encode_judgement(labels, named);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(place + ": " + error.what());
  }
}

// Numbers of the experiments in the order in which they come.
std::vector<std::int64_t> numbers_of(const Texts& experiments) {
  std::map<std::string, std::int64_t> known;
  std::vector<std::int64_t> numbers;
  for (const std::string& one : experiments) {
    const auto next = static_cast<std::int64_t>(known.size());
    numbers.push_back(known.emplace(one, next).first->second);
  }
  return numbers;
}

}  // namespace

LabelledSet read_labelled(const classifier::LabelHierarchy& labels,
                          const std::filesystem::path& table, const files::ReadOptions& reading,
                          const classifier::Preprocessor& preprocessor) {
  const auto columns = columns_of(table);
  const Texts& names = columns.at("file");
  const auto experiments = columns.find("experiment");
  const std::vector<std::int64_t> numbers =
      numbers_of(experiments == columns.end() ? names : experiments->second);
  // Every row before the first frame: a misspelt label is told at once.
  std::vector<classifier::Targets> targets;
  std::set<std::string> seen;
  for (std::size_t k = 0; k < names.size(); ++k) {
    const std::string place = fmt::format("{}: row {} ({})", table.string(), k + 1, names[k]);
    if (!seen.insert(names[k]).second) {
      throw std::invalid_argument(place + ": expected each file once, got it again");
    }
    targets.push_back(targets_of(labels, columns.at("labels")[k], place));
  }
  LabelledSet set;
  set.experiments = static_cast<int>(std::set<std::int64_t>(numbers.begin(), numbers.end()).size());
  for (std::size_t k = 0; k < names.size(); ++k) {
    const std::string file = (table.parent_path() / names[k]).string();
    const files::FileContent content = files::read_measurement(file, reading);
    const std::size_t before = set.examples.size();
    for (const files::Item& item : content.items) {
      const auto* frame = std::get_if<scattering::Frame>(&item.measurement);
      if (frame == nullptr) continue;
      set.without_geometry += item.has_geometry ? 0 : 1;
      set.examples.push_back({preprocessor.prepare(*frame), targets[k], numbers[k]});
    }
    if (set.examples.size() == before) {
      throw files::FileError(file, "a detector frame", content.format + " without one");
    }
  }
  return set;
}

}  // namespace foray::app
