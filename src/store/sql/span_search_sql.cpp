#include "store/sql/span_search_sql.h"

#include <fmt/format.h>

#include "model/span_batch.h"

namespace vizsla::store {

SqlStatement render_span_search(const query::SpanSearch& search, std::string_view locator, SqlStatement source) {
  SqlStatement sql;
  sql.values = std::move(source.values);
  sql.text =
      fmt::format("SELECT {}, start_ns, sequence FROM {} WHERE start_ns >= ? AND start_ns < ?", locator, source.text);
  sql.values.emplace_back(search.time.from_ns);
  sql.values.emplace_back(search.time.to_ns);
  if (search.filter.errors_only) sql.text += " AND status = 1";
  if (search.population == query::Population::Entry) sql.text += fmt::format(" AND (flags & {}) <> 0", model::kIsEntry);
  if (search.sequence_max) {
    sql.text += " AND sequence <= ?";
    sql.values.emplace_back(*search.sequence_max);
  }
  const bool newest_first = search.order == query::SpanOrder::NewestFirst;
  if (search.after) {
    const char* beyond = newest_first ? "<" : ">";
    sql.text += fmt::format(" AND (start_ns {0} ? OR (start_ns = ? AND sequence {0} ?))", beyond);
    sql.values.emplace_back(search.after->start_ns);
    sql.values.emplace_back(search.after->start_ns);
    sql.values.emplace_back(search.after->sequence);
  }
  const char* direction = newest_first ? "DESC" : "ASC";
  sql.text += fmt::format(" ORDER BY start_ns {0}, sequence {0} LIMIT {1}", direction, std::uint64_t{search.limit} + 1);
  return sql;
}

}  // namespace vizsla::store
