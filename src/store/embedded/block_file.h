// A block that is being written: the Parquet file column by column, then the index, both synced at the end. Without
// finish() the files mean nothing; their folder is the caller's to sync, and the manifest to write. One thread at a
// time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/embedded/block_index.h"
#include "store/embedded/block_layout.h"
#include "store/embedded/files.h"
#include "store/embedded/manifest.h"
#include "store/embedded/parquet_writer.h"
#include "store/embedded/table_schema.h"

namespace vizsla::store {

class BlockFile {
 public:
  // Of `info` the id and the tags must be known. Borrows `files` and `schema`.
  static Result<std::unique_ptr<BlockFile>> create(Files& files, const std::string& folder, const TableSchema& schema,
                                                   const BlockInfo& info);

  [[nodiscard]] const BlockLayout& layout() const { return layout_; }
  ParquetWriter& parquet() { return parquet_; }

  // Fills in what `info` says of the files. `runs`: where each key's rows are.
  Result<void> finish(std::vector<KeyRun> runs, BlockInfo& info);

 private:
  BlockFile(Files& files, const std::string& folder, const TableSchema& schema, const BlockInfo& info,
            std::unique_ptr<WritableFile> data);

  Files& files_;
  const std::string folder_;
  const TableSchema& schema_;
  const BlockLayout layout_;
  const std::unique_ptr<WritableFile> data_;
  ParquetWriter parquet_;
};

}  // namespace vizsla::store
