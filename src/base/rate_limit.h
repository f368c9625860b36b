// Lets through so many events a cause in each window of time, and counts the rest.
//
// One thread at a time. Time comes in with each call.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vizsla {

class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  RateLimit(std::uint32_t events_max, std::chrono::nanoseconds window) : events_max_(events_max), window_(window) {}

  // Nothing when this event must be left out; else how many of the same cause were left out before it.
  std::optional<std::uint64_t> admit(std::string_view cause, Time now);

 private:
  struct Cause {
    Time window_start;
    std::uint32_t admitted = 0;
    std::uint64_t left_out = 0;
  };

  const std::uint32_t events_max_;
  const std::chrono::nanoseconds window_;
  std::map<std::string, Cause, std::less<>> causes_;
};

}  // namespace vizsla
