// When a read gives up: at its deadline, or as soon as nobody waits for its answer any more.
//
// Whatever reads asks check() again and again: before each block, for each page of one, for each chunk of a result.
// What sleeps (a query in line, the engine while DuckDB works) is woken by the token.
#pragma once

#include <chrono>
#include <stop_token>

#include "base/result.h"

namespace vizsla::store {

struct ReadLimits {
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  // Stopped when the client has gone or the process ends. Without a state, as it is made here, it never is. Callbacks
  // run on the thread that stops it, which is a connection's: they must be short.
  std::stop_token cancelled{};

  // Cancelled, Timeout, or nothing. Cheap (some 30 ns); thread-safe.
  [[nodiscard]] Result<void> check() const;
};

}  // namespace vizsla::store
