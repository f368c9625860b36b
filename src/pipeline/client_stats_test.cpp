#include "pipeline/client_stats.h"

#include <initializer_list>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/testing/batch_builder.h"
#include "pipeline/concentrator.h"
#include "sketch/duration_sketch.h"

namespace vizsla::pipeline {
namespace {

using model::ClientStats;
using model::ClientStatsGroup;
using model::ClientStatsSender;
using model::SaidTraceRoot;
using model::StatsBatch;
using model::StatsText;
using model::StringCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr UnixNanos kNow = 1'795'262'400'000'000'000;  // the beginning of a bucket
constexpr double kMs = 1e6;

// Groups as a decoder leaves them.
class Sent {
 public:
  struct Group {
    std::string_view service = "web";
    std::string_view operation = "http.request";
    std::string_view resource = "GET /";
    std::string_view type = "web";
    std::string_view db_type = "";
    std::string_view kind = "";
    std::string_view source = "";
    std::string_view grpc = "";
    std::string_view method = "";
    std::string_view endpoint = "";
    std::vector<std::string_view> peers = {};
    std::uint32_t http_status = 0;
    UnixNanos start = kNow;
    SaidTraceRoot root = SaidTraceRoot::NotSaid;
    bool synthetics = false;
    double hits = 1;
    double top = 1;
    double errors = 0;
    double ms = 1;
    std::initializer_list<double> ok = {};  // ms
    std::initializer_list<double> error = {};
  };
  struct Sender {
    std::string_view env = "prod";
    std::string_view host = "";
    std::string_view version = "";
    std::string_view language = "";
    std::string_view service = "";
    bool counts_only = false;
  };

  Sent& agent(std::string_view host, std::string_view env) {
    stats.agent_hostname = stats.strings.intern(host);
    stats.agent_env = stats.strings.intern(env);
    return *this;
  }

  Sent& sender(const Sender& from) {
    ClientStatsSender sender;
    sender.env = stats.strings.intern(from.env);
    sender.hostname = stats.strings.intern(from.host);
    sender.version = stats.strings.intern(from.version);
    sender.language = stats.strings.intern(from.language);
    sender.service = stats.strings.intern(from.service);
    sender.counts_only = from.counts_only;
    stats.senders.push_back(sender);
    return *this;
  }

  Sent& group(const Group& from) {
    if (stats.senders.empty()) sender({});
    ClientStatsGroup group;
    group.sender = static_cast<std::uint32_t>(stats.senders.size() - 1);
    group.start_ns = from.start;
    group.service = stats.strings.intern(from.service);
    group.operation = stats.strings.intern(from.operation);
    group.resource = stats.strings.intern(from.resource);
    group.type = stats.strings.intern(from.type);
    group.db_type = stats.strings.intern(from.db_type);
    group.kind = stats.strings.intern(from.kind);
    group.service_source = stats.strings.intern(from.source);
    group.grpc_status = stats.strings.intern(from.grpc);
    group.http_method = stats.strings.intern(from.method);
    group.http_endpoint = stats.strings.intern(from.endpoint);
    group.http_status = from.http_status;
    group.peers_begin = static_cast<std::uint32_t>(stats.peer_tags.size());
    for (const std::string_view tag : from.peers) stats.peer_tags.push_back(stats.strings.intern(tag));
    group.peers_end = static_cast<std::uint32_t>(stats.peer_tags.size());
    group.trace_root = from.root;
    group.synthetics = from.synthetics;
    group.hits = from.hits;
    group.top_level_hits = from.top;
    group.errors = from.errors;
    group.duration_ns = from.ms * kMs;
    group.ok_bins = bins(from.ok);
    group.error_bins = bins(from.error);
    stats.groups.push_back(group);
    return *this;
  }

  ClientStats stats;

 private:
  StringCode bins(const std::initializer_list<double>& durations) {
    sketch::DurationSketch sketch;
    for (const double ms : durations) sketch.add(ms * kMs);
    std::string text;
    sketch::encode_duration_bins(sketch, text);
    return stats.strings.intern(text);
  }
};

constexpr ClientStatsFacts kFacts{.language = "python", .default_env = "none", .default_host = "box"};

struct Made {
  StatsBatch batch;
  ClientStatsOutcome outcome;

  [[nodiscard]] std::string text(StatsText which, std::size_t row = 0) const {
    std::string text(batch.strings[batch.key[row].text(which)]);
    std::replace(text.begin(), text.end(), '\0', ',');
    return text;
  }
};

Made made(const Sent& sent, const ClientStatsFacts& facts = kFacts, const PipelineSettings& settings = {}) {
  Made made;
  auto pipeline = ClientStatsPipeline::create(settings);
  EXPECT_TRUE(pipeline);
  made.outcome = pipeline->process(sent.stats, facts, kNow, made.batch);
  return made;
}

TEST(ClientStatsPipelineTest, MakesARowOfEachGroup) {
  Sent sent;
  sent.sender({.env = "Prod Env", .host = "h1", .version = "1.2", .language = "go", .service = "web"})
      .group({.kind = "SERVER",
              .source = "m",
              .grpc = "StatusCode.NOT_FOUND",
              .method = "GET",
              .endpoint = "/x/{param:int}",
              .http_status = 404,
              .start = kNow + 3 * kNanosPerSecond,
              .root = SaidTraceRoot::Yes,
              .synthetics = true,
              .hits = 3,
              .top = 2,
              .errors = 1,
              .ms = 60,
              .ok = {10, 20},
              .error = {30}});
  const Made rows = made(sent);
  ASSERT_EQ(rows.batch.size(), 1u);
  EXPECT_EQ(rows.outcome.taken, 1u);
  EXPECT_EQ(rows.text(StatsText::Env), "prod_env");
  EXPECT_EQ(rows.text(StatsText::Service), "web");
  EXPECT_EQ(rows.text(StatsText::Operation), "http.request");
  EXPECT_EQ(rows.text(StatsText::Resource), "GET /");
  EXPECT_EQ(rows.text(StatsText::Type), "web");
  EXPECT_EQ(rows.text(StatsText::Version), "1.2");
  EXPECT_EQ(rows.text(StatsText::Host), "h1");
  EXPECT_EQ(rows.text(StatsText::Language), "go");
  EXPECT_EQ(rows.text(StatsText::BaseService), "");
  EXPECT_EQ(rows.text(StatsText::ServiceSource), "m");
  EXPECT_EQ(rows.text(StatsText::GrpcStatus), "5");
  EXPECT_EQ(rows.text(StatsText::HttpMethod), "GET");
  EXPECT_EQ(rows.text(StatsText::HttpEndpoint), "/x/{param:int}");
  EXPECT_EQ(rows.batch.key[0].http_status, 404);
  EXPECT_EQ(rows.batch.key[0].kind, model::SpanKind::Server);
  EXPECT_EQ(rows.batch.key[0].flags, model::kStatsEntry | model::kStatsTraceRoot | model::kStatsRootKnown |
                                         model::kStatsSynthetics | model::kStatsFromClient);
  EXPECT_EQ(rows.batch.bucket_ns[0], kNow);
  const model::StatsCounts& counts = rows.batch.counts[0];
  EXPECT_EQ(counts.hits, 3);
  EXPECT_EQ(counts.top_level_hits, 2);
  EXPECT_EQ(counts.errors, 1);
  EXPECT_EQ(counts.duration_ns, 60 * kMs);
  // The end of the bin, so that no span was longer.
  EXPECT_GE(counts.max_duration_ns, 30 * kNanosPerMilli);
  EXPECT_LE(counts.max_duration_ns, 31 * kNanosPerMilli);
  EXPECT_NE(rows.batch.ok_bins[0], model::kEmptyString);
  EXPECT_NE(rows.batch.error_bins[0], rows.batch.ok_bins[0]);
}

// The same names as the spans of the same tracer have.
TEST(ClientStatsPipelineTest, NamesWhatSaysNothingAsSpansAreNamed) {
  Sent sent;
  sent.sender({.env = ""}).group({.service = "", .operation = "1/2", .resource = "", .root = SaidTraceRoot::No});
  const Made rows = made(sent);
  EXPECT_EQ(rows.text(StatsText::Env), "none");
  EXPECT_EQ(rows.text(StatsText::Host), "box");
  EXPECT_EQ(rows.text(StatsText::Language), "python");
  EXPECT_EQ(rows.text(StatsText::Service), "unnamed-python-service");
  EXPECT_EQ(rows.text(StatsText::Operation), "unnamed_operation");
  EXPECT_EQ(rows.text(StatsText::Resource), "unnamed_operation");
  EXPECT_EQ(rows.batch.key[0].flags & model::kStatsRootKnown, model::kStatsRootKnown);
  EXPECT_EQ(rows.batch.key[0].flags & model::kStatsTraceRoot, 0);
}

TEST(ClientStatsPipelineTest, CutsAndMendsNames) {
  Sent sent;
  const std::string long_service(150, 's');
  const std::string long_resource(6000, 'r');
  const std::string long_type(150, 't');
  sent.group({.service = "My Service!", .operation = "a b"})
      .group({.service = long_service, .resource = long_resource, .type = long_type});
  const Made rows = made(sent);
  EXPECT_EQ(rows.text(StatsText::Service, 0), "my_service");
  EXPECT_EQ(rows.text(StatsText::Operation, 0), "a_b");
  EXPECT_EQ(rows.text(StatsText::Service, 1).size(), 100u);
  EXPECT_EQ(rows.text(StatsText::Resource, 1).size(), 5000u);
  EXPECT_EQ(rows.text(StatsText::Type, 1).size(), 100u);
}

TEST(ClientStatsPipelineTest, KnowsNodeByOneName) {
  Sent sent;
  sent.sender({.language = "javascript"}).group({});
  EXPECT_EQ(made(sent).text(StatsText::Language), "nodejs");
  sent.stats.senders[0].language = model::kEmptyString;
  EXPECT_EQ(
      made(sent, {.language = "javascript", .default_env = "none", .default_host = "box"}).text(StatsText::Language),
      "nodejs");
}

// As on spans: the database that a process calls isn't of its version, and says whose process it was.
TEST(ClientStatsPipelineTest, TellsTheServiceOfTheProcessFromOthers) {
  Sent sent;
  sent.sender({.version = "7", .service = "Web"})
      .group({.service = "web"})
      .group({.service = "sqlite"})
      .group({.service = "sqlite", .peers = {"_dd.base_service:thinker", "db.system:sqlite"}});
  const Made rows = made(sent);
  EXPECT_EQ(rows.text(StatsText::Version, 0), "7");
  EXPECT_EQ(rows.text(StatsText::BaseService, 0), "");
  EXPECT_EQ(rows.text(StatsText::Version, 1), "");
  EXPECT_EQ(rows.text(StatsText::BaseService, 1), "web");
  EXPECT_EQ(rows.text(StatsText::BaseService, 2), "thinker");
}

TEST(ClientStatsPipelineTest, SortsAndQuantisesPeerTags) {
  Sent sent;
  sent.group({.peers = {"out.host:10.1.2.3", "db.name:orders", "no-colon", "empty:", "db.name:orders", "a.b:1", "a:2",
                        "x:http://y"}});
  EXPECT_EQ(made(sent).text(StatsText::PeerTags), "a:2,a.b:1,db.name:orders,out.host:blocked-ip-address,x:http://y");
}

TEST(ClientStatsPipelineTest, ObfuscatesForClientsThatDont) {
  Sent sent;
  sent.group({.resource = "SELECT * FROM t WHERE id = 7", .type = "sql"})
      .group({.resource = "GET k v", .type = "redis"})
      .group({.resource = "SELECT 7", .type = "web"});
  const Made rows = made(sent);
  EXPECT_EQ(rows.text(StatsText::Resource, 0), "SELECT * FROM t WHERE id = ?");
  EXPECT_EQ(rows.text(StatsText::Resource, 1), "GET");
  EXPECT_EQ(rows.text(StatsText::Resource, 2), "SELECT 7");
  ClientStatsFacts facts = kFacts;
  facts.obfuscated = true;
  EXPECT_EQ(made(sent, facts).text(StatsText::Resource, 0), "SELECT * FROM t WHERE id = 7");
}

TEST(ClientStatsPipelineTest, AppliesFiltersAndRules) {
  PipelineSettings settings;
  settings.filters.ignore_resources = {"/health$"};
  settings.replace_tags = {{"resource.name", "secret", "?"}, {"http.status_code", "404", "400"}};
  Sent sent;
  sent.group({.resource = "GET /health"}).group({.resource = "GET /secret/1", .http_status = 404});
  const Made rows = made(sent, kFacts, settings);
  EXPECT_EQ(rows.outcome.ignored_resource, 1u);
  EXPECT_EQ(rows.outcome.taken, 1u);
  ASSERT_EQ(rows.batch.size(), 1u);
  EXPECT_EQ(rows.text(StatsText::Resource), "GET /?/1");
  EXPECT_EQ(rows.batch.key[0].http_status, 400);

  ClientStatsFacts facts = kFacts;
  facts.from_agent = true;
  EXPECT_EQ(made(sent, facts, settings).batch.size(), 2u);
}

TEST(ClientStatsPipelineTest, LeavesAloneWhatAnAgentHasNamed) {
  Sent sent;
  sent.agent("agent-1", "staging").sender({.env = ""}).group({.service = "?", .resource = "SELECT 7", .type = "sql"});
  ClientStatsFacts facts = kFacts;
  facts.from_agent = true;
  const Made rows = made(sent, facts);
  EXPECT_EQ(rows.text(StatsText::Service), "?");
  EXPECT_EQ(rows.text(StatsText::Resource), "SELECT 7");
  EXPECT_EQ(rows.text(StatsText::Env), "staging");
  EXPECT_EQ(rows.text(StatsText::Host), "agent-1");
}

TEST(ClientStatsPipelineTest, TakesOnlyStatusesThatSpansCanHave) {
  Sent sent;
  for (const std::uint32_t status : {99u, 100u, 599u, 600u, 70'000u, 65'736u}) sent.group({.http_status = status});
  const Made rows = made(sent);
  std::vector<std::uint16_t> statuses;
  for (const model::StatsKey& key : rows.batch.key) statuses.push_back(key.http_status);
  EXPECT_THAT(statuses, ElementsAre(0, 100, 599, 0, 0, 0));
}

// Each in its own ten seconds; other lengths of buckets count where they begin.
TEST(ClientStatsPipelineTest, PutsGroupsIntoTheirTrueBuckets) {
  constexpr std::int64_t kSecond = kNanosPerSecond;
  Sent sent;
  for (const UnixNanos start :
       {kNow, kNow + kSecond, kNow + 10 * kSecond - 1, kNow - 1, kNow - kStatsWindowNs, kNow - kStatsWindowNs - 1,
        kNow + kStatsWindowNs, kNow + kStatsWindowNs + 1, UnixNanos{1}, UnixNanos{0}, UnixNanos{-1},
        std::numeric_limits<UnixNanos>::max(), std::numeric_limits<UnixNanos>::min()})
    sent.group({.start = start});
  const Made rows = made(sent);
  EXPECT_THAT(rows.batch.bucket_ns,
              ElementsAre(kNow, kNow, kNow, kNow - 10 * kSecond, kNow - kStatsWindowNs, kNow + kStatsWindowNs));
  EXPECT_EQ(rows.outcome.taken, 6u);
  EXPECT_EQ(rows.outcome.too_old, 5u);
  EXPECT_EQ(rows.outcome.too_new, 2u);
}

TEST(ClientStatsPipelineTest, WritesNoRowForNothing) {
  Sent sent;
  sent.group({.hits = 0, .top = 0, .ms = 0}).group({.hits = 0, .top = 0, .ms = 0, .ok = {1}});
  const Made rows = made(sent);
  EXPECT_EQ(rows.outcome.taken, 2u);
  EXPECT_EQ(rows.batch.size(), 1u);
}

// What is written in the field that an older Agent splits: sketches and top-level hits here, the rest there.
TEST(ClientStatsPipelineTest, BringsTheTwoHalvesOfAnAgentTogether) {
  ClientStatsFacts facts = kFacts;
  facts.from_agent = true;
  Sent sent;
  sent.sender({.counts_only = true})
      .group({.resource = "a", .hits = 2, .top = 0, .ms = 30})
      .group({.resource = "b", .hits = 5, .top = 0, .ms = 50})
      .group({.resource = "c", .kind = "server", .hits = 5, .top = 0, .ms = 50})
      .sender({.language = "java"})
      .group({.resource = "a", .method = "GET", .hits = 0, .top = 2, .ms = 0, .ok = {10, 20}})
      .group({.resource = "b", .hits = 0, .top = 0, .ms = 0, .ok = {10}});
  const Made rows = made(sent, facts);
  std::vector<std::string> entries;
  for (std::size_t row = 0; row < rows.batch.size(); ++row) {
    if ((rows.batch.key[row].flags & model::kStatsEntry) != 0)
      entries.push_back(fmt::format("{} {}", rows.text(StatsText::Resource, row), rows.batch.counts[row].hits));
  }
  EXPECT_THAT(entries, ElementsAre("a 2", "c 5", "a 0"));
}

// What a tracer counts and what the concentrator counts of the same spans is one row of the store.
TEST(ClientStatsPipelineTest, HasTheKeysOfTheConcentrator) {
  model::testing::BatchBuilder builder;
  builder.span({.span = 1,
                .start = kNow,
                .duration = 5 * kNanosPerMilli,
                .meta = {{"span.kind", "client"},
                         {"version", "1"},
                         {"http.status_code", "200"},
                         {"peer.service", "pg"},
                         {"out.host", "10.0.0.1"},
                         {"grpc.code", "OK"}}});
  model::SpanBatch spans = builder.build();
  PayloadFacts span_facts;
  span_facts.language = kFacts.language;
  span_facts.default_env = "prod";
  span_facts.default_host = kFacts.default_host;
  SpanNormalizer().process(spans, span_facts, kNow);
  StatsBatch counted;
  Concentrator({}).process(spans, kNow, counted);

  Sent sent;
  sent.sender({.version = "1", .service = "web"})
      .group({.kind = "client",
              .grpc = "0",
              .peers = {"peer.service:pg", "out.host:10.0.0.1"},
              .http_status = 200,
              .root = SaidTraceRoot::Yes,
              .ms = 5,
              .ok = {5}});
  const Made rows = made(sent);
  ASSERT_EQ(counted.size(), 1u);
  ASSERT_EQ(rows.batch.size(), 1u);
  for (std::size_t i = 0; i < model::kStatsTexts; ++i) {
    EXPECT_EQ(rows.batch.strings[rows.batch.key[0].texts[i]], counted.strings[counted.key[0].texts[i]])
        << name_of(static_cast<StatsText>(i));
  }
  EXPECT_EQ(rows.batch.key[0].http_status, counted.key[0].http_status);
  EXPECT_EQ(rows.batch.key[0].kind, counted.key[0].kind);
  EXPECT_EQ(rows.batch.key[0].flags, counted.key[0].flags | model::kStatsFromClient);
  EXPECT_EQ(rows.batch.strings[rows.batch.ok_bins[0]], counted.strings[counted.ok_bins[0]]);
  EXPECT_EQ(rows.batch.bucket_ns[0], counted.bucket_ns[0]);
}

TEST(ClientStatsPipelineTest, AppendsToWhatIsThere) {
  auto pipeline = ClientStatsPipeline::create({});
  ASSERT_TRUE(pipeline);
  Sent first;
  first.group({.resource = "first"});
  Sent second;
  second.group({.resource = "second"});
  StatsBatch batch;
  pipeline->process(first.stats, kFacts, kNow, batch);
  pipeline->process(second.stats, kFacts, kNow, batch);
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_EQ(batch.strings[batch.key[0].text(StatsText::Resource)], "first");
  EXPECT_EQ(batch.strings[batch.key[1].text(StatsText::Resource)], "second");
}

}  // namespace
}  // namespace vizsla::pipeline
