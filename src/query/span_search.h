// What a search for spans asks, as plain values: the logical plan that every store answers in the same way.
//
// Pure: knows no SQL and no HTTP.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "model/span.h"
#include "query/time_range.h"

namespace vizsla::query {

enum class SpanOrder { NewestFirst, OldestFirst, SlowestFirst };

// The place behind a span in an ordered list: what the order goes by, and the sequence, which is the store's and makes
// it unique. Of equal spans the one that came last stands first, but when the oldest are first.
struct SpanPosition {
  std::int64_t value = 0;  // start_ns; of SlowestFirst duration_ns
  std::uint64_t sequence = 0;

  bool operator==(const SpanPosition&) const = default;
};

SpanPosition position_of(const model::Span& span, SpanOrder order);

// "timestamp", "-timestamp", "-@duration". InvalidInput, which says so.
Result<SpanOrder> parse_span_order(std::string_view text);

// Spans whose text column `field` is exactly `value`. The name is the one that the search language gives it: service,
// env, resource_name, … A column that has nothing is equal to "".
struct FieldTerm {
  std::string field;
  std::string value;

  bool operator==(const FieldTerm&) const = default;
};

// Spans that have the tag `key`, either as a text that is exactly `text`, or, when there is a `number`, as a number
// that is equal to it. Of a number that came several times any will do.
struct TagTerm {
  std::string key;
  std::string text;
  std::optional<double> number{};

  bool operator==(const TagTerm&) const = default;
};

// Spans of a trace. A high half that isn't known, in the id or on the span, is none that differs.
struct TraceTerm {
  model::TraceId id;

  bool operator==(const TraceTerm&) const = default;
};

// Spans in error.
struct ErrorTerm {
  bool operator==(const ErrorTerm&) const = default;
};

// Entry spans: where a service begins to work on a request.
struct EntryTerm {
  bool operator==(const EntryTerm&) const = default;
};

// Spans that took from `min_ns` to `max_ns`, both included; none when the one is above the other.
struct DurationTerm {
  std::int64_t min_ns = std::numeric_limits<std::int64_t>::min();
  std::int64_t max_ns = std::numeric_limits<std::int64_t>::max();

  bool operator==(const DurationTerm&) const = default;
};

// Something that must hold of a span or, negated, must not: of a span without the tag -@tag:value holds.
struct SpanTerm {
  using What = std::variant<FieldTerm, TagTerm, TraceTerm, ErrorTerm, DurationTerm, EntryTerm>;

  template <class T>
    requires std::constructible_from<What, T>
  // NOLINTNEXTLINE(google-explicit-constructor): lists of terms are written as what they are
  SpanTerm(T term, bool is_negated = false) : what(std::move(term)), negated(is_negated) {}

  What what;
  bool negated;

  bool operator==(const SpanTerm&) const = default;
};

// What the search language says, checked: all terms must hold. Without any: everything.
struct SpanFilter {
  std::vector<SpanTerm> terms{};

  bool operator==(const SpanFilter&) const = default;
};

struct SpanSearch {
  TimeRange time;
  SpanFilter filter;
  SpanOrder order = SpanOrder::NewestFirst;
  std::uint32_t limit = 10;
  std::optional<SpanPosition> after;          // only spans behind this one in the order
  std::optional<std::uint64_t> sequence_max;  // only spans that had arrived by then, so that pages don't shift
};

// Reads a query in the search language (search_parser.h) as far as a filter can say it (search_plan.h). Errors:
// InvalidInput, Unsupported, both naming the character.
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
