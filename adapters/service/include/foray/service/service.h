#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "foray/service/access.h"
#include "foray/service/campaign_host.h"
#include "foray/service/transport.h"

namespace foray::service {

/// One file that the service serves over HTTP.
struct Asset {
  std::string content_type;
  std::string body;
};

/// How a service is set up.
struct ServiceOptions {
  TransportOptions transport;
  Tokens tokens;                        ///< one a role; see read_or_make_token_file().
  std::string version = "0.1.0";        ///< of the program, for session.hello.
  std::map<std::string, Asset> assets;  ///< by path; "/" replaces the built-in status page.
};

/// The small page that is served at "/" until another is given: paths and files.
[[nodiscard]] std::map<std::string, Asset> status_page();

/// foray's protocol: JSON-RPC 2.0 over WebSocket at /ws, described by its own `rpc.discover`.
///
/// Threads of its own; the host is called from one of them.
class Service {
 public:
  /// Listens; answers from start() on.
  /// @throws std::invalid_argument for options that are not valid or a role without token,
  ///         std::runtime_error when the port cannot be had. The host must outlive the service.
  Service(CampaignHost& host, ServiceOptions options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  Service(Service&&) = delete;
  Service& operator=(Service&&) = delete;

  void start();

  /// The port listened on.
  [[nodiscard]] std::uint16_t port() const;

  /// "http://127.0.0.1:PORT".
  [[nodiscard]] std::string url() const;

  /// An address for a person's browser, with a code that works once, for an hour.
  [[nodiscard]] std::string invitation(Role role) const;

  /// Closes every connection and ends the threads; campaigns go on. Called by the destructor too.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The OpenRPC document that `rpc.discover` answers with, as text.
[[nodiscard]] std::string openrpc_document();

}  // namespace foray::service
