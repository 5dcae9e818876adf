#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "line_channel.h"

namespace foray::instruments {

// A program whose standard input and output are one socket that we hold. Ends with its owner: the
// socket is closed, and when that does not end it, it is killed.
class ChildProcess {
 public:
  ChildProcess() = default;
  ~ChildProcess() { stop(); }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ChildProcess(ChildProcess&&) = delete;
  ChildProcess& operator=(ChildProcess&&) = delete;

  // The socket to talk to it by; not open when it could not be started.
  Descriptor start(const std::vector<std::string>& command);

  // Call after the socket was closed.
  void stop();

 private:
  pid_t process_ = -1;
};

}  // namespace foray::instruments
