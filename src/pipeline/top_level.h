// Which spans of a chunk are entry spans ("top level"), and which one is its root.
//
// Rules: agent-protocol §5.4 and §5.5. Only spans of the same chunk are looked at, as in the Agent: a parent that was
// sent in another request counts as absent. Reused from chunk to chunk, so that nothing is allocated for the usual
// sizes. One thread at a time.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "model/span_batch.h"

namespace vizsla::pipeline {

class ChunkTree {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  // Reads the rows [begin, end) of `batch`, which have their final services. What is asked below is about them.
  void read(const model::SpanBatch& batch, std::size_t begin, std::size_t end);

  // Row of the span's parent; kNone when it is a root or the parent isn't in the chunk. Of two spans with one id the
  // first is the parent.
  [[nodiscard]] std::uint32_t parent_of(std::size_t row) const { return parent_[row - begin_]; }

  // Scanned from the last span to the first: a span without parent id, else one whose parent isn't here, else the last.
  [[nodiscard]] std::uint32_t root() const { return root_; }

  // Pairs of spans with the same id: legal, but somebody's mistake.
  [[nodiscard]] std::uint32_t duplicate_ids() const { return duplicate_ids_; }

 private:
  struct Slot {
    std::uint64_t span_id;
    std::uint32_t row;
  };

  void find_parents_by_scan(const model::SpanBatch& batch);
  void find_parents_by_hash(const model::SpanBatch& batch);

  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::vector<std::uint32_t> parent_;
  std::vector<Slot> slots_;
  std::uint32_t root_ = kNone;
  std::uint32_t duplicate_ids_ = 0;
};

// Is the span at `row` a service's first one: no parent, a parent that isn't in the chunk, or one of another service.
bool is_top_level(const model::SpanBatch& batch, const ChunkTree& tree, std::size_t row);

}  // namespace vizsla::pipeline
