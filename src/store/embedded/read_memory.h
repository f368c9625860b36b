// Memory for the spans that reads have in hand: one budget for all of them.
//
// A read says again and again how much it has got so far (ReadGuard::check), and is ended when that is more than there
// is. What it gives back carries its share with it (SpanSet::memory), until whoever asked has written the answer. So
// traces of any size cost the queries that ask for them, and nobody else.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "store/read_limits.h"

namespace vizsla::store {

// Thread-safe. Results may outlive it.
class ReadMemory {
 public:
  explicit ReadMemory(std::uint64_t bytes) : bytes_(bytes), taken_(std::make_shared<std::atomic<std::uint64_t>>(0)) {}

  [[nodiscard]] std::uint64_t taken() const { return *taken_; }

 private:
  friend class ReadGuard;

  const std::uint64_t bytes_;
  const std::shared_ptr<std::atomic<std::uint64_t>> taken_;
};

// What a read asks before each step. One thread at a time; borrows the limits and the memory.
class ReadGuard {
 public:
  ReadGuard(const ReadLimits& limits, const ReadMemory& memory);

  // May it go on, with `bytes` in hand beside what was settled? Timeout and Cancelled as the limits say; LimitExceeded
  // when that is more than all reads have together; Unavailable when others have too much of it just now.
  Result<void> check(std::uint64_t bytes);

  // Adds `bytes` to what stays in hand for good.
  void settle(std::uint64_t bytes) { settled_ += bytes; }

  // The memory that was taken, for the result: given back when the last copy goes.
  [[nodiscard]] std::shared_ptr<const void> memory() const { return lease_; }

 private:
  struct Lease;

  const ReadLimits& limits_;
  const std::uint64_t bytes_max_;
  std::uint64_t settled_ = 0;
  const std::shared_ptr<Lease> lease_;
};

}  // namespace vizsla::store
