// Reads a whole block and says whether everything that is claimed of it is so: by its index, and by the manifest.
//
// For `vizsla fsck`: reading checks what it needs, this checks all there is. Memory: 16 bytes a row. One thread at a
// time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/embedded/files.h"
#include "store/embedded/manifest.h"
#include "store/embedded/table_schema.h"

namespace vizsla::store {

struct BlockCheck {
  // It doesn't read (Corrupt), or can't be read just now. Then the rest says nothing.
  std::optional<Error> failure;
  // Every page reads, but the index says of them what isn't so.
  std::vector<std::string> index_faults;
  std::uint64_t filter_misses = 0;  // texts of its rows that the filter says it doesn't have
  // What the manifest should say: rows, times, receipts and sequences as they are.
  BlockInfo truth;
  std::vector<std::uint64_t> sequences;  // of its rows, in their order
};

// The data and the index must be there in the lengths that `block` says. `advance` is called with the share that was
// read since the last call, of one in all.
BlockCheck check_block(Files& files, const std::string& folder, const TableSchema& schema, const BlockInfo& block,
                       const std::function<void(double)>& advance);

}  // namespace vizsla::store
