// Counts spans into ten-second buckets: the source of every number on a service page (agent-protocol §8.1 to §8.3).
//
// Runs behind obfuscation, truncation and replacement and in front of sampling, so that what it counts doesn't depend
// on what is kept. It keeps nothing from payload to payload: what a payload adds is a StatsBatch, which lies in the log
// beside its spans and is added up by the store. So a span counts in the bucket of its *end*, however late it comes, as
// long as that isn't more than kStatsWindowNs away.
//
// Counted are entry spans, measured ones and, unless switched off, those of kind server, client, producer and consumer;
// snapshots of spans that still run are not. Each counts 1 / sample rate of its chunk's root (SpanBatch::weight).
//
// Where the Agent shares a key between entry spans and others, we don't; and we don't round durations or weights.
// Reused from payload to payload, so that nothing is allocated per span. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/span_batch.h"
#include "model/stats_batch.h"
#include "pipeline/obfuscate/peer_address.h"
#include "sketch/duration_sketch.h"

namespace vizsla::pipeline {

// Spans that ended longer ago, or that far in the future, are in no statistics (architecture, decision 4).
inline constexpr std::int64_t kStatsWindowNs = 18 * kNanosPerHour;

struct ConcentratorSettings {
  bool by_span_kind = true;                 // `apm_config.compute_stats_by_span_kind`
  bool peer_tags_aggregation = true;        // `apm_config.peer_tags_aggregation`
  std::vector<std::string> peer_tags = {};  // `apm_config.peer_tags`: beside default_peer_tags()
};

// Tags that say whom a span called, in the Agent's list: sorted.
std::vector<std::string> default_peer_tags();

struct ConcentratorReport {
  std::uint64_t counted = 0;
  std::uint64_t too_old = 0;
  std::uint64_t too_new = 0;
};

class Concentrator {
 public:
  explicit Concentrator(const ConcentratorSettings& settings);

  // Appends to `out` what the spans of a processed batch add. `now` is when they came.
  ConcentratorReport process(const model::SpanBatch& batch, UnixNanos now, model::StatsBatch& out);

  // Of all keys together; sorted.
  [[nodiscard]] const std::vector<std::string>& peer_tags() const { return peer_tags_; }

 private:
  using StringCode = model::StringCode;

  // What a tag means here. The lower of two ways to say a gRPC status counts.
  enum class Tag : std::uint8_t {
    Unseen,
    Other,
    ServiceSource,
    RpcSystem,
    GrpcStatus0,
    GrpcStatus1,
    GrpcStatus2,
    GrpcStatus3,
    ResponseStatus,
    FirstPeer,  // and so on: FirstPeer + index into peer_tags_
  };

  // What is counted together, by codes of the spans' batch; of peer tags, a number of peer_sets_. Two of them may
  // become the same key: their rows add up.
  struct SpanKey {
    model::StatsKey key;
    StringCode grpc = 0;  // as the span says it
    UnixNanos bucket_ns = 0;

    bool operator==(const SpanKey&) const = default;
  };
  static_assert(sizeof(SpanKey) == sizeof(model::StatsKey) + 4 + 8);

  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t row = 0;  // 1 + row of the statistics; 0 = free
  };

  // A duration, and the one before it in the same row's list.
  struct Sample {
    std::uint32_t before;  // 1 + index; 0 = none
    sketch::DurationBin bin;
    double weight;
  };
  struct SampleList {
    std::uint32_t last_ok = 0;  // 1 + index
    std::uint32_t last_error = 0;
  };

  void start(const model::SpanBatch& batch);
  [[nodiscard]] bool counts(const model::SpanBatch& batch, std::size_t row) const;
  void count(const model::SpanBatch& batch, std::size_t row, bool synthetics, model::StatsBatch& out);
  void read_tags(const model::SpanBatch& batch, std::size_t row, SpanKey& key);
  [[nodiscard]] bool is_synthetics(const model::SpanBatch& batch, std::size_t begin, std::size_t end) const;
  std::uint32_t row_of(const model::SpanBatch& batch, const SpanKey& key, model::StatsBatch& out);
  void add_row(const model::SpanBatch& batch, const SpanKey& key, model::StatsBatch& out);
  void grow_slots();
  void write_bins(model::StatsBatch& out);
  StringCode write_bins(std::uint32_t last, model::StatsBatch& out);

  std::uint8_t tag_of(const model::SpanBatch& batch, StringCode code);
  std::uint8_t classify(std::string_view key) const;
  [[nodiscard]] std::uint8_t peer_tag(std::string_view key) const;  // 0: it is none
  StringCode code_of(const model::SpanBatch& batch, StringCode code, model::StatsBatch& out);
  std::uint32_t peer_set();
  StringCode peer_tags_of(const model::SpanBatch& batch, std::uint32_t set, model::StatsBatch& out);

  const bool by_span_kind_;
  const std::vector<std::string> peer_tags_;
  const std::uint8_t rpc_system_;
  const std::uint8_t base_service_;

  // Of the payload at hand.
  std::size_t first_row_ = 0;       // of `out`: what was there before is somebody else's
  StringCode origin_ = 0;           // the code of `_dd.origin`; 0: no span has it
  bool grpc_numbers_ = false;       // some span says its gRPC status, perhaps as a number
  std::vector<std::uint8_t> tags_;  // key code → Tag
  std::vector<StringCode> codes_;   // batch code → code of `out`
  std::vector<Slot> slots_;         // a power of two, at most half full
  std::vector<SpanKey> keys_;       // by row behind first_row_
  std::vector<SampleList> lists_;   // the same
  std::vector<Sample> samples_;     // one per counted span

  // Tags that say whom a span called, each set once: set i is [set_end_[i - 1], set_end_[i]) of set_peers_; set 0 is
  // empty.
  struct Peer {
    std::uint32_t tag;  // index into peer_tags_
    StringCode value;
  };
  std::vector<Peer> set_peers_;
  std::vector<std::uint32_t> set_end_;
  struct SetSlot {
    std::uint64_t hash = 0;
    std::uint32_t set = 0;  // 0 = free
  };
  std::vector<SetSlot> set_slots_;  // a power of two, at most half full

  std::vector<Peer> peers_;  // of the span at hand
  std::vector<std::pair<sketch::DurationBin, double>> bins_;
  PeerAddressQuantizer quantizer_;
  std::string text_;
};

// A gRPC status as its decimal number, by the rule of agent-protocol §8.2; "" when it is none.
std::string normalize_grpc_status(std::string_view text);

}  // namespace vizsla::pipeline
