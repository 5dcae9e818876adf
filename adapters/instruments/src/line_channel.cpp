#include "line_channel.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace foray::instruments {
namespace {

constexpr std::size_t kLongestLine = 256U << 20U;

// A socket address of either family, in the form that the system takes.
struct RawAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  [[nodiscard]] const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);  // the sockets' interface asks for it
  }
};

RawAddress raw(const SocketAddress& address) {
  RawAddress result;
  if (!address.path.empty()) {
    sockaddr_un unix_address{};
    unix_address.sun_family = AF_UNIX;
    std::memcpy(unix_address.sun_path, address.path.c_str(), address.path.size() + 1);
    std::memcpy(&result.storage, &unix_address, sizeof(unix_address));
    result.length = sizeof(unix_address);
    return result;
  }
  sockaddr_in inet{};
  inet.sin_family = AF_INET;
  inet.sin_port = htons(static_cast<std::uint16_t>(address.port));
  ::inet_pton(AF_INET, address.host.c_str(), &inet.sin_addr);
  std::memcpy(&result.storage, &inet, sizeof(inet));
  result.length = sizeof(inet);
  return result;
}

Descriptor make_socket(const SocketAddress& address) {
  const int family = address.path.empty() ? AF_INET : AF_UNIX;
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.open() && family == AF_INET) {
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  return socket;
}

}  // namespace

void Descriptor::reset() {
  if (number_ >= 0) {
    ::close(number_);
    number_ = -1;
  }
}

SocketAddress parse_address(const std::string& text) {
  const auto refuse = [&]() -> SocketAddress {
    throw std::invalid_argument(
        "address: expected \"unix:PATH\" or \"tcp:127.0.0.1:PORT\", got \"" + text + "\"");
  };
  SocketAddress address;
  if (text.rfind("unix:", 0) == 0) {
    address.path = text.substr(5);
    return address.path.empty() || address.path.size() >= sizeof(sockaddr_un::sun_path) ? refuse()
                                                                                        : address;
  }
  const std::size_t colon = text.rfind(':');
  if (text.rfind("tcp:", 0) != 0 || colon < 5) {
    return refuse();
  }
  address.host = text.substr(4, colon - 4);
  const std::string port = text.substr(colon + 1);
  in_addr unused{};
  if (port.empty() || port.size() > 5 ||
      port.find_first_not_of("0123456789") != std::string::npos || std::stoi(port) > 65535 ||
      ::inet_pton(AF_INET, address.host.c_str(), &unused) != 1) {
    return refuse();
  }
  address.port = std::stoi(port);
  return address;
}

Descriptor connect_to(const SocketAddress& address) {
  Descriptor socket = make_socket(address);
  const RawAddress target = raw(address);
  if (socket.open() && ::connect(socket.get(), target.get(), target.length) == 0) {
    return socket;
  }
  return {};
}

Descriptor listen_at(SocketAddress& address) {
  Descriptor socket = make_socket(address);
  if (!address.path.empty()) {
    ::unlink(address.path.c_str());  // left behind by a server that was killed
  }
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const RawAddress target = raw(address);
  if (::bind(socket.get(), target.get(), target.length) != 0 || ::listen(socket.get(), 4) != 0) {
    throw std::runtime_error("instrument server: could not listen: " +
                             std::generic_category().message(errno));
  }
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);  // accepting must not wait for a client
  if (address.path.empty()) {
    sockaddr_in bound{};
    socklen_t length = sizeof(bound);
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &length);
    address.port = ntohs(bound.sin_port);
  }
  return socket;
}

bool LineChannel::send(std::string_view line) const {
  std::string text(line);
  text += '\n';
  std::size_t sent = 0;
  while (sent < text.size()) {
    // A socket's own call first: a pipe would raise a signal when its reader is gone.
    ssize_t count = ::send(output_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == ENOTSOCK) {
      count = ::write(output_, text.data() + sent, text.size() - sent);
    }
    if (count < 0 && errno != EINTR) {
      return false;
    }
    sent += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  return true;
}

bool LineChannel::receive(std::vector<std::string>& lines) {
  std::array<char, 65536> buffer{};
  while (true) {
    pollfd waiting{input_, POLLIN, 0};
    if (::poll(&waiting, 1, 0) <= 0) {
      return true;
    }
    const ssize_t count = ::read(input_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    std::size_t begin = partial_.size();
    partial_.append(buffer.data(), static_cast<std::size_t>(count));
    std::size_t start = 0;
    for (std::size_t end = partial_.find('\n', begin); end != std::string::npos;
         end = partial_.find('\n', begin)) {
      lines.push_back(partial_.substr(start, end - start));
      start = begin = end + 1;
    }
    partial_.erase(0, start);
    if (partial_.size() > kLongestLine) {
      return false;
    }
  }
}

void wait_readable(const std::vector<int>& descriptors, std::chrono::milliseconds timeout) {
  std::vector<pollfd> waiting;
  for (const int descriptor : descriptors) {
    waiting.push_back({descriptor, POLLIN, 0});
  }
  ::poll(waiting.data(), waiting.size(), static_cast<int>(timeout.count()));
}

}  // namespace foray::instruments
