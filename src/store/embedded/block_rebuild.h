// Makes a block's index or filter anew from its Parquet file: for when they were damaged, and the data wasn't.
//
// The footer says where the chunks lie, the pages' own headers where the pages end, and the rows which runs they form
// and which texts there are. From the same rows this gives the same bytes as the writer gave, so the manifest's
// checksum tells that nothing else was lost; only a file of an older version comes out different. One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/result.h"
#include "store/embedded/files.h"
#include "store/embedded/manifest.h"
#include "store/embedded/table_schema.h"

namespace vizsla::store {

// What of a row goes into the filter: the hashes of texts with their names, as the writer has them; nothing for others.
class FilteredTexts {
 public:
  explicit FilteredTexts(const TableSchema& schema);

  [[nodiscard]] std::optional<std::uint64_t> of_column(std::uint32_t column, std::string_view text) const;
  [[nodiscard]] std::optional<std::uint64_t> of_tag(std::string_view key, std::string_view text);

 private:
  std::vector<std::optional<std::uint64_t>> column_seeds_;
  std::map<std::string, std::optional<std::uint64_t>, std::less<>> tag_seeds_;  // by key
};

// The index of the block in `folder`, whose data file must be sound: nothing here checks it, but for what would lead
// astray (Corrupt). `scratch` is the path of a file that is written meanwhile and removed again.
Result<Buffer> rebuild_block_index(Files& files, const std::string& folder, const TableSchema& schema,
                                   const BlockInfo& block, const std::string& scratch);

// The filter of the block in `folder`, whose data and index must be sound. Corrupt when a page doesn't read.
Result<Buffer> rebuild_block_filter(Files& files, const std::string& folder, const TableSchema& schema,
                                    const BlockInfo& block);

}  // namespace vizsla::store
