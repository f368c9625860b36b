// The trace endpoints as a client sees them, without sockets: requests in, answers and stored spans out.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "base/testing/fake_clock.h"
#include "codec/testing/msgpack_writer.h"
#include "intake/agent_info.h"
#include "intake/later_endpoints.h"
#include "intake/trace_intake.h"
#include "store/testing/oracle_store.h"

namespace vizsla::intake {
namespace {

using codec::testing::MsgpackWriter;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// Stores in the oracle, fails on demand, and answers when told to.
class ScriptedWriter final : public store::SpanWriter {
 public:
  explicit ScriptedWriter(store::testing::OracleStore& oracle) : oracle_(oracle) {}

  void append(const model::SpanBatch& batch, const model::StatsBatch& stats, Hash128 payload, Done done) override {
    ++appends;
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

class TraceIntakeTest : public ::testing::Test {
 protected:
  void SetUp() override { intake_.add_routes(router_); }

  struct Answer {
    int status = 0;
    std::string body;
    std::string content_type;
  };

  void send(std::string_view path, std::string_view body, std::string content_type,
            std::vector<std::pair<std::string, std::string>> headers, Answer& answer) {
    http::Request request;
    request.method = "PUT";
    request.path = path;
    request.body = http::Body(body);
    if (!content_type.empty()) request.headers.add("content-type", std::move(content_type));
    for (auto& [name, value] : headers) request.headers.add(std::move(name), std::move(value));
    const auto match = router_.match("PUT", path);
    ASSERT_NE(match.route, nullptr) << path;
    match.route->handler(std::move(request), http::Responder([&](const http::Response& response) {
                           answer = {response.status, std::string(as_text(response.body_bytes())),
                                     response.content_type};
                         }));
  }

  Answer send(std::string_view path, std::string_view body, std::string content_type = "application/msgpack",
              std::vector<std::pair<std::string, std::string>> headers = {}) {
    Answer answer;
    send(path, body, std::move(content_type), std::move(headers), answer);
    return answer;
  }

  static std::string one_span(std::uint64_t trace, std::string_view service = "web") {
    MsgpackWriter w;
    w.array(1)
        .array(1)
        .map(4)
        .str("trace_id")
        .u64(trace)
        .str("span_id")
        .u64(7)
        .str("service")
        .str(service)
        .str("start")
        .u64(1'795'262'399'000'000'000);
    return std::string(as_text(w.bytes()));
  }

  model::SpanSet stored(std::uint64_t trace) {
    return std::move(*oracle_.read_trace({trace, 0}, store::SpanDetail::Everything, {}));
  }

  testing::FakeClock clock_;
  store::testing::OracleStore oracle_{clock_};
  ScriptedWriter writer_{oracle_};
  PayloadTable payloads_{clock_, {}};
  IntakeStats stats_;
  StatsLimits limits_{{}, stats_};
  TraceIntake intake_{{.default_env = "none", .host = "box"}, clock_, writer_, payloads_, limits_, stats_};
  http::Router router_;
};

TEST_F(TraceIntakeTest, AnswersAsAnAgentDoes) {
  const Answer v03 = send("/v0.3/traces", one_span(1));
  EXPECT_EQ(v03.status, 200);
  EXPECT_EQ(v03.body, "OK\n");
  EXPECT_EQ(v03.content_type, "text/plain");
  const Answer v04 = send("/v0.4/traces", one_span(2));
  EXPECT_EQ(v04.status, 200);
  EXPECT_EQ(v04.body, "{\"rate_by_service\":{\"service:,env:\":1}}\n");
  EXPECT_EQ(v04.content_type, "application/json");
  EXPECT_EQ(stored(1).size(), 1u);
  EXPECT_EQ(stored(2).size(), 1u);
  EXPECT_EQ(send("/v0.3/services", R"({"web":{"app":"flask","app_type":"web"}})", "application/json").body, "OK\n");
}

TEST_F(TraceIntakeTest, TakesTheOldestRoutesAsJsonOnly) {
  constexpr const char* kJson = "application/json";
  const std::string flat = R"([{"trace_id":1,"span_id":1},{"trace_id":2,"span_id":2},{"trace_id":1,"span_id":3}])";
  EXPECT_EQ(send("/v0.1/spans", flat, kJson).body, "OK\n");
  EXPECT_EQ(stored(1).size(), 2u);
  EXPECT_EQ(stored(2).size(), 1u);
  EXPECT_EQ(send("/spans", R"([{"trace_id":3,"span_id":1}])", kJson).body, "OK\n");
  EXPECT_EQ(send("/v0.2/traces", R"([[{"trace_id":4,"span_id":1}]])", kJson).body, "OK\n");
  EXPECT_EQ(stored(4).size(), 1u);
  const Answer refused = send("/v0.2/traces", one_span(5));
  EXPECT_EQ(refused.status, 415);
  EXPECT_EQ(refused.body, "unsupported media type: \"application/msgpack\"\n");
}

TEST_F(TraceIntakeTest, ObfuscatesWhatItStores) {
  EXPECT_EQ(
      send("/v0.3/traces", R"([[{"trace_id":1,"span_id":2,"type":"sql","resource":"SELECT * FROM t WHERE id = 7"}]])",
           "application/json")
          .status,
      200);
  EXPECT_EQ(stored(1)[0].resource, "SELECT * FROM t WHERE id = ?");
}

TEST_F(TraceIntakeTest, TellsRatesOnlyToThoseWhoDontHaveThem) {
  const auto rates = [&](std::uint64_t trace, std::string known) {
    return send("/v0.4/traces", one_span(trace), "application/msgpack",
                {{"Datadog-Rates-Payload-Version", std::move(known)}})
        .body;
  };
  EXPECT_EQ(rates(1, "some-other"), "{\"rate_by_service\":{\"service:,env:\":1}}\n");
  const auto sampling = pipeline::SamplerState::create({}, "none");
  EXPECT_EQ(rates(2, (*sampling)->rates()->version), "{}\n");
}

TEST_F(TraceIntakeTest, KeepsWhatOldTracersDeclareOfTheirServices) {
  std::vector<std::string> told;
  intake_.on_declared([&](const model::DeclaredService& s) { told.push_back(s.service + " " + s.app + " " + s.type); });
  constexpr const char* kJson = "application/json";
  EXPECT_EQ(send("/v0.3/services", R"({"web":{"app":"flask","app_type":"web"}})", kJson).status, 200);
  EXPECT_EQ(send("/v0.4/services", R"({"web":{"app":"flask","app_type":"web"}})", kJson).status, 200);
  EXPECT_EQ(send("/services", R"({"web":{"app":"flask","app_type":"cache"}})", kJson).status, 200);
  EXPECT_EQ(send("/v0.2/services", "anything else is fine, too", kJson).status, 200);
  EXPECT_THAT(told, ElementsAre("web flask web", "web flask cache"));
  const auto service = [&] {
    for (const auto& totals : stats_.snapshot().services) {
      if (totals.service == "web") return totals;
    }
    return model::ServiceTotals{};
  };
  EXPECT_EQ(service().app, "flask");
  EXPECT_EQ(service().type, "cache");
  // A span knows better.
  EXPECT_EQ(send("/v0.3/traces", R"([[{"trace_id":1,"span_id":2,"service":"web","type":"worker"}]])", kJson).status,
            200);
  EXPECT_EQ(service().type, "worker");
}

// Acceptance scenario 8 of the features catalogue: the documented Tracing API, with its required fields alone.
TEST_F(TraceIntakeTest, TakesTheDocumentedJson) {
  const std::string body =
      R"([[{"trace_id":1234,"span_id":5678,"name":"span_name","resource":"/home","service":"service_name",
                                "type":"web","start":1795262399000000000,"duration":12345}]])";
  EXPECT_EQ(send("/v0.3/traces", body, "application/json").status, 200);
  ASSERT_EQ(stored(1234).size(), 1u);
  EXPECT_EQ(stored(1234)[0].resource, "/home");
  const Answer bad = send("/v0.3/traces", R"([[{"trace_id":)", "application/json");
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(bad.body, HasSubstr("unexpected-eof"));
}

TEST_F(TraceIntakeTest, ReadsTheBodyByItsMediaType) {
  const std::string json =
      R"([[{"trace_id":5,"span_id":1,"name":"n","service":"s","start":1795262399000000000,"duration":1}]])";
  EXPECT_EQ(send("/v0.4/traces", json, "").status, 200);
  EXPECT_EQ(send("/v0.4/traces", " " + json, "text/json; charset=utf-8").status, 200);
  EXPECT_EQ(send("/v0.4/traces", "  " + json, "Application/JSON").status, 200);
  EXPECT_EQ(send("/v0.4/traces", one_span(6), "application/x-whatever").status, 200);
  EXPECT_EQ(send("/v0.4/traces", "   " + json, "application/x-whatever").status, 200);
  EXPECT_EQ(send("/v0.4/traces", json, "application/msgpack").status, 400);
  EXPECT_EQ(send("/v0.4/traces", one_span(7), "application/json").status, 400);
}

TEST_F(TraceIntakeTest, AnswersProbesEachTime) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(send("/v0.4/traces", "\x90").status, 200);
    EXPECT_EQ(send("/v0.3/traces", "\x92\x90\x90").body, "OK\n");
    EXPECT_EQ(send("/v0.5/traces", "\x92\x90\x90").status, 200);
    EXPECT_EQ(send("/v0.3/traces", "[]", "application/json").status, 200);
  }
  EXPECT_EQ(writer_.appends, 0);
}

TEST_F(TraceIntakeTest, StoresARepeatedBodyOnce) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(send("/v0.4/traces", one_span(1)).status, 200);
  EXPECT_EQ(writer_.appends, 1);
  // Another tracer may send the same bytes.
  EXPECT_EQ(send("/v0.4/traces", one_span(1), "application/msgpack", {{"Datadog-Container-ID", "other"}}).status, 200);
  EXPECT_EQ(send("/v0.3/traces", one_span(1)).status, 200);
  EXPECT_EQ(writer_.appends, 3);
}

TEST_F(TraceIntakeTest, ARepetitionWaitsForTheFirst) {
  writer_.hold = true;
  Answer first;
  Answer second;
  send("/v0.4/traces", one_span(1), "application/msgpack", {}, first);
  send("/v0.4/traces", one_span(1), "application/msgpack", {}, second);
  EXPECT_EQ(first.status, 0);
  EXPECT_EQ(second.status, 0);
  writer_.held.front()({});
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(writer_.appends, 1);
}

TEST_F(TraceIntakeTest, RefusesWhenTheStoreCannotAndTakesTheNextTry) {
  writer_.fail_with = Error{ErrorCode::Unavailable, "disk full"};
  EXPECT_EQ(send("/v0.3/traces", one_span(1)).status, 500);
  const Answer v04 = send("/v0.4/traces", one_span(1));
  EXPECT_EQ(v04.status, 503);
  EXPECT_EQ(v04.body, "disk full\n");
  writer_.fail_with.reset();
  EXPECT_EQ(send("/v0.4/traces", one_span(1)).status, 200);
  EXPECT_EQ(stored(1).size(), 1u);
}

TEST_F(TraceIntakeTest, TakesFactsFromHeaders) {
  send("/v0.4/traces", one_span(1, ""), "application/msgpack",
       {{"Datadog-Meta-Lang", "ruby"},
        {"datadog-meta-tracer-version", "2.0"},
        {"Datadog-Entity-ID", "in-12,ci-abc"},
        {"Datadog-Container-ID", "old"}});
  const auto spans = stored(1);
  EXPECT_EQ(spans[0].service, "unnamed-ruby-service");
  EXPECT_EQ(spans[0].language, "ruby");
  EXPECT_EQ(spans[0].tracer_version, "2.0");
  EXPECT_EQ(spans[0].container_id, "abc");
  EXPECT_EQ(spans[0].env, "none");
  EXPECT_EQ(spans[0].host, "box");
}

TEST_F(TraceIntakeTest, CountsWhereEachSpanWent) {
  send("/v0.4/traces", one_span(1, "good"));
  send("/v0.4/traces", one_span(0, "zero"));
  writer_.fail_with = Error{ErrorCode::Unavailable, "disk full"};
  send("/v0.4/traces", one_span(2, "good"));
  writer_.fail_with.reset();
  MsgpackWriter broken;
  broken.array(1).array(2).map(2).str("trace_id").u64(9).str("span_id").u64(9).map(1).str("start").str("x");
  EXPECT_EQ(send("/v0.4/traces", as_text(broken.bytes())).status, 400);

  const auto snapshot = stats_.snapshot();
  EXPECT_EQ(snapshot.total.received, 4u);
  EXPECT_EQ(snapshot.total.stored, 1u);
  EXPECT_THAT(snapshot.total.refused,
              ElementsAre(Pair("decoding_error", 1), Pair("trace_id_zero", 1), Pair("unavailable", 1)));
  std::uint64_t refused = 0;
  for (const auto& [reason, count] : snapshot.total.refused) refused += count;
  EXPECT_EQ(snapshot.total.received, snapshot.total.stored + refused);
  std::vector<std::string> names;
  for (const auto& service : snapshot.services) names.push_back(service.service);
  EXPECT_THAT(names, ElementsAre("", "good", "zero"));
  std::map<std::string, std::uint64_t> outcomes;
  for (const auto& payload : snapshot.payloads) outcomes[payload.outcome] += payload.requests;
  EXPECT_THAT(outcomes, ElementsAre(Pair("accepted", 2), Pair("invalid_input", 1), Pair("unavailable", 1)));
}

TEST(AgentInfo, IsTheSameEachTimeAndNamesWhatWorks) {
  const AgentInfo info{"0.1.0", TraceIntake::advertised_endpoints(), "none", 8126, "/x/apm.socket", 26'214'400, 30};
  const std::string text = agent_info_json(info);
  EXPECT_EQ(text, agent_info_json(info));
  simdjson::dom::parser parser;
  const simdjson::dom::element json = parser.parse(simdjson::padded_string(text));
  EXPECT_EQ(std::string_view(json["version"]), "7.80.0");
  EXPECT_FALSE(bool(json["client_drop_p0s"]));
  EXPECT_EQ(std::uint64_t(json["config"]["receiver_port"]), 8126u);
  std::vector<std::string_view> endpoints;
  for (const std::string_view endpoint : json["endpoints"].get_array()) endpoints.push_back(endpoint);
  EXPECT_THAT(endpoints, ElementsAre("/v0.3/traces", "/v0.3/services", "/v0.4/traces", "/v0.4/services", "/v0.5/traces",
                                     "/v0.7/traces", "/v1.0/traces"));
  // libdatadog refuses /info when one of these is missing or null.
  for (const char* filter : {"filter_tags", "filter_tags_regex"}) {
    EXPECT_TRUE(json[filter]["require"].is_array()) << filter;
    EXPECT_TRUE(json[filter]["reject"].is_array()) << filter;
  }
  const simdjson::dom::element obfuscation = json["config"]["obfuscation"];
  for (const char* name :
       {"elastic_search", "mongo", "sql_exec_plan", "sql_exec_plan_normalize", "remove_stack_traces"})
    EXPECT_TRUE(obfuscation[name].is_bool()) << name;
  for (const char* path : {"/http/remove_query_string", "/http/remove_path_digits", "/redis/enabled",
                           "/redis/remove_all_args", "/memcached/enabled", "/memcached/keep_command"})
    EXPECT_TRUE(obfuscation.at_pointer(path).is_bool()) << path;
}

// By all of these together do tracers decide whether they compute statistics (agent-protocol §8.5).
TEST(AgentInfo, HasTracersComputeStatisticsWhenTold) {
  AgentInfo info;
  info.client_stats = true;
  info.pipeline.concentrator.peer_tags = {"my.peer"};
  simdjson::dom::parser parser;
  const simdjson::dom::element json = parser.parse(simdjson::padded_string(agent_info_json(info)));
  EXPECT_TRUE(bool(json["client_drop_p0s"]));
  EXPECT_EQ(std::uint64_t(json["obfuscation_version"]), 1u);
  std::vector<std::string_view> peer_tags;
  for (const std::string_view tag : json["peer_tags"].get_array()) peer_tags.push_back(tag);
  EXPECT_THAT(peer_tags, ::testing::IsSupersetOf({"my.peer", "db.name", "_dd.base_service", "out.host"}));
  EXPECT_EQ(json["span_kinds_stats_computed"].get_array().size(), 4u);
}

TEST(AgentState, IsTheHashOfTheInfo) {
  EXPECT_EQ(agent_state("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, B.1
}

class LaterRoutes : public ::testing::Test {
 protected:
  int status(std::string_view method, std::string_view path) {
    const auto match = router_.match(method, path);
    if (match.route == nullptr) return 0;
    int status = 0;
    http::Request request;
    request.body = http::Body("12345");
    match.route->handler(std::move(request), http::Responder([&](const http::Response& r) { status = r.status; }));
    return status;
  }

  http::Router router_;
  IntakeStats stats_;
};

TEST_F(LaterRoutes, AnswerTracersAndAreCounted) {
  add_later_tracer_routes(router_, stats_);
  EXPECT_EQ(status("POST", "/telemetry/proxy/api/v2/apmtelemetry"), 202);
  EXPECT_EQ(status("POST", "/profiling/v1/input"), 200);
  EXPECT_EQ(status("POST", "/evp_proxy/v4/api/v2/citestcycle"), 202);
  EXPECT_EQ(status("POST", "/evp_proxy/v5/x"), 0) << "unknown paths stay unknown";
  std::map<std::string, std::uint64_t> bytes;
  for (const auto& payload : stats_.snapshot().payloads) {
    EXPECT_EQ(payload.outcome, "not_kept");
    bytes[payload.route] = payload.bytes;
  }
  EXPECT_THAT(bytes,
              ElementsAre(Pair("/evp_proxy/v4/*", 5), Pair("/profiling/v1/input", 5), Pair("/telemetry/proxy/*", 5)));
}

TEST_F(LaterRoutes, AnswerAgents) {
  add_later_agent_routes(router_, stats_);
  EXPECT_EQ(status("GET", "/api/v1/validate"), 200);
  for (const char* path : {"/intake/", "/api/v2/series", "/api/v1/check_run", "/api/v2/apmtelemetry"})
    EXPECT_EQ(status("POST", path), 202) << path;
}

}  // namespace
}  // namespace vizsla::intake
