#include <fmt/core.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>

#include "assembly.h"
#include "command.h"
#include "foray/codec/campaign_codec.h"
#include "foray/codec/campaign_json.h"
#include "foray/common/parallel.h"
#include "foray/files/atomic_write.h"
#include "foray/instruments/measurement_source.h"
#include "run_folder.h"
#include "study.h"

namespace foray::app {

namespace {

struct StudyArguments {
  std::string campaign;
  int samples = 10;
  std::uint64_t first = 1;
  int threads = 2;
  std::string out;
};

// Sample `k` of the study: the campaign file's own, with another hidden structure and seed.
StudySample make_sample(codec::CampaignFile file, const std::filesystem::path& folder,
                        std::uint64_t seed) {
  auto* simulator = std::get_if<codec::SimulatorInstrumentSpec>(&file.instrument.settings);
  if (simulator == nullptr) {
    throw std::invalid_argument("study: expected the instrument adapter \"simulator\"");
  }
  simulator->sample_seed = seed;
  simulator->simulation.seed = derive_seed(seed, "study");
  file.campaign.seed = derive_seed(file.campaign.seed, seed);
  StudySample sample;
  sample.truth = instruments::make_simulated_lab(*simulator, folder).library;
  sample.instrument = assemble(file, ".", folder).instrument;
  sample.campaign = file.campaign;
  return sample;
}

int study(const StudyArguments& arguments) {
  const codec::CampaignFile file = codec::read_campaign(read_text(arguments.campaign));
  codec::require_given_values(file);
  require_no_service(file, arguments.campaign);
  const std::filesystem::path folder = std::filesystem::path(arguments.campaign).parent_path();
  const StudyTargets targets = study_targets(file.campaign);
  const auto scorer = make_scorer(file, folder);
  const auto fitter = make_fitter(file.campaign.threads);
  std::vector<StudyResult> results(static_cast<std::size_t>(arguments.samples));
  std::mutex printing;
  int done = 0;
  const auto started = std::chrono::steady_clock::now();
  parallel_for(arguments.samples, arguments.threads, [&](std::int64_t k) {
    StudyOptions options;
    options.keep_maps = k == 0;
    const std::uint64_t seed = arguments.first + static_cast<std::uint64_t>(k);
    results[static_cast<std::size_t>(k)] =
        study_sample(make_sample(file, folder, seed), *scorer, *fitter, options, seed);
    const std::lock_guard lock(printing);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - started;
    fmt::print("sample {} done ({} of {}, {:.0f} s)\n", seed, ++done, arguments.samples,
               wall.count());
    std::fflush(stdout);
  });
  fmt::print("\n{}", study_table(results));
  if (!arguments.out.empty()) {
    files::write_atomically(arguments.out, study_html(results, targets, file.campaign));
    fmt::print("{}\n", arguments.out);
  }
  return kExitDone;
}

}  // namespace

void add_study_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "study", "Compare a simulated campaign with grids and random sampling on hidden samples");
  auto arguments = std::make_shared<StudyArguments>();
  command->add_option("campaign", arguments->campaign, "campaign file with the simulator")
      ->required();
  command->add_option("--samples", arguments->samples, "hidden samples (default 10)")
      ->check(CLI::Range(1, 10000));
  command->add_option("--first", arguments->first, "seed of the first sample (default 1)");
  command
      ->add_option("--threads", arguments->threads,
                   "samples at a time (default 2); results do not depend on it")
      ->check(CLI::Range(1, 1024));
  command->add_option("--out", arguments->out, "page to write (HTML)");
  command->footer(
      "example: foray study demo/film_library.json --samples 4 --out study.html\n"
      "The campaign's boundary term names the class probabilities p_PHASE of the sample's phases;\n"
      "the observable from peak:first/domain_size is compared with the true grain size.");
  command->callback([arguments, &exit_code] { exit_code = study(*arguments); });
}

}  // namespace foray::app
