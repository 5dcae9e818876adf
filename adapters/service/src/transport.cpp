// The only source that includes Boost.Beast: it costs some 25 s to compile.
#include "foray/service/transport.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include "foray/common/check.h"
#include "foray/service/access.h"
#include "token_bucket.h"

namespace foray::service {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using Error = beast::error_code;

namespace {

constexpr std::uint32_t kMaxHeaderBytes = 8192;
constexpr std::uint64_t kMaxBodyBytes = 4096;

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

asio::ip::address parse_address(const std::string& address) {
  Error error;
  auto parsed = asio::ip::make_address(address == "localhost" ? "127.0.0.1" : address, error);
  require(
      !error && parsed.is_loopback(),
      "TransportOptions: address: expected a loopback address (127.0.0.1, ::1, localhost), got " +
          address + "; there is no TLS, so the service is not offered to a network");
  return parsed;
}

std::string text_of(beast::string_view view) { return {view.data(), view.size()}; }

Response make_response(const Request& request, const HttpAnswer& answer) {
  Response response(static_cast<http::status>(answer.status), 11);
  response.set(http::field::content_type, answer.content_type);
  response.set(http::field::cache_control, "no-store");
  response.set("Content-Security-Policy",
               "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
  for (const auto& [name, value] : answer.headers) response.set(name, value);
  response.keep_alive(false);
  response.body() = answer.body;
  response.prepare_payload();
  if (request.method() == http::verb::head) response.body().clear();
  return response;
}

// What is wrong with Host, Origin or the request line: an answer, or nothing when all is in order.
std::optional<HttpAnswer> refusal(const Request& request, std::uint16_t port,
                                  const std::vector<std::string>& origins) {
  const auto refuse = [](unsigned status, const char* why) {
    return HttpAnswer{status, "text/plain; charset=utf-8", why, {}};
  };
  if (request.count(http::field::host) != 1)
    return refuse(400, "expected exactly one Host header\n");
  if (request.count(http::field::origin) > 1)
    return refuse(400, "expected at most one Origin header\n");
  if (request.count(http::field::authorization) > 1)
    return refuse(400, "expected at most one Authorization header\n");
  if (request.target().empty() || request.target().front() != '/')
    return refuse(400, "expected a target that begins with /\n");
  if (!host_allowed(text_of(request[http::field::host]), port))
    return refuse(403, "this Host is not served\n");
  if (request.count(http::field::origin) == 1 &&
      !origin_allowed(text_of(request[http::field::origin]), port, origins))
    return refuse(403, "this Origin is not allowed\n");
  if (request.count(http::field::authorization) == 1 &&
      !bearer_of(text_of(request[http::field::authorization])))
    return refuse(400, "expected Authorization: Bearer TOKEN\n");
  return std::nullopt;
}

HttpRequest plain_request(const Request& request) {
  const std::string target = text_of(request.target());
  const std::size_t question = target.find('?');
  HttpRequest plain;
  plain.method = text_of(request.method_string());
  plain.path = target.substr(0, question);
  if (question != std::string::npos) plain.query = target.substr(question + 1);
  if (request.count(http::field::authorization) == 1)
    plain.bearer = bearer_of(text_of(request[http::field::authorization])).value_or("");
  plain.cookie = text_of(request[http::field::cookie]);
  plain.has_origin = request.count(http::field::origin) == 1;
  return plain;
}

class Socket;

}  // namespace

// Everything below runs on the transport's thread, but for the public methods at the end.
struct TransportLoop {
  TransportLoop(TransportOptions o, TransportHandler& h)
      : options(std::move(o)), handler(h), acceptor(io) {}

  TransportOptions options;
  TransportHandler& handler;
  std::set<tcp::socket*> requests;  // connections that are not WebSockets (yet); outlives io
  asio::io_context io{1};
  tcp::acceptor acceptor;
  std::uint16_t port = 0;
  std::map<ConnectionId, std::shared_ptr<Socket>> sockets;
  ConnectionId next_id = 1;
  bool stopping = false;
  std::thread thread;

  void listen();
  void accept();
  void run();
  void begin_stop();
  [[nodiscard]] bool full() const {
    return sockets.size() + requests.size() >= static_cast<std::size_t>(options.max_connections);
  }
  void post_to(ConnectionId id, std::function<void(Socket&)> action);
};

namespace {

// One WebSocket connection.
class Socket : public std::enable_shared_from_this<Socket> {
 public:
  Socket(ConnectionId id, tcp::socket&& socket, TransportLoop& owner)
      : id_(id),
        owner_(owner),
        stream_(std::move(socket)),
        deadline_(owner.io),
        messages_(owner.options.messages_per_s, owner.options.message_burst),
        control_(owner.options.control_frames_per_s, owner.options.control_frame_burst) {}

  void accept(const Request& request) {
    const TransportOptions& options = owner_.options;
    websocket::stream_base::timeout timeout{};
    timeout.handshake_timeout = options.handshake_timeout;
    timeout.idle_timeout = options.idle_timeout;
    timeout.keep_alive_pings = true;
    stream_.set_option(timeout);
    stream_.read_message_max(options.max_message_bytes);
    stream_.control_callback([this](websocket::frame_type kind, beast::string_view) {
      if (kind == websocket::frame_type::close || control_.take(TokenBucket::Clock::now())) return;
      asio::post(owner_.io, [self = weak_from_this()] {
        if (const auto alive = self.lock()) alive->close(1008, "too many control frames");
      });
    });
    stream_.async_accept(request, [self = shared_from_this()](Error error) {
      if (error) return self->finish();
      self->open_ = true;
      self->read();
    });
  }

  void read() {
    if (reading_ || finished_ || closing_ || !open_) return;
    reading_ = true;
    stream_.async_read(buffer_, [self = shared_from_this()](Error error, std::size_t) {
      self->reading_ = false;
      self->on_read(error);
    });
  }

  void send(std::string text) {
    if (finished_ || closing_) return;
    outgoing_bytes_ += text.size();
    outgoing_.push_back(std::move(text));
    if (outgoing_bytes_ > owner_.options.max_outgoing_bytes) {
      // What is being written must stay in memory until its write ends; the rest is dropped.
      outgoing_.resize(writing_ ? 1 : 0);
      return close(1013, "the client reads too slowly");
    }
    write();
  }

  void close(std::uint16_t code, const std::string& reason) {
    if (finished_ || closing_) return;
    if (!open_) return cut();
    closing_ = websocket::close_reason(static_cast<websocket::close_code>(code), reason);
    deadline_.expires_after(owner_.options.close_timeout);
    deadline_.async_wait([self = shared_from_this()](Error error) {
      if (!error) self->cut();
    });
    if (!writing_) write();
  }

 private:
  void on_read(Error error) {
    if (error) {
      // A closing handshake of ours reads by itself and reports its own end.
      if (!closing_) finish();
      return;
    }
    if (closing_) return;
    if (!stream_.got_text()) return close(1003, "expected a text message");
    if (!messages_.take(TokenBucket::Clock::now())) return close(1008, "too many messages");
    std::string text = beast::buffers_to_string(buffer_.data());
    buffer_.consume(buffer_.size());
    owner_.handler.message(id_, std::move(text));
  }

  void write() {
    if (writing_ || finished_ || !open_) return;
    if (outgoing_.empty()) {
      if (closing_) shake_hands();
      return;
    }
    writing_ = true;
    stream_.text(true);
    stream_.async_write(asio::buffer(outgoing_.front()),
                        [self = shared_from_this()](Error error, std::size_t) {
                          self->writing_ = false;
                          self->on_written(error);
                        });
  }

  void on_written(Error error) {
    if (error) return finish();
    outgoing_bytes_ -= std::min(outgoing_bytes_, outgoing_.front().size());
    written_bytes_ += outgoing_.front().size();
    outgoing_.pop_front();
    if (outgoing_.empty() || written_bytes_ > owner_.options.max_outgoing_bytes / 16)
      owner_.handler.written(id_, std::exchange(written_bytes_, 0));
    write();
  }

  void shake_hands() {
    if (shaking_) return;
    shaking_ = true;
    stream_.async_close(*closing_, [self = shared_from_this()](Error) { self->finish(); });
  }

  void cut() {
    Error ignored;
    beast::get_lowest_layer(stream_).socket().close(ignored);
    finish();
  }

  void finish() {
    if (finished_) return;
    finished_ = true;
    deadline_.cancel();
    Error ignored;
    beast::get_lowest_layer(stream_).socket().close(ignored);
    owner_.handler.closed(id_);
    owner_.sockets.erase(id_);
  }

  const ConnectionId id_;
  TransportLoop& owner_;
  websocket::stream<beast::tcp_stream> stream_;
  asio::steady_timer deadline_;
  TokenBucket messages_;
  TokenBucket control_;
  beast::flat_buffer buffer_;
  std::deque<std::string> outgoing_;
  std::size_t outgoing_bytes_ = 0;
  std::size_t written_bytes_ = 0;  // not told yet
  std::optional<websocket::close_reason> closing_;
  bool open_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool shaking_ = false;
  bool finished_ = false;
};

// One HTTP request, answered and closed, or handed over to a Socket.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(tcp::socket&& socket, TransportLoop& owner) : owner_(owner), stream_(std::move(socket)) {
    parser_.header_limit(kMaxHeaderBytes);
    parser_.body_limit(kMaxBodyBytes);
    owner_.requests.insert(&stream_.socket());
  }
  ~Exchange() { owner_.requests.erase(&stream_.socket()); }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  Exchange(Exchange&&) = delete;
  Exchange& operator=(Exchange&&) = delete;

  void read() {
    stream_.expires_after(owner_.options.handshake_timeout);
    http::async_read(stream_, buffer_, parser_,
                     [self = shared_from_this()](Error error, auto) { self->on_read(error); });
  }

 private:
  void on_read(Error error) {
    if (error == http::error::end_of_stream || error == beast::error::timeout) return;
    if (error && error.category() == http::make_error_code(http::error::bad_target).category())
      return answer({400, "text/plain; charset=utf-8", "malformed request\n", {}});
    if (error) return;
    const Request& request = parser_.get();
    if (const auto refused = refusal(request, owner_.port, owner_.options.origins))
      return answer(*refused);
    const HttpRequest plain = plain_request(request);
    const bool upgrade = websocket::is_upgrade(request);
    if (plain.path != "/ws") return answer(owner_.handler.http(plain));
    if (!upgrade)
      return answer({426, "text/plain; charset=utf-8", "expected a WebSocket upgrade\n", {}});
    const ConnectionId id = owner_.next_id++;
    HttpAnswer decision = owner_.handler.upgrade(id, plain);
    if (decision.status != 101) return answer(decision);
    stream_.expires_never();
    const auto socket = std::make_shared<Socket>(id, stream_.release_socket(), owner_);
    owner_.sockets[id] = socket;
    socket->accept(request);
  }

  void answer(const HttpAnswer& plain) {
    response_ = make_response(parser_.get(), plain);
    http::async_write(stream_, response_, [self = shared_from_this()](Error, std::size_t) {
      Error ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    });
  }

  TransportLoop& owner_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request_parser<http::string_body> parser_;
  Response response_;
};

}  // namespace

void TransportLoop::listen() {
  const tcp::endpoint endpoint(parse_address(options.address), options.port);
  try {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
    port = acceptor.local_endpoint().port();
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("Transport: cannot listen on " + options.address + ":" +
                             std::to_string(options.port) + ": " + error.code().message());
  }
}

void TransportLoop::accept() {
  acceptor.async_accept([this](Error error, tcp::socket socket) {
    if (stopping) return;
    Error ignored;
    if (!error) socket.set_option(tcp::no_delay(true), ignored);
    if (!error && !full()) std::make_shared<Exchange>(std::move(socket), *this)->read();
    accept();
  });
}

void TransportLoop::run() {
  // A handler that throws (Beast 1.81 may throw bad_executor from a timed-out stream) ends its own
  // connection only.
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception&) {
      continue;
    }
  }
}

void TransportLoop::begin_stop() {
  if (stopping) return;
  stopping = true;
  Error ignored;
  acceptor.close(ignored);
  for (tcp::socket* socket : requests) socket->cancel(ignored);
  const auto open = sockets;
  for (const auto& [id, socket] : open) socket->close(1001, "the server is stopping");
}

void TransportLoop::post_to(ConnectionId id, std::function<void(Socket&)> action) {
  asio::post(io, [this, id, action = std::move(action)] {
    const auto found = sockets.find(id);
    if (found == sockets.end()) return;
    const auto kept = found->second;
    action(*kept);
  });
}

void validate(const TransportOptions& options) {
  const auto positive = [](const char* field, double value) {
    require(value > 0, std::string("TransportOptions: ") + field + ": expected > 0, got " +
                           std::to_string(value));
  };
  (void)parse_address(options.address);
  positive("max_message_bytes", static_cast<double>(options.max_message_bytes));
  positive("max_outgoing_bytes", static_cast<double>(options.max_outgoing_bytes));
  positive("max_connections", options.max_connections);
  positive("messages_per_s", options.messages_per_s);
  positive("message_burst", options.message_burst);
  positive("control_frames_per_s", options.control_frames_per_s);
  positive("control_frame_burst", options.control_frame_burst);
  positive("handshake_timeout", static_cast<double>(options.handshake_timeout.count()));
  positive("idle_timeout", static_cast<double>(options.idle_timeout.count()));
  positive("close_timeout", static_cast<double>(options.close_timeout.count()));
}

Transport::Transport(TransportOptions options, TransportHandler& handler)
    : loop_(std::make_unique<TransportLoop>(std::move(options), handler)) {
  validate(loop_->options);
  loop_->listen();
}

// Only without memory for one more handler can the thread not be told to end; then nothing is left
// but to end the process.
// NOLINTNEXTLINE(bugprone-exception-escape)
Transport::~Transport() { stop(); }

void Transport::start() {
  loop_->accept();
  loop_->thread = std::thread([loop = loop_.get()] { loop->run(); });
}

std::uint16_t Transport::port() const { return loop_->port; }

void Transport::send(ConnectionId id, std::string text) {
  loop_->post_to(
      id, [text = std::move(text)](Socket& socket) mutable { socket.send(std::move(text)); });
}

void Transport::resume(ConnectionId id) {
  loop_->post_to(id, [](Socket& socket) { socket.read(); });
}

void Transport::close(ConnectionId id, std::uint16_t code, std::string reason) {
  loop_->post_to(
      id, [code, reason = std::move(reason)](Socket& socket) { socket.close(code, reason); });
}

void Transport::stop() {
  if (!loop_->thread.joinable()) return;
  // The thread ends by itself when the last connection is gone: nothing keeps io_context busy then.
  asio::post(loop_->io, [loop = loop_.get()] { loop->begin_stop(); });
  loop_->thread.join();
}

}  // namespace foray::service
