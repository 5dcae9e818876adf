#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <stdexcept>
#include <string>

#include "assembly.h"
#include "command.h"
#include "foray/codec/campaign_codec.h"
#include "run_folder.h"

namespace foray::app {
namespace {

struct ValidateOptions {
  std::string file;
  bool schema = false;
};

// Counts with its noun: "1 parameter", "2 parameters".
std::string count(std::size_t number, const std::string& noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

int validate(const ValidateOptions& options) {
  if (options.schema) {
    fmt::print("{}", codec::campaign_schema());
    return kExitDone;
  }
  if (options.file.empty()) {
    throw std::invalid_argument("validate: expected a campaign file or --schema, got neither");
  }
  const codec::CampaignFile file = parse_campaign(read_text(options.file), options.file, true);
  const campaign::CampaignSpec& spec = file.campaign;
  fmt::print(
      "{}: valid: \"{}\", {}, {}, {}, {} in the objective\n", options.file, spec.name,
      count(spec.parameters.size(), "parameter"), count(spec.constraints.size(), "constraint"),
      count(spec.observables.size(), "observable"), count(spec.objective.terms.size(), "term"));
  return kExitDone;
}

}  // namespace

void add_validate_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("validate", "Check a campaign file without running it");
  // Shared by the parser, which fills it, and the callback, which reads it.
  auto options = std::make_shared<ValidateOptions>();
  command->add_option("CAMPAIGN.json", options->file, "the campaign file");
  command->add_flag("--schema", options->schema,
                    "print the JSON Schema (draft-07) of campaign files");
  command->callback([options, &exit_code] { exit_code = validate(*options); });
  command->footer(
      "example: foray validate demo/film_library.json\n"
      "Prints one line and exits with 0 when the file is valid; otherwise every problem, one a "
      "line, with its path in the file, and exits with 2.");
}

}  // namespace foray::app
