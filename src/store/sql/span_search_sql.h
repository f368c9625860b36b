// A search for spans as SQL. Plain enough that DuckDB and any ClickHouse read it.
#pragma once

#include <string_view>
#include <vector>

#include "query/span_search.h"
#include "store/sql/sql_statement.h"

namespace vizsla::store {

// Selects `locator` (what the store needs to find the row again), what the order goes by, and the sequence of the spans
// that match, in order, one more than the limit (if it comes, there is another page).
//
// `source` is what stands behind FROM, and its own values come first. It has the columns of `locator` and those of
// span_search_columns(), none of them ever NULL. How tags lie is the store's matter: for each term of the filter that
// is a TagTerm the source also has a boolean, tag_term_column() of its number, which says whether the span has the tag.
SqlStatement render_span_search(const query::SpanSearch& search, std::string_view locator, SqlStatement source);

// The columns of spans that the text names, each once.
std::vector<std::string_view> span_search_columns(const query::SpanSearch& search);

std::string tag_term_column(std::size_t term);

}  // namespace vizsla::store
