// The newest statistics: what the log's frames have added since the last block, added up in memory.
//
// One writer adds (the log's thread); readers look at it in pieces under its lock, so that the writer never waits for
// long. When it is frozen nothing more is added, and it becomes blocks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "model/stats_batch.h"
#include "model/string_table.h"
#include "sketch/bins.h"
#include "store/embedded/stats_rows.h"
#include "store/embedded/table_batch.h"

namespace vizsla::store {

class StatsLive {
 public:
  struct Cell {
    std::uint32_t key = 0;  // index into the keys
    UnixNanos bucket_ns = 0;
    model::StatsCounts counts;
    sketch::SparseBins ok;
    sketch::SparseBins error;
  };

  StatsLive();

  // Adds the rows of a section that check_stats() takes.
  void add(const TableBatch& section);

  [[nodiscard]] std::uint64_t rows() const { return rows_.load(std::memory_order_relaxed); }
  // Of memory, about.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  // Calls look(first, last) for some cells [first, last) at a time, until all that were there at the beginning have
  // been looked at, each time under the lock; false ends it. What it reads with the functions below is for then only.
  template <class Look>
  void read(Look&& look) const {
    constexpr std::size_t kCellsAtOnce = 2048;
    std::size_t end = 0;
    for (std::size_t first = 0;; first += kCellsAtOnce) {
      const std::lock_guard lock(mutex_);
      if (first == 0) end = cells_.size();
      if (first >= end || !look(first, std::min(end, first + kCellsAtOnce))) return;
    }
  }
  [[nodiscard]] const Cell& cell(std::size_t at) const { return cells_[at]; }
  [[nodiscard]] std::span<const model::StatsKey> keys() const { return keys_; }
  [[nodiscard]] std::size_t strings() const { return strings_.size(); }
  [[nodiscard]] std::string_view string(model::StringCode code) const { return strings_[code]; }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t at = 0;  // 1 + index; 0 = free
  };

  std::uint32_t key_index(const model::StatsKey& key);
  Cell& cell_of(std::uint32_t key, UnixNanos bucket_ns);
  static void grow(std::vector<Slot>& slots);

  mutable std::mutex mutex_;
  model::StringTable strings_;
  std::vector<model::StatsKey> keys_;
  std::vector<Cell> cells_;
  std::vector<Slot> key_slots_;  // powers of two, at most half full
  std::vector<Slot> cell_slots_;
  std::vector<model::StringCode> codes_;  // of the section at hand → ours
  std::uint64_t bin_bytes_ = 0;
  std::atomic<std::uint64_t> rows_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

// The cells of a frozen one in the order of their keys, or of their small keys. Keeps it alive.
std::unique_ptr<StatsSource> make_live_source(std::shared_ptr<const StatsLive> live, bool small);

}  // namespace vizsla::store
