// What each step from bytes to blocks costs, without HTTP: `build/release/bench/ingest_bench`.
//
// Every figure is per span; items_per_second is spans per second of one core's CPU time.

#include <filesystem>
#include <future>

#include <benchmark/benchmark.h>

#include "base/check.h"
#include "bench/decode_form.h"
#include "pipeline/stats_limiter.h"
#include "pipeline/trace_pipeline.h"
#include "store/embedded/block_builder.h"
#include "store/embedded/span_table.h"
#include "store/embedded/store.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::bench {
namespace {

constexpr std::int64_t kStart = 1'795'262'400'000'000'000;
constexpr std::size_t kRequestsPerPayload = 70;  // about a thousand spans

struct Payloads {
  std::vector<std::string> bodies;  // padded
  std::vector<std::size_t> sizes;
  std::size_t spans = 0;
  std::size_t bytes = 0;
};

// Enough payloads that their strings don't all stay in the cache.
const Payloads& payloads(WireFormat format) {
  static std::map<WireFormat, Payloads> made;
  auto [at, fresh] = made.try_emplace(format);
  if (!fresh) return at->second;
  const Traffic traffic(1);
  for (std::uint64_t p = 0; p < 40; ++p) {
    std::vector<TrafficChunk> chunks;
    for (std::uint64_t r = 0; r < kRequestsPerPayload; ++r) {
      for (TrafficChunk& chunk :
           traffic.request(p * kRequestsPerPayload + r,
                           kStart + static_cast<std::int64_t>(p * kRequestsPerPayload + r) * 1'000'000)) {
        at->second.spans += chunk.size();
        chunks.push_back(std::move(chunk));
      }
    }
    std::string body = encode(chunks, format);
    at->second.sizes.push_back(body.size());
    at->second.bytes += body.size();
    body.resize(body.size() + kPadding);
    at->second.bodies.push_back(std::move(body));
  }
  return at->second;
}

void decode(WireFormat format, const Payloads& from, std::size_t i, model::SpanBatch& batch) {
  batch.clear();
  const Bytes body = as_bytes(std::string_view(from.bodies[i]).substr(0, from.sizes[i]));
  const auto report = decode_form(format, body, batch);
  VIZSLA_CHECK(report.has_value());
}

pipeline::PayloadFacts facts() {
  return {.language = "python",
          .tracer_version = "4.16.0",
          .container_id = "",
          .default_env = "none",
          .default_host = "box"};
}

void report(benchmark::State& state, std::size_t spans, std::size_t bytes) {
  state.SetItemsProcessed(static_cast<std::int64_t>(spans));
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.counters["us_per_span"] =
      benchmark::Counter(static_cast<double>(spans) / 1e6, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void bench_decode(benchmark::State& state, WireFormat format) {
  const Payloads& from = payloads(format);
  model::SpanBatch batch;
  std::size_t spans = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < from.bodies.size(); ++i) decode(format, from, i, batch);
    spans += from.spans;
    bytes += from.bytes;
  }
  report(state, spans, bytes);
}

// Rules such as people write, so that no stage has nothing to do.
pipeline::PipelineSettings all_stages() {
  pipeline::PipelineSettings settings;
  settings.filters.ignore_resources = {"^GET /health$"};
  settings.filters.filter_tags_reject = {"debug:true"};
  settings.replace_tags = {{"http.url", "token=[^&]*", "token=?"}};
  settings.global_tags = {{"zone", "a"}};
  return settings;
}

void bench_stages(benchmark::State& state, WireFormat format, const pipeline::PipelineSettings& settings) {
  const Payloads& from = payloads(format);
  model::SpanBatch batch;
  model::StatsBatch stats;
  auto pipeline = pipeline::TracePipeline::create(settings).value();
  pipeline::PayloadFacts facts = bench::facts();
  facts.from_agent = format == WireFormat::Agent || format == WireFormat::AgentIdx;
  std::size_t spans = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < from.bodies.size(); ++i) {
      decode(format, from, i, batch);
      pipeline.process(batch, facts, kStart, stats);
    }
    spans += from.spans;
    bytes += from.bytes;
  }
  report(state, spans, bytes);
}

// Counting alone, of spans that have gone through all other stages; per span of the payload, counted or not.
void bench_concentrate(benchmark::State& state) {
  const Payloads& from = payloads(WireFormat::V05);
  std::vector<model::SpanBatch> batches(from.bodies.size());
  auto pipeline = pipeline::TracePipeline::create(all_stages()).value();
  model::StatsBatch stats;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    decode(WireFormat::V05, from, i, batches[i]);
    pipeline.process(batches[i], facts(), kStart, stats);
  }
  pipeline::Concentrator concentrator({});
  std::size_t spans = 0;
  std::size_t rows = 0;
  std::size_t counted = 0;
  for (auto _ : state) {
    for (const model::SpanBatch& batch : batches) {
      stats.clear();
      counted += concentrator.process(batch, kStart, stats).counted;
      rows += stats.size();
      spans += batch.size();
    }
  }
  report(state, spans, 0);
  state.counters["counted_share"] = static_cast<double>(counted) / static_cast<double>(spans);
  state.counters["rows_per_payload"] =
      static_cast<double>(rows) / (static_cast<double>(state.iterations()) * static_cast<double>(batches.size()));
}

// The limits of statistics alone, of rows that are within them; per span of the payload.
void bench_limit_stats(benchmark::State& state) {
  const Payloads& from = payloads(WireFormat::V05);
  std::vector<model::StatsBatch> batches(from.bodies.size());
  auto pipeline = pipeline::TracePipeline::create(all_stages()).value();
  model::SpanBatch batch;
  std::size_t spans_each = 0;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    batch.clear();
    decode(WireFormat::V05, from, i, batch);
    pipeline.process(batch, facts(), kStart, batches[i]);
    spans_each += batch.size();
  }
  pipeline::StatsLimiter limiter{{}};
  std::size_t spans = 0;
  std::uint64_t changed = 0;
  for (auto _ : state) {
    for (model::StatsBatch& stats : batches) {
      for (const std::uint64_t rows : limiter.apply(stats, kStart).rows) changed += rows;
    }
    spans += spans_each;
  }
  report(state, spans, 0);
  VIZSLA_CHECK(changed == 0);
}

void bench_encode_frame(benchmark::State& state) {
  const Payloads& from = payloads(WireFormat::V05);
  model::SpanBatch batch;
  pipeline::SpanNormalizer normalizer;
  decode(WireFormat::V05, from, 0, batch);
  normalizer.process(batch, facts(), kStart);
  std::size_t spans = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    Buffer out;
    out.reserve(store::encoded_spans_bytes(batch));
    store::encode_spans(batch, out);
    benchmark::DoNotOptimize(hash64(out));
    spans += batch.size();
    bytes += out.size();
  }
  report(state, spans, bytes);
}

// Blocks from live batches, files in memory's page cache, nothing synced.
void bench_build_blocks(benchmark::State& state) {
  const Payloads& from = payloads(WireFormat::V05);
  const auto files = store::make_posix_files();
  const store::testing::TemporaryFolder folder;
  store::LivePart part;
  model::SpanBatch batch;
  pipeline::SpanNormalizer normalizer;
  std::uint64_t sequence = 1;
  std::size_t live_bytes = 0;
  for (std::size_t i = 0; i < from.bodies.size(); ++i) {
    decode(WireFormat::V05, from, i, batch);
    normalizer.process(batch, facts(), kStart);
    auto out = std::make_shared<Buffer>();
    store::encode_spans(batch, *out);
    live_bytes += out->size();
    part.append(store::TableBatch::parse(store::span_schema(), *out, sequence, kStart + 1'000'000'000, out).value());
    sequence += batch.size();
  }
  std::size_t spans = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto blocks = store::build_blocks(*files, folder.path(), store::span_schema(), part, part.count(),
                                            [id = std::uint64_t{1}]() mutable { return id++; }, {});
    VIZSLA_CHECK(blocks.has_value());
    spans += part.rows();
    for (const auto& block : *blocks) bytes += block.data_bytes + block.index_bytes;
  }
  report(state, spans, bytes);
  state.counters["bytes_per_span"] = static_cast<double>(bytes) / static_cast<double>(spans);
  state.counters["live_bytes_per_span"] = static_cast<double>(live_bytes) / static_cast<double>(part.rows());
}

BENCHMARK_CAPTURE(bench_decode, json, WireFormat::JsonV03)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_decode, v04, WireFormat::V04)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_decode, v05, WireFormat::V05)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_decode, v07, WireFormat::V07)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_decode, v1, WireFormat::V1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_decode, agent, WireFormat::Agent)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_decode, agent_idx, WireFormat::AgentIdx)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_stages, json, WireFormat::JsonV03, {})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_stages, v04, WireFormat::V04, {})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_stages, v05, WireFormat::V05, {})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_stages, v07, WireFormat::V07, {})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_stages, v1, WireFormat::V1, {})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_stages, agent, WireFormat::Agent, {})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_stages, v04_with_rules, WireFormat::V04, all_stages())->Unit(benchmark::kMillisecond);
BENCHMARK(bench_concentrate)->Unit(benchmark::kMillisecond);
BENCHMARK(bench_limit_stats)->Unit(benchmark::kMillisecond);
BENCHMARK(bench_encode_frame)->Unit(benchmark::kMillisecond);
BENCHMARK(bench_build_blocks)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vizsla::bench
