// Spans as JSON, in the shapes of the public API (apis §1.7, §1.9). Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "model/span.h"

namespace vizsla::api {

// 16 hex digits that stand for a resource.
std::string resource_hash(std::string_view resource);

// An item of /api/v2/spans/events.
void write_span_event(JsonWriter& json, const model::Span& span);

// A span of /api/v2/trace/{id}. With `fields`, only those.
void write_span_v2(JsonWriter& json, const model::Span& span, std::int64_t self_ns,
                   const std::set<std::string, std::less<>>& fields);

// A value of "spans" in /api/v1/trace/{id}.
void write_span_v1(JsonWriter& json, const model::Span& span);

// Tags that are for machines: the public API leaves them out.
inline bool is_internal_tag(std::string_view key) {
  return key.starts_with('_');
}

}  // namespace vizsla::api
