// The one place where decoders put what they read: a row at a time into a SpanBatch.
//
// A decoder calls begin_span(), sets fields and pushes tags in any order, then end_span(); and end_chunk() after the
// spans of each chunk. Strings are interned here and repaired if they aren't UTF-8. One thread at a time.
//
// v0.7, v1.0 and AgentPayload also say things of a chunk or a payload as a whole (agent-protocol §2.5, §2.6, §10.1).
// Their decoders call begin_payload() and begin_chunk() before, and set what those give; end_chunk() puts the chunk's
// facts where v0.4 has them, into tags of its first span, so that everything behind the decoders knows one form:
//
//   priority            metric `_sampling_priority_v1`, unless it is kNoPriority
//   origin              meta `_dd.origin`
//   sampling mechanism  meta `_dd.p.dm` = "-N", unless it is 0
//   trace id            low half: each row's trace_id; high half: meta `_dd.p.tid`, 16 hex digits, unless it is 0
//   tags                meta and metrics
//
// What the first span says itself stands, as in the Agent; but not against a `_dd.p.tid` that would make another trace
// of it.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "codec/decode_report.h"
#include "model/ids.h"
#include "model/span_batch.h"

namespace vizsla::codec {

// What a chunk says of all its spans.
struct ChunkFacts {
  std::int32_t priority = 0;
  model::StringCode origin = 0;
  std::uint32_t sampling_mechanism = 0;    // 0: not said
  std::optional<model::TraceId> trace_id;  // where spans have none of their own
  bool dropped = false;
};

class SpanWriter {
 public:
  // Writes into `batch`, which must be empty; both are borrowed.
  SpanWriter(model::SpanBatch& batch, DecodeReport& report) : batch_(batch), report_(report) {}

  // The fields of a span that have one value. What the payload leaves out keeps its zero.
  struct Fields {
    std::uint64_t trace_id = 0;
    std::uint64_t span_id = 0;
    std::uint64_t parent_id = 0;
    std::int64_t start_ns = 0;
    std::int64_t duration_ns = 0;
    model::StringCode service = 0;
    model::StringCode operation = 0;
    model::StringCode resource = 0;
    model::StringCode type = 0;
    model::StringCode links = 0;
    model::StringCode events = 0;
    model::StringCode meta_struct = 0;
    bool error = false;
  };

  // Fields of a v1.0 span that are tags in v0.4; "" and 0: not said.
  struct TagFields {
    model::StringCode env = 0;
    model::StringCode version = 0;
    model::StringCode component = 0;
    std::uint64_t kind = 0;  // as model::SpanKind
  };

  // The chunks that follow belong to a payload, which the caller describes. Valid until the next begin_payload().
  model::PayloadAttributes& begin_payload() { return batch_.payloads.emplace_back(); }

  // Valid until end_chunk().
  ChunkFacts& begin_chunk() { return chunk_.emplace(); }

  Fields& begin_span() { return fields_ = Fields{}; }

  void meta(model::StringCode key, model::StringCode value) { batch_.meta.push(key, value); }
  void metric(model::StringCode key, double value) { batch_.metrics.push(key, value); }

  // Puts fields into tags of the span at hand, whose tags have all been pushed. A tag of the same name is overwritten:
  // the Agent reads the field.
  void put(const TagFields& fields);

  void end_span();
  void end_chunk();

  // The tags that were pushed since the last span ended are of something larger. (Decoders read all tags alike.)
  void give_tags_to_chunk();
  void give_tags_to_payload();
  void give_tags_to_agent();

  // How many more spans a payload may have. An empty span is one byte on the wire and 140 here.
  [[nodiscard]] std::size_t room() const { return kSpansMax - batch_.size(); }

  // The code of `text`, in UTF-8 whatever came.
  model::StringCode text(std::string_view text) {
    const std::size_t known = batch_.strings.size();
    const model::StringCode code = batch_.strings.intern(text);
    return batch_.strings.size() == known ? code : checked(code, text);
  }

  // The code of bytes that are no text.
  model::StringCode binary(std::string_view bytes) { return batch_.strings.intern(bytes); }

  // The text of a code. Valid until the next text() or binary().
  [[nodiscard]] std::string_view operator[](model::StringCode code) const { return batch_.strings[code]; }

  DecodeReport& report() { return report_; }

  // As many as 25 MiB of the smallest spans that mean something.
  static constexpr std::size_t kSpansMax = std::size_t{1} << 21;
  static constexpr const char* kFewerSpans = "fewer spans: a payload may have 2097152";

 private:
  template <class Value>
  struct Tags {
    std::vector<model::StringCode> key;
    std::vector<Value> value;

    void push(model::StringCode k, Value v) {
      key.push_back(k);
      value.push_back(v);
    }

    void clear() {
      key.clear();
      value.clear();
    }
  };

  enum class Known : std::uint8_t {
    Component,
    DecisionMaker,
    Env,
    Origin,
    SamplingPriority,
    SpanKind,
    TraceIdHigh,
    Version
  };

  model::StringCode checked(model::StringCode fresh, std::string_view text);
  model::StringCode known(Known key);
  void put_field(Known key, model::StringCode value);
  void take_tags(std::vector<model::PayloadTag>& into);
  // Each for a chunk whose first row is `first`.
  void put_chunk_facts(const ChunkFacts& facts, std::size_t first);
  void put_trace_id(model::TraceId id, std::size_t first);
  void put_chunk_tags(std::size_t first);

  model::SpanBatch& batch_;
  DecodeReport& report_;
  Fields fields_;

  // What the chunk at hand says of itself, and what its first span gets of it.
  std::optional<ChunkFacts> chunk_;
  Tags<model::StringCode> chunk_meta_;
  Tags<double> chunk_metrics_;
  Tags<model::StringCode> more_meta_;
  Tags<double> more_metrics_;
  std::vector<std::uint32_t> stamps_;  // by code: the last chunk whose first span has this key
  std::uint32_t stamp_ = 0;

  // By Known and by SpanKind; 0 until they are needed.
  std::array<model::StringCode, 8> known_{};
  std::array<model::StringCode, 6> kinds_{};
};

}  // namespace vizsla::codec
