// What sampling costs a payload of 100 chunks with ten spans each, of which nothing is dropped: reading, the lock, the
// decisions.
#include <string>

#include <benchmark/benchmark.h>

#include "model/testing/batch_builder.h"
#include "pipeline/sample/chunk_sampler.h"

namespace vizsla::pipeline {
namespace {

constexpr UnixNanos kNow = 1'795'262'400'000'000'000;

model::SpanBatch payload(bool error, std::int8_t priority) {
  model::testing::BatchBuilder builder;
  for (std::uint64_t trace = 1; trace <= 100; ++trace) {
    for (std::uint64_t span = 1; span <= 10; ++span) {
      builder.span({.trace = trace,
                    .span = span,
                    .parent = span / 2,
                    .service = "service-" + std::to_string(span % 4),
                    .resource = "GET /users/?/orders/" + std::to_string(trace % 20),
                    .error = error,
                    .meta = {{"http.method", "GET"}, {"error.type", error ? "KeyError" : ""}},
                    .metrics = {{"_dd.measured", 1}, {"_dd.agent_psr", 1}},
                    .is_entry = true,
                    .sampling_priority = priority});
    }
    builder.chunk();
  }
  return builder.build_normalized();
}

void run(benchmark::State& state, SamplingSettings settings, bool error, std::int8_t priority) {
  settings.enabled = true;
  settings.target_traces_per_second = 1e6;
  settings.errors_per_second = 1e6;
  auto shared = SamplerState::create(settings, "test").value();
  ChunkSampler sampler(*shared);
  model::SpanBatch batch = payload(error, priority);
  const std::size_t spans = batch.size();
  for (auto _ : state) benchmark::DoNotOptimize(sampler.process(batch, {}, kNow));
  if (batch.size() != spans) state.SkipWithError("spans were dropped");
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(spans));
}

void by_priority(benchmark::State& state) {
  run(state, {}, false, 1);
}
BENCHMARK(by_priority);

void by_error(benchmark::State& state) {
  run(state, {}, true, 0);
}
BENCHMARK(by_error);

void by_priority_with_rare(benchmark::State& state) {
  run(state, {.enable_rare_sampler = true}, false, 1);
}
BENCHMARK(by_priority_with_rare);

}  // namespace
}  // namespace vizsla::pipeline
