// Reads a whole block of statistics and says whether everything that is claimed of it is so: by itself, and by the
// manifest. For `vizsla fsck`. Pure.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "store/embedded/manifest.h"

namespace vizsla::store {

struct StatsCheck {
  // It doesn't read, or what it has isn't what a block has (Corrupt, Unsupported). Then the rest says nothing.
  std::optional<Error> failure;
  // What the manifest should say: rows and times as they are.
  BlockInfo truth;
};

// `content` is the file, at a multiple of 8 bytes; its checksum is the caller's to look at.
StatsCheck check_stats_block(Bytes content, const BlockInfo& block);

}  // namespace vizsla::store
