#include "pipeline/top_level.h"

#include <bit>

namespace vizsla::pipeline {
namespace {

// Up to here comparing every pair is quicker than filling a table.
constexpr std::size_t kScanMax = 24;

std::size_t slot_of(std::uint64_t span_id, std::size_t mask) {
  // Ids are random, but nothing makes a client keep to that.
  return (span_id * 0x9e3779b97f4a7c15u >> 32) & mask;
}

}  // namespace

void ChunkTree::read(const model::SpanBatch& batch, std::size_t begin, std::size_t end) {
  begin_ = begin;
  end_ = end;
  duplicate_ids_ = 0;
  parent_.assign(end - begin, kNone);
  if (end - begin <= kScanMax) {
    find_parents_by_scan(batch);
  } else {
    find_parents_by_hash(batch);
  }

  root_ = static_cast<std::uint32_t>(end - 1);
  std::uint32_t orphan = kNone;
  for (std::size_t row = end; row-- > begin;) {
    if (batch.parent_id[row] == 0) {
      root_ = static_cast<std::uint32_t>(row);
      return;
    }
    if (orphan == kNone && parent_of(row) == kNone) orphan = static_cast<std::uint32_t>(row);
  }
  if (orphan != kNone) root_ = orphan;
}

void ChunkTree::find_parents_by_scan(const model::SpanBatch& batch) {
  for (std::size_t row = begin_; row < end_; ++row) {
    const std::uint64_t wanted = batch.parent_id[row];
    const std::uint64_t own = batch.span_id[row];
    for (std::size_t other = begin_; other < end_; ++other) {
      if (batch.span_id[other] == wanted && other != row && parent_[row - begin_] == kNone && wanted != 0)
        parent_[row - begin_] = static_cast<std::uint32_t>(other);
      if (batch.span_id[other] == own && other < row) ++duplicate_ids_;
    }
  }
}

void ChunkTree::find_parents_by_hash(const model::SpanBatch& batch) {
  const std::size_t size = std::bit_ceil((end_ - begin_) * 2);
  const std::size_t mask = size - 1;
  slots_.assign(size, {0, kNone});
  for (std::size_t row = begin_; row < end_; ++row) {
    const std::uint64_t id = batch.span_id[row];
    std::size_t i = slot_of(id, mask);
    while (slots_[i].row != kNone && slots_[i].span_id != id) i = (i + 1) & mask;
    if (slots_[i].row != kNone) {
      ++duplicate_ids_;
    } else {
      slots_[i] = {id, static_cast<std::uint32_t>(row)};
    }
  }
  for (std::size_t row = begin_; row < end_; ++row) {
    const std::uint64_t wanted = batch.parent_id[row];
    if (wanted == 0) continue;
    std::size_t i = slot_of(wanted, mask);
    while (slots_[i].row != kNone && slots_[i].span_id != wanted) i = (i + 1) & mask;
    if (slots_[i].row != row) parent_[row - begin_] = slots_[i].row;
  }
}

bool is_top_level(const model::SpanBatch& batch, const ChunkTree& tree, std::size_t row) {
  const std::uint32_t parent = tree.parent_of(row);
  return parent == ChunkTree::kNone || batch.service[parent] != batch.service[row];
}

}  // namespace vizsla::pipeline
