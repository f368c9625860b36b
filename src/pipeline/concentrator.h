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

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "model/span_batch.h"
#include "model/stats_batch.h"
#include "pipeline/obfuscate/peer_address.h"

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
    Origin,
    ServiceSource,
    RpcSystem,
    GrpcStatus0,
    GrpcStatus1,
    GrpcStatus2,
    GrpcStatus3,
    ResponseStatus,
    FirstPeer,  // and so on: FirstPeer + index into peer_tags_
  };

  struct Sample {
    std::uint64_t place;  // row of the statistics, error, bin: in this order from the highest bit
    double weight;
  };

  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t row = 0;  // 1 + row of the statistics; 0 = free
  };

  void start();
  [[nodiscard]] bool counts(const model::SpanBatch& batch, std::size_t row) const;
  void count(const model::SpanBatch& batch, std::size_t row, bool synthetics, model::StatsBatch& out);
  void read_tags(const model::SpanBatch& batch, std::size_t row, model::StatsKey& key, model::StatsBatch& out);
  bool is_synthetics(const model::SpanBatch& batch, std::size_t begin, std::size_t end);
  std::uint32_t row_of(const model::StatsKey& key, UnixNanos bucket_ns, model::StatsBatch& out);
  void grow_slots();
  void write_bins(model::StatsBatch& out);

  [[nodiscard]] std::uint8_t peer_tag(std::string_view key) const;  // 0: it is none
  std::uint8_t tag_of(const model::SpanBatch& batch, StringCode code);
  StringCode code_of(const model::SpanBatch& batch, StringCode code, model::StatsBatch& out);
  StringCode peer_tags_of(const model::SpanBatch& batch, model::StatsBatch& out);

  const bool by_span_kind_;
  const std::vector<std::string> peer_tags_;
  const std::uint8_t rpc_system_;
  const std::uint8_t base_service_;

  // Of the payload at hand.
  std::size_t first_row_ = 0;                                // of `out`: what was there before is somebody else's
  std::vector<std::uint8_t> tags_;                           // key code → Tag
  std::vector<StringCode> codes_;                            // batch code → code of `out`
  std::vector<Slot> slots_;                                  // a power of two, at most half full
  std::vector<Sample> samples_;                              // one per counted span
  std::unordered_map<std::uint64_t, StringCode> peer_sets_;  // hash of `peers_` → code of `out`

  // Of the span at hand.
  struct Peer {
    std::uint32_t tag;  // index into peer_tags_
    StringCode value;
  };
  std::vector<Peer> peers_;
  PeerAddressQuantizer quantizer_;
  std::string text_;
};

// A gRPC status as its decimal number, by the rule of agent-protocol §8.2; "" when it is none.
std::string normalize_grpc_status(std::string_view text);

}  // namespace vizsla::pipeline
