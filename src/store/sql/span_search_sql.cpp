#include "store/sql/span_search_sql.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "model/span_batch.h"

namespace vizsla::store {
namespace {

std::string_view order_column(query::SpanOrder order) {
  return order == query::SpanOrder::SlowestFirst ? "duration_ns" : "start_ns";
}

// A term, and the columns that it needs.
class TermRenderer {
 public:
  TermRenderer(SqlStatement& sql, std::size_t number) : sql_(sql), number_(number) {}

  void operator()(const query::FieldTerm& term) const {
    // It goes into the text: a name of ours, whoever asked.
    VIZSLA_CHECK(!term.field.empty() && std::all_of(term.field.begin(), term.field.end(),
                                                    [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; }));
    sql_.text += fmt::format("{} = ?", term.field);
    sql_.values.emplace_back(term.value);
  }
  void operator()(const query::TagTerm& /*term*/) const { sql_.text += tag_term_column(number_); }
  void operator()(const query::TraceTerm& term) const {
    sql_.text += "trace_id = ?";
    sql_.values.emplace_back(term.id.low);
    if (term.id.high == 0) return;
    sql_.text += " AND (trace_id_high = 0 OR trace_id_high = ?)";
    sql_.values.emplace_back(term.id.high);
  }
  void operator()(const query::ErrorTerm& /*term*/) const { sql_.text += "status = 1"; }
  void operator()(const query::EntryTerm& /*term*/) const {
    sql_.text += fmt::format("(flags & {}) <> 0", model::kIsEntry);
  }
  void operator()(const query::DurationTerm& term) const {
    sql_.text += "duration_ns >= ? AND duration_ns <= ?";
    sql_.values.emplace_back(term.min_ns);
    sql_.values.emplace_back(term.max_ns);
  }

 private:
  SqlStatement& sql_;
  std::size_t number_;
};

struct ColumnsOfTerm {
  std::vector<std::string_view>& columns;

  void operator()(const query::FieldTerm& term) const { columns.emplace_back(term.field); }
  void operator()(const query::TagTerm& /*term*/) const {}
  void operator()(const query::TraceTerm& term) const {
    columns.emplace_back("trace_id");
    if (term.id.high != 0) columns.emplace_back("trace_id_high");
  }
  void operator()(const query::ErrorTerm& /*term*/) const { columns.emplace_back("status"); }
  void operator()(const query::EntryTerm& /*term*/) const { columns.emplace_back("flags"); }
  void operator()(const query::DurationTerm& /*term*/) const { columns.emplace_back("duration_ns"); }
};

}  // namespace

std::string tag_term_column(std::size_t term) {
  return fmt::format("has_tag_{}", term);
}

std::vector<std::string_view> span_search_columns(const query::SpanSearch& search) {
  std::vector<std::string_view> columns{"start_ns", "sequence", order_column(search.order)};
  for (const query::SpanTerm& term : search.filter.terms) std::visit(ColumnsOfTerm{columns}, term.what);
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

SqlStatement render_span_search(const query::SpanSearch& search, std::string_view locator, SqlStatement source) {
  SqlStatement sql;
  sql.values = std::move(source.values);
  const std::string_view order = order_column(search.order);
  sql.text =
      fmt::format("SELECT {}, {}, sequence FROM {} WHERE start_ns >= ? AND start_ns < ?", locator, order, source.text);
  sql.values.emplace_back(search.time.from_ns);
  sql.values.emplace_back(search.time.to_ns);
  for (std::size_t i = 0; i < search.filter.terms.size(); ++i) {
    const query::SpanTerm& term = search.filter.terms[i];
    sql.text += term.negated ? " AND NOT (" : " AND (";
    std::visit(TermRenderer(sql, i), term.what);
    sql.text += ")";
  }
  if (search.sequence_max) {
    sql.text += " AND sequence <= ?";
    sql.values.emplace_back(*search.sequence_max);
  }
  const bool ascending = search.order == query::SpanOrder::OldestFirst;
  if (search.after) {
    const char* beyond = ascending ? ">" : "<";
    sql.text += fmt::format(" AND ({0} {1} ? OR ({0} = ? AND sequence {1} ?))", order, beyond);
    sql.values.emplace_back(search.after->value);
    sql.values.emplace_back(search.after->value);
    sql.values.emplace_back(search.after->sequence);
  }
  const char* direction = ascending ? "ASC" : "DESC";
  sql.text +=
      fmt::format(" ORDER BY {0} {1}, sequence {1} LIMIT {2}", order, direction, std::uint64_t{search.limit} + 1);
  return sql;
}

}  // namespace vizsla::store
