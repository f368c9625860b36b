// The trace statistics of the store: live parts from the log, and blocks in tiers.
//
//   publish() ─► current part ─freeze()─► frozen parts ─build_frozen()─► a block in each tier ─► manifest
//
// There are nine tiers: five resolutions with the small key (query::is_small_field), four with the full one too. Each
// has everything that was counted, by itself, as far back as it is kept: a part is rolled up into all of them when it
// is built, and merging brings together what late spans and short parts have spread. So a question reads one tier and
// the live parts, and needs to know of nothing else. Sums don't care how often they are cut and added. What a tier has
// lost, to age or to damage, the manifest says: questions about that time go to a tier that has it.
//
// Invariants: each frame of the log is in one part, or in the blocks, of each tier; the manifest says how far into the
// log the blocks reach. A block that somebody reads stays until he is done.
//
// publish() and freeze() are for one thread at a time (the log's), build_frozen() too (the builder's), maintain_next()
// too; the rest is thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "query/stats_query.h"
#include "store/embedded/files.h"
#include "store/embedded/manifest.h"
#include "store/embedded/stats_block.h"
#include "store/embedded/stats_live.h"
#include "store/embedded/table_batch.h"
#include "store/read_limits.h"

namespace vizsla::store {

struct StatsTier {
  std::int64_t resolution_ns;
  std::int64_t partition_ns;  // blocks are merged within it
  bool full = true;           // by the full key, and not only by the small one

  [[nodiscard]] bool has(bool small) const { return small || full; }
};

// Ten minutes are for the lists of the last hour, which begins and ends anywhere.
inline constexpr std::array<StatsTier, 5> kStatsTiers = {
    StatsTier{10 * kNanosPerSecond, kNanosPerHour}, StatsTier{kNanosPerMinute, 6 * kNanosPerHour},
    StatsTier{10 * kNanosPerMinute, kNanosPerDay, false}, StatsTier{kNanosPerHour, 15 * kNanosPerDay},
    StatsTier{kNanosPerDay, 120 * kNanosPerDay}};

// "10s", "1m", "10m", "1h" or "1d": for reports.
std::string_view name_of(const StatsTier& tier);

struct StatsOptions {
  // How long each tier is kept; 0: for ever.
  std::array<std::int64_t, kStatsTiers.size()> keep_ns = {3 * kNanosPerDay, 30 * kNanosPerDay, 30 * kNanosPerDay,
                                                          456 * kNanosPerDay, 456 * kNanosPerDay};
  std::uint32_t block_rows_max = 250'000;
  // So many young blocks of a tier are merged at once.
  std::uint32_t merge_blocks = 8;
};

// A block of the manifest, opened when somebody asks for it. Thread-safe.
class StatsBlockFile {
 public:
  StatsBlockFile(Files& files, std::string path, const BlockInfo& info)
      : files_(files), path_(std::move(path)), info_(info) {}
  ~StatsBlockFile();

  [[nodiscard]] const BlockInfo& info() const { return info_; }
  // Corrupt when it isn't as it was written.
  Result<std::shared_ptr<const StatsBlock>> open() const;
  // The file goes with the last reader.
  void retire() const { retired_ = true; }

 private:
  Files& files_;
  const std::string path_;
  const BlockInfo info_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const StatsBlock> block_;  // guarded by mutex_
  mutable std::atomic<bool> retired_{false};
};

using StatsBlockPtr = std::shared_ptr<const StatsBlockFile>;

class StatsTable {
 public:
  static constexpr std::string_view kName = "stats";

  // Reads the manifest under `root`/stats. Blocks whose files aren't as long as it says go to `root`/quarantine and are
  // reported; files that it doesn't name are removed.
  static Result<std::unique_ptr<StatsTable>> open(Files& files, const std::string& root, StatsOptions options);

  // As of Table.
  [[nodiscard]] std::uint64_t applied_sequence() const;
  // Of frames that have been published, those with a lower sequence aren't needed in the log any more.
  [[nodiscard]] std::uint64_t removable_sequence() const;

  // No section in the blocks was received later.
  [[nodiscard]] UnixNanos received_max() const;

  // What one frame adds. To be called for each frame in turn, with or without a section; later frames have
  // `next_sequence` or a higher one. The section is one that check_stats() takes.
  void publish(const TableBatch* section, std::uint64_t sequence, std::uint64_t next_sequence);

  [[nodiscard]] std::uint64_t current_rows() const;
  [[nodiscard]] std::uint64_t current_bytes() const;
  [[nodiscard]] std::uint64_t live_bytes() const;
  // The sequence of the first frame in the part at hand; 0 when it is empty.
  [[nodiscard]] std::uint64_t current_first_sequence() const;

  void freeze();
  [[nodiscard]] bool has_frozen() const;
  // As of Table.
  Result<void> build_frozen();

  Result<query::StatsAnswer> read(const query::StatsQuery& query, UnixNanos now, const ReadLimits& limits);

  // Lets go of blocks; false when one of them isn't there any more. Questions about their time are answered by a tier
  // that has it from then on, if there is one.
  Result<bool> let_go(const std::vector<std::uint64_t>& ids);

  // Lets go what is older than `now` says, if that is to be believed, and merges; false when nothing was to be done.
  // `stop` ends it early.
  Result<bool> maintain_next(UnixNanos now, bool clock_believed, const std::stop_token& stop);

  struct TierStats {
    std::int64_t resolution_ns = 0;
    bool small = false;
    std::uint64_t blocks = 0;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
  };
  struct Stats {
    std::vector<TierStats> tiers;
    std::uint64_t live_rows = 0;
    std::uint64_t live_bytes = 0;
    std::uint64_t quarantined_blocks = 0;  // since the start
  };
  [[nodiscard]] Stats stats() const;
  [[nodiscard]] std::vector<BlockInfo> blocks() const;

 private:
  struct Part {
    std::shared_ptr<StatsLive> live;
    UnixNanos received_max = 0;
    std::uint64_t first_sequence = 0;  // of its first frame; 0: it is empty
    std::uint64_t end_sequence = 0;    // of a frozen one: frames behind it have this or a higher one
  };

  struct State {
    std::shared_ptr<const std::vector<StatsBlockPtr>> blocks;
    std::vector<Part> frozen;  // oldest first
    Part current;
    std::uint64_t published_sequence = 0;  // frames below have been published
    Manifest manifest;
    bool manifest_twice = true;
    std::vector<std::uint64_t> orphans;  // as of Table
    std::uint64_t quarantined_blocks = 0;
  };

  StatsTable(Files& files, std::string root, StatsOptions options);

  [[nodiscard]] std::string path_of(std::uint64_t id) const;
  StatsBlockPtr file_of(const BlockInfo& info);
  // The sources' rows as blocks, written and synced. `partition_ns` > 0: none reaches from one partition into the next.
  Result<std::vector<BlockInfo>> write_blocks(std::vector<std::unique_ptr<StatsSource>>& sources, const StatsTier& tier,
                                              bool small, std::int64_t partition_ns, std::uint32_t level,
                                              const std::stop_token& stop);
  Result<BlockInfo> write_block(const StatsBlockWriter& writer, const StatsTier& tier, bool small, std::uint32_t level);
  // As of Table.
  Result<void> commit(Manifest manifest, const std::vector<std::uint64_t>& written, bool builds);
  Result<bool> replace_blocks(const std::vector<StatsBlockPtr>& gone, const std::vector<BlockInfo>& come);
  Result<void> write_file(const std::string& path, Bytes content);
  void quarantine(std::uint64_t block_id, const Error& why);
  [[nodiscard]] std::vector<StatsBlockPtr> choose_merge() const;
  void remove_files(const std::vector<BlockInfo>& blocks);

  Files& files_;
  const std::string root_;
  const std::string folder_;
  const StatsOptions options_;
  std::atomic<std::uint64_t> next_block_id_{1};
  Guarded<State> state_;
  std::mutex manifest_mutex_;  // held while the manifest is rewritten; taken before state_
};

}  // namespace vizsla::store
