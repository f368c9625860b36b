// The forms in protobuf: what an Agent passes on.

#include <bit>
#include <unordered_map>

#include "bench/traffic_formats.h"

namespace vizsla::bench {
namespace {

// protobuf, just as much as the messages need. Zeros are left out, as the Agent does.
class Message {
 public:
  std::string bytes;

  void integer(std::uint32_t field, std::uint64_t value) {
    if (value == 0) return;
    varint(field << 3);
    varint(value);
  }

  void fixed64(std::uint32_t field, std::uint64_t value) {
    if (value == 0) return;
    varint(field << 3 | 1u);
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
  }

  void real(std::uint32_t field, double value) { fixed64(field, std::bit_cast<std::uint64_t>(value)); }

  void text(std::uint32_t field, std::string_view value) {
    if (!value.empty()) content(field, value);
  }

  // A text or a message, empty or not.
  void content(std::uint32_t field, std::string_view value) {
    varint(field << 3 | 2u);
    varint(value.size());
    bytes += value;
  }

  // A field of a oneof, which is there though it is 0.
  void chosen(std::uint32_t field, std::uint64_t value) {
    varint(field << 3);
    varint(value);
  }
  void chosen_real(std::uint32_t field, double value) {
    varint(field << 3 | 1u);
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(std::bit_cast<std::uint64_t>(value) >> (8 * i));
  }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
    bytes += static_cast<char>(value);
  }
};

std::uint64_t as_unsigned(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

Message text_entry(std::string_view key, std::string_view value) {
  Message entry;
  entry.content(1, key);
  entry.content(2, value);
  return entry;
}

Message any_value(const TrafficScalar& value) {
  Message message;
  message.integer(1, any_value_type(value));
  if (const auto* text = std::get_if<std::string>(&value)) message.text(2, *text);
  if (const auto* flag = std::get_if<bool>(&value)) message.integer(3, *flag ? 1 : 0);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) message.integer(4, as_unsigned(*integer));
  if (const auto* real = std::get_if<double>(&value)) message.real(5, *real);
  return message;
}

Message any_value(const TrafficValue& value) {
  if (const auto* scalar = std::get_if<TrafficScalar>(&value)) return any_value(*scalar);
  Message list;
  for (const TrafficScalar& element : std::get<std::vector<TrafficScalar>>(value))
    list.content(1, any_value(element).bytes);
  Message message;
  message.integer(1, kAnyValueList);
  message.content(6, list.bytes);
  return message;
}

Message span_message(const TrafficSpan& span) {
  Message message;
  message.text(1, span.service);
  message.text(2, span.operation);
  message.text(3, span.resource);
  message.integer(4, span.trace_id);
  message.integer(5, span.span_id);
  message.integer(6, span.parent_id);
  message.integer(7, as_unsigned(span.start_ns));
  message.integer(8, as_unsigned(span.duration_ns));
  message.integer(9, span.error ? 1 : 0);
  for (const auto& [key, value] : span.meta) message.content(10, text_entry(key, value).bytes);
  for (const auto& [key, value] : span.metrics) {
    Message entry;
    entry.content(1, key);
    entry.chosen_real(2, value);
    message.content(11, entry.bytes);
  }
  message.text(12, span.type);
  for (const auto& [key, value] : span.meta_struct) message.content(13, text_entry(key, value).bytes);
  for (const TrafficLink& link : span.links) {
    Message inner;
    inner.integer(1, link.trace_id);
    inner.integer(2, link.trace_id_high);
    inner.integer(3, link.span_id);
    for (const auto& [key, value] : link.attributes) inner.content(4, text_entry(key, value).bytes);
    inner.text(5, link.tracestate);
    inner.integer(6, wire_flags(link));
    message.content(14, inner.bytes);
  }
  for (const TrafficEvent& event : span.events) {
    Message inner;
    inner.fixed64(1, event.time_ns);
    inner.text(2, event.name);
    for (const auto& [key, value] : event.attributes) inner.content(3, text_entry(key, any_value(value).bytes).bytes);
    message.content(15, inner.bytes);
  }
  return message;
}

// idx.TracerPayload: strings by number.
class IdxWriter {
 public:
  std::string write(const Chunks& chunks) {
    Message rest;
    rest.integer(3, number("python"));
    rest.integer(5, number("4.16.0"));
    rest.integer(7, number("prod"));
    for (const TrafficChunk& chunk : chunks) rest.content(11, chunk_message(chunk).bytes);
    Message payload;
    for (const std::string_view text : table_) payload.content(1, text);
    return payload.bytes + rest.bytes;
  }

 private:
  Message chunk_message(const TrafficChunk& chunk) {
    const ChunkSummary summary = summary_of(chunk);
    Message message;
    message.integer(1, as_unsigned(summary.priority));
    message.integer(2, number(summary.origin));
    for (const TrafficSpan& span : chunk) message.content(4, span_idx(span).bytes);
    message.content(6, trace_id_bytes(summary.trace_id_high, summary.trace_id));
    message.integer(7, summary.sampling_mechanism);
    return message;
  }

  Message span_idx(const TrafficSpan& span) {
    const PromotedTags promoted = promoted_of(span);
    Message message;
    message.integer(1, number(span.service));
    message.integer(2, number(span.operation));
    message.integer(3, number(span.resource));
    message.fixed64(4, span.span_id);
    message.integer(5, span.parent_id);
    message.fixed64(6, as_unsigned(span.start_ns));
    message.integer(7, as_unsigned(span.duration_ns));
    message.integer(8, span.error ? 1 : 0);
    for (const auto& [key, value] : span.meta) {
      if (!PromotedTags::is_one(key)) message.content(9, text_attribute(key, value).bytes);
    }
    for (const auto& [key, value] : span.metrics) {
      Message any;
      any.chosen_real(3, value);
      message.content(9, attribute(key, any).bytes);
    }
    for (const auto& [key, value] : span.meta_struct) {
      Message any;
      any.content(kV1Bytes, value);
      message.content(9, attribute(key, any).bytes);
    }
    message.integer(10, number(span.type));
    for (const TrafficLink& link : span.links) message.content(11, link_message(link).bytes);
    for (const TrafficEvent& event : span.events) message.content(12, event_message(event).bytes);
    message.integer(13, number(promoted.env));
    message.integer(14, number(promoted.version));
    message.integer(15, number(promoted.component));
    message.integer(16, promoted.kind);
    return message;
  }

  Message link_message(const TrafficLink& link) {
    Message message;
    message.content(1, trace_id_bytes(link.trace_id_high, link.trace_id));
    message.fixed64(2, link.span_id);
    for (const auto& [key, value] : link.attributes) message.content(3, text_attribute(key, value).bytes);
    message.integer(4, number(link.tracestate));
    message.integer(5, wire_flags(link));
    return message;
  }

  Message event_message(const TrafficEvent& event) {
    Message message;
    message.fixed64(1, event.time_ns);
    message.integer(2, number(event.name));
    for (const auto& [key, value] : event.attributes) {
      Message any;
      if (const auto* one = std::get_if<TrafficScalar>(&value)) {
        any = scalar(*one);
      } else {
        Message list;
        for (const TrafficScalar& element : std::get<std::vector<TrafficScalar>>(value))
          list.content(1, scalar(element).bytes);
        any.content(kV1List, list.bytes);
      }
      message.content(3, attribute(key, any).bytes);
    }
    return message;
  }

  Message scalar(const TrafficScalar& value) {
    Message message;
    const std::uint32_t field = v1_type(value);
    if (const auto* text = std::get_if<std::string>(&value)) message.chosen(field, number(*text));
    if (const auto* flag = std::get_if<bool>(&value)) message.chosen(field, *flag ? 1 : 0);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) message.chosen(field, as_unsigned(*integer));
    if (const auto* real = std::get_if<double>(&value)) message.chosen_real(field, *real);
    return message;
  }

  Message text_attribute(std::string_view key, std::string_view value) {
    Message any;
    any.chosen(1, number(value));
    return attribute(key, any);
  }

  Message attribute(std::string_view key, const Message& any) {
    Message entry;
    entry.chosen(1, number(key));
    entry.content(2, any.bytes);
    return entry;
  }

  std::uint64_t number(std::string_view text) {
    const auto [at, is_new] = numbers_.emplace(text, table_.size());
    if (is_new) table_.push_back(text);
    return at->second;
  }

  std::unordered_map<std::string_view, std::uint64_t> numbers_{{"", 0}};
  std::vector<std::string_view> table_{""};
};

std::string agent_payload(std::uint32_t field, std::string_view tracer_payload) {
  Message message;
  message.text(1, "box");
  message.text(2, "none");
  message.content(field, tracer_payload);
  message.text(7, "7.80.0");
  return std::move(message.bytes);
}

}  // namespace

std::string write_agent_payload(const Chunks& chunks) {
  Message payload;
  payload.text(2, "python");
  payload.text(4, "4.16.0");
  for (const TrafficChunk& chunk : chunks) {
    const ChunkSummary summary = summary_of(chunk);
    Message message;
    message.integer(1, as_unsigned(summary.priority));
    message.text(2, summary.origin);
    for (const TrafficSpan& span : chunk) message.content(3, span_message(span).bytes);
    payload.content(6, message.bytes);
  }
  payload.text(8, "prod");
  return agent_payload(5, payload.bytes);
}

std::string write_agent_payload_idx(const Chunks& chunks) {
  return agent_payload(11, IdxWriter().write(chunks));
}

}  // namespace vizsla::bench
