// Single rows out of a block, without SQL: what a lookup by trace id is made of.
//
// Opening 36 columns of a file costs DuckDB some milliseconds (storage-feasibility.md); here a lookup reads the few
// pages that hold the rows, checks each against the index, and decodes just them. Immutable and thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/embedded/block_filter.h"
#include "store/embedded/block_index.h"
#include "store/embedded/block_layout.h"
#include "store/embedded/files.h"
#include "store/embedded/leaf_reader.h"
#include "store/embedded/manifest.h"
#include "store/embedded/open_files.h"
#include "store/embedded/row_sink.h"

namespace vizsla::store {

class BlockReader {
 public:
  // Opens nothing: a block that nobody asks for costs a few hundred bytes. All references must outlive the reader.
  BlockReader(Files& files, OpenFiles& open_files, const std::string& folder, const TableSchema& schema,
              BlockInfo info);
  // Removes the block's files if it was retired.
  ~BlockReader();
  BlockReader(const BlockReader&) = delete;
  BlockReader& operator=(const BlockReader&) = delete;

  [[nodiscard]] const BlockInfo& info() const { return info_; }
  [[nodiscard]] const BlockLayout& layout() const { return layout_; }
  [[nodiscard]] const std::string& data_path() const { return data_path_; }

  // No manifest names the block any more: its files go when the last reader leaves.
  void retire() const { retired_.store(true); }

  // Whether both files are there, have the lengths that the manifest says, and the index the right parts. Corrupt if
  // not; Unavailable when they can't be opened for another reason.
  Result<void> check_files() const;

  // Appends the runs of rows that may have this key; who reads them looks at their keys. Corrupt when the index is
  // damaged: rows of a damaged one would be missed without a word.
  Result<void> find(std::uint64_t key, std::vector<RowRange>& rows) const;

  // Which texts its row groups have; null when it has no filter, or a damaged one.
  [[nodiscard]] const BlockFilter* filter() const;

  // The block's pages, for who reads columns rather than rows. Valid as long as the reader. Errors as of check_files().
  Result<BlockPages> pages() const;

  // Gives the rows of `ranges` (ascending, not overlapping) to `sink`, numbered from `first_row` on. Corrupt, naming
  // the file, when a page isn't what the index says; or what sink.check() says. After an error what the sink got by
  // then is to be thrown away.
  // Thread-safe.
  Result<void> read(std::span<const RowRange> ranges, const Projection& projection, std::size_t first_row,
                    RowSink& sink) const;

  // Checks what a scan of these leaves (layout()) by somebody else's reader goes by, which knows none of our checksums:
  // the footer and every page of theirs. The first time it reads them, later it knows. Corrupt, naming the file, when
  // something differs.
  Result<void> verify_for_scan(std::span<const std::uint32_t> leaves) const;

 private:
  struct Readers;

  Result<const BlockIndex*> index() const;
  Result<void> verify_leaf(const BlockPages& pages, std::uint32_t leaf) const;
  Result<void> read_row_group(const BlockPages& pages, std::uint32_t group, std::span<const RowRange> ranges,
                              const Projection& projection, std::size_t first_row, RowSink& sink,
                              Readers& readers) const;

  Files& files_;
  OpenFiles& open_files_;
  const TableSchema& schema_;
  const BlockInfo info_;
  const BlockLayout layout_;
  const std::string folder_;
  const std::string data_path_;
  mutable std::atomic<bool> retired_{false};

  mutable std::mutex index_mutex_;  // held while the index is opened
  mutable std::shared_ptr<const BlockIndex> index_;
  mutable std::atomic<const BlockIndex*> opened_index_{nullptr};

  mutable std::once_flag filter_opened_;
  mutable std::shared_ptr<const BlockFilter> filter_;

  mutable std::atomic<bool> footer_verified_{false};
  mutable std::vector<std::atomic<bool>> leaf_verified_;  // by leaf
};

}  // namespace vizsla::store
