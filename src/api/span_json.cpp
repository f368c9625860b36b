#include "api/span_json.h"

#include <map>
#include <optional>
#include <variant>

#include <fmt/format.h>

#include "base/hash.h"
#include "query/time_range.h"

namespace vizsla::api {
namespace {

constexpr double kNanosPerSecondReal = 1e9;

std::string decimal(model::SpanId id) {
  return std::to_string(static_cast<std::uint64_t>(id));
}

// Opaque, and the same each time: where the span lies in time and in order of arrival.
std::string event_id(const model::Span& span) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string id;
  for (const std::uint64_t part : {static_cast<std::uint64_t>(span.start_ns), span.sequence}) {
    for (int shift = 60; shift >= 0; shift -= 6) id += kDigits[part >> shift & 63];
  }
  return id;
}

// Dotted keys as a tree: "http.url" and "http.method" under "http".
class TagTree {
 public:
  using Value = std::variant<std::string_view, double, std::int64_t>;

  void add(std::string_view key, Value value) {
    TagTree* at = this;
    for (;;) {
      const std::size_t dot = key.find('.');
      at = &at->children_[key.substr(0, dot)];
      if (dot == std::string_view::npos) break;
      key.remove_prefix(dot + 1);
    }
    at->value_ = value;
  }

  // A key that has both a value and others below it keeps its value; the others stay dotted beside it.
  void write_fields(JsonWriter& json, const std::string& prefix = "") const {
    for (const auto& [name, child] : children_) {
      const std::string full = prefix + std::string(name);
      if (child.value_) {
        json.key(full);
        std::visit([&](const auto& value) { json.value(value); }, *child.value_);
        child.write_fields(json, full + ".");
      } else if (!prefix.empty()) {
        child.write_fields(json, full + ".");
      } else {
        json.key(full).object([&] { child.write_fields(json); });
      }
    }
  }

 private:
  std::map<std::string_view, TagTree> children_;
  std::optional<Value> value_;
};

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return text;
}

void write_meta(JsonWriter& json, const model::Span& span) {
  json.key("meta").object([&] {
    for (const auto& [key, value] : span.meta) {
      if (!is_internal_tag(key)) json.field(key, value);
    }
  });
}

void write_metrics(JsonWriter& json, const model::Span& span) {
  json.key("metrics").object([&] {
    for (const auto& [key, value] : span.metrics) {
      if (!is_internal_tag(key)) json.field(key, value);
    }
  });
}

}  // namespace

std::string resource_hash(std::string_view resource) {
  return model::hex16(hash64(as_bytes(resource)));
}

void write_span_event(JsonWriter& json, const model::Span& span) {
  TagTree tags;
  for (const auto& [key, value] : span.meta) {
    if (!is_internal_tag(key)) tags.add(key, value);
  }
  for (const auto& [key, value] : span.metrics) {
    if (!is_internal_tag(key)) tags.add(key, value);
  }
  tags.add("duration", std::int64_t{span.duration_ns});

  json.object([&] {
    json.field("id", event_id(span));
    json.field("type", "spans");
    json.key("attributes").object([&] {
      // Real answers have it under "custom", the published schema under "attributes": clients of both kinds exist.
      json.key("custom").object([&] { tags.write_fields(json); });
      json.key("attributes").object([&] { tags.write_fields(json); });
      json.field("env", span.env);
      json.field("host", span.host);
      json.field("ingestion_reason", to_string(span.ingestion_reason));
      json.field("operation_name", span.operation);
      json.field("parent_id", decimal(span.parent_id));
      json.field("resource_hash", resource_hash(span.resource));
      json.field("resource_name", span.resource);
      json.field("retained_by", "retention_filter");
      json.field("service", span.service);
      json.field("single_span", false);
      json.field("span_id", decimal(span.span_id));
      json.field("start_timestamp", query::format_time(span.start_ns, 9));
      json.field("end_timestamp", query::format_time(span.end_ns(), 9));
      json.key("tags").array([&] {
        json.value(lower_case(fmt::format("env:{}", span.env)));
        if (!span.host.empty()) json.value(lower_case(fmt::format("host:{}", span.host)));
        json.value(lower_case(fmt::format("service:{}", span.service)));
        if (!span.version.empty()) json.value(lower_case(fmt::format("version:{}", span.version)));
      });
      json.field("trace_id", std::to_string(span.trace_id.low));
      json.field("type", span.type);
    });
  });
}

void write_span_v2(JsonWriter& json, const model::Span& span, std::int64_t self_ns,
                   const std::set<std::string, std::less<>>& fields) {
  const auto field = [&](std::string_view name, const auto& value) {
    if (fields.empty() || fields.contains(name)) json.field(name, value);
  };
  json.object([&] {
    field("traceID", span.trace_id.low);
    field("traceIDFull", to_hex(span.trace_id));
    field("spanID", static_cast<std::uint64_t>(span.span_id));
    field("parentID", static_cast<std::uint64_t>(span.parent_id));
    field("name", span.operation);
    field("resource", span.resource);
    field("resourceHash", resource_hash(span.resource));
    field("service", span.service);
    field("type", span.type);
    field("startTime", span.start_ns);
    field("endTime", span.end_ns());
    field("duration", span.duration_ns);
    field("error", span.error ? 1 : 0);
    if (fields.empty() || fields.contains("meta")) write_meta(json, span);
    if (fields.empty() || fields.contains("metrics")) write_metrics(json, span);
    field("self_time", self_ns);
    field("restricted", false);
  });
}

void write_span_v1(JsonWriter& json, const model::Span& span) {
  json.object([&] {
    json.field("trace_id", std::to_string(span.trace_id.low));
    json.field("span_id", decimal(span.span_id));
    json.field("parent_id", decimal(span.parent_id));
    json.field("service", span.service);
    json.field("name", span.operation);
    json.field("resource", span.resource);
    json.field("resource_hash", resource_hash(span.resource));
    json.field("type", span.type);
    json.field("start", static_cast<double>(span.start_ns) / kNanosPerSecondReal);
    json.field("end", static_cast<double>(span.end_ns()) / kNanosPerSecondReal);
    json.field("duration", static_cast<double>(span.duration_ns) / kNanosPerSecondReal);
    json.field("error", span.error ? 1 : 0);
    write_meta(json, span);
    write_metrics(json, span);
  });
}

}  // namespace vizsla::api
