// How the memory that the process may take (memory.budget) is shared out, so that its parts can't grow beyond it
// together: each keeps to its own share, and refuses or fails what would need more.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "server/settings.h"

namespace vizsla::server {

// What no setting names. The program itself has 64 MiB beside these: its code, stacks, and what malloc keeps.
struct MemoryShares {
  std::uint64_t bodies = 0;   // requests that are received or handled
  std::uint64_t answers = 0;  // large ones, until their clients have read them
};

// InvalidInput when the settings give away more than memory.budget: says how much each has, and which to lower.
Result<MemoryShares> share_memory(const Settings& settings);

}  // namespace vizsla::server
