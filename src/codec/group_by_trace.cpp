#include "codec/group_by_trace.h"

#include <unordered_map>

namespace vizsla::codec {
namespace {

using Rows = std::vector<std::uint32_t>;

template <class T>
void reorder(std::vector<T>& column, const Rows& order) {
  std::vector<T> ordered;
  ordered.reserve(column.size());
  for (const std::uint32_t row : order) ordered.push_back(column[row]);
  column = std::move(ordered);
}

template <class Value>
void reorder(model::TagColumn<Value>& tags, const Rows& order) {
  model::TagColumn<Value> ordered;
  ordered.key.reserve(tags.key.size());
  ordered.value.reserve(tags.value.size());
  ordered.end.reserve(tags.end.size());
  for (const std::uint32_t row : order) {
    for (auto i = tags.begin_of(row); i < tags.end_of(row); ++i) ordered.push(tags.key[i], tags.value[i]);
    ordered.close_span();
  }
  tags = std::move(ordered);
}

}  // namespace

void group_by_trace(model::SpanBatch& batch) {
  const std::size_t rows = batch.size();
  std::unordered_map<std::uint64_t, std::uint32_t> traces;
  Rows trace_of(rows);
  Rows sizes;
  bool is_grouped = true;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto [at, is_new] = traces.emplace(batch.trace_id[row], static_cast<std::uint32_t>(sizes.size()));
    if (is_new) sizes.push_back(0);
    if (at->second + 1 != sizes.size()) is_grouped = false;
    trace_of[row] = at->second;
    ++sizes[at->second];
  }

  std::uint32_t end = 0;
  Rows next;  // by trace: where its next span goes
  for (const std::uint32_t size : sizes) {
    next.push_back(end);
    batch.chunk_end.push_back(end += size);
  }
  if (is_grouped) return;

  Rows order(rows);
  for (std::size_t row = 0; row < rows; ++row) order[next[trace_of[row]]++] = static_cast<std::uint32_t>(row);
  reorder(batch.trace_id, order);
  reorder(batch.span_id, order);
  reorder(batch.parent_id, order);
  reorder(batch.start_ns, order);
  reorder(batch.duration_ns, order);
  reorder(batch.service, order);
  reorder(batch.operation, order);
  reorder(batch.resource, order);
  reorder(batch.type, order);
  reorder(batch.error, order);
  reorder(batch.links, order);
  reorder(batch.events, order);
  reorder(batch.meta_struct, order);
  reorder(batch.meta, order);
  reorder(batch.metrics, order);
}

}  // namespace vizsla::codec
