// A search for spans as SQL. Plain enough that DuckDB and any ClickHouse read it.
#pragma once

#include <string_view>

#include "query/span_search.h"
#include "store/sql/sql_statement.h"

namespace vizsla::store {

// Selects `locator` (what the store needs to find the row again), start_ns and sequence of the spans that match, in
// order, one more than the limit (if it comes, there is another page). `source` is what stands behind FROM; it has the
// columns of `locator`, start_ns, sequence, status and flags, and its own values come first.
SqlStatement render_span_search(const query::SpanSearch& search, std::string_view locator, SqlStatement source);

}  // namespace vizsla::store
