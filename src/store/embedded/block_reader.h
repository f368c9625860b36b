// Single rows out of a block, without SQL: what a lookup by trace id is made of.
//
// Opening 36 columns of a file costs DuckDB some milliseconds (storage-feasibility.md); here a lookup reads the few
// pages that hold the rows, checks each against the index, and decodes just them. Immutable and thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/embedded/block_index.h"
#include "store/embedded/block_layout.h"
#include "store/embedded/files.h"
#include "store/embedded/manifest.h"
#include "store/embedded/row_sink.h"

namespace vizsla::store {

class BlockReader {
 public:
  // Opens both files of the block. `schema` must outlive the reader.
  static Result<std::shared_ptr<const BlockReader>> open(Files& files, const std::string& folder,
                                                         const TableSchema& schema, BlockInfo info);

  [[nodiscard]] const BlockInfo& info() const { return info_; }
  [[nodiscard]] const BlockLayout& layout() const { return layout_; }
  [[nodiscard]] const std::string& data_path() const { return data_path_; }

  // Runs of rows with this key; empty when the block has none. Corrupt when the index is damaged: rows of a damaged one
  // would be missed without a word.
  [[nodiscard]] Result<std::span<const KeyRun>> find(std::uint64_t key) const;

  // Gives the rows of `ranges` (ascending, not overlapping) to `sink`, numbered from `first_row` on. Corrupt, naming
  // the file, when a page isn't what the index says; what the sink got by then is to be thrown away.
  // Thread-safe.
  Result<void> read(std::span<const RowRange> ranges, const Projection& projection, std::size_t first_row,
                    RowSink& sink) const;

  // Checks what a scan of these schema columns (and of the sequence) by somebody else's reader goes by, which knows
  // none of our checksums: the footer and every page of theirs. The first time it reads them, later it knows. Corrupt,
  // naming the file, when something differs.
  Result<void> verify_for_scan(std::span<const std::uint32_t> schema_columns) const;

 private:
  class LeafReader;
  struct Readers;

  BlockReader(const TableSchema& schema, BlockInfo info, std::string data_path,
              std::shared_ptr<const ReadableFile> data, std::shared_ptr<const BlockIndex> index);

  Result<void> verify_leaf(std::uint32_t leaf) const;
  Result<void> check_place(BlockIndex::Place place, Buffer& content, std::string_view what) const;

  Result<void> read_row_group(std::uint32_t group, std::span<const RowRange> ranges, const Projection& projection,
                              std::size_t first_row, RowSink& sink, Readers& readers) const;

  const TableSchema& schema_;
  const BlockInfo info_;
  const BlockLayout layout_;
  const std::string data_path_;
  const std::shared_ptr<const ReadableFile> data_;
  const std::shared_ptr<const BlockIndex> index_;

  mutable std::atomic<bool> footer_verified_{false};
  mutable std::vector<std::atomic<bool>> leaf_verified_;  // by leaf
};

}  // namespace vizsla::store
