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

}  // namespace

void remove_marked_tags(model::TagColumn<model::StringCode>& tags) {
  remove_marked(tags);
}

void remove_marked_tags(model::TagColumn<double>& tags) {
  remove_marked(tags);
}

void add_tags(model::TagColumn<model::StringCode>& tags, const std::vector<AddedTag>& added) {
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

void drop_chunks(model::SpanBatch& batch, const std::vector<std::uint8_t>& drop) {
  VIZSLA_CHECK(drop.size() == batch.chunk_end.size());
  std::vector<std::uint8_t> dropped(batch.size());  // by row
  std::uint32_t kept = 0;
  std::size_t chunks_kept = 0;
  std::size_t begin = 0;
  for (std::size_t chunk = 0; chunk < drop.size(); ++chunk) {
    const std::size_t end = batch.chunk_end[chunk];
    if (drop[chunk] != 0) {
      std::fill(dropped.begin() + static_cast<std::ptrdiff_t>(begin),
                dropped.begin() + static_cast<std::ptrdiff_t>(end), std::uint8_t{1});
    } else {
      kept += static_cast<std::uint32_t>(end - begin);
      batch.chunk_end[chunks_kept] = kept;
      if (!batch.chunk_payload.empty()) batch.chunk_payload[chunks_kept] = batch.chunk_payload[chunk];
      if (!batch.chunk_dropped.empty()) batch.chunk_dropped[chunks_kept] = batch.chunk_dropped[chunk];
      ++chunks_kept;
    }
    begin = end;
  }
  batch.chunk_end.resize(chunks_kept);
  if (!batch.chunk_payload.empty()) batch.chunk_payload.resize(chunks_kept);
  if (!batch.chunk_dropped.empty()) batch.chunk_dropped.resize(chunks_kept);
  keep_rows(batch.meta, dropped);
  keep_rows(batch.metrics, dropped);
  keep_rows(batch.trace_id_high, dropped);
  keep_rows(batch.span_id, dropped);
  keep_rows(batch.parent_id, dropped);
  keep_rows(batch.start_ns, dropped);
  keep_rows(batch.duration_ns, dropped);
  keep_rows(batch.service, dropped);
  keep_rows(batch.operation, dropped);
  keep_rows(batch.resource, dropped);
  keep_rows(batch.type, dropped);
  keep_rows(batch.error, dropped);
  keep_rows(batch.links, dropped);
  keep_rows(batch.events, dropped);
  keep_rows(batch.meta_struct, dropped);
  keep_rows(batch.env, dropped);
  keep_rows(batch.version, dropped);
  keep_rows(batch.host, dropped);
  keep_rows(batch.container_id, dropped);
  keep_rows(batch.language, dropped);
  keep_rows(batch.tracer_version, dropped);
  keep_rows(batch.base_service, dropped);
  keep_rows(batch.peer_service, dropped);
  keep_rows(batch.kind, dropped);
  keep_rows(batch.http_status, dropped);
  keep_rows(batch.sampling_priority, dropped);
  keep_rows(batch.ingestion_reason, dropped);
  keep_rows(batch.flags, dropped);
  keep_rows(batch.weight, dropped);
  keep_rows(batch.trace_id, dropped);
}

}  // namespace vizsla::pipeline
