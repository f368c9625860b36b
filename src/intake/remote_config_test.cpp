#include "intake/remote_config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "codec/base64.h"

namespace vizsla::intake {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class RemoteConfigTest : public ::testing::Test {
 protected:
  RemoteConfigTest() { config_.add_route(router_); }

  std::pair<int, std::string> send(const std::string& body) { return send(router_, body); }

  static std::pair<int, std::string> send(const http::Router& router, const std::string& body) {
    http::Request request;
    request.method = "POST";
    request.path = "/v0.7/config";
    request.body = http::Body(body);
    const auto match = router.match(request.method, request.path);
    std::pair<int, std::string> answer;
    match.route->handler(std::move(request), http::Responder([&](const http::Response& response) {
                           answer = {response.status, std::get<std::string>(response.body)};
                         }));
    return answer;
  }

  // Of a client that has `configs`, and says `state` beside them.
  std::string ask(std::string_view id, std::string_view configs = "", std::string_view state = "") {
    const auto [status, body] = send(
        fmt::format(R"({{"client":{{"id":"{}","products":["APM_TRACING"],"client_tracer":{{"service":"shop",)"
                    R"("env":"prod","language":"go"}},"state":{{"targets_version":{},"config_states":[{}]{}}}}}}})",
                    id, version_, configs, state));
    EXPECT_EQ(status, 200) << body;
    if (const std::size_t at = body.find("sampling-"); at != std::string::npos) config_id_ = body.substr(at, 25);
    const std::string targets = "{\"targets\":\"";
    if (body.starts_with(targets)) {
      std::string json;
      codec::decode_base64(
          std::string_view(body).substr(targets.size(), body.find('"', targets.size()) - targets.size()), json);
      const std::string key = "\"version\":";
      version_ = std::stoull(json.substr(json.find(key) + key.size()));
    }
    return body;
  }

  [[nodiscard]] std::string with_config(int apply_state, std::string_view error = "") const {
    return fmt::format(R"({{"id":"{}","product":"APM_TRACING","apply_state":{},"apply_error":"{}"}})", config_id_,
                       apply_state, error);
  }

  testing::FakeClock clock_;
  RemoteConfig config_{true, "none", clock_};
  http::Router router_;
  std::uint64_t version_ = 0;
  std::string config_id_;
};

TEST_F(RemoteConfigTest, KnowsWhatBecameOfIt) {
  const auto state = [&] { return config_.clients().at(0).state; };
  EXPECT_EQ(ask("a"), "{}");
  EXPECT_EQ(state(), ConfigState::None);
  config_.configure({{"shop", "*", 0.5, {}}});
  EXPECT_EQ(state(), ConfigState::Pending) << "it hasn't asked since";
  EXPECT_NE(ask("a"), "{}");
  EXPECT_EQ(state(), ConfigState::Pending);
  EXPECT_EQ(ask("a", with_config(1)), "{}");
  EXPECT_EQ(state(), ConfigState::Pending);
  EXPECT_EQ(ask("a", with_config(2)), "{}");
  EXPECT_EQ(state(), ConfigState::Applied);
  EXPECT_EQ(ask("a", with_config(3, "no rate")), "{}");
  EXPECT_EQ(state(), ConfigState::Failed);
  EXPECT_THAT(config_.clients().at(0).error, ::testing::EndsWith(": no rate"));
  config_.configure({});
  EXPECT_NE(ask("a", with_config(2)), "{}");
  EXPECT_EQ(state(), ConfigState::Pending) << "it still has what it had";
  EXPECT_EQ(ask("a"), "{}");
  EXPECT_EQ(state(), ConfigState::None);
}

TEST_F(RemoteConfigTest, CountsErrorsOnce) {
  config_.configure({{"*", "*", 0.5, {}}});
  ask("a");
  for (int i = 0; i < 3; ++i) {
    ask("a", with_config(3, "one"));
    ask("a", with_config(2));  // says nothing of it for once
  }
  EXPECT_EQ(config_.counts().errors, 1U);
  ask("b", with_config(3, "one"));
  EXPECT_EQ(config_.counts().errors, 2U) << "of another client";
  ask("a", "", R"(,"has_error":true,"error":"")");
  EXPECT_EQ(config_.counts().errors, 3U);
  EXPECT_EQ(config_.clients().at(0).error, "it doesn't say why");
}

TEST_F(RemoteConfigTest, CountsRequestsByAnswer) {
  EXPECT_EQ(send("no JSON").first, 400);
  EXPECT_THAT(send("{}").second, HasSubstr("client: expected an object"));
  ask("a");
  config_.configure({{"*", "*", 0.5, {}}});
  ask("a");
  ask("a", with_config(2));
  const RemoteConfigCounts counts = config_.counts();
  EXPECT_EQ(counts.refused, 2U);
  EXPECT_EQ(counts.unchanged, 2U);
  EXPECT_EQ(counts.sent, 1U);
  EXPECT_EQ(counts.clients[static_cast<std::size_t>(ConfigState::Applied)], 1U);
}

TEST_F(RemoteConfigTest, GivesAHigherVersionEachTimeAndAfterARestart) {
  config_.configure({{"*", "*", 0.5, {}}});
  ask("a");
  const std::uint64_t first = version_;
  for (int i = 0; i < 3; ++i) config_.configure({{"*", "*", 0.25, {}}});
  ask("a");
  EXPECT_EQ(version_, first + 3) << "the clock stands still";
  clock_.advance(std::chrono::seconds(10));
  RemoteConfig later(true, "none", clock_);
  later.configure({{"*", "*", 0.5, {}}});
  const std::uint64_t before = version_;
  http::Router router;
  later.add_route(router);
  router_ = std::move(router);
  ask("a");
  EXPECT_GT(version_, before);
}

TEST_F(RemoteConfigTest, ForgetsTheSilentAndTheOldestBeyondItsLimit) {
  ask("a");
  clock_.advance(RemoteConfig::kClientSilence);
  ask("b");
  EXPECT_THAT(config_.clients(), SizeIs(2));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_THAT(config_.clients(), SizeIs(1)) << "though nobody has asked since";
  EXPECT_EQ(config_.clients().at(0).id, "b");
  for (std::size_t i = 0; i < RemoteConfig::kClientsMax; ++i) ask("c" + std::to_string(i));
  ask("c0");
  ask("d");
  const auto clients = config_.clients();
  EXPECT_THAT(clients, SizeIs(RemoteConfig::kClientsMax));
  EXPECT_EQ(clients.at(1).id, "c0");
  EXPECT_EQ(clients.back().id, "c2");
}

TEST_F(RemoteConfigTest, SaysThatThereIsNoneWhenItIsOff) {
  RemoteConfig off(false, "none", clock_);
  http::Router router;
  off.add_route(router);
  EXPECT_EQ(send(router, "{}").first, 404);
  EXPECT_EQ(off.counts().off, 1U);
  EXPECT_THAT(off.clients(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace vizsla::intake
