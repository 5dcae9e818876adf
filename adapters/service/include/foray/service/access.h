#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foray/common/mutex.h"

namespace foray::service {

/// What a session may do.
enum class Role {
  kViewer,      ///< sees campaigns, predictions and events.
  kOperator,    ///< also creates, steers and stops campaigns.
  kInstrument,  ///< answers measurement requests, and sees.
};

/// "viewer", "operator" or "instrument".
[[nodiscard]] std::string_view role_name(Role role);

/// The role of that name.
[[nodiscard]] std::optional<Role> role_of_name(std::string_view name);

/// `bytes` random bytes of OpenSSL's generator as lower-case hexadecimal digits.
/// @throws std::runtime_error when the generator fails.
[[nodiscard]] std::string random_hex(int bytes);

/// Compares in a time that depends on the lengths only.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

/// One 256-bit token a role, as 64 hexadecimal digits.
using Tokens = std::map<Role, std::string>;

/// New random tokens for the three roles.
[[nodiscard]] Tokens make_tokens();

/// Reads the token file ("role token" lines), or writes one with new tokens and mode 0600 where
/// there is none.
/// @throws std::invalid_argument when the file can be read by others or is malformed,
///         std::runtime_error when it cannot be read or written. No message holds a token.
[[nodiscard]] Tokens read_or_make_token_file(const std::string& path);

/// Who may enter: tokens, one-time codes, and the browser sessions that codes are exchanged for.
/// Methods may be called concurrently. Nothing here is ever logged.
class Access {
 public:
  explicit Access(Tokens tokens);

  /// The role a token stands for. Every token is compared, each in constant time.
  [[nodiscard]] std::optional<Role> role_of_token(std::string_view token) const;

  /// A code that redeem() takes once, for the address that a person opens in a browser.
  [[nodiscard]] std::string issue_code(Role role,
                                       std::chrono::seconds lifetime = std::chrono::hours(1));

  /// The role of a code, which is spent by this.
  [[nodiscard]] std::optional<Role> redeem(std::string_view code);

  /// Opens a browser session; the returned secret goes into a cookie. At most 256 are kept, the
  /// oldest go first.
  [[nodiscard]] std::string open_session(Role role);

  /// The role of a browser session.
  [[nodiscard]] std::optional<Role> role_of_session(std::string_view secret) const;

 private:
  struct Code {
    std::string secret;
    Role role;
    std::chrono::steady_clock::time_point expires;
  };
  struct BrowserSession {
    std::string secret;
    Role role;
  };
  const Tokens tokens_;
  mutable Mutex mutex_;
  std::vector<Code> codes_ FORAY_GUARDED_BY(mutex_);
  std::vector<BrowserSession> sessions_ FORAY_GUARDED_BY(mutex_);
};

/// Whether a Host header names this server: localhost, 127.0.0.1 or [::1] with the port.
[[nodiscard]] bool host_allowed(std::string_view host, std::uint16_t port);

/// Whether an Origin header is the server's own or exactly one of `origins`; `null` never is.
[[nodiscard]] bool origin_allowed(std::string_view origin, std::uint16_t port,
                                  const std::vector<std::string>& origins);

/// The token of an Authorization header "Bearer TOKEN"; nothing when it has another form.
[[nodiscard]] std::optional<std::string> bearer_of(std::string_view authorization);

/// The value of one cookie in a Cookie header.
[[nodiscard]] std::optional<std::string> cookie_value(std::string_view header,
                                                      std::string_view name);

/// The value of one field in a query string; only the characters of tokens and codes are decoded.
[[nodiscard]] std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace foray::service
