// The forms in JSON: v0.1, and v0.2 to v0.4.

#include <fmt/format.h>

#include "bench/traffic_formats.h"

namespace vizsla::bench {
namespace {

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += c;
    }
  }
  out += '"';
}

// Elements of a list or fields of an object, with commas between.
class Listed {
 public:
  explicit Listed(std::string& out) : out_(out) {}
  std::string& next() {
    if (!is_first_) out_ += ',';
    is_first_ = false;
    return out_;
  }

 private:
  std::string& out_;
  bool is_first_ = true;
};

void append_key(std::string& out, std::string_view key) {
  append_json_text(out, key);
  out += ':';
}

void append_base64(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  out += '"';
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view part = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < part.size() ? static_cast<std::uint8_t>(part[k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out += k <= part.size() ? kDigits[bits >> (18 - 6 * k) & 63] : '=';
  }
  out += '"';
}

void append_scalar(std::string& out, const TrafficScalar& value) {
  static constexpr std::string_view kFields[] = {"string_value", "bool_value", "int_value", "double_value"};
  fmt::format_to(std::back_inserter(out), R"({{"type":{},"{}":)", any_value_type(value), kFields[value.index()]);
  if (const auto* text = std::get_if<std::string>(&value)) append_json_text(out, *text);
  if (const auto* flag = std::get_if<bool>(&value)) out += *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) out += fmt::format("{}", *integer);
  if (const auto* real = std::get_if<double>(&value)) out += fmt::format("{}", *real);
  out += '}';
}

void append_value(std::string& out, const TrafficValue& value) {
  if (const auto* scalar = std::get_if<TrafficScalar>(&value)) return append_scalar(out, *scalar);
  out += R"({"type":4,"array_value":{"values":[)";
  Listed list(out);
  for (const TrafficScalar& element : std::get<std::vector<TrafficScalar>>(value)) append_scalar(list.next(), element);
  out += "]}}";
}

void append_links(std::string& out, const TrafficSpan& span) {
  out += R"(,"span_links":[)";
  Listed list(out);
  for (const TrafficLink& link : span.links) {
    fmt::format_to(std::back_inserter(list.next()),
                   R"({{"trace_id":{},"trace_id_high":{},"span_id":{},"attributes":{{)", link.trace_id,
                   link.trace_id_high, link.span_id);
    Listed fields(out);
    for (const auto& [key, value] : link.attributes) {
      append_key(fields.next(), key);
      append_json_text(out, value);
    }
    out += R"(},"tracestate":)";
    append_json_text(out, link.tracestate);
    fmt::format_to(std::back_inserter(out), R"(,"flags":{}}})", wire_flags(link));
  }
  out += ']';
}

void append_events(std::string& out, const TrafficSpan& span) {
  out += R"(,"span_events":[)";
  Listed list(out);
  for (const TrafficEvent& event : span.events) {
    fmt::format_to(std::back_inserter(list.next()), R"({{"time_unix_nano":{},"name":)", event.time_ns);
    append_json_text(out, event.name);
    out += R"(,"attributes":{)";
    Listed fields(out);
    for (const auto& [key, value] : event.attributes) {
      append_key(fields.next(), key);
      append_value(out, value);
    }
    out += "}}";
  }
  out += ']';
}

void append_span(std::string& out, const TrafficSpan& span) {
  fmt::format_to(std::back_inserter(out),
                 R"({{"trace_id":{},"span_id":{},"parent_id":{},"start":{},"duration":{},"error":{},"service":)",
                 span.trace_id, span.span_id, span.parent_id, span.start_ns, span.duration_ns, span.error ? 1 : 0);
  append_json_text(out, span.service);
  out += R"(,"name":)";
  append_json_text(out, span.operation);
  out += R"(,"resource":)";
  append_json_text(out, span.resource);
  out += R"(,"type":)";
  append_json_text(out, span.type);
  out += R"(,"meta":{)";
  Listed meta(out);
  for (const auto& [key, value] : span.meta) {
    append_key(meta.next(), key);
    append_json_text(out, value);
  }
  out += R"(},"metrics":{)";
  Listed metrics(out);
  for (const auto& [key, value] : span.metrics) {
    append_key(metrics.next(), key);
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
  out += '}';
  if (!span.links.empty()) append_links(out, span);
  if (!span.events.empty()) append_events(out, span);
  if (!span.meta_struct.empty()) {
    out += R"(,"meta_struct":{)";
    Listed fields(out);
    for (const auto& [key, value] : span.meta_struct) {
      append_key(fields.next(), key);
      append_base64(out, value);
    }
    out += '}';
  }
  out += '}';
}

}  // namespace

std::string write_json(const Chunks& chunks) {
  std::string out = "[";
  Listed traces(out);
  for (const TrafficChunk& chunk : chunks) {
    traces.next() += '[';
    Listed spans(out);
    for (const TrafficSpan& span : chunk) append_span(spans.next(), span);
    out += ']';
  }
  return out + "]";
}

std::string write_json_v01(const Chunks& chunks) {
  std::string out = "[";
  Listed spans(out);
  for (const TrafficChunk& chunk : chunks) {
    for (const TrafficSpan& span : chunk) append_span(spans.next(), span);
  }
  return out + "]";
}

}  // namespace vizsla::bench
