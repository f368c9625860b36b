#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "query/span_search.h"
#include "query/time_range.h"

using namespace vizsla;

// The same text as a time, as a query and as a cursor. What is taken for a time must survive being written out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr UnixNanos kNow = 1'795'000'000'000'000'000;
  if (const auto time = query::parse_time(text, kNow)) {
    const auto again = query::parse_time(query::format_time(*time, 9), kNow);
    VIZSLA_CHECK(again && *again == *time);
  }
  std::ignore = query::parse_span_query(text);
  const query::SpanSearch search;
  if (const auto cursor = query::decode_cursor(text, search)) {
    query::SpanSearch next = search;
    next.time = cursor->time;
    VIZSLA_CHECK(
        query::decode_cursor(query::encode_cursor(next, cursor->after, cursor->sequence_max), next).has_value());
  }
  return 0;
}
