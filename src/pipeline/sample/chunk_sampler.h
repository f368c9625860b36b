// Decides chunk by chunk what is kept of a payload, marks what it keeps with the reason, and takes the rest out.
//
// The last stage before the store: behind the statistics, which count what is dropped here too. The order of the
// samplers is agent-protocol §9.1:
//   1. the rare sampler looks at every chunk, when it is on;
//   2. error tracking standalone: what the error sampler takes is kept, and nothing else;
//   3. the probabilistic sampler is on: kept if rare, by the hash of its id, or by the error sampler;
//   4. else: dropped if a user or a rule dropped it; kept if rare, by the priority sampler (without priority: by the
//      no-priority sampler), or by the error sampler.
// Of a dropped chunk the spans that a tracer's span rules marked stay (`_dd.span_sampling.mechanism`); without any,
// those with a rate of their own (`_dd1.sr.eausr`), so many a second. They are marked as left over.
//
// One object per thread, reused from payload to payload; what threads share is SamplerState's, whose lock is taken
// three times a payload at most. Nothing is allocated for the usual sizes. Time comes in with the call.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/span_batch.h"
#include "pipeline/edit_batch.h"
#include "pipeline/sample/probabilistic_sampler.h"
#include "pipeline/sample/sampler_state.h"
#include "pipeline/top_level.h"

namespace vizsla::pipeline {

enum class KeepReason : std::uint8_t {
  Unsampled,  // there is no sampling, or an Agent has done it
  Priority,
  NoPriority,
  Rare,
  Probability,
  Error,
  SpanRule,   // of a dropped chunk: spans marked by a span rule
  SpanEvent,  // of a dropped chunk: spans with a rate of their own
};
inline constexpr std::size_t kKeepReasons = 8;
std::string_view to_string(KeepReason reason);

enum class DropReason : std::uint8_t {
  UserDrop,    // by a user or a rule: priority below 0
  Priority,    // by the rate that the tracer was told: priority 0
  NoPriority,  // no tracer decided, and there are enough of its kind
  Probability,
  ErrorRate,  // an error, of which there are enough of its kind
  NoError,    // nothing but errors is wanted
};
inline constexpr std::size_t kDropReasons = 6;
std::string_view to_string(DropReason reason);

// What is known of a payload beside its spans.
struct SamplingFacts {
  // It comes from an Agent, which has sampled it.
  bool from_agent = false;
  // Datadog-Client-Dropped-P0-Traces: traces of priority 0 that the tracer has left out.
  std::uint64_t client_dropped_p0_traces = 0;
  // In the payload as it was sent; 0 = as many as there are in the batch.
  std::size_t chunks_received = 0;
};

// What became of a payload. Valid until the next process().
struct SamplingReport {
  struct Counts {
    std::uint32_t chunks = 0;
    std::uint32_t spans = 0;
  };
  struct Service {
    model::StringCode service;
    std::array<std::uint32_t, kDropReasons> dropped{};  // spans
  };

  // A chunk of which some spans are left counts once, as kept; its spans count each for themselves.
  std::array<Counts, kKeepReasons> kept{};
  std::array<Counts, kDropReasons> dropped{};
  std::vector<Service> services;  // those that lost spans, in order of appearance

  [[nodiscard]] const Counts& kept_by(KeepReason reason) const { return kept[static_cast<std::size_t>(reason)]; }
  [[nodiscard]] const Counts& dropped_by(DropReason reason) const { return dropped[static_cast<std::size_t>(reason)]; }
};

class ChunkSampler {
 public:
  // `state` outlives this.
  explicit ChunkSampler(SamplerState& state) : state_(state) {}

  // Of a normalised batch. Columns that change on what is kept: ingestion_reason, sampling_priority, flags; tags on
  // roots and on rare spans.
  const SamplingReport& process(model::SpanBatch& batch, const SamplingFacts& facts, UnixNanos now);

 private:
  // The tags that say something here. Each key of a payload is looked up once.
  enum class Key : std::uint8_t {
    Unseen,
    Other,
    AgentRate,
    DecisionMaker,
    ErrorType,
    EventRate,
    OtelTraceId,
    PreSamplerRate,
    PriorityRate,
    RuleRate,
    SampleRate,
    SamplingPriority,
    SpanSampling,
  };

  struct Chunk {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t root = 0;
    std::uint32_t rare_begin = 0;  // in rare_spans_
    std::uint32_t rare_end = 0;
    Signature service = 0;   // service_signature() of the root
    Signature kind = 0;      // chunk_signature(); only if a sampler may ask for it
    double client_rate = 1;  // of what the client has sampled
    std::int8_t priority = model::kNoPriority;
    bool dropped_by_user = false;
    bool has_error = false;
    bool hash_keeps = false;    // the probabilistic sampler's answer
    bool records_rate = false;  // the root is to say by which rate it was kept

    // The decision.
    std::optional<KeepReason> kept;
    DropReason dropped = DropReason::Priority;
    std::uint32_t marked_row = 0;  // where `rate` goes
    double rate = 0;
    bool has_rate = false;
  };

  // A span of a dropped chunk that may be kept for itself.
  struct Event {
    std::uint32_t row;
    Chunk* chunk;
  };

  void read(const model::SpanBatch& batch, std::size_t index);
  void read_root(const model::SpanBatch& batch, Chunk& chunk);
  void read_rare_spans(const model::SpanBatch& batch, Chunk& chunk);
  void read_kind(const model::SpanBatch& batch, Chunk& chunk);
  [[nodiscard]] bool user_dropped(const model::SpanBatch& batch, const Chunk& chunk);

  void decide(const model::SpanBatch& batch, SamplerState::Samplers& samplers, Chunk& chunk, double dropped_p0,
              UnixNanos now) const;
  std::optional<double> decide_by_errors(SamplerState::Samplers& samplers, const Chunk& chunk, std::uint64_t trace_id,
                                         UnixNanos now) const;

  void mark_kept(model::SpanBatch& batch, const Chunk& chunk);
  void take_out(model::SpanBatch& batch, Chunk& chunk);
  void leave_events(model::SpanBatch& batch, UnixNanos now);
  static void mark_left_over(model::SpanBatch& batch, Chunk& chunk, KeepReason reason);
  bool count(const model::SpanBatch& batch, const Chunk& chunk);  // true when some of its spans are dropped

  void set_metric(model::SpanBatch& batch, std::uint32_t row, std::string_view key, double value);
  void set_priority(model::SpanBatch& batch, const Chunk& chunk, std::int8_t priority);
  void set_decision_maker(model::SpanBatch& batch, const Chunk& chunk, std::string_view decision_maker);

  Key key_of(const model::SpanBatch& batch, model::StringCode code);
  std::optional<double> metric(const model::SpanBatch& batch, std::size_t row, Key key);
  std::optional<model::StringCode> text(const model::SpanBatch& batch, std::size_t row, Key key);
  SpanLikeness likeness(const model::SpanBatch& batch, std::size_t row);

  SamplerState& state_;
  SamplingReport report_;

  // Of the payload at hand.
  SamplingSettings settings_;
  std::optional<ProbabilisticSampler> probabilistic_;
  std::vector<Chunk> chunks_;
  std::vector<RareSpan> rare_spans_;
  std::vector<std::uint8_t> dropped_rows_;
  std::vector<AddedMetric> added_metrics_;  // in the order of the rows: a chunk gets one at most
  std::vector<AddedTag> added_tags_;
  std::vector<Key> keys_;              // by code
  std::vector<std::uint32_t> counts_;  // service code → 1 + index into report_.services
  ChunkTree tree_;
  std::vector<Signature> span_kinds_;  // of one chunk
  std::vector<Event> events_;
};

}  // namespace vizsla::pipeline
