// Which blocks make up a table, and how far into the log they reach: the one file that decides what is there.
//
// Replaced as a whole and atomically with each change, after the files that it names are durable. There are two copies,
// written one after the other, so that a damaged byte in one costs nothing: the second is the same, or, if the power
// went between the two, one change older. Until both are the same again, nothing goes that the older one needs. Layout:
// docs/formats/manifest.md. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/embedded/files.h"

namespace vizsla::store {

// What is known of a block without opening it.
struct BlockInfo {
  std::uint64_t id = 0;
  std::uint64_t rows = 0;
  std::uint64_t data_bytes = 0;     // of <id>.parquet
  std::uint64_t index_bytes = 0;    // of <id>.index
  std::uint64_t data_checksum = 0;  // XXH3-64 of the whole file
  std::uint64_t index_checksum = 0;
  UnixNanos time_min = 0;  // of the table's time column
  UnixNanos time_max = 0;
  UnixNanos received_min = 0;
  UnixNanos received_max = 0;
  std::uint64_t sequence_min = 0;
  std::uint64_t sequence_max = 0;
  bool odd_times = false;                // holds rows whose time is more than an hour off their receipt
  std::uint32_t level = 0;               // how often its rows have been written: 0 from memory, 1 merged of others
  std::vector<std::string> string_tags;  // tag key of column s0, s1, …
  std::vector<std::string> number_tags;  // of n0, n1, …

  bool operator==(const BlockInfo&) const = default;
};

struct Manifest {
  std::string table;
  std::uint32_t schema_version = 0;
  std::uint64_t applied_sequence =
      1;                       // rows with a lower sequence are in blocks (or were set aside); the rest is in the log
  UnixNanos received_max = 0;  // no row in the blocks was received later
  std::uint64_t next_block_id = 1;
  std::vector<BlockInfo> blocks;  // oldest first

  bool operator==(const Manifest&) const = default;
};

inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr std::string_view kManifestCopyName = "manifest.copy.json";

struct FoundManifest {
  Manifest manifest;
  bool twice = false;  // both copies are there and say the same
};

// NotFound for a new table; Corrupt when neither copy reads back.
Result<FoundManifest> read_manifest(Files& files, const std::string& folder);
// Until it returns without an error, nothing that the manifest of before needs may be removed.
Result<void> write_manifest(Files& files, const std::string& folder, const Manifest& manifest);

}  // namespace vizsla::store
