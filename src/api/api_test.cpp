// The reading endpoints as a client sees them, without sockets, over the oracle.

#include <future>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "api/span_endpoints.h"
#include "api/status_endpoints.h"
#include "api/storage_endpoints.h"
#include "api/trace_endpoints.h"
#include "api/ui_endpoints.h"
#include "base/testing/fake_clock.h"
#include "http/url.h"
#include "model/testing/batch_builder.h"
#include "store/testing/oracle_store.h"

namespace vizsla::api {
namespace {

using model::testing::BatchBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = simdjson::dom::element;

// Answers what it is told to, and remembers what it was asked.
class FakeAdmin final : public store::StoreAdmin {
 public:
  Result<void> delete_spans(const store::SpanDeletion& deletion) override {
    deletions.push_back(deletion);
    return outcome;
  }
  Result<void> pin_trace(model::TraceId id) override {
    pinned.push_back({id, 4, 1000});
    return outcome;
  }
  Result<void> unpin_trace(model::TraceId /*id*/) override {
    pinned.clear();
    return outcome;
  }
  Result<std::vector<store::PinnedTrace>> pinned_traces() override { return pinned; }
  Result<store::StorageReport> storage() override { return report; }

  Result<void> outcome;
  std::vector<store::SpanDeletion> deletions;
  std::vector<store::PinnedTrace> pinned;
  store::StorageReport report;
};

class Api : public ::testing::Test {
 protected:
  void SetUp() override {
    add_trace_endpoints(router_, reading_);
    add_span_endpoints(router_, reading_);
    add_ui_endpoints(router_, reading_);
    add_storage_endpoints(router_, reading_, reading_, admin_);
  }

  struct Answer {
    http::Response response;
    simdjson::dom::parser parser;
    Json json;

    std::string_view text() const { return as_text(response.body_bytes()); }
  };

  std::unique_ptr<Answer> call(const std::string& method, std::string_view target, std::string_view body = "",
                               std::vector<std::pair<std::string, std::string>> headers = {}) {
    const auto parsed = http::parse_target(target);
    http::Request request;
    request.method = method;
    request.target = target;
    request.path = parsed->path;
    request.query = parsed->query;
    request.body = http::Body(body);
    request.headers.add("Host", "127.0.0.1:8127");
    for (auto& [name, value] : headers) request.headers.add(std::move(name), std::move(value));
    auto match = router_.match(method, parsed->encoded_path);
    EXPECT_NE(match.route, nullptr) << target;
    request.path_values = match.values;
    request.client_gone = client_.get_token();
    std::promise<http::Response> promise;
    match.route->handler(std::move(request),
                         http::Responder([&](http::Response response) { promise.set_value(std::move(response)); }));
    auto answer = std::make_unique<Answer>();
    answer->response = promise.get_future().get();
    if (answer->response.content_type.find("json") != std::string::npos && !answer->text().empty()) {
      EXPECT_EQ(answer->parser.parse(simdjson::padded_string(answer->text())).get(answer->json), simdjson::SUCCESS)
          << answer->text();
    }
    return answer;
  }

  void store(const model::SpanBatch& batch) {
    oracle_.append(batch, {}, {}, [](const Result<void>&) {});
  }

  // The trace of the walk-through (seeds 001 and 002).
  void store_thinker() {
    const UnixNanos t = clock_.now() - 5 * kNanosPerSecond;
    constexpr std::int64_t kMs = kNanosPerMilli;
    store(
        BatchBuilder()
            .span(
                {.trace = 77,
                 .span = 1,
                 .service = "thinker-api",
                 .operation = "flask.request",
                 .resource = "think_handler",
                 .start = t,
                 .duration = 1410 * kMs,
                 .meta = {{"http.method", "GET"}, {"http.url", "http://localhost:5000/think/"}, {"_dd.p.tid", "6740"}},
                 .trace_high = 0x6740000000000001,
                 .http_status = 200})
            .build_normalized());
    store(BatchBuilder()
              .span({.trace = 77,
                     .span = 2,
                     .parent = 1,
                     .service = "thinker-microservice",
                     .operation = "aiohttp.request",
                     .resource = "GET /",
                     .start = t + 5 * kMs,
                     .duration = 1400 * kMs,
                     .is_entry = true})
              .span({.trace = 77,
                     .span = 3,
                     .parent = 2,
                     .service = "thinker-microservice",
                     .operation = "think",
                     .resource = "think",
                     .start = t + 205 * kMs,
                     .duration = 500 * kMs,
                     .meta = {{"subject", "technology"}}})
              .span({.trace = 77,
                     .span = 4,
                     .parent = 2,
                     .service = "thinker-microservice",
                     .operation = "think",
                     .resource = "think",
                     .start = t + 905 * kMs,
                     .duration = 500 * kMs,
                     .error = true,
                     .meta = {{"subject", "foo_bar"},
                              {"error.type", "KeyError"},
                              {"error.msg", "'foo_bar'"},
                              {"error.stack", "Traceback"}},
                     .events = R"([{"name":"e","time_unix_nano":1795262396000000000,"attributes":{"a":[1,true]}}])"})
              .build_normalized());
  }

  testing::FakeClock clock_;
  store::testing::OracleStore oracle_{clock_};
  FakeAdmin admin_;
  WorkerPool workers_{1, 10};
  ServiceSlots slots_{{}, [](std::string_view) {}};
  Reading reading_{oracle_, clock_, workers_, slots_};
  http::Router router_;
  std::stop_source client_;
};

TEST_F(Api, GivesAWholeTraceByEverySpellingOfItsId) {
  store_thinker();
  for (const char* id :
       {"6740000000000001000000000000004d", "000000000000004d", "77", "137242790564792563895764823047655129165"}) {
    const auto answer = call("GET", fmt::format("/api/v2/trace/{}", id));
    ASSERT_EQ(answer->response.status, 200) << id << answer->text();
    EXPECT_EQ(answer->response.content_type, "application/vnd.api+json");
    EXPECT_EQ(std::string_view(answer->json["data"]["id"]), "6740000000000001000000000000004d");
    EXPECT_EQ(answer->json["data"]["attributes"]["spans"].get_array().size(), 4u);
  }
  const auto answer = call("GET", "/api/v2/trace/77");
  const Json root = answer->json["data"]["attributes"]["spans"].at(0);
  EXPECT_EQ(std::uint64_t(root["traceID"]), 77u);
  EXPECT_EQ(std::string_view(root["meta"]["http.method"]), "GET");
  EXPECT_NE(root["meta"]["_dd.p.tid"].error(), simdjson::SUCCESS);
  EXPECT_EQ(std::int64_t(root["self_time"]), 10'000'000);
  const auto few = call("GET", "/api/v2/trace/77?include_fields=name,service&include_fields=error");
  EXPECT_THAT(std::string(few->text()), HasSubstr(R"({"name":"flask.request","service":"thinker-api","error":0})"));
}

TEST_F(Api, GivesTheLegacyTraceOnBothLevels) {
  store_thinker();
  const auto answer = call("GET", "/api/v1/trace/77");
  EXPECT_EQ(std::string_view(answer->json["trace"]["root_id"]), "1");
  EXPECT_EQ(std::string_view(answer->json["root_id"]), "1");
  const Json think = answer->json["trace"]["spans"]["4"];
  EXPECT_EQ(std::string_view(think["parent_id"]), "2");
  EXPECT_DOUBLE_EQ(double(think["duration"]), 0.5);
  EXPECT_EQ(std::string_view(answer->json["spans"]["4"]["meta"]["subject"]), "foo_bar");
}

TEST_F(Api, SaysWhatIsWrongInTheShapeOfTheRoute) {
  const auto missing = call("GET", "/api/v2/trace/1234");
  EXPECT_EQ(missing->response.status, 404);
  EXPECT_EQ(std::string_view(missing->json["errors"].at(0)["status"]), "404");
  const auto bad = call("GET", "/api/v1/trace/xyz");
  EXPECT_EQ(bad->response.status, 400);
  EXPECT_THAT(std::string(std::string_view(bad->json["errors"].at(0))), HasSubstr("'xyz' is no trace id"));
  const auto ui = call("GET", "/api/ui/traces/1234/skeleton");
  EXPECT_EQ(ui->response.status, 404);
  EXPECT_EQ(std::string_view(ui->json["code"]), "not_found");
  EXPECT_FALSE(std::string_view(ui->json["request_id"]).empty());
}

TEST_F(Api, ListsSpansThatASearchFinds) {
  store_thinker();
  const auto all = call("GET", "/api/ui/spans?sort=timestamp&limit=2");
  ASSERT_EQ(all->response.status, 200) << all->text();
  const Json first = all->json["spans"].at(0);
  EXPECT_EQ(std::string_view(first["trace_id"]), "6740000000000001000000000000004d");
  EXPECT_EQ(std::string_view(first["span_id"]), "0000000000000001");
  EXPECT_EQ(std::string_view(first["service"]["name"]), "thinker-api");
  EXPECT_EQ(std::string_view(first["resource"]), "think_handler");
  EXPECT_EQ(std::int64_t(first["duration_ns"]), 1'410'000'000);
  EXPECT_EQ(std::int64_t(first["http_status"]), 200);
  EXPECT_TRUE(first["error"].is_null());
  const std::string cursor(std::string_view(all->json["cursor"]));
  const auto rest = call("GET", fmt::format("/api/ui/spans?sort=timestamp&limit=2&cursor={}", cursor));
  EXPECT_EQ(rest->json["spans"].get_array().size(), 2u);
  EXPECT_TRUE(rest->json["cursor"].is_null());

  const auto entries = call("GET", "/api/ui/spans?query=@_top_level:1");
  EXPECT_EQ(entries->json["spans"].get_array().size(), 2u);
  const auto wrong = call("GET", "/api/ui/spans?query=service:");
  EXPECT_EQ(wrong->response.status, 400);
  EXPECT_THAT(std::string(wrong->text()), HasSubstr("(at "));
}

TEST_F(Api, FindsWhatSixteenDigitsMean) {
  // Hex where there is such a trace and such a span of it, else decimal.
  store(BatchBuilder()
            .span({.trace = 1234567890123456, .span = 9876543210987654, .service = "by-decimal"})
            .span({.trace = 0x1111222233334444, .span = 0x5555666677778888, .service = "by-hex"})
            .build_normalized());
  const auto service = [&](std::string_view target) {
    const auto answer = call("GET", target);
    EXPECT_EQ(answer->response.status, 200) << answer->text();
    return std::string(std::string_view(answer->json["spans"].at(0)["service"]["name"]));
  };
  EXPECT_EQ(service("/api/ui/traces/1234567890123456/spans/9876543210987654"), "by-decimal");
  EXPECT_EQ(service("/api/ui/traces/1234567890123456/spans?ids=9876543210987654"), "by-decimal");
  EXPECT_EQ(service("/api/ui/traces/1111222233334444/spans/5555666677778888"), "by-hex");
}

TEST_F(Api, SearchesSpansAsThePublicApiDoes) {
  store_thinker();
  const auto answer = call(
      "POST", "/api/v2/spans/events/search",
      R"({"data":{"type":"search_request","attributes":{"filter":{"query":"*","from":"now-15m","to":"now"},"page":{"limit":2},"sort":"timestamp"}}})");
  ASSERT_EQ(answer->response.status, 200) << answer->text();
  const Json first = answer->json["data"].at(0)["attributes"];
  EXPECT_EQ(std::string_view(first["operation_name"]), "flask.request");
  EXPECT_EQ(std::string_view(first["trace_id"]), "77");
  EXPECT_EQ(std::string_view(first["parent_id"]), "0");
  EXPECT_EQ(std::string_view(first["start_timestamp"]), "2026-11-21T11:59:55.000000000Z");
  EXPECT_EQ(std::string_view(first["custom"]["http"]["method"]), "GET");
  EXPECT_EQ(std::int64_t(first["custom"]["duration"]), 1'410'000'000);
  EXPECT_EQ(std::string_view(answer->json["data"].at(0)["id"]).size(), 22u);
  EXPECT_EQ(std::string_view(answer->json["meta"]["status"]), "done");

  // The next page, by the link that was given.
  const std::string next(std::string_view(answer->json["links"]["next"]));
  const auto second = call("GET", next.substr(next.find("/api")));
  ASSERT_EQ(second->response.status, 200) << second->text();
  EXPECT_EQ(second->json["data"].get_array().size(), 2u);
  EXPECT_EQ(std::string_view(second->json["data"].at(1)["attributes"]["span_id"]), "4");
  EXPECT_NE(second->json["links"].error(), simdjson::SUCCESS);
}

TEST_F(Api, ListsSpansWithDefaultsAndRefusesNonsense) {
  store_thinker();
  EXPECT_EQ(call("GET", "/api/v2/spans/events")->json["data"].get_array().size(), 4u);
  EXPECT_EQ(call("POST", "/api/v2/spans/events/search", "")->json["data"].get_array().size(), 4u);
  const auto reversed = call("GET", "/api/v2/spans/events?filter%5Bfrom%5D=now&filter%5Bto%5D=now-1h");
  EXPECT_EQ(reversed->response.status, 422);
  EXPECT_EQ(std::string_view(reversed->json["errors"].at(0)["title"]), "Generic Error");
  for (const char* bad :
       {"filter%5Bquery%5D=service%3A", "filter%5Bquery%5D=a%20OR%20b", "page%5Blimit%5D=0", "page%5Blimit%5D=1001",
        "page%5Blimit%5D=x", "sort=name", "filter%5Bfrom%5D=noon", "page%5Bcursor%5D=abc"})
    EXPECT_EQ(call("GET", fmt::format("/api/v2/spans/events?{}", bad))->response.status, 400) << bad;
  for (const char* bad :
       {"{", R"({"data":{"attributes":{"page":{"limit":"x"}}}})", R"({"data":{"attributes":{"sort":[]}}})"})
    EXPECT_EQ(call("POST", "/api/v2/spans/events/search", bad)->response.status, 400) << bad;
}

TEST_F(Api, SearchesSpansAndSaysWhereAQueryIsWrong) {
  const auto span = [&](std::uint64_t id, std::string service, std::int64_t duration, bool error) {
    model::testing::SpanSpec spec{.trace = id, .span = id, .start = clock_.now() - static_cast<UnixNanos>(id)};
    spec.service = std::move(service);
    spec.duration = duration;
    spec.error = error;
    spec.meta = {{"customer", fmt::format("c{}", id % 2)}};
    spec.metrics = {{"retries", static_cast<double>(id)}};
    return spec;
  };
  store(BatchBuilder()
            .span(span(1, "web", 5'000'000, false))
            .chunk()
            .span(span(2, "web", 9'000'000, true))
            .chunk()
            .span(span(3, "db", 7'000'000, false))
            .chunk()
            .span(span(4, "web", 8'000'000, false))
            .build_normalized());
  const auto found = [&](std::string_view query, std::string_view sort = "-timestamp") {
    const auto answer = call("GET", fmt::format("/api/v2/spans/events?filter%5Bquery%5D={}&sort={}",
                                                http::percent_encode(query), http::percent_encode(sort)));
    EXPECT_EQ(answer->response.status, 200) << answer->text();
    std::vector<std::string> ids;
    for (const auto event : answer->json["data"].get_array())
      ids.emplace_back(std::string_view(event["attributes"]["span_id"]));
    return ids;
  };
  EXPECT_THAT(found("service:web"), ElementsAre("1", "2", "4"));
  EXPECT_THAT(found("service:WEB status:ok"), ElementsAre("1", "4"));
  EXPECT_THAT(found("@customer:c1 -@retries:3"), ElementsAre("1"));
  EXPECT_THAT(found("@duration:>=7ms trace_id:(NOT 1 NOT 2)", "timestamp"), ElementsAre("4", "3"));
  EXPECT_THAT(found("*", "-@duration"), ElementsAre("2", "4", "3", "1"));

  // Page by page, by the link that each gives.
  std::string next = "/api/v2/spans/events?filter%5Bquery%5D=service%3Aweb&sort=-duration&page%5Blimit%5D=2";
  const auto first = call("GET", next);
  next = std::string_view(first->json["links"]["next"]);
  const auto second = call("GET", next.substr(next.find("/api")));
  ASSERT_EQ(second->response.status, 200) << second->text();
  EXPECT_EQ(std::string_view(first->json["data"].at(1)["attributes"]["span_id"]), "4");
  EXPECT_EQ(std::string_view(second->json["data"].at(0)["attributes"]["span_id"]), "1");
  EXPECT_EQ(second->json["data"].get_array().size(), 1u);

  const auto wrong = [&](std::string_view query) {
    const auto answer = call("POST", "/api/v2/spans/events/search",
                             fmt::format(R"({{"data":{{"attributes":{{"filter":{{"query":"{}"}}}}}}}})", query));
    EXPECT_EQ(answer->response.status, 400);
    return std::string(std::string_view(answer->json["errors"].at(0)["detail"]));
  };
  EXPECT_EQ(wrong("service:web AND (status:error"),
            "invalid_argument(query: expected ')' for the '(' at 17, not the end (at 30))");
  EXPECT_EQ(wrong("service:web OR service:db"), "invalid_argument(query: OR isn't supported yet (at 13))");
  EXPECT_THAT(wrong(std::string(20'000, 'x')), HasSubstr("expected at most 16384"));
}

TEST_F(Api, NestsDottedTagsEvenWhereTheyClash) {
  store(BatchBuilder()
            .span({.trace = 5,
                   .start = clock_.now() - 1,
                   .meta = {{"db", "x"}, {"db.name", "y"}, {"db.a.b", "z"}, {"p.q", "1"}},
                   .metrics = {{"p.r", 2}}})
            .build_normalized());
  const auto answer = call("GET", "/api/v2/spans/events");
  EXPECT_THAT(std::string(answer->text()),
              HasSubstr(R"("custom":{"db":"x","db.a.b":"z","db.name":"y","duration":1000000,"p":{"q":"1","r":2.0}})"));
}

TEST_F(Api, GivesTheSkeletonInTheOrderOfAWalk) {
  store_thinker();
  const auto answer = call("GET", "/api/ui/traces/77/skeleton");
  ASSERT_EQ(answer->response.status, 200) << answer->text();
  const auto numbers = [&](std::string_view column) {
    std::vector<std::int64_t> list;
    for (const std::int64_t n : answer->json["spans"][column].get_array()) list.push_back(n);
    return list;
  };
  EXPECT_THAT(numbers("parent"), ElementsAre(-1, 0, 1, 1));
  EXPECT_THAT(numbers("start"), ElementsAre(0, 5'000'000, 205'000'000, 905'000'000));
  EXPECT_THAT(numbers("error"), ElementsAre(0, 0, 0, 1));
  EXPECT_THAT(numbers("http_status"), ElementsAre(200, 0, 0, 0));
  EXPECT_THAT(numbers("self_ns"), ElementsAre(10'000'000, 400'000'000, 500'000'000, 500'000'000));
  EXPECT_EQ(std::int64_t(answer->json["error_count"]), 1);
  EXPECT_EQ(std::int64_t(answer->json["depth"]), 3);
  EXPECT_TRUE(bool(answer->json["arriving"]));
  EXPECT_EQ(std::string_view(answer->json["services"].at(0)["name"]), "thinker-microservice");
  EXPECT_EQ(std::string_view(answer->json["strings"]["error_lines"].at(1)), "'foo_bar'");
  EXPECT_EQ(std::string_view(answer->json["events"]["name"].at(0)), "e");
  std::int64_t critical = 0;
  for (const Json piece : answer->json["critical_path"].get_array())
    critical += std::int64_t(piece["end"]) - std::int64_t(piece["start"]);
  EXPECT_EQ(critical, 1'410'000'000);
  EXPECT_EQ(answer->json["warnings"].get_array().size(), 0u);

  clock_.advance(std::chrono::seconds(20));
  const auto later = call("GET", "/api/ui/traces/77/skeleton");
  EXPECT_FALSE(bool(later->json["arriving"]));
  std::string etag;
  for (const auto& [name, value] : later->response.headers) {
    if (name == "ETag") etag = value;
  }
  EXPECT_EQ(call("GET", "/api/ui/traces/77/skeleton", "", {{"If-None-Match", etag}})->response.status, 304);
}

TEST_F(Api, GivesSpansWithEverything) {
  store_thinker();
  const auto one = call("GET", "/api/ui/traces/77/spans/0000000000000004");
  ASSERT_EQ(one->response.status, 200) << one->text();
  const Json span = one->json["spans"].at(0);
  EXPECT_EQ(std::string_view(span["error"]["type"]), "KeyError");
  EXPECT_EQ(std::string_view(span["error"]["message"]), "'foo_bar'");
  EXPECT_EQ(std::string_view(span["error"]["stack"]), "Traceback");
  EXPECT_EQ(std::string_view(span["trace_id"]), "6740000000000001000000000000004d");
  EXPECT_EQ(std::string_view(span["parent_id"]), "0000000000000002");
  EXPECT_TRUE(span["sampling_priority"].is_null());
  EXPECT_THAT(std::string(one->text()), HasSubstr(R"("attributes":{"a":[1,true]})"));
  const auto several = call("GET", "/api/ui/traces/77/spans?ids=4,0000000000000001,99");
  EXPECT_EQ(several->json["spans"].get_array().size(), 2u);
  EXPECT_TRUE(several->json["spans"].at(1)["error"].is_null());
  EXPECT_EQ(call("GET", "/api/ui/traces/77/spans/99")->response.status, 404);
  EXPECT_EQ(call("GET", "/api/ui/traces/77/spans?ids=x")->response.status, 400);
  EXPECT_EQ(call("GET", "/api/ui/traces/77/spans")->response.status, 400);
}

TEST_F(Api, ListsEachTraceOnceNewestFirst) {
  store_thinker();
  for (std::uint64_t i = 0; i < 30; ++i) {
    const UnixNanos t = clock_.now() - static_cast<UnixNanos>(i + 10) * kNanosPerSecond;
    // Two entry spans each, of two services, in two payloads.
    store(BatchBuilder().span({.trace = 1000 + i, .span = 1, .start = t, .error = i == 3}).build_normalized());
    store(BatchBuilder()
              .span({.trace = 1000 + i,
                     .span = 2,
                     .parent = 1,
                     .service = "other",
                     .start = t + kNanosPerSecond * 5,
                     .is_entry = true})
              .build_normalized());
  }
  std::vector<std::string> ids;
  std::string cursor;
  int pages = 0;
  do {
    const auto answer = call("GET", fmt::format("/api/ui/traces?limit=7{}", cursor));
    ASSERT_EQ(answer->response.status, 200) << answer->text();
    for (const Json trace : answer->json["traces"].get_array())
      ids.emplace_back(std::string_view(trace["trace_id"]).substr(16));
    cursor =
        answer->json["cursor"].is_null() ? "" : fmt::format("&cursor={}", std::string_view(answer->json["cursor"]));
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(pages, 5);
  ASSERT_EQ(ids.size(), 31u);
  EXPECT_EQ(ids[0], "000000000000004d");
  for (std::uint64_t i = 0; i < 30; ++i) EXPECT_EQ(ids[i + 1], model::hex16(1000 + i));

  const auto failed = call("GET", "/api/ui/traces?errors=true");
  ASSERT_EQ(failed->json["traces"].get_array().size(), 2u);
  const Json thinker = failed->json["traces"].at(0);
  EXPECT_EQ(std::string_view(thinker["status"]), "ok");  // the root's own, although an inner span failed
  EXPECT_EQ(std::int64_t(thinker["http_status"]), 200);
  EXPECT_EQ(std::int64_t(thinker["errors"]), 1);
  EXPECT_EQ(std::string_view(thinker["error"]["message"]), "'foo_bar'");
  EXPECT_EQ(std::string_view(thinker["service"]["name"]), "thinker-api");
  EXPECT_EQ(std::string_view(thinker["http_method"]), "GET");
  EXPECT_EQ(call("GET", "/api/ui/traces?limit=0")->response.status, 400);
  EXPECT_EQ(call("GET", "/api/ui/traces?errors=perhaps")->response.status, 400);
}

TEST_F(Api, KeepsServiceColours) {
  store_thinker();
  const auto slot = [&](std::string_view target) {
    return std::int64_t(call("GET", target)->json["services"].at(0)["slot"]);
  };
  const std::int64_t first = slot("/api/ui/traces/77/skeleton");
  call("GET", "/api/ui/traces");
  EXPECT_EQ(slot("/api/ui/traces/77/skeleton"), first);
}

TEST_F(Api, PrintsATraceAsText) {
  store_thinker();
  const auto answer = call("GET", "/api/ui/traces/77/text?width=120");
  EXPECT_EQ(answer->response.status, 200);
  EXPECT_THAT(std::string(answer->text()), HasSubstr("✗ thinker-microservice think: KeyError: 'foo_bar'"));
  EXPECT_EQ(call("GET", "/api/ui/traces/77/text?width=4")->response.status, 400);
}

TEST_F(Api, ReportsWhatTheStoreTakes) {
  const auto nothing = call("GET", "/api/ui/storage");
  ASSERT_EQ(nothing->response.status, 200);
  for (const char* unknown : {"retention_ns", "oldest_received_ns", "oldest_received", "bytes_per_day"})
    EXPECT_TRUE(nothing->json[unknown].is_null()) << unknown;

  admin_.report.tables = {{"spans", 2, 300, {{"data", 1000}, {"index", 100}}}};
  admin_.report.others = {{"log", 50}};
  admin_.report.bytes = 1150;
  admin_.report.retention_ns = 30 * kNanosPerDay;
  admin_.report.oldest_received_ns = 1'795'262'400'000'000'001;
  admin_.report.bytes_per_day = 1e9;
  admin_.report.days_left = 2.5;
  const auto answer = call("GET", "/api/ui/storage");
  const Json table = answer->json["tables"].at(0);
  EXPECT_EQ(std::string_view(table["name"]), "spans");
  EXPECT_EQ(std::int64_t(table["rows"]), 300);
  EXPECT_EQ(std::int64_t(table["parts"].at(1)["bytes"]), 100);
  EXPECT_EQ(std::string_view(answer->json["others"].at(0)["name"]), "log");
  EXPECT_EQ(std::string_view(answer->json["retention_ns"]), "2592000000000000");
  EXPECT_EQ(std::string_view(answer->json["oldest_received_ns"]), "1795262400000000001");
  EXPECT_EQ(std::string_view(answer->json["oldest_received"]), "2026-11-21T12:00:00.000000001Z");
  EXPECT_EQ(std::int64_t(answer->json["bytes_per_day"]), 1'000'000'000);
  EXPECT_EQ(double(answer->json["days_left"]), 2.5);
  admin_.report.days_left = -1;
  EXPECT_TRUE(call("GET", "/api/ui/storage")->json["days_left"].is_null());
}

TEST_F(Api, DeletesWhatIsNamed) {
  const std::vector<std::pair<std::string, std::string>> as_json{{"Content-Type", "application/json"}};
  const auto answer = call(
      "POST", "/api/ui/storage/deletions",
      R"({"trace_id":"6740000000000001000000000000004d","service":"web","from":"now-1h","to":1795262400000})", as_json);
  ASSERT_EQ(answer->response.status, 202) << answer->text();
  ASSERT_EQ(admin_.deletions.size(), 1u);
  EXPECT_EQ(admin_.deletions[0].trace, (model::TraceId{77, 0x6740000000000001}));
  EXPECT_THAT(admin_.deletions[0].terms, ElementsAre(query::FieldTerm{"service", "web"}));
  EXPECT_EQ(admin_.deletions[0].time, (query::TimeRange{clock_.now() - kNanosPerHour, 1'795'262'400'000'000'000}));
  EXPECT_EQ(std::string_view(answer->json["trace_id"]), "6740000000000001000000000000004d");
  EXPECT_EQ(std::string_view(answer->json["terms"]["service"]), "web");
  EXPECT_EQ(std::string_view(answer->json["to"]), "2026-11-21T12:00:00.000000000Z");

  const auto always = call("POST", "/api/ui/storage/deletions", R"({"env":"test"})", as_json);
  ASSERT_EQ(always->response.status, 202);
  EXPECT_EQ(admin_.deletions[1].time, store::SpanDeletion{}.time);
  EXPECT_TRUE(always->json["from"].is_null() && always->json["to_ns"].is_null() && always->json["trace_id"].is_null());
}

TEST_F(Api, DeletesNothingThatIsNotClear) {
  const auto error_of = [&](std::string_view body, const std::string& type = "application/json") {
    const auto answer = call("POST", "/api/ui/storage/deletions", body, {{"Content-Type", type}});
    EXPECT_EQ(answer->response.status, 400) << body;
    return std::string(std::string_view(answer->json["message"]));
  };
  EXPECT_THAT(error_of("{}"), HasSubstr("nothing is named"));
  EXPECT_THAT(error_of(R"({"from":"now-1h"})"), HasSubstr("nothing is named"));
  EXPECT_THAT(error_of(R"({"service":"web","team":"x"})"),
              HasSubstr("by 'team': expected trace_id, from, to, service"));
  EXPECT_EQ(error_of(R"({"service":""})"), "service is empty");
  EXPECT_EQ(error_of(R"({"service":"a","service":"b"})"), "service is there twice");
  EXPECT_EQ(error_of(R"({"service":1})"), "service must be a text");
  EXPECT_EQ(error_of(R"({"trace_id":77})"), "trace_id must be a text");
  EXPECT_THAT(error_of(R"({"trace_id":"xyz"})"), HasSubstr("trace_id: 'xyz' is no trace id"));
  EXPECT_THAT(error_of(R"({"service":"web","to":"later"})"), HasSubstr("to: 'later' is no time"));
  EXPECT_THAT(error_of(R"({"service":"web","from":"now","to":"now-1h"})"), HasSubstr("from must lie before to"));
  EXPECT_THAT(error_of("["), HasSubstr("no JSON object"));
  EXPECT_EQ(error_of(R"({"service":"web"})", "text/plain"), "Content-Type must be application/json");
  EXPECT_TRUE(admin_.deletions.empty());

  admin_.outcome = fail(ErrorCode::LimitExceeded, "too many");
  EXPECT_EQ(call("POST", "/api/ui/storage/deletions", R"({"service":"web"})", {{"Content-Type", "application/json"}})
                ->response.status,
            503)
      << "there will be fewer";
}

TEST_F(Api, PinsTraces) {
  EXPECT_EQ(call("PUT", "/api/ui/traces/77/pin")->response.status, 204);
  const auto pins = call("GET", "/api/ui/pins");
  ASSERT_EQ(pins->json["traces"].get_array().size(), 1u);
  EXPECT_EQ(std::string_view(pins->json["traces"].at(0)["trace_id"]), "0000000000000000000000000000004d");
  EXPECT_EQ(std::int64_t(pins->json["traces"].at(0)["spans"]), 4);
  EXPECT_EQ(call("DELETE", "/api/ui/traces/000000000000004d/pin")->response.status, 204);
  EXPECT_TRUE(admin_.pinned.empty());
  EXPECT_EQ(call("PUT", "/api/ui/traces/xyz/pin")->response.status, 400);
  admin_.outcome = fail(ErrorCode::NotFound, "no");
  EXPECT_EQ(call("PUT", "/api/ui/traces/78/pin")->response.status, 404);
  EXPECT_EQ(call("DELETE", "/api/ui/traces/78/pin")->response.status, 404);
}

TEST_F(Api, GivesUpAtTheDeadlineAndWhenTheClientHasGone) {
  store_thinker();
  for (const auto& [method, target] :
       std::vector<std::pair<std::string, std::string>>{{"GET", "/api/v2/trace/77"},
                                                        {"GET", "/api/v1/trace/77"},
                                                        {"GET", "/api/v2/spans/events"},
                                                        {"POST", "/api/v2/spans/events/search"},
                                                        {"GET", "/api/ui/traces"},
                                                        {"GET", "/api/ui/traces/77/skeleton"}}) {
    EXPECT_TRUE(router_.match(method, target).route->stops_without_client) << target;
    reading_.timeout = std::chrono::milliseconds(0);
    EXPECT_EQ(call(method, target)->response.status, 504) << target;
    reading_.timeout = std::chrono::seconds(30);
    client_.request_stop();
    EXPECT_EQ(call(method, target)->response.status, 499) << target;
    client_ = {};
    EXPECT_EQ(call(method, target)->response.status, 200) << target;
  }
}

TEST_F(Api, RefusesMoreQuestionsThanItHasRoomFor) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::promise<void> begun;
  workers_.try_run([&begun, released] {
    begun.set_value();
    released.wait();
  });
  begun.get_future().wait();  // the only worker is busy, so what comes now waits in line
  while (workers_.try_run([released] { released.wait(); })) {
  }
  const auto answer = call("GET", "/api/ui/traces");
  EXPECT_EQ(answer->response.status, 503);
  EXPECT_THAT(answer->response.headers, ::testing::Contains(::testing::Pair("Retry-After", "1")));
  release.set_value();
}

TEST(ServiceSlots, AreKeptAndToldOf) {
  std::vector<std::string> told;
  ServiceSlots slots({"a", "b"}, [&](std::string_view name) { told.emplace_back(name); });
  EXPECT_EQ(slots.slot_of("b"), 2u);
  EXPECT_EQ(slots.slot_of("c"), 3u);
  EXPECT_EQ(slots.slot_of("c"), 3u);
  EXPECT_THAT(told, ElementsAre("c"));
}

}  // namespace
}  // namespace vizsla::api
