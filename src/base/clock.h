// Time as a value that comes in from outside, so that tests and benchmarks can move it.
#pragma once

#include <chrono>
#include <cstdint>

namespace vizsla {

// Nanoseconds since 1970-01-01 UTC: what spans carry and what the store keeps. Good until the year 2262.
using UnixNanos = std::int64_t;

inline constexpr std::int64_t kNanosPerMilli = 1'000'000;
inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr std::int64_t kNanosPerMinute = 60 * kNanosPerSecond;
inline constexpr std::int64_t kNanosPerHour = 60 * kNanosPerMinute;
inline constexpr std::int64_t kNanosPerDay = 24 * kNanosPerHour;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall clock: may jump, in both directions.
  [[nodiscard]] virtual UnixNanos now() const = 0;

  // For durations and deadlines: never goes back, starts anywhere.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] UnixNanos now() const override;
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override;
};

}  // namespace vizsla
