// A trace in one line, for lists. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/span.h"

namespace vizsla::assemble {

struct TraceSummary {
  model::TraceId id;             // with the high half, if any span knows it
  UnixNanos start_ns = 0;        // of the first span
  std::int64_t duration_ns = 0;  // to the end of the last one
  UnixNanos received_ns = 0;     // when the newest span came
  std::size_t root = 0;          // index of the span that speaks for it: the root, else the first entry span
  bool root_missing = false;
  std::size_t errors = 0;
  std::size_t first_failed = 0;            // index, only when there are errors: where the trouble began
  std::vector<std::string_view> services;  // in order of first appearance
};

// `spans` by start, as a store gives them; not empty. Texts are those of the spans.
//
// Trouble begins at the failed span that ended first: an error travels from the inside out, and who passes it on ends
// later. Spans that say what went wrong go before those that only failed.
TraceSummary summarize_trace(std::span<const model::Span> spans);

// What a span's error says, by the special-meaning tags: set by hand, they override what an integration would show
// (datadog-apm-features §15). `error.message` and `error.msg` are one field.
struct SpanError {
  std::string_view type;
  std::string_view message;
  std::string_view stack;
};

SpanError error_of(const model::Span& span);

// Up to the first line break.
std::string_view first_line(std::string_view text);

// A trace may still grow if a span of it came within this time.
inline constexpr std::int64_t kArrivingNs = 10 * kNanosPerSecond;

}  // namespace vizsla::assemble
