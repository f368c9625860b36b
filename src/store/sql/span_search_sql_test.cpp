#include "store/sql/span_search_sql.h"

#include <gmock/gmock.h>

namespace vizsla::store {
namespace {

TEST(SpanSearchSql, BindsEveryValue) {
  query::SpanSearch search;
  search.time = {10, 20};
  search.filter.terms = {query::ErrorTerm{}, query::EntryTerm{}};
  search.limit = 5;
  search.sequence_max = 99;
  search.after = query::SpanPosition{15, 7};
  const SqlStatement sql = render_span_search(search, "block, position", {"spans", {}});
  EXPECT_EQ(sql.text,
            "SELECT block, position, start_ns, sequence FROM spans WHERE start_ns >= ? AND start_ns < ?"
            " AND (status = 1) AND ((flags & 1) <> 0) AND sequence <= ?"
            " AND (start_ns < ? OR (start_ns = ? AND sequence < ?))"
            " ORDER BY start_ns DESC, sequence DESC LIMIT 6");
  const std::vector<SqlValue> values{std::int64_t{10}, std::int64_t{20}, std::uint64_t{99},
                                     std::int64_t{15}, std::int64_t{15}, std::uint64_t{7}};
  EXPECT_EQ(sql.values, values);
}

TEST(SpanSearchSql, RendersEveryTermAndItsNegation) {
  const std::string hostile = "x' OR 1=1; DROP TABLE spans; --";
  query::SpanSearch search;
  search.filter.terms = {
      query::FieldTerm{"service", hostile},    {query::FieldTerm{"env", "prod"}, true},
      query::TagTerm{hostile, hostile},        {query::TagTerm{"retries", "3", 3.0}, true},
      query::TraceTerm{{.low = 5, .high = 0}}, {query::TraceTerm{{.low = 6, .high = 7}}, true},
      {query::DurationTerm{8, 9}, true},
  };
  const SqlStatement sql = render_span_search(search, "x", {"spans", {}});
  EXPECT_THAT(sql.text, ::testing::HasSubstr(" AND (service = ?) AND NOT (env = ?) AND (has_tag_2) AND NOT (has_tag_3)"
                                             " AND (trace_id = ?)"
                                             " AND NOT (trace_id = ? AND (trace_id_high = 0 OR trace_id_high = ?))"
                                             " AND NOT (duration_ns >= ? AND duration_ns <= ?) ORDER BY"));
  EXPECT_THAT(sql.values, ::testing::Contains(SqlValue(hostile)));
  EXPECT_THAT(span_search_columns(search), ::testing::ElementsAre("duration_ns", "env", "sequence", "service",
                                                                  "start_ns", "trace_id", "trace_id_high"));
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

TEST(SpanSearchSql, GoesByDurationForSlowestFirst) {
  query::SpanSearch search;
  search.order = query::SpanOrder::SlowestFirst;
  search.after = query::SpanPosition{1, 2};
  const SqlStatement sql = render_span_search(search, "x", {"t", {}});
  EXPECT_THAT(sql.text, ::testing::StartsWith("SELECT x, duration_ns, sequence FROM t WHERE start_ns >= ?"));
  EXPECT_THAT(sql.text, ::testing::HasSubstr("(duration_ns < ? OR (duration_ns = ? AND sequence < ?))"));
  EXPECT_THAT(sql.text, ::testing::HasSubstr("ORDER BY duration_ns DESC, sequence DESC LIMIT 11"));
}

}  // namespace
}  // namespace vizsla::store
