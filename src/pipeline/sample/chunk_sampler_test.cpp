#include "pipeline/sample/chunk_sampler.h"

#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/testing/batch_builder.h"
#include "pipeline/sample/sample_by_rate.h"

namespace vizsla::pipeline {
namespace {

using model::IngestionReason;
using model::SpanBatch;
using model::testing::BatchBuilder;
using model::testing::SpanSpec;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr UnixNanos kNow = 1'795'262'400'000'000'000;
constexpr UnixNanos kBucket = RateEngine::kBucketNs;

using Metrics = std::map<std::string, double>;
using Texts = std::map<std::string, std::string>;

Metrics metrics(const SpanBatch& batch, std::size_t row) {
  Metrics shown;
  for (auto i = batch.metrics.begin_of(row); i < batch.metrics.end_of(row); ++i)
    shown[std::string(batch.strings[batch.metrics.key[i]])] = batch.metrics.value[i];
  return shown;
}

Texts texts(const SpanBatch& batch, std::size_t row) {
  Texts shown;
  for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i)
    shown[std::string(batch.strings[batch.meta.key[i]])] = std::string(batch.strings[batch.meta.value[i]]);
  return shown;
}

// One sampler over a state of its own.
struct Sampling {
  std::unique_ptr<SamplerState> state;
  ChunkSampler sampler;

  explicit Sampling(SamplingSettings settings = {}) : state(create(settings)), sampler(*state) {}

  static std::unique_ptr<SamplerState> create(SamplingSettings settings) {
    settings.enabled = true;
    return SamplerState::create(settings, "test").value();
  }

  SamplingReport process(SpanBatch& batch, UnixNanos now = kNow) { return sampler.process(batch, {}, now); }
};

SpanBatch one(const SpanSpec& spec) {
  return BatchBuilder().span(spec).build_normalized();
}

// What becomes of one chunk of one span.
struct Outcome {
  bool kept;
  IngestionReason reason = IngestionReason::Auto;
  int priority = model::kNoPriority;
  Metrics metrics = {};
  Texts meta = {};
  bool left_over = false;
};

Outcome outcome(Sampling& sampling, const SpanSpec& spec, UnixNanos now = kNow) {
  SpanBatch batch = one(spec);
  sampling.process(batch, now);
  if (batch.size() == 0) return {false};
  return {true,
          batch.ingestion_reason[0],
          batch.sampling_priority[0],
          metrics(batch, 0),
          texts(batch, 0),
          (batch.flags[0] & model::kIsLeftOver) != 0};
}

// One that hardly any rate below 1 keeps.
std::uint64_t unlucky_id() {
  for (std::uint64_t id = 1;; ++id) {
    if (!sample_by_rate(id, 0.9999)) return id;
  }
}

TEST(ChunkSampler, KeepsEverythingUnlessItIsTurnedOn) {
  auto state = SamplerState::create({}, "test").value();
  ChunkSampler sampler(*state);
  SpanBatch batch = BatchBuilder()
                        .span({.trace = 1, .sampling_priority = -1})
                        .chunk()
                        .span({.trace = 2, .sampling_priority = 0})
                        .build_normalized();
  const SamplingReport& report = sampler.process(batch, {}, kNow);
  EXPECT_EQ(batch.size(), 2u);
  EXPECT_EQ(report.kept_by(KeepReason::Unsampled).chunks, 2u);
  EXPECT_EQ(report.kept_by(KeepReason::Unsampled).spans, 2u);
  EXPECT_EQ(state->rates()->body, "{\"rate_by_service\":{\"service:,env:\":1}}\n");
}

TEST(ChunkSampler, LeavesWhatAnAgentHasSampledAlone) {
  Sampling sampling;
  SpanBatch batch = one({.sampling_priority = 0});
  const auto& report = sampling.sampler.process(batch, {.from_agent = true}, kNow);
  EXPECT_EQ(batch.size(), 1u);
  EXPECT_EQ(report.kept_by(KeepReason::Unsampled).spans, 1u);
}

TEST(ChunkSampler, TakesNothingToo) {
  Sampling sampling;
  SpanBatch batch;
  EXPECT_EQ(sampling.process(batch).kept_by(KeepReason::Unsampled).chunks, 0u);
}

TEST(ChunkSampler, DoesAsTracersDecided) {
  Sampling sampling;
  SpanBatch batch;
  {
    BatchBuilder builder;
    std::uint64_t id = 0;
    for (const int priority : {-1, 0, 1, 2}) {
      ++id;
      builder.span({.trace = id, .span = id * 10, .sampling_priority = static_cast<std::int8_t>(priority)});
      builder.span({.trace = id,
                    .span = id * 10 + 1,
                    .parent = id * 10,
                    .service = "db",
                    .sampling_priority = static_cast<std::int8_t>(priority)});
      builder.chunk();
    }
    batch = builder.build_normalized();
  }
  const SamplingReport report = sampling.process(batch);
  EXPECT_THAT(batch.trace_id, ElementsAre(3, 3, 4, 4));
  EXPECT_THAT(batch.chunk_end, ElementsAre(2, 4));
  EXPECT_EQ(report.kept_by(KeepReason::Priority).chunks, 2u);
  EXPECT_EQ(report.kept_by(KeepReason::Priority).spans, 4u);
  EXPECT_EQ(report.dropped_by(DropReason::UserDrop).chunks, 1u);
  EXPECT_EQ(report.dropped_by(DropReason::UserDrop).spans, 2u);
  EXPECT_EQ(report.dropped_by(DropReason::Priority).spans, 2u);
  ASSERT_EQ(report.services.size(), 2u);
  for (const auto& service : report.services) {
    EXPECT_EQ(service.dropped[static_cast<std::size_t>(DropReason::UserDrop)], 1u);
    EXPECT_EQ(service.dropped[static_cast<std::size_t>(DropReason::Priority)], 1u);
  }
  EXPECT_EQ(batch.strings[report.services[1].service], "db");
}

TEST(ChunkSampler, WritesTheRateOfAPriorityOnTheRoot) {
  Sampling sampling;
  EXPECT_THAT(outcome(sampling, {.sampling_priority = 1}).metrics, ElementsAre(Pair("_sampling_priority_rate_v1", 1)));
  for (const char* said : {"_dd.agent_psr", "_dd.rule_psr", "_sampling_priority_rate_v1"}) {
    EXPECT_THAT(outcome(sampling, {.metrics = {{said, 0.3}}, .sampling_priority = 1}).metrics,
                ElementsAre(Pair(said, 0.3)));
  }
  // Not what no rate has decided, nor on what isn't the trace's root.
  EXPECT_THAT(outcome(sampling, {.sampling_priority = 2}).metrics, IsEmpty());
  EXPECT_THAT(outcome(sampling, {.parent = 77, .sampling_priority = 1}).metrics, IsEmpty());
}

TEST(ChunkSampler, CountsWhatAChunkStandsFor) {
  Sampling sampling;
  SpanBatch batch =
      BatchBuilder()
          .span({.trace = 1, .metrics = {{"_sample_rate", 0.1}, {"_dd1.sr.rapre", 0.5}}, .sampling_priority = 1})
          .chunk()
          .span({.trace = 2, .sampling_priority = 0})
          .build_normalized();
  // 20 + 1, and 479 of priority 0 that the client left out: 100 a second.
  sampling.sampler.process(batch, {.client_dropped_p0_traces = 479, .chunks_received = 2}, kNow);
  EXPECT_DOUBLE_EQ(outcome(sampling, {.sampling_priority = 1}, kNow + kBucket).metrics.at("_sampling_priority_rate_v1"),
                   0.1);
  EXPECT_EQ(sampling.state->rates()->body,
            "{\"rate_by_service\":{\"service:,env:\":0.1,\"service:web,env:\":0.1,\"service:web,env:test\":0.1}}\n");
}

TEST(ChunkSampler, KeepsErrorsThatNobodyKept) {
  Sampling sampling;
  const Outcome error = outcome(sampling, {.error = true, .sampling_priority = 0});
  EXPECT_TRUE(error.kept);
  EXPECT_EQ(error.reason, IngestionReason::Error);
  EXPECT_EQ(error.priority, 0);
  EXPECT_FALSE(error.left_over);
  EXPECT_THAT(error.metrics, ElementsAre(Pair("_dd.errors_sr", 1)));
  // A user's decision stands, and what is kept anyway isn't kept as an error.
  EXPECT_FALSE(outcome(sampling, {.error = true, .sampling_priority = -1}).kept);
  EXPECT_EQ(outcome(sampling, {.error = true, .sampling_priority = 1}).reason, IngestionReason::Auto);
}

TEST(ChunkSampler, KeepsAChunkForAnErrorInAnySpan) {
  Sampling sampling;
  SpanBatch batch = BatchBuilder()
                        .span({.span = 1, .sampling_priority = 0})
                        .span({.span = 2, .parent = 1, .error = true, .sampling_priority = 0})
                        .build_normalized();
  EXPECT_EQ(sampling.process(batch).kept_by(KeepReason::Error).spans, 2u);
  EXPECT_THAT(metrics(batch, 0), ElementsAre(Pair("_dd.errors_sr", 1)));
  EXPECT_THAT(metrics(batch, 1), IsEmpty());
  EXPECT_THAT(batch.ingestion_reason, Each(IngestionReason::Error));
}

TEST(ChunkSampler, DropsErrorsBeyondTheirTarget) {
  Sampling sampling;
  const std::uint64_t id = unlucky_id();
  for (int i = 0; i < 500; ++i) outcome(sampling, {.trace = 1, .error = true, .sampling_priority = 0});
  SpanBatch batch = one({.trace = id, .error = true, .sampling_priority = 0});
  EXPECT_EQ(sampling.process(batch, kNow + kBucket).dropped_by(DropReason::ErrorRate).chunks, 1u);

  Sampling off({.errors_per_second = 0});
  EXPECT_FALSE(outcome(off, {.error = true, .sampling_priority = 0}).kept);
}

TEST(ChunkSampler, SamplesWhatNoTracerDecidedOn) {
  Sampling sampling;
  const Outcome first = outcome(sampling, {});
  EXPECT_TRUE(first.kept);
  EXPECT_EQ(first.reason, IngestionReason::Auto);
  EXPECT_EQ(first.priority, model::kNoPriority);
  EXPECT_THAT(first.metrics, ElementsAre(Pair("_dd.no_p_sr", 1)));
  for (int i = 0; i < 499; ++i) outcome(sampling, {});
  SpanBatch batch = one({.trace = unlucky_id()});
  EXPECT_EQ(sampling.process(batch, kNow + kBucket).dropped_by(DropReason::NoPriority).spans, 1u);
  // The priority sampler hasn't heard of it.
  EXPECT_EQ(sampling.state->rates()->body, "{\"rate_by_service\":{}}\n");
}

TEST(ChunkSampler, KeepsRareSpansWhenTold) {
  Sampling off;
  EXPECT_FALSE(outcome(off, {.sampling_priority = 0}).kept);

  Sampling sampling({.enable_rare_sampler = true});
  SpanBatch batch = BatchBuilder()
                        .span({.span = 1, .sampling_priority = 0})
                        .span({.span = 2, .parent = 1, .service = "db", .is_entry = true, .sampling_priority = 0})
                        .build_normalized();
  EXPECT_EQ(sampling.process(batch).kept_by(KeepReason::Rare).spans, 2u);
  EXPECT_THAT(metrics(batch, 0), ElementsAre(Pair("_dd.rare", 1)));
  EXPECT_THAT(batch.ingestion_reason, Each(IngestionReason::Rare));
  EXPECT_FALSE(outcome(sampling, {.sampling_priority = 0}).kept);
  EXPECT_FALSE(outcome(sampling, {.service = "db", .sampling_priority = 0}).kept);

  // Another resource within a known chunk is the rare one; a user's decision stands.
  batch =
      BatchBuilder()
          .span({.span = 1, .sampling_priority = 0})
          .span({.span = 2, .parent = 1, .service = "db", .resource = "new", .is_entry = true, .sampling_priority = 0})
          .build_normalized();
  sampling.process(batch);
  EXPECT_THAT(metrics(batch, 0), IsEmpty());
  EXPECT_THAT(metrics(batch, 1), ElementsAre(Pair("_dd.rare", 1)));
  EXPECT_FALSE(outcome(sampling, {.resource = "newer", .sampling_priority = -1}).kept);
  // It is marked, but it isn't why it is kept.
  const Outcome manual = outcome(sampling, {.resource = "newest", .sampling_priority = 2});
  EXPECT_EQ(manual.reason, IngestionReason::Auto);
  EXPECT_THAT(manual.metrics, ElementsAre(Pair("_dd.rare", 1)));
}

TEST(ChunkSampler, LetsErrorsOfTracersDropsThroughWhenTold) {
  Sampling sampling({.error_rare_sample_tracer_drop = true});
  EXPECT_EQ(outcome(sampling, {.error = true, .sampling_priority = -1}).reason, IngestionReason::Error);
  EXPECT_EQ(outcome(sampling, {.error = true, .meta = {{"_dd.p.dm", "-3"}}, .sampling_priority = -1}).reason,
            IngestionReason::Error);
  EXPECT_FALSE(outcome(sampling, {.error = true, .meta = {{"_dd.p.dm", "-4"}}, .sampling_priority = -1}).kept);
  EXPECT_FALSE(outcome(sampling, {.sampling_priority = -1}).kept);
}

TEST(ChunkSampler, KeepsByTheHashOfTheIdWhenTold) {
  Sampling sampling({.probabilistic_sampler = {true, 50, 0}});
  const ProbabilisticSampler hash({true, 50, 0}, false);
  for (std::uint64_t id = 1; id <= 100; ++id) {
    // Whatever a tracer says.
    const Outcome at = outcome(sampling, {.trace = id,
                                          .metrics = {{"_sampling_priority_v1", 2.0 - static_cast<double>(id % 3)}},
                                          .sampling_priority = static_cast<std::int8_t>(2 - id % 3)});
    EXPECT_EQ(at.kept, hash.keeps({id, 0}));
    if (!at.kept) continue;
    EXPECT_THAT(at.metrics, ElementsAre(Pair("_dd.prob_sr", 0.5), Pair("_sampling_priority_v1", 1)));
    EXPECT_THAT(at.meta, ElementsAre(Pair("_dd.p.dm", "-9")));
    EXPECT_EQ(at.priority, 1);
    EXPECT_EQ(at.reason, IngestionReason::Otel);
  }
}

TEST(ChunkSampler, ReplacesTheDecisionMakerOfAChunk) {
  Sampling sampling({.probabilistic_sampler = {true, 100, 0}});
  SpanBatch batch = BatchBuilder()
                        .span({.span = 2, .parent = 1, .meta = {{"_dd.p.dm", "-1"}, {"k", "v"}}})
                        .span({.span = 1})
                        .build_normalized();
  sampling.process(batch);
  EXPECT_THAT(texts(batch, 0), UnorderedElementsAre(Pair("_dd.p.dm", "-9"), Pair("k", "v")));
  EXPECT_THAT(texts(batch, 1), IsEmpty());
  EXPECT_THAT(metrics(batch, 1), ElementsAre(Pair("_dd.prob_sr", 1)));
}

TEST(ChunkSampler, KeepsErrorsAndRareSpansBesideTheHash) {
  Sampling sampling({.enable_rare_sampler = true, .probabilistic_sampler = {true, 0, 0}});
  const Outcome rare = outcome(sampling, {.sampling_priority = 2});
  EXPECT_EQ(rare.reason, IngestionReason::Rare);
  EXPECT_EQ(rare.priority, 1);
  const Outcome error = outcome(sampling, {.error = true});
  EXPECT_EQ(error.reason, IngestionReason::Rare);
  EXPECT_EQ(outcome(sampling, {.error = true}).reason, IngestionReason::Error);
  SpanBatch batch = one({.sampling_priority = 2});
  EXPECT_EQ(sampling.process(batch).dropped_by(DropReason::Probability).chunks, 1u);
}

TEST(ChunkSampler, TakesTheWholeIdWhenTold) {
  Sampling sampling({.probabilistic_sampler = {true, 50, 7}, .probabilistic_sampler_full_trace_id = true});
  const ProbabilisticSampler hash({true, 50, 7}, true);
  for (std::uint64_t high = 1; high <= 50; ++high) {
    EXPECT_EQ(outcome(sampling, {.trace = 5, .trace_high = high}).kept, hash.keeps({5, high}));
    // OpenTelemetry's own id goes first, if it is one.
    const std::string otel = model::to_hex(model::TraceId{high, 99});
    EXPECT_EQ(outcome(sampling, {.trace = 5, .meta = {{"otel.trace_id", otel}}, .trace_high = 1}).kept,
              hash.keeps({high, 99}));
    EXPECT_EQ(outcome(sampling, {.trace = 5, .meta = {{"otel.trace_id", "what"}}, .trace_high = high}).kept,
              hash.keeps({5, high}));
  }
}

TEST(ChunkSampler, KeepsNothingButErrorsWhenStandalone) {
  Sampling sampling(
      {.enable_rare_sampler = true, .probabilistic_sampler = {true, 100, 0}, .error_tracking_standalone = true});
  const Outcome error = outcome(sampling, {.error = true, .sampling_priority = -1});
  EXPECT_EQ(error.reason, IngestionReason::Error);
  EXPECT_EQ(error.priority, -1);
  EXPECT_THAT(error.metrics, ElementsAre(Pair("_dd.errors_sr", 1)));
  SpanBatch batch = BatchBuilder()
                        .span({.trace = 1, .sampling_priority = 2})
                        .chunk()
                        .span({.trace = 2, .metrics = {{"_dd.span_sampling.mechanism", 8}}, .sampling_priority = 0})
                        .build_normalized();
  EXPECT_EQ(sampling.process(batch).dropped_by(DropReason::NoError).chunks, 2u);
  EXPECT_EQ(batch.size(), 0u);
}

TEST(ChunkSampler, LeavesSpansThatSpanRulesMarked) {
  Sampling sampling;
  SpanBatch batch =
      BatchBuilder()
          .span({.trace = 7, .span = 1, .metrics = {{"_sampling_priority_v1", -1}}, .sampling_priority = -1})
          .span({.trace = 7,
                 .span = 2,
                 .parent = 1,
                 .service = "db",
                 .metrics = {{"_dd.span_sampling.mechanism", 8}, {"_sampling_priority_v1", -1}},
                 .sampling_priority = -1})
          .span({.trace = 7, .span = 3, .parent = 1, .metrics = {{"_dd1.sr.eausr", 1}}, .sampling_priority = -1})
          .chunk()
          .span({.trace = 8, .span = 4, .metrics = {{"_dd.span_sampling.mechanism", 8}}, .sampling_priority = 1})
          .span({.trace = 8, .span = 5, .parent = 4, .sampling_priority = 1})
          .build_normalized();
  const SamplingReport report = sampling.process(batch);
  EXPECT_THAT(batch.span_id, ElementsAre(2, 4, 5));
  EXPECT_THAT(batch.chunk_end, ElementsAre(1, 3));
  EXPECT_EQ(batch.sampling_priority[0], 2);
  EXPECT_EQ(batch.ingestion_reason[0], IngestionReason::Rule);
  EXPECT_THAT(metrics(batch, 0), ElementsAre(Pair("_dd.span_sampling.mechanism", 8), Pair("_sampling_priority_v1", 2)));
  EXPECT_NE(batch.flags[0] & model::kIsLeftOver, 0);
  EXPECT_EQ(batch.flags[1] & model::kIsLeftOver, 0);
  EXPECT_EQ(report.kept_by(KeepReason::SpanRule).chunks, 1u);
  EXPECT_EQ(report.kept_by(KeepReason::SpanRule).spans, 1u);
  EXPECT_EQ(report.dropped_by(DropReason::UserDrop).chunks, 0u);
  EXPECT_EQ(report.dropped_by(DropReason::UserDrop).spans, 2u);
  EXPECT_EQ(report.kept_by(KeepReason::Priority).spans, 2u);
}

TEST(ChunkSampler, LeavesSpansWithARateOfTheirOwn) {
  Sampling sampling({.max_events_per_second = 3});
  BatchBuilder builder;
  for (std::uint64_t id = 1; id <= 5; ++id) {
    builder.span({.trace = id, .span = 1, .metrics = {{"_dd1.sr.eausr", 1}}, .sampling_priority = 0});
    builder.span({.trace = id, .span = 2, .parent = 1, .sampling_priority = 0});
    builder.chunk();
  }
  SpanBatch batch = builder.build_normalized();
  const SamplingReport report = sampling.process(batch);
  EXPECT_THAT(batch.trace_id, ElementsAre(1, 2, 3));
  EXPECT_THAT(batch.span_id, Each(1));
  EXPECT_THAT(batch.sampling_priority, Each(0));
  for (const std::uint8_t flags : batch.flags) EXPECT_NE(flags & model::kIsLeftOver, 0);
  EXPECT_EQ(report.kept_by(KeepReason::SpanEvent).chunks, 3u);
  EXPECT_EQ(report.kept_by(KeepReason::SpanEvent).spans, 3u);
  EXPECT_EQ(report.dropped_by(DropReason::Priority).chunks, 2u);
  EXPECT_EQ(report.dropped_by(DropReason::Priority).spans, 7u);

  // By the trace's id, and not against a user's will.
  for (std::uint64_t id = 1; id <= 20; ++id) {
    const UnixNanos now = kNow + static_cast<std::int64_t>(id) * kNanosPerSecond;
    EXPECT_EQ(outcome(sampling, {.trace = id, .metrics = {{"_dd1.sr.eausr", 0.5}}, .sampling_priority = 0}, now).kept,
              sample_by_rate(id, 0.5));
    EXPECT_FALSE(
        outcome(sampling, {.trace = id, .metrics = {{"_dd1.sr.eausr", 1}}, .sampling_priority = -1}, now).kept);
  }
}

TEST(ChunkSampler, TakesOtherSettingsAtOnce) {
  Sampling sampling;
  EXPECT_FALSE(outcome(sampling, {.sampling_priority = 0}).kept);
  ASSERT_TRUE(sampling.state->configure({.enabled = true, .enable_rare_sampler = true}));
  EXPECT_TRUE(outcome(sampling, {.sampling_priority = 0}).kept);
  ASSERT_TRUE(sampling.state->configure({}));
  EXPECT_TRUE(outcome(sampling, {.sampling_priority = -1}).kept);
  EXPECT_FALSE(sampling.state->configure({.extra_sample_rate = -1}));
  EXPECT_FALSE(SamplerState::create({.extra_sample_rate = 2}, "").has_value());
}

// For the thread sanitizer, and for sums that hold whatever the order.
TEST(ChunkSampler, IsUsedByManyThreadsAtOnce) {
  auto state = Sampling::create({.enable_rare_sampler = true});
  constexpr int kThreads = 4;
  constexpr std::uint64_t kPayloads = 200;
  std::array<std::uint64_t, kThreads> seen{};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        ChunkSampler sampler(*state);
        for (std::uint64_t i = 0; i < kPayloads; ++i) {
          BatchBuilder builder;
          for (std::uint64_t chunk = 0; chunk < 8; ++chunk) {
            builder.span({.trace = i * 8 + chunk + 1,
                          .resource = std::to_string(i),
                          .error = chunk == 3,
                          .metrics = {{"_dd1.sr.eausr", 1}},
                          .sampling_priority = static_cast<std::int8_t>(chunk % 3)});
            builder.chunk();
          }
          SpanBatch batch = builder.build_normalized();
          const SamplingReport& report =
              sampler.process(batch, {}, kNow + static_cast<std::int64_t>(i) * kNanosPerSecond);
          std::uint32_t kept = 0;
          for (const auto& counts : report.kept) kept += counts.spans;
          EXPECT_EQ(kept, batch.size());
          for (const auto& counts : report.dropped) kept += counts.spans;
          seen[static_cast<std::size_t>(thread)] += kept;
          EXPECT_FALSE(state->rates()->body.empty());
        }
      });
    }
    for (int i = 0; i < 50; ++i)
      EXPECT_TRUE(
          state->configure({.enabled = true, .target_traces_per_second = 1.0 + i, .enable_rare_sampler = i % 2 == 0}));
  }
  EXPECT_THAT(seen, Each(kPayloads * 8));
}

}  // namespace
}  // namespace vizsla::pipeline
