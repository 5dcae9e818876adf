#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foray::service {

/// Identifies one WebSocket connection for as long as the transport lives; never used twice.
using ConnectionId = std::int64_t;

/// Where to listen and how much a client may ask of the server.
struct TransportOptions {
  // Behaviour.
  std::string address = "127.0.0.1";  ///< a loopback address or "localhost"; others are refused.
  std::uint16_t port = 0;             ///< 0: any free port, reported by Transport::port().
  std::vector<std::string> origins;   ///< exact origins allowed besides the server's own.
  // Limits.
  std::size_t max_message_bytes = 1'000'000;  ///< of one incoming message; longer closes with 1009.
  std::size_t max_outgoing_bytes = 16'000'000;  ///< queued for one client; more closes with 1013.
  int max_connections = 64;          ///< HTTP and WebSocket together; more are closed at once.
  double messages_per_s = 500;       ///< of one client, lasting; more closes with 1008.
  double message_burst = 1000;       ///< what a client that was quiet may send at once.
  double control_frames_per_s = 10;  ///< pings and pongs of one client; more closes with 1008.
  double control_frame_burst = 100;  ///<
  std::chrono::milliseconds handshake_timeout{5000};  ///< for the HTTP request and the upgrade.
  std::chrono::milliseconds idle_timeout{60000};  ///< without a sign of life; pinged at its half.
  std::chrono::milliseconds close_timeout{2000};  ///< for a closing handshake, then cut.
};

/// Refuses limits that are not positive and an address that is not loopback.
/// @throws std::invalid_argument naming the field, what was expected and what came.
void validate(const TransportOptions& options);

/// What the handler sees of an HTTP request whose Host and Origin were found in order.
struct HttpRequest {
  std::string method;       ///< "GET", "HEAD", ...
  std::string path;         ///< without the query: "/health".
  std::string query;        ///< after the question mark, not decoded.
  std::string bearer;       ///< token of the Authorization header; "" where there is none.
  std::string cookie;       ///< the Cookie header; "" where there is none.
  bool has_origin = false;  ///< an Origin was sent (and is allowed): a browser.
};

/// Answer to an HTTP request; security headers are added by the transport.
struct HttpAnswer {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< further headers.
};

/// What the transport tells its owner. All are called on the transport's thread and must return at
/// once.
class TransportHandler {
 public:
  virtual ~TransportHandler() = default;

  /// Answers a plain HTTP request.
  virtual HttpAnswer http(const HttpRequest& request) = 0;

  /// Decides on an upgrade of /ws to WebSocket: status 101 lets it pass, any other is the answer.
  virtual HttpAnswer upgrade(ConnectionId id, const HttpRequest& request) = 0;

  /// A whole text message. The next one of this client is read after Transport::resume(id).
  virtual void message(ConnectionId id, std::string text) = 0;

  /// So many bytes of messages were handed to the network since the last call; told at least
  /// whenever nothing is left.
  virtual void written(ConnectionId id, std::size_t bytes) = 0;

  /// The connection is gone; called once for each upgrade that passed.
  virtual void closed(ConnectionId id) = 0;
};

struct TransportLoop;

/// HTTP and WebSocket on one loopback port. One thread of its own does all input and output; the
/// public methods may be called from any thread and enter it by post.
///
/// Refused before the handler sees anything: a Host other than localhost, 127.0.0.1 or [::1] with
/// this port (403, missing or repeated: 400), an Origin that is not on the list, `null` included
/// (403).
class Transport {
 public:
  /// Binds and listens; connections are answered from start() on.
  /// @throws std::invalid_argument for options that are not valid, std::runtime_error when the port
  ///         cannot be had. The handler must outlive the transport.
  Transport(TransportOptions options, TransportHandler& handler);
  ~Transport();  // NOLINT(bugprone-exception-escape): its definition says why
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  Transport(Transport&&) = delete;
  Transport& operator=(Transport&&) = delete;

  /// Starts the thread.
  void start();

  /// The port listened on.
  [[nodiscard]] std::uint16_t port() const;

  /// Queues a text message; without effect when the connection is gone.
  void send(ConnectionId id, std::string text);

  /// Reads the next message of this client.
  void resume(ConnectionId id);

  /// Sends what is queued, then closes with this code (RFC 6455 section 7.4) and reason.
  void close(ConnectionId id, std::uint16_t code, std::string reason);

  /// Stops accepting, closes every connection with 1001, waits at most close_timeout, ends the
  /// thread. Called by the destructor too.
  void stop();

 private:
  std::unique_ptr<TransportLoop> loop_;
};

}  // namespace foray::service
