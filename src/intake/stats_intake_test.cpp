// The endpoints for statistics as a client sees them, without sockets: requests in, answers and sums out.

#include "intake/stats_intake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "codec/testing/client_stats_writer.h"
#include "codec/testing/protobuf_writer.h"
#include "intake/later_endpoints.h"
#include "store/testing/oracle_store.h"

namespace vizsla::intake {
namespace {

using codec::testing::FieldsWriter;
using codec::testing::MsgpackWriter;
using codec::testing::sketch_bytes;
using codec::testing::stats_bucket;
using codec::testing::stats_group;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr double kMs = 1e6;

class ScriptedWriter final : public store::SpanWriter {
 public:
  explicit ScriptedWriter(store::testing::OracleStore& oracle) : oracle_(oracle) {}

  void append(const model::SpanBatch& batch, const model::StatsBatch& stats, Hash128 payload, Done done) override {
    ++appends;
    EXPECT_EQ(batch.size(), 0u);
    if (fail_with) return done(fail(*fail_with));
    oracle_.append(batch, stats, payload, [](const Result<void>&) {});
    if (hold) {
      held.push_back(std::move(done));
    } else {
      done({});
    }
  }

  std::optional<Error> fail_with;
  bool hold = false;
  int appends = 0;
  std::vector<Done> held;

 private:
  store::testing::OracleStore& oracle_;
};

class StatsIntakeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    intake_.add_routes(router_);
    add_later_tracer_routes(router_, stats_);
    add_later_agent_routes(router_, stats_);
  }

  struct Answer {
    int status = 0;
    std::string body;
  };

  void send(std::string_view method, std::string_view path, std::string_view body,
            std::vector<std::pair<std::string, std::string>> headers, Answer& answer) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.body = http::Body(body);
    request.headers.add("Datadog-Meta-Lang", "python");
    for (auto& [name, value] : headers) request.headers.add(std::move(name), std::move(value));
    const auto match = router_.match(method, path);
    ASSERT_NE(match.route, nullptr) << path;
    match.route->handler(std::move(request), http::Responder([&](const http::Response& response) {
                           answer = {response.status, std::string(as_text(response.body_bytes()))};
                         }));
  }

  Answer send(std::string_view body, std::vector<std::pair<std::string, std::string>> headers = {}) {
    Answer answer;
    send("PUT", "/v0.6/stats", body, std::move(headers), answer);
    return answer;
  }

  std::string payload(const std::vector<FieldsWriter>& groups, std::int64_t seconds_ago = 10) {
    FieldsWriter payload;
    payload.str("Env", "prod").list("Stats", {stats_bucket(clock_.now() - seconds_ago * kNanosPerSecond, groups)});
    return payload.body();
  }

  // Hits by resource, over all time.
  std::map<std::string, double> hits() {
    query::StatsQuery query;
    query.time = {clock_.now() - 20 * 3600 * kNanosPerSecond, clock_.now() + 20 * 3600 * kNanosPerSecond};
    query.step_ns = 7200 * kNanosPerSecond;
    query.time.from_ns -= query.time.from_ns % query.step_ns;
    query.time.to_ns -= query.time.to_ns % query.step_ns;
    query.group_by = {query::StatsField::Resource};
    const auto answer = oracle_.read_stats(query, {});
    EXPECT_TRUE(answer);
    std::map<std::string, double> by_resource;
    for (const query::StatsGroup& group : answer->groups) by_resource[group.values[0]] = group.counts.hits;
    return by_resource;
  }

  [[nodiscard]] std::map<std::string, std::uint64_t> outcomes() const {
    std::map<std::string, std::uint64_t> outcomes;
    for (const auto& payload : stats_.snapshot().payloads)
      outcomes[payload.route + " " + payload.outcome] = payload.requests;
    return outcomes;
  }

  testing::FakeClock clock_;
  store::testing::OracleStore oracle_{clock_};
  ScriptedWriter writer_{oracle_};
  PayloadTable payloads_{clock_, {}};
  IntakeStats stats_;
  StatsLimits limits_{{}, stats_};
  StatsIntake intake_{{.default_env = "none", .host = "box"}, clock_, writer_, payloads_, limits_, stats_};
  http::Router router_;
};

TEST_F(StatsIntakeTest, CountsWhatATracerSends) {
  const Answer answer =
      send(payload({stats_group("web", "GET /", {kMs, 2 * kMs}), stats_group("web", "GET /b", {kMs})}));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  EXPECT_THAT(hits(), UnorderedElementsAre(Pair("GET /", 2), Pair("GET /b", 1)));
  const model::IntakeCounts counts = stats_.snapshot();
  EXPECT_EQ(counts.stats_groups.received, 2u);
  EXPECT_EQ(counts.stats_groups.stored, 2u);
  EXPECT_THAT(outcomes(), UnorderedElementsAre(Pair("/v0.6/stats accepted", 1)));
}

TEST_F(StatsIntakeTest, TakesPutAndPostFromTracersAndAgents) {
  FieldsWriter inside;
  inside.str("Env", "prod").list("Stats", {stats_bucket(clock_.now(), {stats_group("web", "agent", {kMs})})});
  FieldsWriter body;
  body.str("AgentHostname", "a").list("Stats", {inside});
  Answer answer;
  send("POST", "/api/v0.2/stats", body.body(), {}, answer);
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.body, "{}");
  send("POST", "/v0.6/stats", payload({stats_group("web", "tracer", {kMs})}), {}, answer);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(hits(), UnorderedElementsAre(Pair("agent", 1), Pair("tracer", 1)));
}

TEST_F(StatsIntakeTest, CountsARepeatedBodyOnce) {
  const std::string body = payload({stats_group("web", "GET /", {kMs})});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(body).status, 200);
  EXPECT_THAT(hits(), UnorderedElementsAre(Pair("GET /", 1)));
  EXPECT_EQ(writer_.appends, 1);
  EXPECT_THAT(outcomes(), UnorderedElementsAre(Pair("/v0.6/stats accepted", 1), Pair("/v0.6/stats repeated", 4)));
  EXPECT_EQ(stats_.snapshot().stats_groups.received, 1u);
}

TEST_F(StatsIntakeTest, ARepetitionWaitsForTheFirst) {
  writer_.hold = true;
  const std::string body = payload({stats_group("web", "GET /", {kMs})});
  Answer first;
  Answer second;
  send("PUT", "/v0.6/stats", body, {}, first);
  send("PUT", "/v0.6/stats", body, {}, second);
  EXPECT_EQ(first.status + second.status, 0);
  ASSERT_EQ(writer_.held.size(), 1u);
  writer_.held[0]({});
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(second.status, 200);
}

TEST_F(StatsIntakeTest, SaysWhenTheStoreCannotAndTakesTheNextTry) {
  const std::string body = payload({stats_group("web", "GET /", {kMs})});
  writer_.fail_with = Error{ErrorCode::Unavailable, "the disk is full"};
  const Answer refused = send(body);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.body, "the disk is full\n");
  EXPECT_THAT(stats_.snapshot().stats_groups.refused, UnorderedElementsAre(Pair("unavailable", 1)));
  writer_.fail_with.reset();
  EXPECT_EQ(send(body).status, 200);
  EXPECT_THAT(hits(), UnorderedElementsAre(Pair("GET /", 1)));
}

// One group that makes no sense costs itself, and is counted; a client that would send it again gains nothing.
TEST_F(StatsIntakeTest, RefusesGroupsAndTakesTheirNeighbours) {
  FieldsWriter broken;
  broken.str("Resource", "broken").u64("Hits", 1).bin("OkSummary", "\x0a\xff");
  FieldsWriter negative;
  negative.str("Resource", "negative").set("Hits", MsgpackWriter().raw("ff"));
  EXPECT_EQ(send(payload({broken, stats_group("web", "good", {kMs}), negative})).status, 200);
  EXPECT_EQ(send(payload({stats_group("web", "old", {kMs})}, 18 * 3600 + 1)).status, 200);
  EXPECT_EQ(send(payload({stats_group("web", "new", {kMs})}, -18 * 3600 - 1)).status, 200);
  EXPECT_EQ(send(payload({stats_group("web", "late", {kMs})}, 18 * 3600 - 1)).status, 200);
  EXPECT_THAT(hits(), UnorderedElementsAre(Pair("good", 1), Pair("late", 1)));
  const model::IntakeCounts counts = stats_.snapshot();
  EXPECT_EQ(counts.stats_groups.received, 6u);
  EXPECT_EQ(counts.stats_groups.stored, 2u);
  EXPECT_THAT(counts.stats_groups.refused, UnorderedElementsAre(Pair("invalid_sketch", 1), Pair("invalid_count", 1),
                                                                Pair("too_old", 1), Pair("too_new", 1)));
}

TEST_F(StatsIntakeTest, RefusesWhatIsNoSuchBody) {
  const std::string whole = payload({stats_group("web", "GET /", {kMs})});
  const Answer cut = send(whole.substr(0, whole.size() - 3));
  EXPECT_EQ(cut.status, 400);
  EXPECT_THAT(cut.body, HasSubstr("unexpected-eof"));
  EXPECT_EQ(send("[]").status, 400);
  EXPECT_EQ(send("").status, 400);
  EXPECT_EQ(send("\x80").status, 200);
  EXPECT_THAT(hits(), IsEmpty());
  EXPECT_EQ(writer_.appends, 0);
}

TEST_F(StatsIntakeTest, ObfuscatesUnlessTheTracerHas) {
  FieldsWriter group = stats_group("db", "SELECT * FROM t WHERE id = 7", {kMs});
  group.str("Type", "sql");
  EXPECT_EQ(send(payload({group}), {{"Datadog-Obfuscation-Version", "1"}}).status, 200);
  EXPECT_THAT(hits(), UnorderedElementsAre(Pair("SELECT * FROM t WHERE id = 7", 1)));
  EXPECT_EQ(send(payload({group}, 20)).status, 200);
  EXPECT_THAT(hits(),
              UnorderedElementsAre(Pair("SELECT * FROM t WHERE id = 7", 1), Pair("SELECT * FROM t WHERE id = ?", 1)));
}

TEST_F(StatsIntakeTest, RefusesWhatIsTooLargeOrCannotBeHeld) {
  const auto match = router_.match("PUT", "/v0.6/stats");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->body_bytes_max, 26'214'400u);
  EXPECT_EQ(match.route->refuse(http::Refused::NoRoom).status, 503);
  EXPECT_EQ(match.route->refuse(http::Refused::BodyTooLarge).status, 413);
  EXPECT_THAT(outcomes(),
              UnorderedElementsAre(Pair("/v0.6/stats no_room", 1), Pair("/v0.6/stats payload_too_large", 1)));
}

}  // namespace
}  // namespace vizsla::intake
