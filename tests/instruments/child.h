#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace foray::instruments {

// A program that a test starts and that never outlives it.
class Child {
 public:
  Child() = default;
  ~Child() { kill_now(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child(Child&&) = delete;
  Child& operator=(Child&&) = delete;

  // Its output is thrown away.
  void start(const std::vector<std::string>& command,
             const std::vector<std::string>& environment = {}) {
    kill_now();
    std::vector<std::string> words = command;
    std::vector<char*> arguments;
    for (std::string& word : words) {
      arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    std::vector<std::string> settings = environment;
    std::vector<char*> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
      variables.push_back(*variable);
    }
    for (std::string& setting : settings) {
      variables.push_back(setting.data());
    }
    variables.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (::posix_spawn(&process_, arguments[0], &actions, nullptr, arguments.data(),
                      variables.data()) != 0) {
      process_ = -1;
    }
    posix_spawn_file_actions_destroy(&actions);
  }

  void signal(int number) const {
    if (process_ > 0) {
      ::kill(process_, number);
    }
  }

  // Returns when it stands still.
  void freeze() const {
    signal(SIGSTOP);
    int status = 0;
    ::waitpid(process_, &status, WUNTRACED);
  }

  void kill_now() {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
      process_ = -1;
    }
  }

  [[nodiscard]] bool started() const { return process_ > 0; }

 private:
  pid_t process_ = -1;
};

}  // namespace foray::instruments
