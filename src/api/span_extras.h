// Span links and events, read from the JSON in which they are kept: a column of the span where the wire had a field for
// them, the tags `_dd.span_links` and `events` where it had none (agent-protocol §2.1). Both are given, the column
// first; a link that dd-trace-go sends in both places once. What doesn't parse is left out: it came from outside, and
// the raw tag can be looked at. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "model/span.h"

namespace vizsla::api {

struct SpanEvent {
  UnixNanos time_ns = 0;
  std::string name;
  std::string attributes;  // a JSON object
};

struct SpanLink {
  std::string trace_id;    // 32 hex digits
  std::string span_id;     // 16
  std::string attributes;  // a JSON object
  std::string tracestate;
  std::uint64_t flags = 0;
  bool has_flags = false;
};

std::vector<SpanEvent> events_of(const model::Span& span);
std::vector<SpanLink> links_of(const model::Span& span);

}  // namespace vizsla::api
