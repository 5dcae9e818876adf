#include "foray/service/transport.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "service/loopback_client.h"

namespace foray::service::transport_test {
namespace {

using test::Headers;
using test::http_get;
using test::LoopbackClient;
using test::raw_exchange;

// Answers every message with itself; "flood" with megabytes; "drop" is never resumed.
class Echo : public TransportHandler {
 public:
  explicit Echo(TransportOptions options = {}) : transport_(std::move(options), *this) {
    transport_.start();
  }
  ~Echo() override { transport_.stop(); }
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;
  Echo(Echo&&) = delete;
  Echo& operator=(Echo&&) = delete;

  HttpAnswer http(const HttpRequest& request) override {
    return {200, "text/plain", request.method + " " + request.path + " " + request.query, {}};
  }
  HttpAnswer upgrade(ConnectionId, const HttpRequest& request) override {
    if (request.bearer == "wrong") return {401, "text/plain", "no", {}};
    return {101, "", "", {}};
  }
  void message(ConnectionId id, std::string text) override {
    if (text == "flood") {
      for (int i = 0; i < 64; ++i) transport_.send(id, std::string(1'000'000, 'x'));
    } else {
      transport_.send(id, std::move(text));
    }
    transport_.resume(id);
  }
  void written(ConnectionId, std::size_t) override {}
  void closed(ConnectionId) override {
    const std::scoped_lock lock(mutex_);
    ++closed_;
    changed_.notify_all();
  }
  void wait_for_closed(int count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(
        changed_.wait_for(lock, std::chrono::seconds(20), [&] { return closed_ >= count; }));
  }
  [[nodiscard]] std::uint16_t port() const { return transport_.port(); }
  Transport& transport() { return transport_; }

 private:
  Transport transport_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int closed_ = 0;
};

std::string own_origin(const Echo& server, const std::string& host = "127.0.0.1") {
  return "http://" + host + ":" + std::to_string(server.port());
}

TEST(Transport, RefusesToListenOffLoopback) {
  for (const char* address : {"0.0.0.0", "::", "192.168.1.1", "example.org", ""}) {
    TransportOptions options;
    options.address = address;
    EXPECT_THROW(Echo{options}, std::invalid_argument) << address;
  }
}

TEST(TransportOptions, DefaultsAreValidAndEachBadFieldIsRefusedByName) {
  EXPECT_NO_THROW(validate(TransportOptions{}));
  const std::map<std::string, std::function<void(TransportOptions&)>> spoil = {
      {"address", [](TransportOptions& o) { o.address = "10.0.0.1"; }},
      {"max_message_bytes", [](TransportOptions& o) { o.max_message_bytes = 0; }},
      {"max_outgoing_bytes", [](TransportOptions& o) { o.max_outgoing_bytes = 0; }},
      {"max_connections", [](TransportOptions& o) { o.max_connections = 0; }},
      {"messages_per_s", [](TransportOptions& o) { o.messages_per_s = 0; }},
      {"message_burst", [](TransportOptions& o) { o.message_burst = -1; }},
      {"control_frames_per_s", [](TransportOptions& o) { o.control_frames_per_s = 0; }},
      {"control_frame_burst", [](TransportOptions& o) { o.control_frame_burst = 0; }},
      {"handshake_timeout", [](TransportOptions& o) { o.handshake_timeout = {}; }},
      {"idle_timeout", [](TransportOptions& o) { o.idle_timeout = {}; }},
      {"close_timeout", [](TransportOptions& o) { o.close_timeout = {}; }},
  };
  for (const auto& [field, change] : spoil) {
    TransportOptions options;
    change(options);
    try {
      validate(options);
      ADD_FAILURE() << field << " was taken";
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find(field), std::string::npos) << error.what();
    }
  }
}

TEST(Transport, SaysWhichPortIsTaken) {
  const Echo first;
  TransportOptions options;
  options.port = first.port();
  try {
    const Echo second(options);
    FAIL() << "expected an exception";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find(std::to_string(first.port())), std::string::npos);
  }
}

TEST(Transport, AnswersHttpWithSecurityHeaders) {
  const Echo server;
  const auto reply = http_get(server.port(), "/page?a=b");
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.body, "GET /page a=b");
  EXPECT_NE(reply.header("Content-Security-Policy").find("default-src 'self'"), std::string::npos);
  EXPECT_NE(reply.header("Content-Security-Policy").find("frame-ancestors 'none'"),
            std::string::npos);
  EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(reply.header("Referrer-Policy"), "no-referrer");
}

TEST(Transport, EchoesOverWebSocketInOrder) {
  const Echo server;
  LoopbackClient client(server.port());
  ASSERT_EQ(client.status(), 101U);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.send(std::to_string(i)));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.receive(), std::to_string(i));
}

TEST(Transport, ChecksHostAndOriginOfPagesAndSockets) {
  const Echo server;
  const std::string port = std::to_string(server.port());
  struct Case {
    Headers headers;
    unsigned http;
    unsigned socket;
  };
  const std::vector<Case> cases = {
      {{{"Origin", own_origin(server)}}, 200, 101},
      {{{"Origin", own_origin(server, "localhost")}}, 200, 101},
      {{{"Origin", "http://evil.example"}}, 403, 403},
      {{{"Origin", own_origin(server) + ".evil.example"}}, 403, 403},
      {{{"Origin", "null"}}, 403, 403},
      {{{"Origin", ""}}, 403, 403},
      {{{"Host", "evil.example:" + port}}, 403, 403},
      {{{"Host", "127.0.0.1:1"}}, 403, 403},
      {{{"Authorization", "Basic abc"}}, 400, 400},
      {{{"Authorization", "Bearer wrong"}}, 200, 401},
  };
  for (const Case& c : cases) {
    const std::string what = c.headers[0].first + ": " + c.headers[0].second;
    EXPECT_EQ(http_get(server.port(), "/", c.headers).status, c.http) << what;
    EXPECT_EQ(LoopbackClient(server.port(), c.headers).status(), c.socket) << what;
  }
}

TEST(Transport, AnswersMalformedRequestsWith400) {
  const Echo server;
  const std::string host = "Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n";
  const std::vector<std::string> requests = {
      "GET / HTTP/1.1\r\n\r\n",                     // no Host
      "GET / HTTP/1.1\r\n" + host + host + "\r\n",  // two
      "GET / HTTP/1.1\r\n" + host + "Origin: a\r\nOrigin: b\r\n\r\n",
      "GET http://x/ HTTP/1.1\r\n" + host + "\r\n",  // not a path
      "GET  HTTP/1.1\r\n" + host + "\r\n",           // no target
      "\x16\x03\x01\x02garbage\r\n\r\n",             // a TLS hello
      "GET / HTTP/1.1\r\n" + host + "X: " + std::string(20'000, 'a') + "\r\n\r\n",
      "GET / HTTP/9.9\r\n" + host + "\r\n",
  };
  for (const std::string& request : requests)
    EXPECT_EQ(raw_exchange(server.port(), request).substr(0, 12), "HTTP/1.1 400")
        << request.substr(0, 60);
}

TEST(Transport, AsksForAnUpgradeOnThePathOfTheSocket) {
  const Echo server;
  EXPECT_EQ(http_get(server.port(), "/ws").status, 426U);
}

TEST(Transport, EndsARequestThatDoesNotArrive) {
  TransportOptions options;
  options.handshake_timeout = std::chrono::milliseconds(50);
  const Echo server(options);
  EXPECT_EQ(raw_exchange(server.port(), "GET / HT"), "");
}

TEST(Transport, ClosesAClientWhoseMessageIsTooLong) {
  TransportOptions options;
  options.max_message_bytes = 1000;
  Echo server(options);
  LoopbackClient client(server.port());
  client.send(std::string(1000, 'a'));
  EXPECT_EQ(client.receive(), std::string(1000, 'a'));
  client.send(std::string(1001, 'a'));
  EXPECT_FALSE(client.receive());
  server.wait_for_closed(1);
}

TEST(Transport, ClosesAClientThatSendsBinary) {
  const Echo server;
  LoopbackClient client(server.port());
  client.send_binary("abc");
  EXPECT_FALSE(client.receive());
  EXPECT_EQ(client.close_code(), 1003);
}

TEST(Transport, ClosesAClientThatSendsTooOften) {
  TransportOptions options;
  options.messages_per_s = 0.001;
  options.message_burst = 3;
  const Echo server(options);
  LoopbackClient client(server.port());
  for (int i = 0; i < 4; ++i) client.send("x");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.receive(), "x");
  EXPECT_FALSE(client.receive());
  EXPECT_EQ(client.close_code(), 1008);
}

TEST(Transport, ClosesAClientThatPingsTooOften) {
  TransportOptions options;
  options.control_frames_per_s = 0.001;
  options.control_frame_burst = 3;
  const Echo server(options);
  LoopbackClient client(server.port());
  for (int i = 0; i < 4; ++i) client.ping();
  EXPECT_FALSE(client.receive());
  EXPECT_EQ(client.close_code(), 1008);
}

TEST(Transport, ClosesAClientThatNeverReads) {
  TransportOptions options;
  options.max_outgoing_bytes = 4'000'000;
  options.close_timeout = std::chrono::milliseconds(100);
  Echo server(options);
  LoopbackClient client(server.port());
  client.send("flood");
  server.wait_for_closed(1);  // although the closing handshake cannot end
  LoopbackClient other(server.port());
  other.send("still here");
  EXPECT_EQ(other.receive(), "still here");
}

TEST(Transport, ClosesAClientThatGivesNoSignOfLife) {
  TransportOptions options;
  options.idle_timeout = std::chrono::milliseconds(100);
  Echo server(options);
  const LoopbackClient client(server.port());  // answers no ping: it never reads
  server.wait_for_closed(1);
}

TEST(Transport, TurnsAwayMoreConnectionsThanAllowed) {
  TransportOptions options;
  options.max_connections = 2;
  Echo server(options);
  LoopbackClient a(server.port());
  const LoopbackClient b(server.port());
  EXPECT_NE(LoopbackClient(server.port()).status(), 101U);
  a.close();
  server.wait_for_closed(1);
  // The connection is forgotten right after its closing is told, on the same thread.
  unsigned status = 0;
  for (int i = 0; i < 1000 && status != 101U; ++i) status = LoopbackClient(server.port()).status();
  EXPECT_EQ(status, 101U);
}

TEST(Transport, ClosesWith1001WhenItStops) {
  Echo server;
  LoopbackClient client(server.port());
  client.send("x");
  EXPECT_EQ(client.receive(), "x");
  std::thread stopper([&] { server.transport().stop(); });
  EXPECT_FALSE(client.receive());
  EXPECT_EQ(client.close_code(), 1001);
  stopper.join();
}

TEST(Transport, TakesMessagesFromSeveralThreads) {
  Echo server;
  LoopbackClient client(server.port());
  client.send("x");
  client.receive();
  const auto produce = [&] {
    for (int i = 0; i < 200; ++i) server.transport().send(1, "y");
  };
  std::thread a(produce);
  std::thread b(produce);
  for (int i = 0; i < 400; ++i) EXPECT_EQ(client.receive(), "y");
  a.join();
  b.join();
}

TEST(Transport, ServesTwentyClientsAtOnce) {
  const Echo server;
  std::vector<LoopbackClient> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(server.port());
  for (int i = 0; i < 20; ++i) clients[static_cast<std::size_t>(i)].send(std::to_string(i));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(clients[static_cast<std::size_t>(i)].receive(), std::to_string(i));
}

}  // namespace
}  // namespace foray::service::transport_test
