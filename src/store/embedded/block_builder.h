// Turns frozen live batches into blocks: sorts their rows, gives frequent tags columns of their own, writes and syncs
// the files. The manifest is the caller's.
//
// Rows are cut by hour of their time, so that a block can be pruned by it. Those whose time is more than an hour off
// their receipt (a clock that lies, an old file sent now) go to one block of their own, so that they don't widen the
// others' range. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/embedded/files.h"
#include "store/embedded/live_part.h"
#include "store/embedded/manifest.h"
#include "store/embedded/tag_columns.h"

namespace vizsla::store {

struct BlockOptions {
  std::uint32_t row_group_rows = 65'536;  // how much is unpacked at once, by DuckDB and by us
  std::uint32_t string_tags_max = 48;     // columns for tags, each
  std::uint32_t number_tags_max = 24;
  double tag_share_min = 0.01;                    // of a block's rows; rarer tags stay in the map …
  std::shared_ptr<const AskedTags> asked_tags{};  // … unless searches ask for them; may be null
};

// Gives each block that is written its id.
using BlockIds = std::function<std::uint64_t()>;

// Writes the first `count` batches of `part` into `folder`. On an error nothing that was written counts: the files are
// removed again, or at the next start as strangers.
Result<std::vector<BlockInfo>> build_blocks(Files& files, const std::string& folder, const TableSchema& schema,
                                            const LivePart& part, std::size_t count, const BlockIds& ids,
                                            const BlockOptions& options);

}  // namespace vizsla::store
