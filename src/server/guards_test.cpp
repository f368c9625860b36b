#include "server/guards.h"

#include <gtest/gtest.h>

namespace vizsla::server {
namespace {

http::Request request(std::vector<std::pair<std::string, std::string>> headers) {
  http::Request given;
  for (auto& [name, value] : headers) given.headers.add(std::move(name), std::move(value));
  return given;
}

bool allows(const http::Guard& guard, const http::Request& given) {
  const auto answer = guard(given);
  EXPECT_EQ(answer ? answer->status : 403, 403);
  return !answer;
}

TEST(IntakeGuard, RefusesBrowsersOnPagesFromElsewhere) {
  const http::Guard guard = refuse_browsers_from_elsewhere();
  EXPECT_TRUE(allows(guard, request({})));
  EXPECT_TRUE(allows(guard, request({{"Sec-Fetch-Site", "same-origin"}})));
  EXPECT_FALSE(allows(guard, request({{"Sec-Fetch-Site", "cross-site"}})));
  http::Request socket = request({{"Sec-Fetch-Site", "cross-site"}});
  socket.over_unix_socket = true;
  EXPECT_TRUE(allows(guard, socket));
}

TEST(HostGuard, KnowsAddressesAndNamesOfItsOwn) {
  const http::Guard guard = allow_hosts({"Vizsla.example"});
  for (const char* host :
       {"localhost", "localhost:8127", "127.0.0.1:8127", "[::1]:8127", "10.1.2.3", "vizsla.EXAMPLE:443"})
    EXPECT_TRUE(allows(guard, request({{"Host", host}}))) << host;
  for (const char* host :
       {"", "evil.example", "evil.example:8127", "127.0.0.1.evil.example", "[::1", "localhost.evil.example"})
    EXPECT_FALSE(allows(guard, request({{"Host", host}}))) << host;
  EXPECT_TRUE(allows(allow_hosts({"*"}), request({{"Host", "anything.example"}})));
}

TEST(HostGuard, KnowsPagesOfItsOwn) {
  const http::Guard guard = allow_hosts({});
  EXPECT_TRUE(allows(guard, request({{"Host", "127.0.0.1:8127"}, {"Origin", "http://127.0.0.1:8127"}})));
  EXPECT_TRUE(allows(guard, request({{"Host", "localhost:8127"}, {"Origin", "http://localhost:5173"}}))) << "ui-dev";
  for (const char* origin : {"null", "http://evil.example", "https://127.0.0.1.evil.example", "evil"})
    EXPECT_FALSE(allows(guard, request({{"Host", "127.0.0.1:8127"}, {"Origin", origin}}))) << origin;
}

}  // namespace
}  // namespace vizsla::server
