#include "store/embedded/read_memory.h"

#include <algorithm>

#include <fmt/format.h>

namespace vizsla::store {
namespace {

// Taken at once, so that the budget, which all reads write to, is seldom asked.
constexpr std::uint64_t kStep = 256 << 10;

}  // namespace

struct ReadGuard::Lease {
  explicit Lease(std::shared_ptr<std::atomic<std::uint64_t>> of) : taken(std::move(of)) {}
  ~Lease() { *taken -= bytes; }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  const std::shared_ptr<std::atomic<std::uint64_t>> taken;
  std::uint64_t bytes = 0;
};

ReadGuard::ReadGuard(const ReadLimits& limits, const ReadMemory& memory)
    : limits_(limits), bytes_max_(memory.bytes_), lease_(std::make_shared<Lease>(memory.taken_)) {}

Result<void> ReadGuard::check(std::uint64_t bytes) {
  VIZSLA_TRY_VOID(limits_.check());
  const std::uint64_t wanted = settled_ + bytes;
  if (wanted <= lease_->bytes) return {};
  if (wanted > bytes_max_)
    return fail(ErrorCode::LimitExceeded,
                fmt::format("the spans of this answer take more than {} MiB (query.memory_bytes)", bytes_max_ >> 20));
  const std::uint64_t more = std::min(wanted + kStep, bytes_max_) - lease_->bytes;
  std::uint64_t taken = *lease_->taken;
  do {
    if (taken + more > bytes_max_)
      return fail(ErrorCode::Unavailable, "other answers take the memory that this one needs; try again");
  } while (!lease_->taken->compare_exchange_weak(taken, taken + more));
  lease_->bytes += more;
  return {};
}

}  // namespace vizsla::store
