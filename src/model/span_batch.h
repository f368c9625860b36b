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
inline constexpr std::uint8_t kIsLeftOver = 16;  // a sampler dropped its trace before it got here: some spans are left

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

// A tag of a payload as a whole. Numbers are there as text, lists as JSON.
struct PayloadTag {
  StringCode key;
  StringCode value;
};

// What a payload says of its sender, beside its spans (agent-protocol §2.5, §2.6, §10.1): as sent, nothing normalised.
// Codes into the batch's strings; "" = not said.
struct PayloadAttributes {
  StringCode container_id = kEmptyString;
  StringCode language_name = kEmptyString;
  StringCode language_version = kEmptyString;
  StringCode tracer_version = kEmptyString;
  StringCode runtime_id = kEmptyString;
  StringCode env = kEmptyString;
  StringCode hostname = kEmptyString;
  StringCode app_version = kEmptyString;
  std::vector<PayloadTag> tags;  // in the order of the wire; a key may be there twice
};

// What a Datadog Agent that passes payloads on says of itself (agent-protocol §10.1). As above.
struct AgentAttributes {
  StringCode hostname = kEmptyString;
  StringCode env = kEmptyString;
  StringCode version = kEmptyString;
  std::vector<PayloadTag> tags;
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

  // From the wire versions that say more than spans: v0.7, v1.0, AgentPayload. Empty for the others.
  // Whoever drops a chunk drops its entries in the two lists by chunk as well.
  std::vector<PayloadAttributes> payloads;   // an AgentPayload has several
  std::vector<std::uint32_t> chunk_payload;  // by chunk: which of `payloads` it came in
  std::vector<std::uint8_t> chunk_dropped;  // by chunk: 1 = a sampler dropped the trace, these spans are the rest of it

  // From AgentPayload; else all is "". Stands behind what the payload, and its spans, say.
  AgentAttributes agent;

  [[nodiscard]] std::size_t size() const { return trace_id.size(); }

  [[nodiscard]] std::size_t chunk_begin(std::size_t chunk) const { return chunk == 0 ? 0 : chunk_end[chunk - 1]; }

  // Null when the wire version has no such thing. Valid until `payloads` changes.
  [[nodiscard]] const PayloadAttributes* payload_of(std::size_t chunk) const {
    return chunk_payload.empty() ? nullptr : &payloads[chunk_payload[chunk]];
  }

  [[nodiscard]] bool is_dropped(std::size_t chunk) const { return !chunk_dropped.empty() && chunk_dropped[chunk] != 0; }

  void clear();
};

}  // namespace vizsla::model
