#include "store/embedded/span_search.h"

#include <algorithm>

#include <fmt/format.h>

#include "store/embedded/engine.h"
#include "store/embedded/span_table.h"
#include "store/sql/span_search_sql.h"

namespace vizsla::store {
namespace {

using Kind = ScanCondition::Kind;

constexpr std::uint32_t index_of(SpanColumn column) {
  return static_cast<std::uint32_t>(column);
}

struct ConditionOf {
  Result<ScanCondition> operator()(const query::FieldTerm& term) const {
    const std::uint32_t column = span_schema().find(term.field);
    if (column == span_schema().columns.size() || span_schema().columns[column].type != ColumnType::String)
      return fail(ErrorCode::Unsupported, fmt::format("spans have no text field '{}'", term.field));
    return ScanCondition{.kind = Kind::TextEquals, .column = column, .value = term.value};
  }
  Result<ScanCondition> operator()(const query::TagTerm& term) const {
    return ScanCondition{.kind = Kind::TagEquals,
                         .column = index_of(SpanColumn::Tags),
                         .other_column = index_of(SpanColumn::Metrics),
                         .key = term.key,
                         .value = term.text,
                         .number = term.number};
  }
  Result<ScanCondition> operator()(const query::TraceTerm& term) const {
    return ScanCondition{.kind = Kind::Id,
                         .column = index_of(SpanColumn::TraceId),
                         .other_column = index_of(SpanColumn::TraceIdHigh),
                         .id = term.id.low,
                         .id_high = term.id.high};
  }
  Result<ScanCondition> operator()(const query::ErrorTerm& /*term*/) const {
    return ScanCondition{.kind = Kind::Range, .column = index_of(SpanColumn::Status), .min = 1, .max = 1};
  }
  Result<ScanCondition> operator()(const query::EntryTerm& /*term*/) const {
    return ScanCondition{.kind = Kind::AnyBit, .column = index_of(SpanColumn::Flags), .mask = model::kIsEntry};
  }
  Result<ScanCondition> operator()(const query::DurationTerm& term) const {
    return ScanCondition{
        .kind = Kind::Range, .column = index_of(SpanColumn::DurationNs), .min = term.min_ns, .max = term.max_ns};
  }
};

// What is cheap to look at first: integers, then texts, then tags; and what must hold before what mustn't.
int cost_of(const ScanCondition& condition) {
  return static_cast<int>(condition.kind) * 2 + (condition.negated ? 1 : 0);
}

}  // namespace

Result<Scan> scan_of(const query::SpanSearch& search) {
  Scan scan;
  scan.time_from = search.time.from_ns;
  scan.time_to = search.time.to_ns;
  if (search.order == query::SpanOrder::SlowestFirst) scan.order_column = index_of(SpanColumn::DurationNs);
  scan.descending = search.order != query::SpanOrder::OldestFirst;
  scan.limit = std::size_t{search.limit} + 1;
  if (search.after) scan.after = {search.after->value, search.after->sequence};
  if (search.sequence_max) scan.sequence_max = *search.sequence_max;
  for (const query::SpanTerm& term : search.filter.terms) {
    VIZSLA_TRY(ScanCondition condition, std::visit(ConditionOf{}, term.what));
    condition.negated = term.negated;
    // Cheap ones first; of equal ones the first that was asked for.
    const auto behind =
        std::upper_bound(scan.conditions.begin(), scan.conditions.end(), condition,
                         [](const ScanCondition& a, const ScanCondition& b) { return cost_of(a) < cost_of(b); });
    scan.conditions.insert(behind, std::move(condition));
  }
  return scan;
}

namespace {

// Whether a row has a tag, as SQL that is never NULL: in the columns that the tag has, and in the map.
class TagSql {
 public:
  explicit TagSql(SqlStatement& sql) : sql_(sql) {}

  void in_column(std::string_view column, SqlValue value) {
    begin();
    sql_.text += fmt::format("coalesce({} = ?, false)", column);
    sql_.values.push_back(std::move(value));
  }
  void in_map(std::string_view map, std::string_view type, const std::string& key, SqlValue value) {
    begin();
    // A key that is there twice counts twice.
    sql_.text +=
        fmt::format("list_contains(map_entries({}), struct_pack(key := ?::VARCHAR, value := ?::{}))", map, type);
    sql_.values.emplace_back(key);
    sql_.values.push_back(std::move(value));
  }

 private:
  void begin() {
    if (!first_) sql_.text += " OR ";
    first_ = false;
  }

  SqlStatement& sql_;
  bool first_ = true;
};

std::string quoted(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    literal += c;
    if (c == '\'') literal += '\'';
  }
  return literal + "'";
}

std::optional<std::size_t> place_of(const std::vector<std::string>& tags, const std::string& key) {
  const auto at = std::find(tags.begin(), tags.end(), key);
  if (at == tags.end()) return std::nullopt;
  return static_cast<std::size_t>(at - tags.begin());
}

// What is selected of one part of the table, behind its locator. `block`: null for the live part. `leaves`: what is
// read of the block for the tags.
void render_columns(const query::SpanSearch& search, const BlockReader* block, SqlStatement& sql,
                    std::vector<std::uint32_t>& leaves) {
  for (const std::string_view column : span_search_columns(search)) sql.text += fmt::format(", {}", column);
  for (std::size_t i = 0; i < search.filter.terms.size(); ++i) {
    const auto* term = std::get_if<query::TagTerm>(&search.filter.terms[i].what);
    if (term == nullptr) continue;
    sql.text += ", (";
    TagSql tag(sql);
    const auto text = block == nullptr ? std::nullopt : place_of(block->info().string_tags, term->key);
    if (text) {
      tag.in_column(fmt::format("s{}", *text), term->text);
      leaves.push_back(block->layout().string_tag_leaf(*text));
    } else {
      tag.in_map("tags", "VARCHAR", term->key, term->text);
    }
    if (term->number) {
      const auto number = block == nullptr ? std::nullopt : place_of(block->info().number_tags, term->key);
      if (number) {
        tag.in_column(fmt::format("n{}", *number), *term->number);
        leaves.push_back(block->layout().number_tag_leaf(*number));
      }
      tag.in_map("metrics", "DOUBLE", term->key, *term->number);
    }
    sql.text += fmt::format(") AS {}", tag_term_column(i));
    if (block == nullptr) continue;
    for (const SpanColumn map : {SpanColumn::Tags, SpanColumn::Metrics}) {
      leaves.push_back(block->layout().leaf_of(index_of(map)));
      leaves.push_back(block->layout().leaf_of(index_of(map)) + 1);
    }
  }
}

}  // namespace

Result<SqlStatement> sql_source_of(const query::SpanSearch& search, const TableVersion& version,
                                   std::uint64_t live_number, const ReadLimits& limits, BlockPtr& damaged) {
  // No name but that of a column goes into the text.
  VIZSLA_TRY_VOID(scan_of(search));
  SqlStatement source;
  std::vector<std::uint32_t> leaves;
  // In the live part a row is found by its sequence, in a block by its number.
  source.text = fmt::format("(SELECT {}::UINTEGER AS block, 0::UBIGINT AS row", FoundRow::kLive);
  render_columns(search, nullptr, source, leaves);
  source.text += fmt::format(" FROM vizsla_live({}::UBIGINT)", live_number);
  for (std::size_t i = 0; i < version.blocks->size(); ++i) {
    const BlockPtr& block = (*version.blocks)[i];
    const BlockInfo& info = block->info();
    if (info.time_max < search.time.from_ns || info.time_min >= search.time.to_ns) continue;
    if (search.sequence_max && info.sequence_min > *search.sequence_max) continue;
    VIZSLA_TRY_VOID(limits.check());
    leaves.clear();
    for (const std::string_view column : span_search_columns(search)) {
      leaves.push_back(column == "sequence" ? block->layout().sequence_leaf()
                                            : block->layout().leaf_of(span_schema().find(column)));
    }
    source.text += fmt::format(" UNION ALL SELECT {}::UINTEGER, file_row_number::UBIGINT", i);
    render_columns(search, block.get(), source, leaves);
    source.text += fmt::format(" FROM read_parquet({}, file_row_number = true)", quoted(block->data_path()));
    if (const auto sound = block->verify_for_scan(leaves); !sound) {
      if (sound.error().code == ErrorCode::Corrupt) damaged = block;
      return fail(sound.error());
    }
  }
  source.text += ")";
  return source;
}

}  // namespace vizsla::store
