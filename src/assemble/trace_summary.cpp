#include "assemble/trace_summary.h"

#include <algorithm>
#include <optional>

#include "base/check.h"

namespace vizsla::assemble {
namespace {

bool says_why(const model::Span& span) {
  const SpanError error = error_of(span);
  return !error.message.empty() || !error.type.empty();
}

// Of two that end together, the later start is the inner one.
bool failed_before(const model::Span& a, const model::Span& b) {
  if (const bool why = says_why(a); why != says_why(b)) return why;
  if (a.end_ns() != b.end_ns()) return a.end_ns() < b.end_ns();
  return a.start_ns > b.start_ns;
}

}  // namespace

TraceSummary summarize_trace(std::span<const model::Span> spans) {
  VIZSLA_CHECK(!spans.empty());
  TraceSummary summary;
  summary.id.low = spans[0].trace_id.low;
  summary.start_ns = spans[0].start_ns;
  UnixNanos end_ns = spans[0].end_ns();
  std::optional<std::size_t> root;
  std::optional<std::size_t> entry;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const model::Span& span = spans[i];
    if (summary.id.high == 0) summary.id.high = span.trace_id.high;
    end_ns = std::max(end_ns, span.end_ns());
    summary.received_ns = std::max(summary.received_ns, span.received_ns);
    if (!root && span.parent_id == model::kNoSpan) root = i;
    if (!entry && span.is_entry) entry = i;
    if (span.error && (summary.errors++ == 0 || failed_before(span, spans[summary.first_failed])))
      summary.first_failed = i;
    if (std::find(summary.services.begin(), summary.services.end(), span.service) == summary.services.end())
      summary.services.push_back(span.service);
  }
  summary.duration_ns = end_ns - summary.start_ns;
  summary.root_missing = !root;
  summary.root = root.value_or(entry.value_or(0));
  return summary;
}

SpanError error_of(const model::Span& span) {
  const auto tag = [&](std::string_view key) {
    const std::string_view* value = span.find_meta(key);
    return value == nullptr ? std::string_view{} : *value;
  };
  SpanError error;
  error.type = tag("error.type");
  error.message = tag("error.message");
  if (error.message.empty()) error.message = tag("error.msg");
  error.stack = tag("error.stack");
  // dd-trace-go from v2.7 on, for errors that carry no stack of their own: where it was told of the error.
  if (error.stack.empty()) error.stack = tag("error.handling_stack");
  return error;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

}  // namespace vizsla::assemble
