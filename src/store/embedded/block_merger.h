// Makes one larger block of neighbouring ones: their rows sorted together, late ones among the others, copies left out.
//
// Works column by column over stripes of some hundred thousand rows, so that memory doesn't grow with the blocks
// (docs/decisions/0010). The inputs stay as they are: they may be read meanwhile, and go when the manifest forgets
// them. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/embedded/block_builder.h"
#include "store/embedded/block_reader.h"

namespace vizsla::store {

struct MergeOptions {
  BlockOptions blocks;
  // Rows that are in memory at once, more where one trace has more.
  std::uint32_t stripe_rows = 4 * 65'536;
  // One block per UTC day of the rows' time instead of one for all: for rows that came at other times than they tell.
  bool by_day = false;
  // Rows that are left out.
  std::vector<Deletion> deletions;
  // Only rows with this key, of which there are few.
  std::optional<std::uint64_t> only_key;
};

struct MergedBlocks {
  std::vector<BlockInfo> blocks;  // written and synced; empty when nothing is left
  std::uint64_t copies = 0;       // rows that were left out, since another one stands for them
  std::uint64_t deleted = 0;      // since a deletion names them
};

// Called every now and then; an error of its own ends the merge.
using MergePace = std::function<Result<void>()>;

// Writes the merged blocks into `folder`. On an error nothing that was written counts, and `damaged` says which input
// doesn't read, if it was that.
Result<MergedBlocks> merge_blocks(Files& files, const std::string& folder, const TableSchema& schema,
                                  std::span<const std::shared_ptr<const BlockReader>> inputs, const BlockIds& ids,
                                  const MergeOptions& options, const MergePace& pace,
                                  std::optional<std::uint64_t>& damaged);

}  // namespace vizsla::store
