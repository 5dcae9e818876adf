#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "foray/service/service.h"
#include "service/memory_host.h"
#include "service/rpc_client.h"

namespace foray::test {

// Codes of errors, as rpc.discover lists them.
constexpr int kNotAuthenticated = -32000;
constexpr int kNotPermitted = -32001;
constexpr int kNotFound = -32002;
constexpr int kRefused = -32003;
constexpr int kConflict = -32004;
constexpr int kInvalidParams = -32602;

/// A service with campaigns in memory on a port of its own.
struct Server {
  explicit Server(service::TransportOptions transport = {}, service::RemoteOptions remote = {})
      : host(std::move(remote)), tokens(service::make_tokens()) {
    service = std::make_unique<service::Service>(
        host, service::ServiceOptions{std::move(transport), tokens, "test", {}});
    service->start();
  }
  [[nodiscard]] std::uint16_t port() const { return service->port(); }
  RpcClient as(service::Role role) { return {port(), tokens.at(role)}; }

  MemoryHost host;
  service::Tokens tokens;
  std::unique_ptr<service::Service> service;
};

/// A campaign "line" of one parameter x and one observable f.
inline codec::Json campaign_file(int measurements = 8) {
  return {{"campaign", "line"},
          {"seed", 1},
          {"parameters", {{{"name", "x"}, {"range", {0, 1}}}}},
          {"instrument", {{"adapter", "function"}, {"function", "sphere"}}},
          {"observables", {{{"name", "f"}, {"from", "value:f"}}}},
          {"objective", {{"kind", "explore"}, {"observable", "f"}}},
          {"budget", {{"measurements", measurements}}}};
}

/// The same, measured by the client that is registered as "furnace".
inline codec::Json registered_file(int measurements) {
  codec::Json file = campaign_file(measurements);
  file["instrument"] = {{"adapter", "registered"}, {"name", "furnace"}};
  return file;
}

/// The entries that a subscribed client is told, up to one of this kind.
inline std::vector<codec::Json> entries_until(RpcClient& client, const std::string& kind) {
  std::vector<codec::Json> entries;
  for (;;) {
    const codec::Json message = client.next();
    if (message.is_null()) {
      ADD_FAILURE() << "the connection closed before " << kind;
      return entries;
    }
    if (message["method"] != "events.entry") continue;
    entries.push_back(message["params"]);
    if (message["params"]["kind"] == kind) return entries;
  }
}

/// Answers measurement requests with x squared until `count` were answered.
inline void serve(RpcClient& client, int count) {
  for (int answered = 0; answered < count;) {
    const codec::Json request = client.next();
    ASSERT_FALSE(request.is_null());
    if (request.value("method", "") != "instrument.measure") continue;
    const double x = request["params"]["position"]["x"].get<double>();
    client.answer(request, {{"values", {{"f", {{"value", x * x}, {"variance", 1e-6}}}}},
                            {"read_back", {{"x", x}}},
                            {"exposure_s", 1}});
    ++answered;
  }
}

}  // namespace foray::test
