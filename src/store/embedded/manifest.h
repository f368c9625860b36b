// Which blocks make up a table, and how far into the log they reach: the one file that decides what is there.
//
// Replaced as a whole and atomically with each change, after the files that it names are durable. There are two copies,
// written one after the other, so that a damaged byte in one costs nothing: the second is the same, or, if the power
// went between the two, one change older. Until both are the same again, nothing goes that the older one needs. Layout:
// docs/formats/manifest.md. Plain values.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/embedded/files.h"

namespace vizsla::store {

// Rows that somebody wants gone: those that hold all of it, and had arrived when it was asked for. Readers leave them
// out from then on; merging takes them out of the blocks.
struct Deletion {
  std::uint64_t id = 0;            // rising
  std::uint64_t sequence_end = 0;  // rows with a lower sequence
  UnixNanos asked_ns = 0;
  UnixNanos time_from = std::numeric_limits<UnixNanos>::min();  // both included, of the table's time column
  UnixNanos time_to = std::numeric_limits<UnixNanos>::max();
  std::optional<std::uint64_t> key;                        // of the table's key column
  std::vector<std::pair<std::string, std::string>> texts;  // a String column's name, and its value

  bool operator==(const Deletion&) const = default;
};

// What is known of a block without opening it.
struct BlockInfo {
  std::uint64_t id = 0;
  std::uint64_t rows = 0;
  std::uint64_t data_bytes = 0;     // of <id>.parquet
  std::uint64_t index_bytes = 0;    // of <id>.index
  std::uint64_t data_checksum = 0;  // XXH3-64 of the whole file
  std::uint64_t index_checksum = 0;
  std::uint64_t filter_bytes = 0;  // of <id>.filter; 0: it has none
  std::uint64_t filter_checksum = 0;
  UnixNanos time_min = 0;  // of the table's time column
  UnixNanos time_max = 0;
  UnixNanos received_min = 0;
  UnixNanos received_max = 0;
  std::uint64_t sequence_min = 0;
  std::uint64_t sequence_max = 0;
  bool odd_times = false;                // holds rows whose time is more than an hour off their receipt
  std::uint32_t level = 0;               // how often its rows have been written: 0 from memory, 1 merged of others
  std::uint64_t deletions_done = 0;      // it has no row that a deletion up to this one wants gone
  std::vector<std::string> string_tags;  // tag key of column s0, s1, …
  std::vector<std::string> number_tags;  // of n0, n1, …
  std::int64_t resolution_ns = 0;        // of statistics: how wide its buckets are
  bool small = false;                    // of statistics: with the small key

  bool operator==(const BlockInfo&) const = default;
};

// Of one tier of the statistics: what is in this time isn't all there any more, since a block was let go or damaged.
struct TierGap {
  std::int64_t resolution_ns = 0;
  bool small = false;
  UnixNanos from = 0;  // 0: it was let go, and all before
  UnixNanos to = 0;

  bool operator==(const TierGap&) const = default;
};

struct Manifest {
  std::string table;
  std::uint32_t schema_version = 0;
  std::uint64_t applied_sequence =
      1;                       // rows with a lower sequence are in blocks (or were set aside); the rest is in the log
  UnixNanos received_max = 0;  // no row in the blocks was received later
  std::uint64_t next_block_id = 1;
  std::vector<BlockInfo> blocks;  // oldest first
  std::uint64_t next_deletion_id = 1;
  std::vector<Deletion> deletions;  // that some rows may not have seen yet
  std::vector<TierGap> tier_gaps;   // of statistics

  bool operator==(const Manifest&) const = default;
};

inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr std::string_view kManifestCopyName = "manifest.copy.json";

// Whether the block may still have rows that the deletion wants gone.
bool may_touch(const Deletion& deletion, const BlockInfo& block);

// The manifest's table is statistics: notes that it will be without `gone`, which is damaged, or old and `let_go`.
void note_gap(Manifest& manifest, const BlockInfo& gone, bool let_go);

struct FoundManifest {
  Manifest manifest;
  bool twice = false;  // both copies are there and say the same
};

// NotFound for a new table; Corrupt when neither copy reads back.
Result<FoundManifest> read_manifest(Files& files, const std::string& folder);
// One of the two copies; NotFound or Corrupt.
Result<Manifest> read_manifest_copy(Files& files, const std::string& path);
// Until it returns without an error, nothing that the manifest of before needs may be removed.
Result<void> write_manifest(Files& files, const std::string& folder, const Manifest& manifest);

}  // namespace vizsla::store
