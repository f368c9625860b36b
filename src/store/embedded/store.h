// The embedded store: one folder, one process, everything durable in a write-ahead log and in Parquet blocks.
//
// Threads: the *log thread* takes all appends that wait, writes them with one sync, makes them visible, answers them;
// the *builder thread* turns full parts into blocks, and deletes log segments that all tables have passed; the
// *maintenance thread*, of low priority, merges blocks, and lets go of what is too old. Reads run on the caller's
// thread.
//
// On start the log is replayed past each table's mark. Nothing acknowledged is ever only in memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/embedded/block_builder.h"
#include "store/embedded/compaction.h"
#include "store/embedded/files.h"
#include "store/embedded/log_writer.h"
#include "store/embedded/query_gate.h"
#include "store/embedded/retention.h"
#include "store/embedded/stats_table.h"
#include "store/span_store.h"
#include "store/stats_store.h"
#include "store/store_admin.h"

namespace vizsla::store {

struct StoreOptions {
  std::string folder;
  LogSync sync = LogSync::Always;
  std::uint64_t segment_bytes = 64 << 20;

  // A part becomes blocks when it has this many rows or bytes, or is this old.
  std::uint64_t block_rows = 250'000;
  std::uint64_t block_live_bytes = 48 << 20;
  std::chrono::seconds block_age{600};

  // Statistics in memory become blocks when they take this much, or are this old, or when this much of the log waits
  // for it.
  StatsOptions stats;
  std::uint64_t stats_live_bytes = 24 << 20;
  std::uint64_t stats_log_bytes = 256 << 20;
  std::chrono::seconds stats_age{300};

  // How long after a block couldn't be written it is tried again.
  std::chrono::milliseconds build_retry{1000};

  // What live parts may hold before appends are refused; as much again may wait for the log.
  std::uint64_t memory_bytes = 128 << 20;

  // What merging may have in hand, about: fewer rows at once where it is little.
  std::uint64_t maintenance_memory_bytes = 128 << 20;

  // How long the hashes of payloads are kept, so that one sent again is told (decision 1).
  std::chrono::seconds payload_window{600};

  BlockOptions blocks;
  bool maintenance_enabled = true;
  CompactionOptions compaction;
  RetentionOptions retention;
  // Searches by DuckDB instead of our own scan, where it can; for tests, which hold the two against each other.
  bool search_by_sql = false;
  // Half of it is DuckDB's, half for the spans that reads have in hand.
  std::uint64_t query_memory_bytes = 384 << 20;
  std::uint64_t query_spill_bytes = 1 << 30;
  int query_threads = 2;
  int query_slots = 4;         // queries that run at once; one of them is kept for short ones
  int query_waiting_max = 32;  // short ones, and as many long ones
};

class EmbeddedStore final : public SpanWriter, public SpanReader, public StatsReader, public StoreAdmin {
 public:
  // Opens or makes the folder. Unavailable when another process has it, or it can't be written; Unsupported when it was
  // written by a newer program. Borrows `files` and `clock`.
  static Result<std::unique_ptr<EmbeddedStore>> open(StoreOptions options, Files& files, const Clock& clock);

  // Waits for appends in flight, then closes. Live rows stay in the log.
  ~EmbeddedStore() override;

  void append(const model::SpanBatch& batch, const model::StatsBatch& stats, Hash128 payload, Done done) override;
  Result<model::SpanSet> read_trace(model::TraceId id, SpanDetail detail, const ReadLimits& limits) override;
  Result<model::SpanSet> read_spans(model::TraceId id, std::span<const model::SpanId> wanted,
                                    const ReadLimits& limits) override;
  Result<TraceSet> read_traces(std::span<const model::TraceId> ids, SpanDetail detail,
                               const ReadLimits& limits) override;
  Result<SpanPage> search(const query::SpanSearch& search, SpanDetail detail, const ReadLimits& limits) override;
  Result<query::StatsAnswer> read_stats(const query::StatsQuery& query, const ReadLimits& limits) override;
  [[nodiscard]] std::uint64_t span_count() const override;

  Result<void> delete_spans(const SpanDeletion& deletion) override;
  Result<void> pin_trace(model::TraceId id) override;
  Result<void> unpin_trace(model::TraceId id) override;
  Result<std::vector<PinnedTrace>> pinned_traces() override;
  Result<StorageReport> storage() override;

  // Payloads that were stored within the payload window before the start.
  [[nodiscard]] std::vector<StoredPayload> recent_payloads() const;

  // Waits until all that has been appended is in blocks, or a block couldn't be written; for tests, benchmarks and
  // maintenance.
  Result<void> flush();

  // Lets go what is too old or too much, makes deletions physical, and merges all blocks that are due: now, and on the
  // caller's thread. For tests, benchmarks and maintenance.
  Result<void> maintain();

  // Nothing while appends are taken; else why they are not (Unavailable: the disk is full, …).
  [[nodiscard]] Result<void> health() const;

  struct Stats {
    std::uint64_t spans = 0;
    std::uint64_t blocks = 0;
    std::uint64_t block_bytes = 0;
    std::uint64_t index_bytes = 0;
    std::uint64_t filter_bytes = 0;
    std::uint64_t live_spans = 0;
    std::uint64_t live_bytes = 0;
    std::uint64_t log_segments = 0;
    std::uint64_t log_bytes = 0;
    std::uint64_t frames = 0;     // appended since the start
    std::uint64_t log_syncs = 0;  // with that many syncs
    std::uint64_t frames_refused = 0;
    std::uint64_t replayed_frames = 0;
    std::uint64_t damaged_bytes = 0;  // found in the log at the start
    std::uint64_t quarantined_blocks = 0;
    QueryCounts queries;
    std::uint64_t read_bytes = 0;    // of spans that reads, and those who asked for them, have in hand
    std::uint64_t merges = 0;        // since the start
    std::uint64_t merged_spans = 0;  // that went into them
    std::uint64_t merge_cpu_ns = 0;
    std::uint64_t collapsed_copies = 0;
    CompactionDebt debt;                  // what is still to be merged
    std::uint64_t expired_spans = 0;      // gone because of their age, since the start
    std::uint64_t crowded_out_spans = 0;  // for want of space
    std::uint64_t deleted_spans = 0;      // because somebody wanted it, as far as blocks have been written anew
    std::uint64_t deletions = 0;          // that are still being made physical
    std::uint64_t pinned_spans = 0;       // kept beside the others
    std::uint64_t pinned_bytes = 0;       // of their blocks and indexes
    std::uint64_t crowded_out_stats = 0;  // rows of statistics that are gone for want of space, since the start
    StatsTable::Stats statistics;
  };
  [[nodiscard]] Stats stats() const;

 private:
  struct Impl;
  explicit EmbeddedStore(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace vizsla::store
