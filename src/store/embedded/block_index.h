// What lies beside a block's Parquet file to find single rows in it without SQL: which rows have which key, and where
// the pages of each column are. Layout: docs/formats/block.md.
//
// Mapped into memory on demand: a lookup touches, and checks, the few pages of it that it needs. Immutable and
// thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/embedded/mapped_file.h"
#include "store/embedded/parquet_writer.h"
#include "store/embedded/row_sink.h"

namespace vizsla::store {

// Rows [first, first + count) of the block have one key.
struct KeyRun {
  std::uint64_t key;
  std::uint32_t first;
  std::uint32_t count;
};

// The smallest and the largest value of a column in one page. Signed, whatever the column's type.
struct Zone {
  std::int64_t min;
  std::int64_t max;

  bool operator==(const Zone&) const = default;
};

// `runs` in any order; together they have every row once. `zones`: by row group and page, then by column of
// TableSchema::zone_columns, `zone_columns` of them.
Buffer encode_block_index(const ParquetFile& file, const std::vector<KeyRun>& runs, const std::vector<Zone>& zones,
                          std::uint32_t zone_columns);

class BlockIndex {
 public:
  // Maps "<path>" and checks its header; with `expected_bytes` from the manifest, so that a file that was cut short is
  // never mapped. What is behind the header is checked where it is used, so that a start doesn't read every index there
  // is, and a lookup not more of it than it needs.
  static Result<std::shared_ptr<const BlockIndex>> open(const std::string& path, std::uint64_t expected_bytes);

  // Corrupt unless the parts by which pages are found are as they were written. To be called before pages, row groups
  // and zones are asked for; reads them the first time, and remembers what it found. `file_checksum` is the whole
  // file's; indexes of version 1 have no other.
  Result<void> verify(std::uint64_t file_checksum) const;

  // Appends the runs of rows that may have this key, by first row; checks what it looks at, the first time. One in four
  // billion other keys is taken for it: who reads the rows looks at their keys.
  Result<void> find(std::uint64_t key, std::uint64_t file_checksum, std::vector<RowRange>& rows) const;
  // All of them, in the order of the rows. Corrupt when they don't have every row once.
  Result<std::vector<RowRange>> runs(std::uint64_t file_checksum) const;

  struct RowGroup {
    std::uint32_t first_row = 0;
    std::uint32_t rows = 0;
  };

  [[nodiscard]] std::uint32_t row_groups() const { return row_groups_; }
  [[nodiscard]] RowGroup row_group(std::uint32_t number) const;
  // Its rows only.
  [[nodiscard]] std::uint32_t group_rows(std::uint32_t number) const { return group_rows_[number]; }
  [[nodiscard]] std::uint32_t leaves() const { return leaves_; }
  // Pages of each column in a row group.
  [[nodiscard]] std::uint32_t pages_of(std::uint32_t row_group) const {
    return (group_rows_[row_group] + page_rows_ - 1) / page_rows_;
  }

  // Rows of a page, but for the last of a row group.
  [[nodiscard]] std::uint32_t page_rows() const { return page_rows_; }

  // Where a page lies in the Parquet file, and the low half of the XXH3-64 of its bytes.
  struct Place {
    std::uint64_t offset = 0;
    std::uint32_t bytes = 0;  // 0: there is none
    std::uint32_t check = 0;
    bool empty = false;  // of a page: no row has a value, so it needn't be read
  };

  [[nodiscard]] Place dictionary(std::uint32_t row_group, std::uint32_t leaf) const;
  // `page` counts within the row group: row / page_rows().
  [[nodiscard]] Place page(std::uint32_t row_group, std::uint32_t leaf, std::uint32_t page) const;
  // The end of the file, by which others find their way in it; `file_bytes` is the file's size.
  [[nodiscard]] Place footer(std::uint64_t file_bytes) const;

  // Of all pages: by row group and page, zone_columns() each; empty in an index of version 1.
  [[nodiscard]] std::span<const Zone> zones() const { return zones_; }
  [[nodiscard]] std::uint32_t zone_columns() const { return zone_columns_; }

 private:
  BlockIndex() = default;

  // A leaf in a row group.
  struct ChunkEntry {
    std::uint64_t offset;
    std::uint32_t dictionary_bytes;
    std::uint32_t dictionary_check;
    std::uint32_t first_page;  // index into pages_
    std::uint32_t reserved;
  };
  static_assert(sizeof(ChunkEntry) == 24);

  struct PageEntry {
    static constexpr std::uint32_t kEmpty = std::uint32_t{1} << 31;

    std::uint32_t end;  // | kEmpty
    std::uint32_t check;
  };
  static_assert(sizeof(PageEntry) == 8);

  struct HeaderV1;
  struct Header;

  friend Buffer encode_block_index(const ParquetFile& file, const std::vector<KeyRun>& runs,
                                   const std::vector<Zone>& zones, std::uint32_t zone_columns);

  enum class Verdict : std::uint8_t { Unknown, Sound, Damaged };

  [[nodiscard]] tl::unexpected<Error> corrupt(std::string_view what) const;
  Result<void> verify_slice(std::size_t slice) const;

  std::string path_;
  mutable std::atomic<Verdict> verdict_{Verdict::Unknown};
  std::unique_ptr<const MappedFile> file_;
  std::uint32_t version_ = 0;
  std::uint32_t page_rows_ = 0;
  std::uint32_t row_groups_ = 0;
  std::uint32_t leaves_ = 0;
  std::uint32_t zone_columns_ = 0;
  std::uint32_t footer_bytes_ = 0;
  std::uint32_t footer_check_ = 0;
  Bytes layout_;  // the parts below up to the zones
  std::uint64_t layout_checksum_ = 0;
  std::span<const std::uint32_t> group_rows_;
  std::span<const ChunkEntry> chunks_;
  std::span<const PageEntry> pages_;
  std::span<const Zone> zones_;

  // Runs, by (hash of the key, first row).
  std::span<const std::uint32_t> slice_checks_;
  mutable std::vector<std::atomic<std::uint64_t>> slices_verified_;  // a bit each
  std::span<const std::uint32_t> run_hashes_;
  std::span<const std::uint32_t> run_firsts_;
  std::span<const std::uint8_t> run_counts_;
  std::span<const KeyRun> runs_v1_;  // by (key, first row)
};

}  // namespace vizsla::store
