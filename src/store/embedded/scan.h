// A search over a table without SQL: which rows hold all conditions, the first of them by time or another integer.
//
// Why not DuckDB, which knows how to do this: it opens each file anew and reads its footer for every question, some
// milliseconds a block, and scans every row of a column. Here blocks, row groups and pages are passed over by their
// times, zones and dictionaries, and by the worst row that is still wanted (docs/decisions/0012).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "base/result.h"
#include "store/embedded/scan_condition.h"
#include "store/embedded/table.h"
#include "store/span_store.h"

namespace vizsla::store {

struct RowPosition {
  std::int64_t value = 0;  // of the column that the order goes by
  std::uint64_t sequence = 0;

  auto operator<=>(const RowPosition&) const = default;
};

struct Scan {
  std::vector<ScanCondition> conditions;  // all must hold
  UnixNanos time_from = 0;                // [from, to) of the table's time column
  UnixNanos time_to = 0;
  std::optional<std::uint32_t> order_column;  // I64; without: the time column
  bool descending = true;
  std::size_t limit = 0;
  std::optional<RowPosition> after;  // only rows behind it in the order
  std::uint64_t sequence_max = std::numeric_limits<std::uint64_t>::max();
};

struct FoundRow {
  static constexpr std::uint32_t kLive = std::numeric_limits<std::uint32_t>::max();

  RowPosition position;
  std::uint32_t block = kLive;  // index into the version's blocks
  std::uint32_t row = 0;        // in the block; of a live row the sequence says it
};

// In the order asked for, at most `limit`; without those that the version's deletions name. Errors: Timeout; Corrupt,
// and `damaged` is the block that doesn't read.
Result<std::vector<FoundRow>> scan_rows(const TableVersion& version, const TableSchema& schema, const Scan& scan,
                                        const ReadLimits& limits, BlockPtr& damaged);

}  // namespace vizsla::store
