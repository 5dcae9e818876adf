#include "foray/service/access.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "foray/common/check.h"

namespace foray::service {

namespace {

constexpr std::array kRoles = {Role::kViewer, Role::kOperator, Role::kInstrument};
constexpr std::size_t kMaxSessions = 256;
constexpr std::size_t kTokenDigits = 64;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Tokens parse_token_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("token file " + path + ": cannot be read");
  Tokens tokens;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string name;
    std::string token;
    fields >> name >> token;
    const auto role = role_of_name(name);
    require(role && token.size() == kTokenDigits && is_hex(token),
            "token file " + path +
                ": expected lines of a role (viewer, operator, instrument) and 64 hexadecimal "
                "digits, got another line");
    tokens[*role] = token;
  }
  require(tokens.size() == kRoles.size(),
          "token file " + path + ": expected one line for each of viewer, operator, instrument");
  return tokens;
}

void write_token_file(const std::string& path, const Tokens& tokens) {
  std::string text;
  for (const auto& [role, token] : tokens)
    text += std::string(role_name(role)) + " " + token + "\n";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0)
    throw std::runtime_error("token file " + path +
                             ": cannot be made: " + std::generic_category().message(errno));
  const auto written = ::write(file, text.data(), text.size());
  const bool closed = ::close(file) == 0;
  if (written != static_cast<ssize_t>(text.size()) || !closed)
    throw std::runtime_error("token file " + path + ": cannot be written");
}

}  // namespace

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kViewer:
      return "viewer";
    case Role::kOperator:
      return "operator";
    case Role::kInstrument:
      return "instrument";
  }
  return "viewer";
}

std::optional<Role> role_of_name(std::string_view name) {
  for (const Role role : kRoles)
    if (role_name(role) == name) return role;
  return std::nullopt;
}

std::string random_hex(int bytes) {
  std::vector<unsigned char> raw(static_cast<std::size_t>(bytes));
  if (RAND_bytes(raw.data(), bytes) != 1)
    throw std::runtime_error("random_hex: the random generator of OpenSSL failed");
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : raw) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Tokens make_tokens() {
  Tokens tokens;
  for (const Role role : kRoles) tokens[role] = random_hex(static_cast<int>(kTokenDigits / 2));
  return tokens;
}

Tokens read_or_make_token_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    Tokens tokens = make_tokens();
    write_token_file(path, tokens);
    return tokens;
  }
  require((status.st_mode & 077) == 0,
          "token file " + path + ": expected mode 0600, others can read it (chmod 600 it)");
  return parse_token_file(path);
}

Access::Access(Tokens tokens) : tokens_(std::move(tokens)) {}

std::optional<Role> Access::role_of_token(std::string_view token) const {
  std::optional<Role> found;
  for (const auto& [role, expected] : tokens_)
    if (equal_in_constant_time(token, expected)) found = role;
  return found;
}

std::string Access::issue_code(Role role, std::chrono::seconds lifetime) {
  std::string secret = random_hex(16);
  const Lock lock(mutex_);
  if (codes_.size() >= kMaxSessions) codes_.erase(codes_.begin());
  codes_.push_back({secret, role, std::chrono::steady_clock::now() + lifetime});
  return secret;
}

std::optional<Role> Access::redeem(std::string_view code) {
  const Lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(codes_, [now](const Code& c) { return c.expires <= now; });
  std::optional<Role> found;
  std::erase_if(codes_, [&](const Code& c) {
    const bool matches = equal_in_constant_time(code, c.secret);
    if (matches) found = c.role;
    return matches;
  });
  return found;
}

std::string Access::open_session(Role role) {
  std::string secret = random_hex(32);
  const Lock lock(mutex_);
  if (sessions_.size() >= kMaxSessions) sessions_.erase(sessions_.begin());
  sessions_.push_back({secret, role});
  return secret;
}

std::optional<Role> Access::role_of_session(std::string_view secret) const {
  const Lock lock(mutex_);
  std::optional<Role> found;
  for (const BrowserSession& session : sessions_)
    if (equal_in_constant_time(secret, session.secret)) found = session.role;
  return found;
}

bool host_allowed(std::string_view host, std::uint16_t port) {
  const std::string suffix = ":" + std::to_string(port);
  for (const char* name : {"localhost", "127.0.0.1", "[::1]"})
    if (host == name + suffix) return true;
  return false;
}

bool origin_allowed(std::string_view origin, std::uint16_t port,
                    const std::vector<std::string>& origins) {
  constexpr std::string_view scheme = "http://";
  if (origin.substr(0, scheme.size()) == scheme && host_allowed(origin.substr(scheme.size()), port))
    return true;
  return origin != "null" && std::find(origins.begin(), origins.end(), origin) != origins.end();
}

std::optional<std::string> bearer_of(std::string_view authorization) {
  constexpr std::string_view scheme = "Bearer ";
  if (authorization.substr(0, scheme.size()) != scheme) return std::nullopt;
  const std::string_view token = authorization.substr(scheme.size());
  if (token.empty() || token.find_first_of(" \t,") != std::string_view::npos) return std::nullopt;
  return std::string(token);
}

namespace {

// The value of `name=value` among parts separated by `separator` and optional spaces.
std::optional<std::string> field_value(std::string_view text, std::string_view name,
                                       char separator) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos && part.substr(0, equals) == name)
      return std::string(part.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> cookie_value(std::string_view header, std::string_view name) {
  return field_value(header, name, ';');
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  return field_value(query, name, '&');
}

}  // namespace foray::service
