#pragma once

#include <CLI/CLI.hpp>

namespace foray::app {

/// Exit codes of the program, as users of command-line tools expect them.
enum ExitCode : int {
  kExitDone = 0,
  kExitFailed = 1,         ///< it was tried and did not work (a file could not be written, ...).
  kExitBadInput = 2,       ///< the command line or an input file is wrong; nothing was done.
  kExitInterrupted = 130,  ///< stopped by Ctrl-C; what was measured is kept.
};

/// Each command registers its options and a callback that runs it. A callback throws
/// std::invalid_argument for bad input (exit 2) and std::runtime_error for a failure (exit 1); main
/// prints the message. It sets `exit_code` for anything else.
void add_run_command(CLI::App& app, int& exit_code);
void add_resume_command(CLI::App& app, int& exit_code);
void add_study_command(CLI::App& app, int& exit_code);
void add_serve_command(CLI::App& app, int& exit_code);
void add_simulate_command(CLI::App& app, int& exit_code);
void add_classify_command(CLI::App& app, int& exit_code);
void add_transitions_command(CLI::App& app, int& exit_code);
void add_train_command(CLI::App& app, int& exit_code);
void add_reduce_command(CLI::App& app, int& exit_code);
void add_explore_command(CLI::App& app, int& exit_code);
void add_fit_command(CLI::App& app, int& exit_code);
void add_calibrate_command(CLI::App& app, int& exit_code);
void add_index_command(CLI::App& app, int& exit_code);
void add_validate_command(CLI::App& app, int& exit_code);

}  // namespace foray::app
