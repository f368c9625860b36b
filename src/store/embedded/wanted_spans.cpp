#include "store/embedded/wanted_spans.h"

#include "store/embedded/span_table.h"

namespace vizsla::store {

const Projection& IdSink::projection() {
  static const Projection ids = [] {
    Projection projection;
    projection.columns.assign(span_schema().columns.size(), false);
    for (const SpanColumn column : {SpanColumn::TraceIdHigh, SpanColumn::TraceId, SpanColumn::SpanId})
      projection.columns[static_cast<std::size_t>(column)] = true;
    return projection;
  }();
  return ids;
}

void IdSink::integer(std::size_t row, std::uint32_t column, std::uint64_t value) {
  if (row >= rows_.size()) rows_.resize(row + 1);
  switch (static_cast<SpanColumn>(column)) {
    case SpanColumn::TraceIdHigh:
      rows_[row].high = value;
      break;
    case SpanColumn::TraceId:
      rows_[row].low = value;
      break;
    case SpanColumn::SpanId:
      rows_[row].span = value;
      break;
    default:
      break;
  }
}

std::vector<RowRange> IdSink::choose(std::span<const RowRange> ranges, WantedSpans& wanted) const {
  std::vector<RowRange> chosen;
  std::size_t at = 0;
  for (const RowRange& range : ranges) {
    for (std::uint32_t row = range.first; row < range.first + range.count && at < rows_.size(); ++row, ++at) {
      const Ids& ids = rows_[at];
      // An index takes one in four billion other keys for this one.
      if (ids.low != wanted.trace_low) continue;
      if (ids.high != 0) wanted.highs.insert(ids.high);
      if (wanted.ids.contains(model::SpanId{ids.span})) chosen.push_back({row, 1});
    }
  }
  return chosen;
}

}  // namespace vizsla::store
