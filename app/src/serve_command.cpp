#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "command.h"
#include "folder_host.h"
#include "foray/service/service.h"

namespace foray::app {

namespace fs = std::filesystem;

namespace {

struct ServeOptions {
  std::string folder = "runs";
  std::uint16_t port = 8377;
  std::string token_file;
  std::vector<std::string> origins;
};

// Ctrl-C and SIGTERM, kept from all threads that are started while this lives. Who read our output
// may go away before us.
class EndSignals {
 public:
  EndSignals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~EndSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;
  EndSignals(EndSignals&&) = delete;
  EndSignals& operator=(EndSignals&&) = delete;

  void wait() const {
    int signal = 0;
    sigwait(&signals_, &signal);
  }

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

void serve(const ServeOptions& chosen) {
  const EndSignals signals;
  FolderHost host(chosen.folder);
  const std::string token_file =
      chosen.token_file.empty() ? (fs::path(chosen.folder) / ".token").string() : chosen.token_file;
  service::ServiceOptions options;
  options.transport.port = chosen.port;
  options.transport.origins = chosen.origins;
  options.tokens = service::read_or_make_token_file(token_file);
  service::Service service(host, std::move(options));
  service.start();
  fmt::print(
      "foray serves {} at {}\n"
      "open: {}\n"
      "tokens: {}\n",
      chosen.folder, service.url(), service.invitation(service::Role::kOperator), token_file);
  std::fflush(stdout);
  signals.wait();
  fmt::print("stopping; campaigns go on from their folders with campaign.resume\n");
  service.stop();
}

}  // namespace

void add_serve_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("serve", "Serve campaigns over a WebSocket on this machine");
  auto options = std::make_shared<ServeOptions>();
  command->add_option("--folder", options->folder, "folder of the run folders")
      ->capture_default_str();
  command->add_option("--port", options->port, "port on 127.0.0.1; 0: any free one")
      ->capture_default_str();
  command->add_option("--token-file", options->token_file,
                      "tokens, a role and a token a line; made when it is not there (default: "
                      ".token in the folder)");
  command->add_option("--origin", options->origins,
                      "a web page's origin that may connect besides the server's own; repeatable");
  command->footer(
      "example: foray serve --folder runs --port 8377\n"
      "prints an address that works once in a browser, and where the tokens are for scripts\n"
      "(Authorization: Bearer TOKEN, or session.hello {\"token\": TOKEN} as the first message\n"
      "at /ws). Only this machine can connect. Ctrl-C ends it; campaigns can be taken up again.");
  command->callback([options, &exit_code] {
    serve(*options);
    exit_code = kExitDone;
  });
}

}  // namespace foray::app
