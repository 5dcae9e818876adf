#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace foray::test {

/// Headers of a request, by name.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// Status, headers and body of an HTTP answer.
struct HttpReply {
  unsigned status = 0;  ///< 0: the connection ended without an answer.
  Headers headers;
  std::string body;

  /// The first header of that name (case-insensitive), "" where there is none.
  [[nodiscard]] std::string header(const std::string& name) const;
};

/// GET on 127.0.0.1. A "Host" among the headers replaces the right one.
HttpReply http_get(std::uint16_t port, const std::string& target, const Headers& headers = {});

/// Sends bytes as they are and returns all that comes until the server ends the connection.
std::string raw_exchange(std::uint16_t port, const std::string& bytes);

/// A WebSocket client on 127.0.0.1; every wait ends after 20 s with an exception.
class LoopbackClient {
 public:
  /// Connects and upgrades /ws; status() says how that went.
  explicit LoopbackClient(std::uint16_t port, const Headers& headers = {});
  ~LoopbackClient();
  LoopbackClient(LoopbackClient&&) noexcept;
  LoopbackClient& operator=(LoopbackClient&&) noexcept;
  LoopbackClient(const LoopbackClient&) = delete;
  LoopbackClient& operator=(const LoopbackClient&) = delete;

  /// 101 when it is connected, else the HTTP status of the refusal.
  [[nodiscard]] unsigned status() const;

  /// Sends a text message; false when the connection is gone.
  bool send(const std::string& text);
  bool send_binary(const std::string& bytes);
  bool ping();

  /// The next message; nothing when the server closed, whose code is then in close_code().
  std::optional<std::string> receive();

  /// Code of the server's close frame; 0: none came (the connection was cut), 1005: without code.
  [[nodiscard]] std::uint16_t close_code() const;

  /// Closes with 1000.
  void close();

  /// Drops the connection without a word.
  void cut();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace foray::test
