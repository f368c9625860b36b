#include "store/sql/span_search_sql.h"

#include <gtest/gtest.h>

namespace vizsla::store {
namespace {

TEST(SpanSearchSql, BindsEveryValue) {
  query::SpanSearch search;
  search.time = {10, 20};
  search.filter.errors_only = true;
  search.population = query::Population::Entry;
  search.limit = 5;
  search.sequence_max = 99;
  search.after = query::SpanPosition{15, 7};
  const SqlStatement sql = render_span_search(search, "block, position", {"spans", {}});
  EXPECT_EQ(sql.text,
            "SELECT block, position, start_ns, sequence FROM spans WHERE start_ns >= ? AND start_ns < ? AND status = 1"
            " AND (flags & 1) <> 0 AND sequence <= ? AND (start_ns < ? OR (start_ns = ? AND sequence < ?))"
            " ORDER BY start_ns DESC, sequence DESC LIMIT 6");
  const std::vector<SqlValue> values{std::int64_t{10}, std::int64_t{20}, std::uint64_t{99},
                                     std::int64_t{15}, std::int64_t{15}, std::uint64_t{7}};
  EXPECT_EQ(sql.values, values);
}

TEST(SpanSearchSql, TurnsRoundForOldestFirst) {
  query::SpanSearch search;
  search.order = query::SpanOrder::OldestFirst;
  search.after = query::SpanPosition{1, 2};
  const SqlStatement sql = render_span_search(search, "x", {"t", {std::string("of the source")}});
  EXPECT_NE(sql.text.find("start_ns > ?"), std::string::npos);
  EXPECT_NE(sql.text.find("ORDER BY start_ns ASC, sequence ASC LIMIT 11"), std::string::npos);
  EXPECT_EQ(std::get<std::string>(sql.values.front()), "of the source");
}

}  // namespace
}  // namespace vizsla::store
