#pragma once

// JSON-RPC 2.0 (https://www.jsonrpc.org/specification, 2013-01-04) without a transport.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "foray/codec/json.h"
#include "foray/codec/schema.h"
#include "foray/service/access.h"
#include "foray/service/transport.h"

namespace foray::service {

using codec::Json;

// Codes of errors; those from -32000 down are this service's and listed by rpc.discover.
enum RpcCode : int {
  kParseError = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kInternalError = -32603,
  kNotAuthenticated = -32000,  // session.hello with a token comes first
  kNotPermitted = -32001,      // the session's role may not do this
  kNotFound = -32002,          // no such campaign, measurement, observable ...
  kRefused = -32003,           // not possible in the state it is in, or not within its limits
  kConflict = -32004,          // expected_revision, idempotency_key or a name taken by another
  kUnavailable = -32005,       // it ended or went away before the request was carried out
};

// What a method throws to answer with an error.
class RpcError : public std::runtime_error {
 public:
  RpcError(int code, const std::string& message, Json data = nullptr)
      : std::runtime_error(message), code_(code), data_(std::move(data)) {}
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] const Json& data() const { return data_; }

 private:
  int code_;
  Json data_;
};

// Who calls: one connection.
struct Caller {
  ConnectionId connection = 0;
  std::optional<Role> role;  // none: not authenticated yet
  std::string name;          // for records: "operator", or "NAME (operator)"
};

// Answers one request, once; further answers are dropped. May outlive the request.
class Responder {
 public:
  using Send = std::function<void(const Json* result, const RpcError* error)>;
  explicit Responder(Send send) : send_(std::make_shared<Send>(std::move(send))) {}
  void result(const Json& value) const { answer(&value, nullptr); }
  void error(const RpcError& problem) const { answer(nullptr, &problem); }

 private:
  void answer(const Json* value, const RpcError* problem) const {
    if (!*send_) return;
    const Send send = std::exchange(*send_, nullptr);
    send(value, problem);
  }
  std::shared_ptr<Send> send_;
};

struct Call {
  Caller& caller;
  const Json& params;
  Responder later;  // for methods that return nothing
};

// The campaign that a call of a method with such a parameter is about.
inline std::string campaign_of(const Call& call) {
  return call.params["campaign"].get<std::string>();
}

// One row of the table that requests, rpc.discover and the tests are made from.
struct Method {
  std::string name;  // noun.verb
  std::string summary;
  std::set<Role> roles;   // who may; empty: anyone, before session.hello too
  Json params;            // draft-07 schema of an object
  Json result;            // draft-07 schema
  bool mutating = false;  // takes idempotency_key
  // Returns the result, or nothing when call.later will answer.
  std::function<std::optional<Json>(Call& call)> handler;
};

// Reads messages, checks them against the table and answers. Owned and called by one thread.
class Dispatcher {
 public:
  using Send = std::function<void(std::string text)>;
  // An answer of the client to a request of ours: exactly one of result and error is set.
  using OnAnswer = std::function<void(const Json& id, const Json* result, const Json* error)>;

  explicit Dispatcher(codec::JsonLimits limits);

  // @throws std::logic_error when the name is taken or a schema is none.
  void add(Method method);

  // Handles one message; answers go to `send`, now or later.
  void handle(Caller& caller, std::string_view text, const Send& send, const OnAnswer& on_answer);

  // The OpenRPC document of the table.
  [[nodiscard]] Json discover() const;

 private:
  struct Entry {
    Method method;
    codec::JsonSchema schema;
  };
  // nlohmann's move checks its invariant in code that looks as if it could throw.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  struct Remembered {
    std::string request;
    Json result;
  };

  void request(Caller& caller, const Json& message, const Send& send);
  [[nodiscard]] const Entry& entry_for(const Caller& caller, const Json& message) const;
  void call(Caller& caller, const Entry& entry, const Json& params, const Responder& responder);
  bool repeated(const std::string& key, const std::string& request,
                const Responder& responder) const;
  void remember(const std::string& key, std::string request, const Json& result);

  codec::JsonLimits limits_;
  std::map<std::string, Entry> methods_;
  // Results of mutating calls by role, method and idempotency key; the oldest go first.
  std::map<std::string, Remembered> remembered_;
  std::vector<std::string> remembered_order_;
  std::set<std::string> under_way_;
};

// The text of a request of ours, and of a notification (without id).
std::string request_text(const std::string& id, const std::string& method, const Json& params);
std::string notification_text(const std::string& method, const Json& params);

}  // namespace foray::service
