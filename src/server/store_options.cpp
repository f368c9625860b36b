#include "server/store_options.h"

#include <algorithm>

namespace vizsla::server {

store::StoreOptions store_options(const Settings& settings) {
  store::StoreOptions options;
  options.folder = settings.data_dir;
  options.sync = settings.log_sync ? store::LogSync::Always : store::LogSync::Never;
  options.segment_bytes = settings.log_segment_bytes;
  options.block_rows = settings.store_block_rows;
  options.block_age = settings.store_block_age;
  options.memory_bytes = settings.store_memory_bytes;
  options.block_live_bytes = settings.store_memory_bytes * 3 / 8;
  // Beside a part of spans that is being filled and one that is being written.
  options.stats_live_bytes = settings.store_memory_bytes * 3 / 16;
  options.stats_log_bytes = 4 * settings.log_segment_bytes;
  if (settings.retention_bytes_max != 0) {
    // Not for each payload, however little there may be.
    constexpr std::uint64_t kLeast = 256 << 10;
    options.stats_log_bytes = std::min(options.stats_log_bytes, std::max(settings.retention_bytes_max / 8, kLeast));
  }
  options.stats.keep_ns = {settings.statistics_keep_10s.count(), settings.statistics_keep_1m.count(),
                           settings.statistics_keep_1m.count(), settings.statistics_keep_1h.count(),
                           settings.statistics_keep_1h.count()};
  options.compaction.rows_min = settings.store_merge_rows;
  options.compaction.rows_max = 2 * settings.store_merge_rows;
  options.retention.age_ns = settings.retention_age.count();
  options.retention.cap_bytes = settings.retention_bytes_max;
  options.query_memory_bytes = settings.query_memory_bytes;
  options.maintenance_memory_bytes = settings.store_maintenance_memory_bytes;
  options.query_spill_bytes = settings.query_spill_bytes;
  options.query_threads = settings.query_threads;
  options.query_slots = settings.query_slots;
  return options;
}

}  // namespace vizsla::server
