#include "query/span_search.h"

#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"

namespace vizsla::query {
namespace {

constexpr std::string_view kCursorPrefix = "v1.";

// Everything of a search that must stay the same from page to page.
std::uint64_t fingerprint(const SpanSearch& search) {
  std::string text = fmt::format("{} {} {}", search.filter.errors_only, static_cast<int>(search.population),
                                 static_cast<int>(search.order));
  const SpanFilter& filter = search.filter;
  // Cursors of searches without them are as they were.
  if (filter.duration_min_ns != SpanFilter{}.duration_min_ns || filter.duration_max_ns != SpanFilter{}.duration_max_ns)
    text += fmt::format(" duration {} {}", filter.duration_min_ns, filter.duration_max_ns);
  for (const FieldTerm& term : filter.terms)
    text += fmt::format(" {}:{} {}:{}", term.field.size(), term.field, term.value.size(), term.value);
  return hash64(as_bytes(text));
}

}  // namespace

Result<SpanFilter> parse_span_query(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return SpanFilter{};
  const std::string_view trimmed = text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
  if (trimmed == "*") return SpanFilter{};
  return fail(ErrorCode::Unsupported,
              fmt::format("at character {}: this version answers the query '*' only, not '{}'", begin, trimmed));
}

std::string encode_cursor(const SpanSearch& search, SpanPosition last, std::uint64_t sequence_max) {
  return fmt::format("{}{:x}.{:x}.{:x}.{:x}.{:x}.{:x}", kCursorPrefix, fingerprint(search),
                     static_cast<std::uint64_t>(last.start_ns), last.sequence, sequence_max,
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
  if (fields[0] != fingerprint(search)) return fail(ErrorCode::InvalidInput, "the cursor belongs to another search");
  Cursor cursor;
  cursor.after = {static_cast<UnixNanos>(fields[1]), fields[2]};
  cursor.sequence_max = fields[3];
  cursor.time = {static_cast<UnixNanos>(fields[4]), static_cast<UnixNanos>(fields[5])};
  return cursor;
}

}  // namespace vizsla::query
