// Recognises a payload that is sent again, so that it is answered and not stored twice.
//
// Tracers repeat a body that they got no good answer for: libdatadog five times within 3 s. An equal body that is still
// being processed waits for the first one's outcome; one that was stored within the window is answered at once. A
// failed one is forgotten, so that the next try is a first one. Hashes are kept for ten generations of a tenth of the
// window each, and the oldest generation goes early when there are too many. Architecture, decision 1. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/hash.h"
#include "base/result.h"

namespace vizsla::intake {

class PayloadTable {
 public:
  // Called with the first one's outcome.
  using Waiter = std::function<void(const Result<void>&)>;

  struct Limits {
    std::int64_t window_ns = 600 * kNanosPerSecond;
    std::size_t payloads_max = 1 << 20;  // 16 bytes each, at twice the room
  };

  PayloadTable(const Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

  enum class Seen { First, InFlight, Stored };

  // What is known of this payload. For InFlight, `waiter` is called when the first one is done; for the others it is
  // dropped. After First the caller must call finish().
  Seen begin(Hash128 payload, Waiter waiter);

  void finish(Hash128 payload, const Result<void>& outcome);

  // A payload that was stored before the start.
  void remember(Hash128 payload, UnixNanos received_ns);

  [[nodiscard]] std::size_t size() const;
  // Generations that went before their time.
  [[nodiscard]] std::uint64_t forgotten_early() const;

 private:
  static constexpr std::size_t kGenerations = 10;

  // A set of hashes; the hashes are already random, so their low bits are the place.
  class HashSet {
   public:
    [[nodiscard]] bool contains(Hash128 hash) const;
    void insert(Hash128 hash);
    void clear();
    [[nodiscard]] std::size_t size() const { return size_; }

   private:
    void place(Hash128 hash);

    std::vector<Hash128> slots_;  // zero = free; a payload's hash is never that in practice
    std::size_t size_ = 0;
  };

  struct State {
    std::unordered_map<Hash128, std::vector<Waiter>> in_flight;
    std::array<HashSet, kGenerations> stored;
    std::array<std::int64_t, kGenerations> period{};  // which tenth of a window each generation is for
    std::uint64_t forgotten_early = 0;
  };

  [[nodiscard]] std::int64_t period_of(UnixNanos time) const {
    return time / (limits_.window_ns / static_cast<std::int64_t>(kGenerations));
  }
  void insert(State& state, Hash128 payload, UnixNanos time);

  const Clock& clock_;
  const Limits limits_;
  Guarded<State> state_;
};

}  // namespace vizsla::intake
