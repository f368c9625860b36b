#include "query/span_search.h"

#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "query/search_parser.h"
#include "query/search_plan.h"

namespace vizsla::query {
namespace {

constexpr std::string_view kCursorPrefix = "v2.";

// So that no two searches have the same text: each text with its length.
struct Fingerprint {
  std::string text;

  void add(std::string_view part) { text += fmt::format(" {}:{}", part.size(), part); }

  void operator()(const FieldTerm& term) {
    add(term.field);
    add(term.value);
  }
  void operator()(const TagTerm& term) {
    add(term.key);
    add(term.text);
    text += fmt::format(" {}", term.number.has_value());
  }
  void operator()(const TraceTerm& term) { text += fmt::format(" {:x} {:x}", term.id.high, term.id.low); }
  void operator()(const ErrorTerm& /*term*/) {}
  void operator()(const EntryTerm& /*term*/) {}
  void operator()(const DurationTerm& term) { text += fmt::format(" {} {}", term.min_ns, term.max_ns); }
};

// Everything of a search that must stay the same from page to page.
std::uint64_t fingerprint_of(const SpanSearch& search) {
  Fingerprint fingerprint{fmt::format("{}", static_cast<int>(search.order))};
  for (const SpanTerm& term : search.filter.terms) {
    fingerprint.text += fmt::format(" {}{}", term.negated ? '-' : '+', term.what.index());
    std::visit(fingerprint, term.what);
  }
  return hash64(as_bytes(fingerprint.text));
}

}  // namespace

SpanPosition position_of(const model::Span& span, SpanOrder order) {
  return {order == SpanOrder::SlowestFirst ? span.duration_ns : span.start_ns, span.sequence};
}

Result<SpanOrder> parse_span_order(std::string_view text) {
  if (text == "timestamp") return SpanOrder::OldestFirst;
  if (text == "-timestamp") return SpanOrder::NewestFirst;
  // Ours: Datadog's clients know the two above.
  if (text == "-duration" || text == "-@duration") return SpanOrder::SlowestFirst;
  return fail(ErrorCode::InvalidInput, fmt::format("sort is '{}', expected timestamp, -timestamp or -@duration", text));
}

Result<SpanFilter> parse_span_query(std::string_view text) {
  VIZSLA_TRY(const SearchNode root, parse_search(text));
  return plan_span_filter(root);
}

std::string encode_cursor(const SpanSearch& search, SpanPosition last, std::uint64_t sequence_max) {
  return fmt::format("{}{:x}.{:x}.{:x}.{:x}.{:x}.{:x}", kCursorPrefix, fingerprint_of(search),
                     static_cast<std::uint64_t>(last.value), last.sequence, sequence_max,
                     static_cast<std::uint64_t>(search.time.from_ns), static_cast<std::uint64_t>(search.time.to_ns));
}

Result<Cursor> decode_cursor(std::string_view text, const SpanSearch& search) {
  std::array<std::uint64_t, 6> fields{};
  bool sound = text.starts_with(kCursorPrefix);
  if (sound) {
    const char* at = text.data() + kCursorPrefix.size();
    const char* const end = text.data() + text.size();
    for (std::size_t i = 0; i < fields.size() && sound; ++i) {
      const auto parsed = std::from_chars(at, end, fields[i], 16);
      const bool last = i + 1 == fields.size();
      sound = parsed.ec == std::errc() && (last ? parsed.ptr == end : parsed.ptr != end && *parsed.ptr == '.');
      at = parsed.ptr + 1;
    }
  }
  if (!sound) return fail(ErrorCode::InvalidInput, "the cursor is none that this server gave out");
  if (fields[0] != fingerprint_of(search)) return fail(ErrorCode::InvalidInput, "the cursor belongs to another search");
  Cursor cursor;
  cursor.after = {static_cast<std::int64_t>(fields[1]), fields[2]};
  cursor.sequence_max = fields[3];
  cursor.time = {static_cast<UnixNanos>(fields[4]), static_cast<UnixNanos>(fields[5])};
  return cursor;
}

}  // namespace vizsla::query
