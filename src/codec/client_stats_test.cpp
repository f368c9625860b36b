#include "codec/client_stats.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/testing/client_stats_writer.h"
#include "codec/testing/protobuf_writer.h"
#include "sketch/duration_sketch.h"

namespace vizsla::codec {
namespace {

using model::ClientStats;
using model::ClientStatsGroup;
using model::SaidTraceRoot;
using sketch::IndexMapping;
using sketch::Interpolation;
using ::testing::ElementsAre;
using testing::FieldsWriter;
using ::testing::HasSubstr;
using testing::MsgpackWriter;
using testing::sketch_bytes;
using testing::stats_bucket;
using testing::stats_group;

constexpr UnixNanos kStart = 1'795'262'400'000'000'000;
constexpr double kMs = 1e6;

struct Decoded {
  ClientStats stats;
  ClientStatsReport report;

  [[nodiscard]] std::string_view text(model::StringCode code) const { return stats.strings[code]; }
  [[nodiscard]] sketch::DurationSketch durations(model::StringCode bins) const {
    sketch::DurationSketch sketch;
    EXPECT_TRUE(sketch::decode_duration_bins(as_bytes(text(bins)),
                                             [&](auto bin, double count) { sketch.add_bin(bin, count); }));
    return sketch;
  }
};

Decoded decoded(std::string_view body) {
  Decoded done;
  auto report = decode_client_stats(as_bytes(body), done.stats);
  EXPECT_TRUE(report) << report.error().message;
  if (report) done.report = std::move(*report);
  return done;
}

std::string payload_of(const std::vector<FieldsWriter>& groups) {
  FieldsWriter payload;
  return payload.str("Env", "prod").list("Stats", {stats_bucket(kStart, groups)}).body();
}

// The tracers' own mappings (agent-protocol §8.4).
IndexMapping libdatadog_mapping() {
  return *IndexMapping::make(1.015625, 1338.5, Interpolation::None);
}
IndexMapping java_mapping() {
  return *IndexMapping::make(1.015625, 1.8761281912861705, Interpolation::None);
}

// libdatadog, of Python: every field, empty lists and sketches without bins among them.
TEST(ClientStatsCodec, ReadsTheShapeOfLibdatadog) {
  FieldsWriter group;
  group.str("Service", "thinker-api")
      .str("Name", "flask.request")
      .str("Resource", "GET /think/")
      .u64("HTTPStatusCode", 200)
      .str("Type", "web")
      .str("DBType", "")
      .u64("Hits", 3)
      .u64("Errors", 1)
      .u64("Duration", 60'000'000)
      .bin("OkSummary", sketch_bytes({10 * kMs, 20 * kMs}, libdatadog_mapping()))
      .bin("ErrorSummary", sketch_bytes({30 * kMs}, libdatadog_mapping()))
      .set("Synthetics", MsgpackWriter().raw("c2"))
      .u64("TopLevelHits", 3)
      .str("SpanKind", "server")
      .strs("PeerTags", {})
      .u64("IsTraceRoot", 1)
      .str("GRPCStatusCode", "")
      .str("HTTPMethod", "GET")
      .str("HTTPEndpoint", "/think/")
      .str("srv_src", "m")
      .strs("SpanDerivedPrimaryTags", {})
      .strs("AdditionalMetricTags", {});
  FieldsWriter payload;
  payload.str("Hostname", "")
      .str("Env", "demo")
      .str("Version", "1.0.0")
      .list("Stats", {stats_bucket(kStart, {group})})
      .str("Lang", "python")
      .str("TracerVersion", "4.16.0")
      .str("RuntimeID", "r")
      .u64("Sequence", 1)
      .str("AgentAggregation", "")
      .str("Service", "thinker-api")
      .str("ContainerID", "")
      .strs("Tags", {})
      .str("GitCommitSha", "")
      .str("ImageTag", "")
      .u64("ProcessTagsHash", 0)
      .str("ProcessTags", "svc.user:true");
  const Decoded done = decoded(payload.body());
  ASSERT_EQ(done.stats.senders.size(), 1u);
  EXPECT_EQ(done.text(done.stats.senders[0].env), "demo");
  EXPECT_EQ(done.text(done.stats.senders[0].version), "1.0.0");
  EXPECT_EQ(done.text(done.stats.senders[0].language), "python");
  EXPECT_EQ(done.text(done.stats.senders[0].service), "thinker-api");
  EXPECT_FALSE(done.stats.senders[0].counts_only);
  ASSERT_EQ(done.stats.groups.size(), 1u);
  const ClientStatsGroup& read = done.stats.groups[0];
  EXPECT_EQ(read.start_ns, kStart);
  EXPECT_EQ(done.text(read.service), "thinker-api");
  EXPECT_EQ(done.text(read.operation), "flask.request");
  EXPECT_EQ(done.text(read.resource), "GET /think/");
  EXPECT_EQ(done.text(read.type), "web");
  EXPECT_EQ(done.text(read.kind), "server");
  EXPECT_EQ(done.text(read.service_source), "m");
  EXPECT_EQ(done.text(read.http_method), "GET");
  EXPECT_EQ(done.text(read.http_endpoint), "/think/");
  EXPECT_EQ(read.http_status, 200u);
  EXPECT_EQ(read.trace_root, SaidTraceRoot::Yes);
  EXPECT_FALSE(read.synthetics);
  EXPECT_EQ(read.hits, 3);
  EXPECT_EQ(read.top_level_hits, 3);
  EXPECT_EQ(read.errors, 1);
  EXPECT_EQ(read.duration_ns, 60'000'000);
  EXPECT_NEAR(done.durations(read.ok_bins).count(), 2, 1e-6);
  EXPECT_NEAR(*done.durations(read.ok_bins).quantile(1), 20 * kMs, 0.036 * 20 * kMs);
  EXPECT_NEAR(*done.durations(read.error_bins).quantile(0), 30 * kMs, 0.036 * 30 * kMs);
}

// dd-trace-go: sketches that were never initialised have no bytes.
TEST(ClientStatsCodec, ReadsTheShapeOfGo) {
  FieldsWriter group = stats_group("orders-go", "GET /quit", {43'164});
  group.strs("PeerTags", {"db.name:orders", "peer.service:pg"})
      .u64("IsTraceRoot", 2)
      .set("Synthetics", MsgpackWriter().raw("c3"))
      .str("GRPCStatusCode", "5");
  FieldsWriter bucket = stats_bucket(kStart, {group});
  bucket.u64("AgentTimeShift", 0);
  FieldsWriter payload;
  const Decoded done = decoded(payload.str("Env", "demo").list("Stats", {bucket}).body());
  ASSERT_EQ(done.stats.groups.size(), 1u);
  const ClientStatsGroup& read = done.stats.groups[0];
  EXPECT_EQ(read.trace_root, SaidTraceRoot::No);
  EXPECT_TRUE(read.synthetics);
  EXPECT_EQ(done.text(read.grpc_status), "5");
  EXPECT_EQ(read.error_bins, model::kEmptyString);
  ASSERT_EQ(read.peers_end - read.peers_begin, 2u);
  EXPECT_EQ(done.text(done.stats.peer_tags[1]), "peer.service:pg");
}

// dd-trace-java: no DBType, flags as it has them, another mapping, 32-bit numbers.
TEST(ClientStatsCodec, ReadsTheShapeOfJava) {
  FieldsWriter group;
  group.str("Service", "shop")
      .str("Name", "servlet.request")
      .str("Resource", "GET /book/?")
      .str("Type", "web")
      .set("HTTPStatusCode", MsgpackWriter().raw("cd00c8"))
      .set("Synthetics", MsgpackWriter().raw("c2"))
      .set("IsTraceRoot", MsgpackWriter().raw("01"))
      .str("SpanKind", "server")
      .set("Hits", MsgpackWriter().raw("d300000000 00000002"))
      .set("Errors", MsgpackWriter().raw("00"))
      .set("TopLevelHits", MsgpackWriter().raw("02"))
      .set("Duration", MsgpackWriter().raw("ce00b71b00"))
      .bin("OkSummary", sketch_bytes({5 * kMs, 7 * kMs}, java_mapping()))
      .bin("ErrorSummary", sketch_bytes({}, java_mapping()));
  FieldsWriter payload;
  const Decoded done = decoded(payload.str("RuntimeID", "x")
                                   .u64("Sequence", 4)
                                   .str("Hostname", "")
                                   .str("Service", "shop")
                                   .list("Stats", {stats_bucket(kStart, {group})})
                                   .body());
  ASSERT_EQ(done.stats.groups.size(), 1u);
  const ClientStatsGroup& read = done.stats.groups[0];
  EXPECT_EQ(read.http_status, 200u);
  EXPECT_EQ(read.hits, 2);
  EXPECT_EQ(read.duration_ns, 12'000'000);
  EXPECT_EQ(read.trace_root, SaidTraceRoot::Yes);
  EXPECT_NEAR(done.durations(read.ok_bins).count(), 2, 1e-6);
}

// dd-trace-js: a host name, no IsTraceRoot, no PeerTags, floats where others have integers.
TEST(ClientStatsCodec, ReadsTheShapeOfNode) {
  FieldsWriter group;
  group.str("Name", "express.middleware")
      .str("Service", "cart-node")
      .str("Resource", "router")
      .str("Type", "")
      .u64("HTTPStatusCode", 0)
      .set("Synthetics", MsgpackWriter().raw("c2"))
      .set("Hits", MsgpackWriter().f64(4))
      .set("TopLevelHits", MsgpackWriter().raw("00"))
      .set("Errors", MsgpackWriter().raw("00"))
      .set("Duration", MsgpackWriter().f64(8 * kMs))
      .bin("OkSummary", sketch_bytes({2 * kMs, 2 * kMs, 2 * kMs, 2 * kMs}))
      .bin("ErrorSummary", sketch_bytes({}));
  FieldsWriter payload;
  const Decoded done = decoded(payload.str("Hostname", "demo-host")
                                   .str("Env", "demo")
                                   .str("Version", "1.0.0")
                                   .list("Stats", {stats_bucket(kStart, {group})})
                                   .str("Lang", "javascript")
                                   .str("TracerVersion", "5.132.0")
                                   .str("RuntimeID", "x")
                                   .u64("Sequence", 1)
                                   .body());
  EXPECT_EQ(done.text(done.stats.senders[0].hostname), "demo-host");
  ASSERT_EQ(done.stats.groups.size(), 1u);
  EXPECT_EQ(done.stats.groups[0].trace_root, SaidTraceRoot::NotSaid);
  EXPECT_EQ(done.stats.groups[0].hits, 4);
  EXPECT_EQ(done.stats.groups[0].duration_ns, 8 * kMs);
}

TEST(ClientStatsCodec, ReadsWhatAnAgentPassesOn) {
  FieldsWriter distributions;
  distributions.str("Env", "prod").str("AgentAggregation", "distributions").list("Stats", {stats_bucket(kStart, {})});
  FieldsWriter counts;
  counts.list("Stats", {stats_bucket(kStart, {stats_group("web", "GET /", {kMs})})})
      .str("AgentAggregation", "counts")
      .str("Hostname", "box-2");
  FieldsWriter body;
  body.str("AgentHostname", "agent-1")
      .str("AgentEnv", "staging")
      .list("Stats", {distributions, counts})
      .str("AgentVersion", "7.60.0")
      .set("ClientComputed", MsgpackWriter().raw("c3"))
      .set("SplitPayload", MsgpackWriter().raw("c2"));
  Decoded done;
  const auto report = decode_agent_stats(as_bytes(body.body()), done.stats);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(done.text(done.stats.agent_hostname), "agent-1");
  EXPECT_EQ(done.text(done.stats.agent_env), "staging");
  ASSERT_EQ(done.stats.senders.size(), 2u);
  EXPECT_FALSE(done.stats.senders[0].counts_only);
  EXPECT_TRUE(done.stats.senders[1].counts_only);
  EXPECT_EQ(done.text(done.stats.senders[1].hostname), "box-2");
  ASSERT_EQ(done.stats.groups.size(), 1u);
  EXPECT_EQ(done.stats.groups[0].sender, 1u);
}

TEST(ClientStatsCodec, TakesWhatIsNilEmptyOrUnknown) {
  EXPECT_TRUE(decoded("\x80").stats.groups.empty());
  EXPECT_TRUE(decoded("\xc0").stats.groups.empty());
  FieldsWriter odd;
  odd.set("Service", MsgpackWriter().nil())
      .set("Hits", MsgpackWriter().nil())
      .set("OkSummary", MsgpackWriter().nil())
      .set("PeerTags", MsgpackWriter().nil())
      .set("IsTraceRoot", MsgpackWriter().raw("c3"))
      .set("GRPCStatusCode", MsgpackWriter().raw("07"))
      .set("HTTPStatusCode", MsgpackWriter().raw("ff"))
      .set("Whatever", MsgpackWriter().raw("81a16191c0"))
      .str("Name", "cut\xff");
  const Decoded done = decoded(payload_of({odd}));
  ASSERT_EQ(done.stats.groups.size(), 1u);
  EXPECT_EQ(done.stats.groups[0].trace_root, SaidTraceRoot::Yes);
  EXPECT_EQ(done.text(done.stats.groups[0].grpc_status), "7");
  EXPECT_EQ(done.stats.groups[0].http_status, 0u);
  EXPECT_EQ(done.text(done.stats.groups[0].operation), "cut\xef\xbf\xbd");
  EXPECT_EQ(done.report.repaired_strings, 1u);
}

// What makes no sense costs its group alone.
TEST(ClientStatsCodec, RefusesGroupsWithNumbersThatAreNone) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto with = [](std::string_view key, const MsgpackWriter& value) {
    FieldsWriter group = stats_group("web", "bad", {});
    return group.set(key, value);
  };
  const Decoded done = decoded(payload_of(
      {stats_group("web", "first", {kMs}), with("Hits", MsgpackWriter().raw("ff")),
       with("Errors", MsgpackWriter().f64(kNan)), with("Duration", MsgpackWriter().f64(kInfinity)),
       with("Duration", MsgpackWriter().u64(~std::uint64_t{0})), with("TopLevelHits", MsgpackWriter().f64(-0.5)),
       stats_group("web", "last", {kMs}).strs("PeerTags", {"a:b"})}));
  EXPECT_EQ(done.report.groups, 7u);
  EXPECT_EQ(done.report.invalid_counts, 5u);
  EXPECT_EQ(done.report.first_refused, "Hits: expected a number from 0 to 1e+15, got -1, in group 2 of bucket 1");
  ASSERT_EQ(done.stats.groups.size(), 2u);
  EXPECT_EQ(done.text(done.stats.groups[0].resource), "first");
  EXPECT_EQ(done.text(done.stats.groups[1].resource), "last");
  EXPECT_EQ(done.stats.groups[1].peers_begin, 0u);
}

TEST(ClientStatsCodec, RefusesGroupsWithSketchesThatAreNone) {
  using testing::ProtobufWriter;
  const auto with_bin = [](double count) {
    const ProtobufWriter store = ProtobufWriter().message(1, ProtobufWriter().integer(1, 10).real(2, count));
    return ProtobufWriter().message(1, ProtobufWriter().real(1, 1.02)).message(2, store).bytes();
  };
  const auto with = [](std::string_view bytes) {
    FieldsWriter group;
    return group.str("Resource", "bad").u64("Hits", 1).bin("OkSummary", bytes);
  };
  const Decoded done =
      decoded(payload_of({with("\x0a\xff"), with(with_bin(-1)), with(with_bin(NAN)), with(with_bin(INFINITY)),
                          with(with_bin(1e9)), stats_group("web", "last", {kMs})}));
  EXPECT_EQ(done.report.invalid_sketches, 4u);
  EXPECT_EQ(done.report.invalid_counts, 0u);
  EXPECT_THAT(done.report.first_refused, HasSubstr("OkSummary: a sketch: "));
  EXPECT_THAT(done.report.first_refused, HasSubstr("in group 1 of bucket 1"));
  ASSERT_EQ(done.stats.groups.size(), 2u);
  EXPECT_NEAR(done.durations(done.stats.groups[0].ok_bins).count(), 1e9, 1e3);
}

TEST(ClientStatsCodec, SaysWhatIsWrongAndWhere) {
  const auto error_of = [](std::string_view body, const ClientStatsLimits& limits = {}) {
    ClientStats stats;
    const auto report = decode_client_stats(as_bytes(body), stats, limits);
    EXPECT_FALSE(report);
    return report ? Error{} : report.error();
  };
  EXPECT_EQ(error_of("").code, ErrorCode::InvalidInput);
  EXPECT_THAT(error_of("\x93").message, HasSubstr("expected a map"));
  FieldsWriter bad = stats_group("web", "b", {});
  bad.set("Service", MsgpackWriter().raw("07"));
  const Error error = error_of(payload_of({stats_group("web", "a", {kMs}), bad}));
  EXPECT_EQ(error.code, ErrorCode::InvalidInput);
  EXPECT_THAT(error.message, HasSubstr(", in group 2 of bucket 1"));
  const std::string whole = payload_of({stats_group("web", "a", {kMs})});
  EXPECT_THAT(error_of(whole.substr(0, whole.size() - 1)).message, HasSubstr("unexpected-eof: "));
}

TEST(ClientStatsCodec, HasLimits) {
  const std::string body =
      payload_of({stats_group("web", "a", {kMs}).strs("PeerTags", {"a:b", "c:d"}), stats_group("web", "b", {kMs})});
  for (const ClientStatsLimits& limits : {ClientStatsLimits{.groups_max = 1}, ClientStatsLimits{.peer_tags_max = 1},
                                          ClientStatsLimits{.senders_max = 0}}) {
    ClientStats stats;
    const auto report = decode_client_stats(as_bytes(body), stats, limits);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::LimitExceeded) << report.error().message;
    EXPECT_THAT(report.error().message, HasSubstr("expected fewer "));
  }
}

// One bin of a coarse mapping is some hundred of ours: a body of nothing else can't be blown up without end.
TEST(ClientStatsCodec, BoundsWhatCoarseSketchesBecome) {
  const IndexMapping coarse = *IndexMapping::make(16, 0, Interpolation::None);
  std::vector<double> durations;
  for (double ns = 16; ns < 1e15; ns *= 16) durations.push_back(ns * 2);
  FieldsWriter group;
  group.bin("OkSummary", sketch_bytes(durations, coarse));
  ClientStats stats;
  const auto report = decode_client_stats(as_bytes(payload_of(std::vector(4000, group))), stats);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::LimitExceeded);
  EXPECT_THAT(report.error().message, HasSubstr("expected finer sketches"));
  EXPECT_EQ(decoded(payload_of({group})).stats.groups.size(), 1u);
}

TEST(ClientStatsCodec, TakesAHundredThousandGroups) {
  const MsgpackWriter bucket = [] {
    MsgpackWriter groups;
    groups.array(100'000);
    for (int i = 0; i < 100'000; ++i) groups.append(stats_group("web", fmt::format("GET /{}", i), {kMs + i}).written());
    return FieldsWriter().u64("Start", kStart).set("Stats", groups).written();
  }();
  MsgpackWriter body;
  body.map(1).str("Stats").array(1).append(bucket);
  const Decoded done = decoded(as_text(body.bytes()));
  EXPECT_EQ(done.stats.groups.size(), 100'000u);
}

// Whatever the mapping, nothing gets lost, and percentiles stay within the accuracies of both.
TEST(ClientStatsCodec, ConvertedSketchesKeepCountAndPercentiles) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  const std::vector<IndexMapping> mappings = {IndexMapping::canonical(), libdatadog_mapping(), java_mapping(),
                                              *IndexMapping::make(1.0156, 0, Interpolation::Linear),
                                              *IndexMapping::make(1.0156, 0, Interpolation::Cubic)};
  for (int round = 0; round < 50; ++round) {
    std::lognormal_distribution<double> distribution(std::uniform_real_distribution<>(8, 20)(random),
                                                     std::uniform_real_distribution<>(0.1, 2)(random));
    std::vector<double> durations(1 + random() % 2000);
    for (double& ns : durations) ns = std::max(1.0, std::floor(distribution(random)));
    const IndexMapping& mapping = mappings[random() % mappings.size()];
    FieldsWriter group;
    group.u64("Hits", durations.size()).bin("OkSummary", sketch_bytes(durations, mapping));
    const Decoded done = decoded(payload_of({group}));
    ASSERT_EQ(done.stats.groups.size(), 1u);
    const sketch::DurationSketch sketch = done.durations(done.stats.groups[0].ok_bins);
    EXPECT_EQ(sketch.count(), static_cast<double>(durations.size()));
    std::sort(durations.begin(), durations.end());
    for (const double q : {0.5, 0.75, 0.9, 0.95, 0.99}) {
      const double exact = durations[static_cast<std::size_t>(q * static_cast<double>(durations.size() - 1))];
      EXPECT_NEAR(*sketch.quantile(q), exact, exact * 0.036) << "q " << q << " of " << durations.size();
    }
  }
}

Buffer file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What tracers sent, as recorded: hits are those of the sketches, since nothing was sampled.
TEST(ClientStatsCodec, ReadsWhatTracersSent) {
  struct Recorded {
    const char* file;
    const char* service;
    std::size_t groups;
  };
  for (const auto& [file, service, groups] : {Recorded{"python-ddtrace-stats/0021.bin", "thinker-microservice", 1},
                                              Recorded{"python-ddtrace-stats/0022.bin", "thinker-api", 15},
                                              Recorded{"go-dd-trace-v2/0138.bin", "orders-go", 11}}) {
    SCOPED_TRACE(file);
    const auto path = std::filesystem::path(VIZSLA_SHARED) / "data/captures" / file;
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no recordings at " << path;
    const Buffer body = file_bytes(path);
    const Decoded done = decoded(as_text(body));
    EXPECT_EQ(done.stats.groups.size(), groups);
    EXPECT_EQ(done.report.first_refused, "");
    EXPECT_EQ(done.text(done.stats.senders.front().env), "demo");
    EXPECT_EQ(done.text(done.stats.senders.front().service), service);
    for (const ClientStatsGroup& group : done.stats.groups) {
      EXPECT_NEAR(done.durations(group.ok_bins).count() + done.durations(group.error_bins).count(), group.hits, 1e-3);
      EXPECT_NEAR(done.durations(group.error_bins).count(), group.errors, 1e-3);
    }
  }
}

}  // namespace
}  // namespace vizsla::codec
