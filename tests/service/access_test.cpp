#include "foray/service/access.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

namespace foray::service::access_test {
namespace {

namespace fs = std::filesystem;

class TokenFile : public testing::Test {
 protected:
  TokenFile() : folder_(fs::temp_directory_path() / ("foray_" + random_hex(8))) {
    fs::create_directory(folder_);
  }
  ~TokenFile() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return (folder_ / "token").string(); }

 private:
  fs::path folder_;
};

TEST_F(TokenFile, IsMadeReadableByItsOwnerOnlyAndReadBackTheSame) {
  const Tokens made = read_or_make_token_file(path());
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(read_or_make_token_file(path()), made);
}

TEST_F(TokenFile, ThatOthersCanReadIsRefused) {
  (void)read_or_make_token_file(path());
  fs::permissions(path(), fs::perms::group_read, fs::perm_options::add);
  EXPECT_THROW((void)read_or_make_token_file(path()), std::invalid_argument);
}

TEST_F(TokenFile, ThatIsMalformedIsRefusedWithoutShowingWhatItHolds) {
  std::ofstream(path()) << "operator deadbeefsecret\n";
  fs::permissions(path(), fs::perms::owner_read | fs::perms::owner_write);
  try {
    (void)read_or_make_token_file(path());
    FAIL() << "expected an exception";
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(std::string(error.what()).find("deadbeef"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find(path()), std::string::npos);
  }
}

TEST(MakeTokens, GivesEachRoleTokensOf256BitsThatNeverRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i)
    for (const auto& [role, token] : make_tokens()) {
      EXPECT_EQ(token.size(), 64U) << role_name(role);
      EXPECT_TRUE(seen.insert(token).second);
    }
}

TEST(Access, KnowsEachTokenAndNoOther) {
  const Tokens tokens = make_tokens();
  const Access access(tokens);
  for (const auto& [role, token] : tokens) {
    EXPECT_EQ(access.role_of_token(token), role);
    EXPECT_FALSE(access.role_of_token(token.substr(1)));
    EXPECT_FALSE(access.role_of_token(token + "0"));
  }
  EXPECT_FALSE(access.role_of_token(""));
}

TEST(Access, TakesACodeOnceOnly) {
  Access access(make_tokens());
  const std::string code = access.issue_code(Role::kViewer);
  EXPECT_FALSE(access.redeem("0" + code.substr(1) + "x"));
  EXPECT_EQ(access.redeem(code), Role::kViewer);
  EXPECT_FALSE(access.redeem(code));
}

TEST(Access, RefusesACodeThatHasExpired) {
  Access access(make_tokens());
  const std::string code = access.issue_code(Role::kOperator, std::chrono::seconds(0));
  EXPECT_FALSE(access.redeem(code));
}

TEST(Access, KeepsTheNewestBrowserSessions) {
  Access access(make_tokens());
  const std::string first = access.open_session(Role::kOperator);
  EXPECT_EQ(access.role_of_session(first), Role::kOperator);
  for (int i = 0; i < 256; ++i) (void)access.open_session(Role::kViewer);
  EXPECT_FALSE(access.role_of_session(first));
}

TEST(HostAllowed, TakesTheLoopbackNamesWithThePortAndNothingElse) {
  for (const char* host : {"localhost:80", "127.0.0.1:80", "[::1]:80"})
    EXPECT_TRUE(host_allowed(host, 80)) << host;
  for (const char* host : {"", "localhost", "localhost:81", "localhost:800", "evil.org:80",
                           "127.0.0.1.evil.org:80", "localhost:80@evil.org", "LOCALHOST :80"})
    EXPECT_FALSE(host_allowed(host, 80)) << host;
}

TEST(OriginAllowed, ComparesTheWholeOrigin) {
  const std::vector<std::string> origins = {"https://lab.example.org", "null"};
  for (const char* origin : {"http://localhost:80", "http://[::1]:80", "https://lab.example.org"})
    EXPECT_TRUE(origin_allowed(origin, 80, origins)) << origin;
  for (const char* origin :
       {"", "null", "https://localhost:80", "http://localhost:80.evil.org",
        "https://lab.example.org.evil.org", "https://lab.example.org:444", "http://localhost"})
    EXPECT_FALSE(origin_allowed(origin, 80, origins)) << origin;
}

TEST(BearerOf, TakesOneTokenOnly) {
  EXPECT_EQ(bearer_of("Bearer abc"), "abc");
  for (const char* header : {"", "Bearer", "Bearer ", "Basic abc", "bearer abc", "Bearer a b"})
    EXPECT_FALSE(bearer_of(header)) << header;
}

TEST(CookieValue, FindsACookieAmongOthers) {
  EXPECT_EQ(cookie_value("a=1; foray=xyz; b=2", "foray"), "xyz");
  EXPECT_FALSE(cookie_value("a=1; notforay=xyz", "foray"));
  EXPECT_FALSE(cookie_value("", "foray"));
}

TEST(QueryValue, FindsAFieldAmongOthers) {
  EXPECT_EQ(query_value("a=1&code=xyz", "code"), "xyz");
  EXPECT_EQ(query_value("code=", "code"), "");
  EXPECT_FALSE(query_value("xcode=1", "code"));
}

}  // namespace
}  // namespace foray::service::access_test
