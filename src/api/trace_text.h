// A trace as a tree for a terminal: what `vizsla trace` prints, and what "copy as text" copies. Pure.
#pragma once

#include <string>

#include "assemble/trace_view.h"
#include "model/span.h"

namespace vizsla::api {

struct TextStyle {
  std::size_t width = 100;  // columns of the terminal; 40 at least
  bool color = false;       // ANSI colours
};

std::string trace_text(const model::SpanSet& spans, const assemble::TraceView& view, const TextStyle& style);

// "1.23 ms", "45.6 µs", "1m 01s": as the UI writes durations (ui.md C.6).
std::string format_duration(std::int64_t ns);

}  // namespace vizsla::api
