#include "server/memory_shares.h"

#include <algorithm>

#include <fmt/format.h>

namespace vizsla::server {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
// Measured: 60 MiB at rest, nearly all of it code of libduckdb.so, which the kernel can drop.
constexpr std::uint64_t kProgramBytes = 64 * kMiB;
// For requests and answers: less than this and ordinary payloads are refused under load.
constexpr std::uint64_t kTrafficBytesMin = 64 * kMiB;
// More than this isn't needed, whatever is left.
constexpr std::uint64_t kTrafficBytesMax = 512 * kMiB;

}  // namespace

Result<MemoryShares> share_memory(const Settings& settings) {
  struct Share {
    std::string_view key;
    std::uint64_t times;
    std::uint64_t bytes;
  };
  const Share shares[] = {
      {"query.memory_bytes", 1, settings.query_memory_bytes},
      {"store.memory_bytes", 2, settings.store_memory_bytes},  // as much again may wait for the log
      {"store.maintenance_memory_bytes", 1, settings.store_maintenance_memory_bytes},
  };
  std::uint64_t given = kProgramBytes + kTrafficBytesMin;
  std::string list;
  for (const Share& share : shares) {
    given += share.times * share.bytes;
    list += fmt::format("{}{} MiB {}, ", share.times > 1 ? "2 x " : "", share.bytes / kMiB, share.key);
  }
  if (given > settings.memory_budget) {
    const Share& largest = *std::max_element(std::begin(shares), std::end(shares), [](const Share& a, const Share& b) {
      return a.times * a.bytes < b.times * b.bytes;
    });
    const std::uint64_t too_much = given - settings.memory_budget;
    const bool one_is_enough = too_much + 64 * kMiB <= largest.times * largest.bytes;
    return fail(
        ErrorCode::InvalidInput,
        fmt::format("the budget is {} MiB, and {} MiB are given away: {}{} MiB for requests and answers, {} MiB for "
                    "the program itself. Lower {}, or raise memory.budget",
                    settings.memory_budget / kMiB, (given + kMiB - 1) / kMiB, list, kTrafficBytesMin / kMiB,
                    kProgramBytes / kMiB, one_is_enough ? largest.key : "several of these"));
  }
  const std::uint64_t traffic = std::min(settings.memory_budget - given + kTrafficBytesMin, kTrafficBytesMax);
  return MemoryShares{.bodies = traffic / 3 * 2, .answers = traffic / 3};
}

}  // namespace vizsla::server
