// What an owner does with a store beyond writing and reading: see what it takes, delete, keep. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "query/span_search.h"

namespace vizsla::store {

// Spans that are to go: those that had arrived and hold all of it. At least a trace, or a term, must be given.
struct SpanDeletion {
  model::TraceId trace;  // its low half alone counts; 0: of any trace
  query::TimeRange time{std::numeric_limits<UnixNanos>::min(), std::numeric_limits<UnixNanos>::max()};
  std::vector<query::FieldTerm> terms;  // service, env, host, version, operation_name or resource_name
};

struct PinnedTrace {
  model::TraceId id;  // without its high half
  std::uint64_t spans = 0;
  std::uint64_t bytes = 0;
};

struct StorageReport {
  struct Part {
    std::string name;  // see TableReport::parts and StorageReport::others
    std::uint64_t bytes = 0;
  };
  struct TableReport {
    std::string name;  // "spans", "kept"; of the statistics, by resolution, "stats_10s", "stats_1m" and "stats_1h"
    std::uint64_t blocks = 0;
    std::uint64_t rows = 0;
    std::vector<Part> parts;  // "data", "index", "filter", "manifest"; of statistics "data" and "small"
  };

  std::vector<TableReport> tables;
  std::vector<Part> others;      // "stats_manifest", "log", "quarantine", "tmp", "files" (the rest)
  std::uint64_t bytes = 0;       // of all of it
  std::uint64_t live_rows = 0;   // in memory and in the log, not in a block yet
  std::uint64_t live_bytes = 0;  // of memory
  std::uint64_t free_bytes = 0;  // of the disk
  std::uint64_t cap_bytes = 0;   // what all may take
  std::uint64_t reserve_bytes = 0;
  UnixNanos retention_ns = 0;         // 0: for ever
  UnixNanos oldest_received_ns = 0;   // of what is in blocks; 0: nothing is
  double bytes_per_day = 0;           // an estimate: what the last day added, or less if there is less
  double days_left = 0;               // until space is short at this rate; negative: not known, or never
  std::uint64_t unmerged_blocks = 0;  // compaction's debt
  std::uint64_t unmerged_rows = 0;
  std::uint64_t deletions = 0;  // that are still being made physical
  std::uint64_t quarantined_files = 0;
};

class StoreAdmin {
 public:
  virtual ~StoreAdmin() = default;

  // No read that starts after it returns sees them. InvalidInput when nothing or an unknown field is named.
  virtual Result<void> delete_spans(const SpanDeletion& deletion) = 0;

  // Keeps what of the trace has arrived whatever its age, until it is unpinned or deleted; it is found by its id.
  // NotFound when there is none of it.
  virtual Result<void> pin_trace(model::TraceId id) = 0;
  // NotFound when it isn't pinned.
  virtual Result<void> unpin_trace(model::TraceId id) = 0;
  virtual Result<std::vector<PinnedTrace>> pinned_traces() = 0;

  // Lists folders, so not for every second.
  virtual Result<StorageReport> storage() = 0;
};

}  // namespace vizsla::store
