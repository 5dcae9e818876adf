#include "service/loopback_client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <stdexcept>

namespace foray::test {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

constexpr std::chrono::seconds kPatience{20};

tcp::endpoint endpoint_of(std::uint16_t port) {
  return {asio::ip::make_address("127.0.0.1"), port};
}

std::string host_of(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

template <class Message>
void set_headers(Message& message, std::uint16_t port, const Headers& headers) {
  message.set(http::field::host, host_of(port));
  for (const auto& [name, value] : headers) message.set(name, value);
}

// Runs one asynchronous operation to its end.
template <class Start>
beast::error_code complete(asio::io_context& io, Start start) {
  std::optional<beast::error_code> result;
  start([&](beast::error_code error, auto...) { result = error; });
  io.restart();
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!result && io.run_one_until(end) > 0) {
  }
  if (!result) throw std::runtime_error("LoopbackClient: nothing happened for 20 s");
  return *result;
}

}  // namespace

std::string HttpReply::header(const std::string& name) const {
  for (const auto& [key, value] : headers)
    if (beast::iequals(key, name)) return value;
  return "";
}

HttpReply http_get(std::uint16_t port, const std::string& target, const Headers& headers) {
  asio::io_context io;
  tcp::socket socket(io);
  socket.connect(endpoint_of(port));
  http::request<http::empty_body> request(http::verb::get, target, 11);
  set_headers(request, port, headers);
  beast::error_code error;
  http::write(socket, request, error);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response, error);
  HttpReply reply;
  if (error) return reply;
  reply.status = response.result_int();
  for (const auto& field : response)
    reply.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  reply.body = response.body();
  return reply;
}

std::string raw_exchange(std::uint16_t port, const std::string& bytes) {
  asio::io_context io;
  tcp::socket socket(io);
  socket.connect(endpoint_of(port));
  beast::error_code error;
  asio::write(socket, asio::buffer(bytes), error);
  std::string answer;
  asio::read(socket, asio::dynamic_buffer(answer), error);
  return answer;
}

struct LoopbackClient::Impl {
  asio::io_context io;
  websocket::stream<tcp::socket> stream{io};
  unsigned status = 0;
  bool open = false;
};

LoopbackClient::LoopbackClient(std::uint16_t port, const Headers& headers)
    : impl_(std::make_unique<Impl>()) {
  auto& stream = impl_->stream;
  stream.next_layer().connect(endpoint_of(port));
  stream.next_layer().set_option(tcp::no_delay(true));
  stream.set_option(websocket::stream_base::decorator(
      [&](websocket::request_type& request) { set_headers(request, port, headers); }));
  stream.read_message_max(256U << 20U);
  websocket::response_type response;
  const auto error = complete(impl_->io, [&](auto handler) {
    stream.async_handshake(response, host_of(port), "/ws", std::move(handler));
  });
  impl_->status = response.result_int();
  impl_->open = !error;
}

LoopbackClient::~LoopbackClient() = default;
LoopbackClient::LoopbackClient(LoopbackClient&&) noexcept = default;
LoopbackClient& LoopbackClient::operator=(LoopbackClient&&) noexcept = default;

unsigned LoopbackClient::status() const { return impl_->status; }

bool LoopbackClient::send(const std::string& text) {
  impl_->stream.text(true);
  return !complete(impl_->io, [&](auto handler) {
    impl_->stream.async_write(asio::buffer(text), std::move(handler));
  });
}

bool LoopbackClient::send_binary(const std::string& bytes) {
  impl_->stream.binary(true);
  return !complete(impl_->io, [&](auto handler) {
    impl_->stream.async_write(asio::buffer(bytes), std::move(handler));
  });
}

bool LoopbackClient::ping() {
  return !complete(impl_->io,
                   [&](auto handler) { impl_->stream.async_ping({}, std::move(handler)); });
}

std::optional<std::string> LoopbackClient::receive() {
  beast::flat_buffer buffer;
  const auto error = complete(
      impl_->io, [&](auto handler) { impl_->stream.async_read(buffer, std::move(handler)); });
  if (error) return std::nullopt;
  return beast::buffers_to_string(buffer.data());
}

std::uint16_t LoopbackClient::close_code() const { return impl_->stream.reason().code; }

void LoopbackClient::close() {
  complete(impl_->io, [&](auto handler) {
    impl_->stream.async_close(websocket::close_code::normal, std::move(handler));
  });
}

void LoopbackClient::cut() { impl_->stream.next_layer().close(); }

}  // namespace foray::test
