#include "pipeline/edit_batch.h"

#include "base/check.h"

namespace vizsla::pipeline {
namespace {

template <class Value>
void remove_marked(model::TagColumn<Value>& tags) {
  std::uint32_t kept = 0;
  std::uint32_t i = 0;
  for (std::uint32_t& end : tags.end) {
    for (; i < end; ++i) {
      if (tags.key[i] == kRemovedTag) continue;
      tags.key[kept] = tags.key[i];
      tags.value[kept] = tags.value[i];
      ++kept;
    }
    end = kept;
  }
  tags.key.resize(kept);
  tags.value.resize(kept);
}

template <class T>
void keep_rows(std::vector<T>& column, const std::vector<std::uint8_t>& dropped) {
  if (column.empty()) return;  // not derived yet
  std::size_t kept = 0;
  for (std::size_t row = 0; row < dropped.size(); ++row) {
    if (dropped[row] == 0) column[kept++] = column[row];
  }
  column.resize(kept);
}

template <class Value>
void keep_rows(model::TagColumn<Value>& tags, const std::vector<std::uint8_t>& dropped) {
  for (std::size_t row = 0; row < dropped.size(); ++row) {
    if (dropped[row] == 0) continue;
    for (auto i = tags.begin_of(row); i < tags.end_of(row); ++i) tags.key[i] = kRemovedTag;
  }
  remove_marked(tags);
  keep_rows(tags.end, dropped);
}

template <class Value, class Added>
void add(model::TagColumn<Value>& tags, const std::vector<Added>& added) {
  if (added.empty()) return;
  const std::size_t before = tags.key.size();
  tags.key.resize(before + added.size());
  tags.value.resize(before + added.size());
  // From the back, so that nothing is overwritten before it has moved.
  std::size_t to = tags.key.size();
  std::size_t from = before;
  std::size_t left = added.size();
  for (std::size_t row = tags.end.size(); row-- > 0 && left > 0;) {
    const std::size_t begin = tags.begin_of(row);
    const auto end = static_cast<std::uint32_t>(to);
    for (; left > 0 && added[left - 1].row == row; --left) {
      --to;
      tags.key[to] = added[left - 1].key;
      tags.value[to] = added[left - 1].value;
    }
    for (; from > begin; --from) {
      --to;
      tags.key[to] = tags.key[from - 1];
      tags.value[to] = tags.value[from - 1];
    }
    tags.end[row] = end;
  }
  VIZSLA_CHECK(left == 0);
}

}  // namespace

void remove_marked_tags(model::TagColumn<model::StringCode>& tags) {
  remove_marked(tags);
}

void remove_marked_tags(model::TagColumn<double>& tags) {
  remove_marked(tags);
}

void add_tags(model::TagColumn<model::StringCode>& tags, const std::vector<AddedTag>& added) {
  add(tags, added);
}

void add_tags(model::TagColumn<double>& tags, const std::vector<AddedMetric>& added) {
  add(tags, added);
}

void drop_chunks(model::SpanBatch& batch, const std::vector<std::uint8_t>& drop) {
  VIZSLA_CHECK(drop.size() == batch.chunk_end.size());
  std::vector<std::uint8_t> dropped(batch.size());  // by row
  for (std::size_t chunk = 0; chunk < drop.size(); ++chunk) {
    if (drop[chunk] == 0) continue;
    std::fill(dropped.begin() + static_cast<std::ptrdiff_t>(batch.chunk_begin(chunk)),
              dropped.begin() + static_cast<std::ptrdiff_t>(batch.chunk_end[chunk]), std::uint8_t{1});
  }
  drop_rows(batch, dropped);
}

void drop_rows(model::SpanBatch& batch, const std::vector<std::uint8_t>& drop) {
  VIZSLA_CHECK(drop.size() == batch.size());
  std::uint32_t kept = 0;
  std::size_t chunks_kept = 0;
  std::size_t row = 0;
  for (std::size_t chunk = 0; chunk < batch.chunk_end.size(); ++chunk) {
    const std::uint32_t kept_before = kept;
    for (const std::size_t end = batch.chunk_end[chunk]; row < end; ++row) kept += drop[row] == 0 ? 1u : 0u;
    if (kept == kept_before) continue;
    batch.chunk_end[chunks_kept] = kept;
    if (!batch.chunk_payload.empty()) batch.chunk_payload[chunks_kept] = batch.chunk_payload[chunk];
    if (!batch.chunk_dropped.empty()) batch.chunk_dropped[chunks_kept] = batch.chunk_dropped[chunk];
    ++chunks_kept;
  }
  batch.chunk_end.resize(chunks_kept);
  if (!batch.chunk_payload.empty()) batch.chunk_payload.resize(chunks_kept);
  if (!batch.chunk_dropped.empty()) batch.chunk_dropped.resize(chunks_kept);
  keep_rows(batch.meta, drop);
  keep_rows(batch.metrics, drop);
  keep_rows(batch.trace_id_high, drop);
  keep_rows(batch.span_id, drop);
  keep_rows(batch.parent_id, drop);
  keep_rows(batch.start_ns, drop);
  keep_rows(batch.duration_ns, drop);
  keep_rows(batch.service, drop);
  keep_rows(batch.operation, drop);
  keep_rows(batch.resource, drop);
  keep_rows(batch.type, drop);
  keep_rows(batch.error, drop);
  keep_rows(batch.links, drop);
  keep_rows(batch.events, drop);
  keep_rows(batch.meta_struct, drop);
  keep_rows(batch.env, drop);
  keep_rows(batch.version, drop);
  keep_rows(batch.host, drop);
  keep_rows(batch.container_id, drop);
  keep_rows(batch.language, drop);
  keep_rows(batch.tracer_version, drop);
  keep_rows(batch.base_service, drop);
  keep_rows(batch.peer_service, drop);
  keep_rows(batch.kind, drop);
  keep_rows(batch.http_status, drop);
  keep_rows(batch.sampling_priority, drop);
  keep_rows(batch.ingestion_reason, drop);
  keep_rows(batch.flags, drop);
  keep_rows(batch.weight, drop);
  keep_rows(batch.trace_id, drop);
}

}  // namespace vizsla::pipeline
