// The newest rows of a table: batches in the order of the log, in memory, waiting to become a block.
//
// One writer appends; readers look at the first `count` batches for a count that they took earlier, without a lock: an
// element is never moved or changed once it is counted. When a part is frozen, nothing more is appended to it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/check.h"
#include "store/embedded/table_batch.h"

namespace vizsla::store {

class LivePart {
 public:
  // Whether one more batch would fit; the owner freezes a part before this turns false.
  [[nodiscard]] bool has_room() const { return count_.load(std::memory_order_relaxed) < kBatchesMax; }

  // One thread at a time.
  void append(TableBatch batch) {
    const std::size_t at = count_.load(std::memory_order_relaxed);
    VIZSLA_CHECK(at < kBatchesMax);
    std::unique_ptr<Slab>& slab = slabs_[at / kSlabSize];
    if (slab == nullptr) slab = std::make_unique<Slab>();
    rows_.fetch_add(batch.rows(), std::memory_order_relaxed);
    bytes_.fetch_add(batch.bytes(), std::memory_order_relaxed);
    (*slab)[at % kSlabSize] = std::move(batch);
    count_.store(at + 1, std::memory_order_release);
  }

  // Thread-safe from here on.
  [[nodiscard]] std::size_t count() const { return count_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint64_t rows() const { return rows_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  // `at` must be below a count() that the caller has seen.
  const TableBatch& operator[](std::size_t at) const { return (*slabs_[at / kSlabSize])[at % kSlabSize]; }

 private:
  static constexpr std::size_t kSlabSize = 256;
  static constexpr std::size_t kBatchesMax = 1 << 17;  // 131,072 requests between two blocks
  using Slab = std::array<TableBatch, kSlabSize>;

  std::array<std::unique_ptr<Slab>, kBatchesMax / kSlabSize> slabs_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> rows_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

// The part of a LivePart that a version sees.
struct LiveView {
  std::shared_ptr<const LivePart> part;
  std::size_t count = 0;
};

}  // namespace vizsla::store
