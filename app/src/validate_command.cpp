#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

#include "command.h"
#include "foray/codec/campaign_codec.h"
#include "foray/optimizer/search_space.h"

namespace foray::app {
namespace {

struct Options {
  std::string file;
  bool schema = false;
};

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::invalid_argument(path + ": expected a readable campaign file, could not open it");
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Counts with its noun: "1 parameter", "2 parameters".
std::string count(std::size_t number, const std::string& noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

int validate(const Options& options) {
  if (options.schema) {
    fmt::print("{}", codec::campaign_schema());
    return kExitDone;
  }
  if (options.file.empty()) {
    throw std::invalid_argument("validate: expected a campaign file or --schema, got neither");
  }
  try {
    const codec::CampaignFile file = codec::read_campaign(read_whole(options.file));
    const campaign::CampaignSpec& spec = file.campaign;
    // Parses the constraints and looks for a point that satisfies them.
    const optimizer::SearchSpace space(spec.parameters, spec.constraints);
    fmt::print(
        "{}: valid: \"{}\", {}, {}, {}, {} in the objective\n", options.file, spec.name,
        count(spec.parameters.size(), "parameter"), count(spec.constraints.size(), "constraint"),
        count(spec.observables.size(), "observable"), count(spec.objective.terms.size(), "term"));
    return kExitDone;
  } catch (const codec::CodecError& error) {
    for (const std::string& problem : error.problems()) {
      fmt::print(stderr, "foray: {}: {}\n", options.file, problem);
    }
    return kExitBadInput;
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "foray: {}: {}\n", options.file, error.what());
    return kExitBadInput;
  }
}

}  // namespace

void add_validate_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("validate", "Check a campaign file without running it");
  // Shared by the parser, which fills it, and the callback, which reads it.
  auto options = std::make_shared<Options>();
  command->add_option("CAMPAIGN.json", options->file, "the campaign file");
  command->add_flag("--schema", options->schema,
                    "print the JSON Schema (draft-07) of campaign files");
  command->callback([options, &exit_code] { exit_code = validate(*options); });
  command->footer(
      "Example: foray validate demo/film_library.json\n"
      "Prints one line and exits with 0 when the file is valid; otherwise every problem, one a "
      "line, with its path in the file, and exits with 2.");
}

}  // namespace foray::app
