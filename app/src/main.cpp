#include <fmt/core.h>
#include <malloc.h>  // mallopt is glibc's

#include <CLI/CLI.hpp>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <string>

#include "command.h"

namespace {

int run(int argc, char** argv) {
  using namespace foray::app;
  CLI::App app{
      "foray runs measurement campaigns by itself: it proposes, measures, classifies, "
      "reduces, learns, and proposes again."};
  app.set_version_flag("--version", "foray 0.1.0");
  app.require_subcommand(1);
  int exit_code = kExitDone;
  add_run_command(app, exit_code);
  add_resume_command(app, exit_code);
  add_study_command(app, exit_code);
  add_serve_command(app, exit_code);
  add_simulate_command(app, exit_code);
  add_classify_command(app, exit_code);
  add_transitions_command(app, exit_code);
  add_explore_command(app, exit_code);
  add_reduce_command(app, exit_code);
  add_calibrate_command(app, exit_code);
  add_fit_command(app, exit_code);
  add_index_command(app, exit_code);
  add_train_command(app, exit_code);
  add_validate_command(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitBadInput;
  }
  return exit_code;
}

// Each line of a message is one problem.
void print_problems(const std::string& message) {
  std::istringstream lines(message);
  for (std::string line; std::getline(lines, line);) fmt::print(stderr, "foray: {}\n", line);
}

}  // namespace

int main(int argc, char** argv) {
  // Frames of megapixels come and go: given back to the system each time, their memory would cost
  // as much time as their noise. There is no other thread yet.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);   // NOLINT(concurrency-mt-unsafe)
  mallopt(M_TRIM_THRESHOLD, 256 << 20);  // NOLINT(concurrency-mt-unsafe)
  try {
    return run(argc, argv);
  } catch (const std::invalid_argument& error) {
    print_problems(error.what());
    return foray::app::kExitBadInput;
  } catch (const std::exception& error) {
    print_problems(error.what());
    return foray::app::kExitFailed;
  }
}
