// A clock that only moves when a test says so. Thread-safe.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace vizsla::testing {

class FakeClock final : public Clock {
 public:
  // 2026-11-21T12:00:00Z unless told otherwise.
  explicit FakeClock(UnixNanos now = 1'795'262'400'000'000'000) : now_(now), start_(now) {}

  [[nodiscard]] UnixNanos now() const override { return now_.load(); }

  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(now_.load() - start_));
  }

  void advance(std::chrono::nanoseconds by) { now_ += by.count(); }

 private:
  std::atomic<UnixNanos> now_;
  const UnixNanos start_;
};

}  // namespace vizsla::testing
