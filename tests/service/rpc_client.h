#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "foray/codec/json.h"
#include "service/loopback_client.h"

namespace foray::test {

/// JSON-RPC over a LoopbackClient, one call at a time; notifications and requests of the server
/// that come in between are kept.
class RpcClient {
 public:
  RpcClient(std::uint16_t port, const std::string& token)
      : socket_(port, token.empty() ? Headers{} : Headers{{"Authorization", "Bearer " + token}}) {}

  /// The whole answer message.
  codec::Json call(const std::string& method, const codec::Json& params = codec::Json::object()) {
    const int id = ++last_id_;
    socket_.send(codec::write_json(
        {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}));
    for (;;) {
      codec::Json message = take();
      if (message.is_null()) return message;
      if (!message.contains("method")) return message;
      kept_.push_back(std::move(message));
    }
  }

  /// The result; an error becomes a test failure and null.
  codec::Json result(const std::string& method, const codec::Json& params = codec::Json::object()) {
    const codec::Json answer = call(method, params);
    if (answer.is_object() && answer.contains("result")) return answer["result"];
    ADD_FAILURE() << method << ": " << answer.dump();
    return nullptr;
  }

  /// Code of the error; 0 when there was none.
  int error(const std::string& method, const codec::Json& params = codec::Json::object()) {
    const codec::Json answer = call(method, params);
    return answer.contains("error") ? answer["error"]["code"].get<int>() : 0;
  }

  /// The next notification or request of the server; null when the connection is closed.
  codec::Json next() {
    if (kept_.empty()) return take();
    codec::Json message = kept_.front();
    kept_.pop_front();
    return message;
  }

  /// Sends any message and returns what comes next.
  codec::Json exchange(const std::string& text) {
    socket_.send(text);
    return take();
  }

  /// Answers a request of the server.
  void answer(const codec::Json& request, const codec::Json& result) {
    socket_.send(
        codec::write_json({{"jsonrpc", "2.0"}, {"id", request.at("id")}, {"result", result}}));
  }

  LoopbackClient& socket() { return socket_; }

 private:
  codec::Json take() {
    const auto text = socket_.receive();
    return text ? codec::parse_json(*text, {.bytes = 64U << 20U}) : codec::Json(nullptr);
  }

  LoopbackClient socket_;
  std::deque<codec::Json> kept_;
  int last_id_ = 0;
};

}  // namespace foray::test
