// What a search for spans asks, as plain values: the logical plan that every store answers in the same way.
//
// Pure: knows no SQL and no HTTP.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "query/time_range.h"

namespace vizsla::query {

enum class SpanOrder { NewestFirst, OldestFirst };

// Which spans are looked at.
enum class Population {
  All,
  Entry,  // a service's first span in its chunk
};

// The place behind a span in an ordered list. The sequence is the store's and makes it unique.
struct SpanPosition {
  UnixNanos start_ns = 0;
  std::uint64_t sequence = 0;

  bool operator==(const SpanPosition&) const = default;
};

// Spans whose `field` is exactly `value`. A field is a text column by the name that the search language gives it
// (service, env, resource_name, …), or a text tag as "@<key>".
struct FieldTerm {
  std::string field;
  std::string value;

  bool operator==(const FieldTerm&) const = default;
};

// What the search language says, checked. All of it must hold. So far the language says "everything"; the rest is for
// who builds a search himself.
struct SpanFilter {
  bool errors_only = false;
  std::vector<FieldTerm> terms{};
  std::int64_t duration_min_ns = std::numeric_limits<std::int64_t>::min();
  std::int64_t duration_max_ns = std::numeric_limits<std::int64_t>::max();  // both included

  bool operator==(const SpanFilter&) const = default;
};

struct SpanSearch {
  TimeRange time;
  SpanFilter filter;
  Population population = Population::All;
  SpanOrder order = SpanOrder::NewestFirst;
  std::uint32_t limit = 10;
  std::optional<SpanPosition> after;          // only spans behind this one in the order
  std::optional<std::uint64_t> sequence_max;  // only spans that had arrived by then, so that pages don't shift
};

// Reads a query in the search language. So far "*" and "" mean everything; anything else is Unsupported, and says so.
Result<SpanFilter> parse_span_query(std::string_view text);

// Where a list goes on, as text that clients hand back unread. Tied to what was asked, so that a cursor of another
// search is refused instead of giving nonsense.
std::string encode_cursor(const SpanSearch& search, SpanPosition last, std::uint64_t sequence_max);

struct Cursor {
  SpanPosition after;
  std::uint64_t sequence_max = 0;
  TimeRange time;  // as it was resolved for the first page
};

// InvalidInput when it is none of ours, or belongs to another search (`search.time` isn't looked at: the cursor has
// it).
Result<Cursor> decode_cursor(std::string_view text, const SpanSearch& search);

}  // namespace vizsla::query
