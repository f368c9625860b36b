// The forms in msgpack: v0.3 to v1.0.

#include <bit>
#include <unordered_map>

#include "bench/traffic_formats.h"

namespace vizsla::bench {
namespace {

// msgpack, just as much as the wire formats need.
class Packer {
 public:
  std::string bytes;

  void array(std::size_t n) { n < 16 ? byte(0x90 | n) : big_endian(0xdd, n, 4); }
  void map(std::size_t n) { n < 16 ? byte(0x80 | n) : n < 65536 ? big_endian(0xde, n, 2) : big_endian(0xdf, n, 4); }
  void u64(std::uint64_t n) { big_endian(0xcf, n, 8); }
  void i64(std::int64_t n) { big_endian(0xd3, static_cast<std::uint64_t>(n), 8); }
  void f64(double n) { big_endian(0xcb, std::bit_cast<std::uint64_t>(n), 8); }

  void small(std::uint64_t n) {
    if (n < 128) {
      byte(n);
    } else if (n < 65536) {
      big_endian(0xcd, n, 2);
    } else {
      big_endian(0xce, n, 4);
    }
  }

  void boolean(bool flag) { byte(flag ? 0xc3 : 0xc2); }

  void bin(std::string_view data) {
    if (data.size() < 256) {
      big_endian(0xc4, data.size(), 1);
    } else if (data.size() < 65536) {
      big_endian(0xc5, data.size(), 2);
    } else {
      big_endian(0xc6, data.size(), 4);
    }
    bytes += data;
  }

  void str(std::string_view text) {
    if (text.size() < 32) {
      byte(0xa0 | text.size());
    } else if (text.size() < 256) {
      big_endian(0xd9, text.size(), 1);
    } else if (text.size() < 65536) {
      big_endian(0xda, text.size(), 2);
    } else {
      big_endian(0xdb, text.size(), 4);
    }
    bytes += text;
  }

 private:
  void byte(std::uint64_t b) { bytes += static_cast<char>(b); }

  void big_endian(std::uint8_t head, std::uint64_t value, int size) {
    byte(head);
    for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) byte(value >> shift & 0xff);
  }
};

void pack_scalar(Packer& out, const TrafficScalar& value) {
  static constexpr std::string_view kFields[] = {"string_value", "bool_value", "int_value", "double_value"};
  out.map(2);
  out.str("type");
  out.small(any_value_type(value));
  out.str(kFields[value.index()]);
  if (const auto* text = std::get_if<std::string>(&value)) out.str(*text);
  if (const auto* flag = std::get_if<bool>(&value)) out.boolean(*flag);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) out.i64(*integer);
  if (const auto* real = std::get_if<double>(&value)) out.f64(*real);
}

void pack_value(Packer& out, const TrafficValue& value) {
  if (const auto* scalar = std::get_if<TrafficScalar>(&value)) return pack_scalar(out, *scalar);
  const auto& list = std::get<std::vector<TrafficScalar>>(value);
  out.map(2);
  out.str("type");
  out.small(kAnyValueList);
  out.str("array_value");
  out.map(1);
  out.str("values");
  out.array(list.size());
  for (const TrafficScalar& element : list) pack_scalar(out, element);
}

void pack_links(Packer& out, const TrafficSpan& span) {
  out.str("span_links");
  out.array(span.links.size());
  for (const TrafficLink& link : span.links) {
    out.map(6);
    out.str("trace_id");
    out.u64(link.trace_id);
    out.str("trace_id_high");
    out.u64(link.trace_id_high);
    out.str("span_id");
    out.u64(link.span_id);
    out.str("attributes");
    out.map(link.attributes.size());
    for (const auto& [key, value] : link.attributes) {
      out.str(key);
      out.str(value);
    }
    out.str("tracestate");
    out.str(link.tracestate);
    out.str("flags");
    out.u64(wire_flags(link));
  }
}

void pack_events(Packer& out, const TrafficSpan& span) {
  out.str("span_events");
  out.array(span.events.size());
  for (const TrafficEvent& event : span.events) {
    out.map(3);
    out.str("time_unix_nano");
    out.u64(event.time_ns);
    out.str("name");
    out.str(event.name);
    out.str("attributes");
    out.map(event.attributes.size());
    for (const auto& [key, value] : event.attributes) {
      out.str(key);
      pack_value(out, value);
    }
  }
}

void pack_meta_struct(Packer& out, const TrafficSpan& span) {
  out.str("meta_struct");
  out.map(span.meta_struct.size());
  for (const auto& [key, value] : span.meta_struct) {
    out.str(key);
    out.bin(value);
  }
}

void pack_span(Packer& out, const TrafficSpan& span) {
  std::size_t fields = 12;
  for (const bool has : {!span.links.empty(), !span.events.empty(), !span.meta_struct.empty()}) fields += has ? 1u : 0u;
  out.map(fields);
  out.str("trace_id");
  out.u64(span.trace_id);
  out.str("span_id");
  out.u64(span.span_id);
  out.str("parent_id");
  out.u64(span.parent_id);
  out.str("service");
  out.str(span.service);
  out.str("name");
  out.str(span.operation);
  out.str("resource");
  out.str(span.resource);
  out.str("type");
  out.str(span.type);
  out.str("start");
  out.i64(span.start_ns);
  out.str("duration");
  out.i64(span.duration_ns);
  out.str("error");
  out.small(span.error ? 1 : 0);
  out.str("meta");
  out.map(span.meta.size());
  for (const auto& [key, value] : span.meta) {
    out.str(key);
    out.str(value);
  }
  out.str("metrics");
  out.map(span.metrics.size());
  for (const auto& [key, value] : span.metrics) {
    out.str(key);
    out.f64(value);
  }
  if (!span.links.empty()) pack_links(out, span);
  if (!span.events.empty()) pack_events(out, span);
  if (!span.meta_struct.empty()) pack_meta_struct(out, span);
}

// v1.0, as dd-trace-go writes it.
class V1Packer {
 public:
  std::string pack(const Chunks& chunks) {
    out_.map(4);
    out_.small(3);
    string("python");
    out_.small(5);
    string("4.16.0");
    out_.small(7);
    string("prod");
    out_.small(11);
    out_.array(chunks.size());
    for (const TrafficChunk& chunk : chunks) pack_chunk(chunk);
    return std::move(out_.bytes);
  }

 private:
  void pack_chunk(const TrafficChunk& chunk) {
    const ChunkSummary summary = summary_of(chunk);
    out_.map(6);
    out_.small(1);
    out_.i64(summary.priority);
    out_.small(2);
    string(summary.origin);
    out_.small(3);
    out_.array(3);
    string("service");
    out_.small(1);
    string(chunk.empty() ? "" : chunk.front().service);
    out_.small(4);
    out_.array(chunk.size());
    for (const TrafficSpan& span : chunk) pack_span_v1(span);
    out_.small(6);
    out_.bin(trace_id_bytes(summary.trace_id_high, summary.trace_id));
    out_.small(7);
    out_.small(summary.sampling_mechanism);
  }

  void pack_span_v1(const TrafficSpan& span) {
    const PromotedTags promoted = promoted_of(span);
    out_.map(16);
    out_.small(1);
    string(span.service);
    out_.small(2);
    string(span.operation);
    out_.small(3);
    string(span.resource);
    out_.small(4);
    out_.u64(span.span_id);
    out_.small(5);
    out_.u64(span.parent_id);
    out_.small(6);
    out_.i64(span.start_ns);
    out_.small(7);
    out_.i64(span.duration_ns);
    out_.small(8);
    out_.boolean(span.error);
    out_.small(9);
    pack_attributes(span);
    out_.small(10);
    string(span.type);
    out_.small(11);
    out_.array(span.links.size());
    for (const TrafficLink& link : span.links) pack_link(link);
    out_.small(12);
    out_.array(span.events.size());
    for (const TrafficEvent& event : span.events) pack_event(event);
    out_.small(13);
    string(promoted.env);
    out_.small(14);
    string(promoted.version);
    out_.small(15);
    string(promoted.component);
    out_.small(16);
    out_.small(promoted.kind);
  }

  void pack_attributes(const TrafficSpan& span) {
    std::size_t n = span.metrics.size() + span.meta_struct.size();
    for (const auto& [key, value] : span.meta) n += PromotedTags::is_one(key) ? 0u : 1u;
    out_.array(3 * n);
    for (const auto& [key, value] : span.meta) {
      if (PromotedTags::is_one(key)) continue;
      string(key);
      out_.small(1);
      string(value);
    }
    for (const auto& [key, value] : span.metrics) {
      string(key);
      out_.small(3);
      out_.f64(value);
    }
    for (const auto& [key, value] : span.meta_struct) {
      string(key);
      out_.small(kV1Bytes);
      out_.bin(value);
    }
  }

  void pack_link(const TrafficLink& link) {
    out_.map(5);
    out_.small(1);
    out_.bin(trace_id_bytes(link.trace_id_high, link.trace_id));
    out_.small(2);
    out_.u64(link.span_id);
    out_.small(3);
    out_.array(3 * link.attributes.size());
    for (const auto& [key, value] : link.attributes) {
      string(key);
      out_.small(1);
      string(value);
    }
    out_.small(4);
    string(link.tracestate);
    out_.small(5);
    out_.u64(wire_flags(link));
  }

  void pack_event(const TrafficEvent& event) {
    out_.map(3);
    out_.small(1);
    out_.u64(event.time_ns);
    out_.small(2);
    string(event.name);
    out_.small(3);
    out_.array(3 * event.attributes.size());
    for (const auto& [key, value] : event.attributes) {
      string(key);
      if (const auto* one = std::get_if<TrafficScalar>(&value)) {
        scalar(*one);
      } else {
        const auto& list = std::get<std::vector<TrafficScalar>>(value);
        out_.small(kV1List);
        out_.array(2 * list.size());
        for (const TrafficScalar& element : list) scalar(element);
      }
    }
  }

  void scalar(const TrafficScalar& value) {
    out_.small(v1_type(value));
    if (const auto* text = std::get_if<std::string>(&value)) string(*text);
    if (const auto* flag = std::get_if<bool>(&value)) out_.boolean(*flag);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) out_.i64(*integer);
    if (const auto* real = std::get_if<double>(&value)) out_.f64(*real);
  }

  // In full the first time, by number from then on.
  void string(std::string_view text) {
    const auto [at, is_new] = numbers_.emplace(text, numbers_.size());
    if (is_new) {
      out_.str(text);
    } else {
      out_.small(at->second);
    }
  }

  Packer out_;
  std::unordered_map<std::string_view, std::uint64_t> numbers_{{"", 0}};
};

}  // namespace

std::string pack_v04(const Chunks& chunks) {
  Packer out;
  out.array(chunks.size());
  for (const TrafficChunk& chunk : chunks) {
    out.array(chunk.size());
    for (const TrafficSpan& span : chunk) pack_span(out, span);
  }
  return std::move(out.bytes);
}

std::string pack_v05(const Chunks& chunks) {
  std::unordered_map<std::string_view, std::uint32_t> known{{"", 0}};
  std::vector<std::string_view> table{""};
  const auto code = [&](std::string_view text) {
    const auto [at, fresh] = known.emplace(text, static_cast<std::uint32_t>(table.size()));
    if (fresh) table.push_back(text);
    return at->second;
  };
  Packer traces;
  traces.array(chunks.size());
  for (const TrafficChunk& chunk : chunks) {
    traces.array(chunk.size());
    for (const TrafficSpan& span : chunk) {
      traces.array(12);
      traces.small(code(span.service));
      traces.small(code(span.operation));
      traces.small(code(span.resource));
      traces.u64(span.trace_id);
      traces.u64(span.span_id);
      traces.u64(span.parent_id);
      traces.i64(span.start_ns);
      traces.i64(span.duration_ns);
      traces.small(span.error ? 1 : 0);
      traces.map(span.meta.size());
      for (const auto& [key, value] : span.meta) {
        traces.small(code(key));
        traces.small(code(value));
      }
      traces.map(span.metrics.size());
      for (const auto& [key, value] : span.metrics) {
        traces.small(code(key));
        traces.f64(value);
      }
      traces.small(code(span.type));
    }
  }
  Packer out;
  out.array(2);
  out.array(table.size());
  for (const std::string_view text : table) out.str(text);
  return out.bytes + traces.bytes;
}

std::string pack_v07(const Chunks& chunks) {
  Packer out;
  out.map(3);
  out.str("language_name");
  out.str("python");
  out.str("tracer_version");
  out.str("4.16.0");
  out.str("chunks");
  out.array(chunks.size());
  for (const TrafficChunk& chunk : chunks) {
    const ChunkSummary summary = summary_of(chunk);
    out.map(3);
    out.str("priority");
    out.i64(summary.priority);
    out.str("origin");
    out.str(summary.origin);
    out.str("spans");
    out.array(chunk.size());
    for (const TrafficSpan& span : chunk) pack_span(out, span);
  }
  return std::move(out.bytes);
}

std::string pack_v1(const Chunks& chunks) {
  return V1Packer().pack(chunks);
}

}  // namespace vizsla::bench
