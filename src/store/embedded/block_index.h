// What lies beside a block's Parquet file to find single rows in it without SQL: which rows have which key, and where
// the pages of each column are. Layout: docs/formats/block.md.
//
// Mapped into memory on demand: a lookup touches the few pages of it that it needs. Immutable and thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/embedded/files.h"
#include "store/embedded/parquet_writer.h"

namespace vizsla::store {

// Rows [first, first + count) of the block have one key.
struct KeyRun {
  std::uint64_t key;
  std::uint32_t first;
  std::uint32_t count;
};
static_assert(sizeof(KeyRun) == 16);

// `runs` in the order of the rows. Sorts them by (key, first).
Buffer encode_block_index(const ParquetFile& file, std::vector<KeyRun> runs);

class BlockIndex {
 public:
  // Maps "<path>" and checks its header; with `expected_bytes` from the manifest, so that a file that was cut short is
  // never mapped. What is behind the header is checked by verify(), so that a start doesn't read every index there is.
  static Result<std::shared_ptr<const BlockIndex>> open(const std::string& path, std::uint64_t expected_bytes);

  // Corrupt unless the whole file has this checksum. To be called before anything below; reads the file the first time,
  // and remembers what it found.
  Result<void> verify(std::uint64_t expected_checksum) const;

  ~BlockIndex();
  BlockIndex(const BlockIndex&) = delete;
  BlockIndex& operator=(const BlockIndex&) = delete;

  // Runs with this key, by first row; empty when the block has none.
  [[nodiscard]] std::span<const KeyRun> find(std::uint64_t key) const;
  // All of them, by (key, first row).
  [[nodiscard]] std::span<const KeyRun> runs() const { return runs_; }

  struct RowGroup {
    std::uint32_t first_row = 0;
    std::uint32_t rows = 0;
  };

  [[nodiscard]] std::uint32_t row_groups() const { return row_groups_; }
  [[nodiscard]] RowGroup row_group(std::uint32_t number) const;
  // Its rows only.
  [[nodiscard]] std::uint32_t group_rows(std::uint32_t number) const { return group_rows_[number]; }
  [[nodiscard]] std::uint32_t leaves() const { return leaves_; }

  // Rows of a page, but for the last of a row group.
  [[nodiscard]] std::uint32_t page_rows() const { return page_rows_; }

  // Where a page lies in the Parquet file, and the low half of the XXH3-64 of its bytes.
  struct Place {
    std::uint64_t offset = 0;
    std::uint32_t bytes = 0;  // 0: there is none
    std::uint32_t check = 0;
  };

  [[nodiscard]] Place dictionary(std::uint32_t row_group, std::uint32_t leaf) const;
  // `page` counts within the row group: row / page_rows().
  [[nodiscard]] Place page(std::uint32_t row_group, std::uint32_t leaf, std::uint32_t page) const;
  // The end of the file, by which others find their way in it; `file_bytes` is the file's size.
  [[nodiscard]] Place footer(std::uint64_t file_bytes) const;

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
    std::uint32_t end;
    std::uint32_t check;
  };
  static_assert(sizeof(PageEntry) == 8);

  struct Header;

  friend Buffer encode_block_index(const ParquetFile& file, std::vector<KeyRun> runs);

  enum class Verdict : std::uint8_t { Unknown, Sound, Damaged };

  std::string path_;
  mutable std::atomic<Verdict> verdict_{Verdict::Unknown};
  const void* mapping_ = nullptr;
  std::size_t mapping_bytes_ = 0;
  std::uint32_t page_rows_ = 0;
  std::uint32_t row_groups_ = 0;
  std::uint32_t leaves_ = 0;
  std::uint32_t footer_bytes_ = 0;
  std::uint32_t footer_check_ = 0;
  std::span<const std::uint32_t> group_rows_;
  std::span<const ChunkEntry> chunks_;
  std::span<const PageEntry> pages_;
  std::span<const KeyRun> runs_;
};

}  // namespace vizsla::store
