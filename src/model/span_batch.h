// The spans of one payload as columns: what decoders write, what the pipeline works on, what the store takes in.
//
// There is no object per span. Row i is the i-th element of each column; strings are codes into `strings`; tags lie in
// two flat lists with an end per span. The rows of a chunk (the spans of one trace that were sent together) are
// neighbours, and so are its tags. Filled by a decoder in the order of the payload, then given its derived columns by
// pipeline::normalize_spans; after that it is only read. Made to be reused: clear() keeps memory. One thread at a time.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/clock.h"
#include "model/string_table.h"

namespace vizsla::model {

// No `_sampling_priority_v1` on any span of the chunk (agent-protocol §2.5).
inline constexpr std::int8_t kNoPriority = -128;

enum class SpanKind : std::uint8_t { Unknown = 0, Internal = 1, Server = 2, Client = 3, Producer = 4, Consumer = 5 };

std::string_view to_string(SpanKind kind);  // "" for Unknown

// How a span came to be kept (apis §1.7): derived from the decision maker tag.
enum class IngestionReason : std::uint8_t { Auto = 0, Rule = 1, Manual = 2, Otel = 3, Error = 4, Rare = 5, Appsec = 6 };

std::string_view to_string(IngestionReason reason);

// Bits of SpanBatch::flags.
inline constexpr std::uint8_t kIsEntry = 1;     // top level: a service's first span in this chunk (agent-protocol §5.5)
inline constexpr std::uint8_t kIsRoot = 2;      // its parent id is 0
inline constexpr std::uint8_t kIsMeasured = 4;  // `_dd.measured`
inline constexpr std::uint8_t kIsPartial = 8;   // `_dd.partial_version`: a snapshot of a span that still runs

// A flat list of values cut into one stretch per span.
template <class Value>
struct TagColumn {
  std::vector<std::uint32_t> end;  // per span: where its tags end; they begin where those of the span before end
  std::vector<StringCode> key;
  std::vector<Value> value;

  [[nodiscard]] std::uint32_t begin_of(std::size_t row) const { return row == 0 ? 0 : end[row - 1]; }
  [[nodiscard]] std::uint32_t end_of(std::size_t row) const { return end[row]; }

  void push(StringCode k, Value v) {
    key.push_back(k);
    value.push_back(v);
  }

  // The tags pushed since the last call belong to the next span.
  void close_span() { end.push_back(static_cast<std::uint32_t>(key.size())); }

  // Drops the tags of a span that was given up half-way.
  void cut_to(std::size_t spans) {
    end.resize(spans);
    const std::size_t tags = spans == 0 ? 0 : end.back();
    key.resize(tags);
    value.resize(tags);
  }
};

struct SpanBatch {
  StringTable strings;

  // From the wire.
  std::vector<std::uint64_t> trace_id;       // low 64 bits
  std::vector<std::uint64_t> trace_id_high;  // 0 = not known; the same for all spans of a chunk
  std::vector<std::uint64_t> span_id;
  std::vector<std::uint64_t> parent_id;  // 0 = none
  std::vector<UnixNanos> start_ns;
  std::vector<std::int64_t> duration_ns;
  std::vector<StringCode> service;
  std::vector<StringCode> operation;
  std::vector<StringCode> resource;
  std::vector<StringCode> type;
  std::vector<std::uint8_t> error;      // 0 or 1
  std::vector<StringCode> links;        // JSON list in the form of `_dd.span_links`; "" = none
  std::vector<StringCode> events;       // JSON list in the form of meta `events`; "" = none
  std::vector<StringCode> meta_struct;  // the msgpack map as it came; "" = none; not UTF-8
  TagColumn<StringCode> meta;
  TagColumn<double> metrics;

  // Derived by the pipeline.
  std::vector<StringCode> env;
  std::vector<StringCode> version;
  std::vector<StringCode> host;
  std::vector<StringCode> container_id;
  std::vector<StringCode> language;
  std::vector<StringCode> tracer_version;
  std::vector<StringCode> base_service;
  std::vector<StringCode> peer_service;
  std::vector<SpanKind> kind;
  std::vector<std::uint16_t> http_status;  // 0 = none
  std::vector<std::int8_t> sampling_priority;
  std::vector<IngestionReason> ingestion_reason;
  std::vector<std::uint8_t> flags;
  std::vector<double> weight;  // how many spans of the traffic this one stands for; 1 = unsampled

  // Chunk c is the rows [c == 0 ? 0 : chunk_end[c - 1], chunk_end[c]). Never empty.
  std::vector<std::uint32_t> chunk_end;

  [[nodiscard]] std::size_t size() const { return trace_id.size(); }

  [[nodiscard]] std::size_t chunk_begin(std::size_t chunk) const { return chunk == 0 ? 0 : chunk_end[chunk - 1]; }

  void clear();
};

}  // namespace vizsla::model
