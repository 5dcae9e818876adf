#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foray::instruments {

// An open file descriptor, closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = other.release();
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }
  int release() {
    const int number = number_;
    number_ = -1;
    return number;
  }
  void reset();

 private:
  int number_ = -1;
};

// "unix:PATH" or "tcp:HOST:PORT".
struct SocketAddress {
  std::string path;  // of a Unix socket; "": TCP
  std::string host;
  int port = 0;
};

// Throws std::invalid_argument naming what was expected and what came.
SocketAddress parse_address(const std::string& text);

// An open connection; not open when nobody listens.
Descriptor connect_to(const SocketAddress& address);

// A listening socket. `address` gets the port that was chosen. Throws std::runtime_error.
Descriptor listen_at(SocketAddress& address);

// Lines both ways over descriptors that somebody else may close at the other end at any time.
// Used by one thread.
class LineChannel {
 public:
  // `output` may be the same number as `input`; both stay owned by the caller.
  LineChannel(int input, int output) : input_(input), output_(output) {}

  // False when the other end is gone.
  bool send(std::string_view line) const;

  // Reads what is there, without waiting; false when the other end is gone or a line is too long.
  bool receive(std::vector<std::string>& lines);

 private:
  int input_;
  int output_;
  std::string partial_;
};

// Waits until one of the descriptors can be read or the time is over.
void wait_readable(const std::vector<int>& descriptors, std::chrono::milliseconds timeout);

}  // namespace foray::instruments
