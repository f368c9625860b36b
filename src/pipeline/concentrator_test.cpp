#include "pipeline/concentrator.h"

#include <cmath>
#include <map>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/testing/batch_builder.h"
#include "pipeline/normalize_spans.h"
#include "sketch/duration_sketch.h"

namespace vizsla::pipeline {
namespace {

using model::SpanBatch;
using model::StatsBatch;
using model::StatsKey;
using model::StatsText;
using model::testing::BatchBuilder;
using model::testing::SpanSpec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr UnixNanos kNow = 1'795'262'400'000'000'000;  // the beginning of a bucket
constexpr std::int64_t kMs = kNanosPerMilli;

std::string show_bins(const StatsBatch& stats, model::StringCode code) {
  std::string text;
  const bool sound =
      sketch::decode_duration_bins(as_bytes(stats.strings[code]), [&](sketch::DurationBin bin, double count) {
        text += fmt::format("{}{:.0f}ms*{}", text.empty() ? "" : " ", sketch::bin_duration(bin) / 1e6, count);
      });
  EXPECT_TRUE(sound);
  return text;
}

// "service operation resource +20s hits=… top=… errors=… ms=… max=… ok[…] error[…]" and what else the key says.
std::vector<std::string> show(const StatsBatch& stats) {
  std::vector<std::string> rows;
  for (std::size_t row = 0; row < stats.size(); ++row) {
    const StatsKey& key = stats.key[row];
    const auto text = [&](StatsText which) { return stats.strings[key.text(which)]; };
    std::string extras;
    for (const StatsText which : {StatsText::Version, StatsText::BaseService, StatsText::ServiceSource,
                                  StatsText::PeerTags, StatsText::GrpcStatus}) {
      if (text(which).empty()) continue;
      std::string value(text(which));
      std::replace(value.begin(), value.end(), '\0', ',');
      extras += fmt::format(" {}={}", name_of(which), value);
    }
    if (key.http_status != 0) extras += fmt::format(" http={}", key.http_status);
    if (key.kind != model::SpanKind::Unknown) extras += fmt::format(" kind={}", to_string(key.kind));
    if ((key.flags & model::kStatsEntry) != 0) extras += " entry";
    if ((key.flags & model::kStatsTraceRoot) != 0) extras += " root";
    if ((key.flags & model::kStatsSynthetics) != 0) extras += " synthetics";
    const model::StatsCounts& counts = stats.counts[row];
    rows.push_back(fmt::format("{} {} {}{} {:+}s hits={} top={} errors={} ms={} max={} ok[{}] error[{}]",
                               text(StatsText::Service), text(StatsText::Operation), text(StatsText::Resource), extras,
                               (stats.bucket_ns[row] - kNow) / kNanosPerSecond, counts.hits, counts.top_level_hits,
                               counts.errors, counts.duration_ns / 1e6, counts.max_duration_ns / kMs,
                               show_bins(stats, stats.ok_bins[row]), show_bins(stats, stats.error_bins[row])));
  }
  return rows;
}

SpanBatch normalized(BatchBuilder& builder) {
  SpanBatch batch = builder.build();
  PayloadFacts facts;
  facts.default_env = "none";
  facts.default_host = "box";
  SpanNormalizer().process(batch, facts, kNow);
  return batch;
}

StatsBatch stats_of(const SpanBatch& batch, const ConcentratorSettings& settings = {},
                    ConcentratorReport* report = nullptr) {
  StatsBatch stats;
  const auto result = Concentrator(settings).process(batch, kNow, stats);
  if (report != nullptr) *report = result;
  return stats;
}

// A trace of three services: who is counted, and where.
TEST(ConcentratorTest, CountsASmallTrace) {
  BatchBuilder builder;
  builder.span({.span = 1, .start = kNow - 3 * kNanosPerSecond, .duration = 4000 * kMs});
  builder.span(
      {.span = 2, .parent = 1, .operation = "template", .start = kNow - 2 * kNanosPerSecond, .duration = 5 * kMs});
  builder.span({.span = 3,
                .parent = 1,
                .service = "db",
                .operation = "postgres.query",
                .resource = "SELECT 1",
                .start = kNow - 2 * kNanosPerSecond,
                .duration = 10 * kMs});
  builder.span({.span = 4,
                .parent = 1,
                .service = "db",
                .operation = "postgres.query",
                .resource = "SELECT 1",
                .start = kNow - 2 * kNanosPerSecond,
                .duration = 10 * kMs});
  builder.span({.span = 5,
                .parent = 1,
                .service = "db",
                .operation = "postgres.query",
                .resource = "SELECT 1",
                .start = kNow - 2 * kNanosPerSecond,
                .duration = 20 * kMs,
                .error = true});
  const SpanBatch batch = normalized(builder);
  EXPECT_THAT(show(stats_of(batch)),
              UnorderedElementsAre(
                  "web http.request GET / entry root +0s hits=1 top=1 errors=0 ms=4000 max=4000 ok[4005ms*1] error[]",
                  "db postgres.query SELECT 1 entry -10s hits=3 top=3 errors=1 ms=40 max=20 ok[10ms*2] error[20ms*1]"));
}

TEST(ConcentratorTest, CountsMeasuredSpansAndKindsBesideEntrySpans) {
  BatchBuilder builder;
  builder.span({.span = 1, .start = kNow});
  builder.span({.span = 2, .parent = 1, .operation = "a", .start = kNow, .metrics = {{"_dd.measured", 1}}});
  builder.span({.span = 3, .parent = 1, .operation = "b", .start = kNow, .meta = {{"span.kind", "CLIENT"}}});
  builder.span({.span = 4, .parent = 1, .operation = "c", .start = kNow, .meta = {{"span.kind", "internal"}}});
  builder.span({.span = 5, .parent = 1, .operation = "d", .start = kNow});
  builder.span({.span = 6, .operation = "e", .start = kNow, .metrics = {{"_dd.partial_version", 2}}});
  const std::string entry = "web http.request GET / entry root +0s hits=1 top=1 errors=0 ms=1 max=1 ok[1ms*1] error[]";
  const std::string measured = "web a GET / +0s hits=1 top=0 errors=0 ms=1 max=1 ok[1ms*1] error[]";
  const std::string client = "web b GET / kind=client +0s hits=1 top=0 errors=0 ms=1 max=1 ok[1ms*1] error[]";
  const SpanBatch batch = normalized(builder);
  EXPECT_THAT(show(stats_of(batch)), UnorderedElementsAre(entry, measured, client));
  EXPECT_THAT(show(stats_of(batch, {.by_span_kind = false})), UnorderedElementsAre(entry, measured));
}

TEST(ConcentratorTest, ASampledSpanStandsForMore) {
  BatchBuilder builder;
  builder.span({.span = 1, .start = kNow, .metrics = {{"_sample_rate", 0.25}}});
  builder.span(
      {.span = 2, .parent = 1, .service = "db", .start = kNow, .error = true, .metrics = {{"_sample_rate", 0.5}}});
  const SpanBatch batch = normalized(builder);
  EXPECT_THAT(
      show(stats_of(batch)),
      UnorderedElementsAre("web http.request GET / entry root +0s hits=4 top=4 errors=0 ms=4 max=1 ok[1ms*4] error[]",
                           "db http.request GET / entry +0s hits=4 top=4 errors=4 ms=4 max=1 ok[] error[1ms*4]"));
}

TEST(ConcentratorTest, KeysHaveWhatTheTagsSay) {
  BatchBuilder builder;
  builder.span({.span = 1,
                .start = kNow,
                .meta = {{"http.status_code", "503"},
                         {"version", "1.2"},
                         {"_dd.origin", "synthetics-browser"},
                         {"span.kind", "server"},
                         {"out.host", "not of a server"}}});
  builder.span({.span = 2,
                .parent = 1,
                .service = "grpc-client",
                .start = kNow,
                .meta = {{"span.kind", "client"},
                         {"_dd.base_service", "web"},
                         {"_dd.svc_src", "opt.mapping"},
                         {"out.host", "10.1.2.3:80,db.internal"},
                         {"db.name", ""},
                         {"rpc.service", "Greeter"},
                         {"grpc.code", "StatusCode.DeadlineExceeded"}}});
  builder.span({.span = 3,
                .parent = 1,
                .service = "x",
                .start = kNow,
                .meta = {{"_dd.base_service", "web"}, {"db.name", "main"}}});
  const SpanBatch batch = normalized(builder);
  EXPECT_THAT(
      show(stats_of(batch)),
      UnorderedElementsAre(
          "web http.request GET / version=1.2 http=503 kind=server entry root synthetics +0s hits=1 top=1 errors=0 "
          "ms=1 max=1 "
          "ok[1ms*1] error[]",
          "grpc-client http.request GET / base_service=web service_source=opt.mapping "
          "peer_tags=_dd.base_service:web,out.host:blocked-ip-address:80,db.internal,rpc.service:Greeter grpc_status=4 "
          "kind=client entry synthetics +0s hits=1 top=1 errors=0 ms=1 max=1 ok[1ms*1] error[]",
          "x http.request GET / base_service=web peer_tags=_dd.base_service:web entry synthetics +0s hits=1 top=1 "
          "errors=0 ms=1 max=1 "
          "ok[1ms*1] error[]"));
  const StatsBatch without = stats_of(batch, {.peer_tags_aggregation = false});
  EXPECT_THAT(show(without), ::testing::Each(::testing::Not(::testing::HasSubstr("peer_tags"))));
}

TEST(ConcentratorTest, LateSpansCountWhereTheyEnded) {
  BatchBuilder builder;
  builder.span({.span = 1, .start = kNow - 17 * kNanosPerHour, .duration = 9 * kNanosPerSecond});
  builder.chunk().span({.trace = 2, .span = 2, .start = kNow - 19 * kNanosPerHour});
  builder.chunk().span({.trace = 3, .span = 3, .start = kNow - 19 * kNanosPerHour, .duration = 2 * kNanosPerHour});
  builder.chunk().span({.trace = 4, .span = 4, .start = kNow + 365 * kNanosPerDay});
  ConcentratorReport report;
  const SpanBatch batch = normalized(builder);
  const StatsBatch stats = stats_of(batch, {}, &report);
  EXPECT_THAT(stats.bucket_ns, ElementsAre(kNow - 17 * kNanosPerHour)) << "both in one row";
  EXPECT_EQ(stats.counts.at(0).hits, 2);
  EXPECT_EQ(report.counted, 2U);
  EXPECT_EQ(report.too_old, 1U);
  EXPECT_EQ(report.too_new, 1U);
}

TEST(ConcentratorTest, GrpcStatus) {
  EXPECT_EQ(normalize_grpc_status("14"), "14");
  EXPECT_EQ(normalize_grpc_status("007"), "7");
  EXPECT_EQ(normalize_grpc_status("StatusCode.NOT_FOUND"), "5");
  EXPECT_EQ(normalize_grpc_status("dataloss"), "15");
  EXPECT_EQ(normalize_grpc_status("Canceled"), "1");
  EXPECT_EQ(normalize_grpc_status("fine"), "");
  EXPECT_EQ(normalize_grpc_status(""), "");
}

// Against counting by hand, over random payloads: every span that counts is in one row, with its weight.
TEST(ConcentratorTest, SumsAreThoseOfTheSpans) {
  std::mt19937_64 random(11);
  Concentrator concentrator({});
  for (int round = 0; round < 50; ++round) {
    BatchBuilder builder;
    const std::size_t spans = 1 + random() % 300;
    for (std::size_t i = 0; i < spans; ++i) {
      SpanSpec spec{.trace = 1 + i / 10, .span = 1 + i};
      if (i % 10 != 0) spec.parent = 1 + i - i % 10;
      spec.service = fmt::format("s{}", random() % 4);
      spec.resource = fmt::format("r{}", random() % 5);
      spec.start = kNow - static_cast<std::int64_t>(random() % 100) * kNanosPerSecond;
      spec.duration = static_cast<std::int64_t>(random() % 1'000'000'000);
      spec.error = random() % 4 == 0;
      if (random() % 3 == 0) spec.metrics.emplace_back("_dd.measured", 1);
      if (i % 10 == 0 && random() % 2 == 0) spec.metrics.emplace_back("_sample_rate", 0.5);
      if (i % 10 == 0 && i > 0) builder.chunk();
      builder.span(spec);
    }
    const SpanBatch batch = normalized(builder);
    StatsBatch stats;
    const auto report = concentrator.process(batch, kNow, stats);

    struct Sum {
      double hits = 0, top = 0, errors = 0, duration = 0, ok = 0, failed = 0;
      std::int64_t longest = 0;
      bool operator==(const Sum&) const = default;
    };
    std::map<std::string, Sum> expected;
    std::map<std::string, Sum> counted;
    std::uint64_t rows = 0;
    for (std::size_t row = 0; row < batch.size(); ++row) {
      const bool entry = (batch.flags[row] & model::kIsEntry) != 0;
      if (!entry && (batch.flags[row] & model::kIsMeasured) == 0) continue;
      ++rows;
      const UnixNanos ended = batch.start_ns[row] + batch.duration_ns[row];
      Sum& sum = expected[fmt::format("{} {} {} {}", batch.strings[batch.service[row]],
                                      batch.strings[batch.resource[row]], entry, ended / model::kStatsBucketNs)];
      sum.hits += batch.weight[row];
      sum.top += entry ? batch.weight[row] : 0;
      sum.errors += batch.error[row] * batch.weight[row];
      sum.duration += static_cast<double>(batch.duration_ns[row]) * batch.weight[row];
      (batch.error[row] != 0 ? sum.failed : sum.ok) += batch.weight[row];
      sum.longest = std::max(sum.longest, batch.duration_ns[row]);
    }
    for (std::size_t row = 0; row < stats.size(); ++row) {
      const StatsKey& key = stats.key[row];
      Sum& sum = counted[fmt::format(
          "{} {} {} {}", stats.strings[key.text(StatsText::Service)], stats.strings[key.text(StatsText::Resource)],
          (key.flags & model::kStatsEntry) != 0, stats.bucket_ns[row] / model::kStatsBucketNs)];
      sum.hits += stats.counts[row].hits;
      sum.top += stats.counts[row].top_level_hits;
      sum.errors += stats.counts[row].errors;
      sum.duration += stats.counts[row].duration_ns;
      sum.longest = std::max(sum.longest, stats.counts[row].max_duration_ns);
      const auto total = [&](model::StringCode code, double& into) {
        EXPECT_TRUE(sketch::decode_duration_bins(as_bytes(stats.strings[code]),
                                                 [&](sketch::DurationBin, double count) { into += count; }));
      };
      total(stats.ok_bins[row], sum.ok);
      total(stats.error_bins[row], sum.failed);
    }
    EXPECT_EQ(report.counted, rows);
    EXPECT_EQ(counted, expected);
  }
}

}  // namespace
}  // namespace vizsla::pipeline
