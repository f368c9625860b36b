// Who may read now: a few slots for the queries that run, a line for those that wait.
//
// Cores and memory are shared among as many queries as there are slots. Who comes when all are taken waits, first come
// first served, until its limits end that. Long queries never take the last slot, so that a page that somebody looks at
// is answered while exports run; short ones may take any. They wait in the same order, but a short one isn't held up by
// long ones that may not go yet. Each class has its own limit to how many wait: one more is Unavailable.
//
// It also counts how queries ended. Thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/read_limits.h"

namespace vizsla::store {

enum class QueryClass {
  Short,  // lookups, and searches over few rows: tens of milliseconds
  Long,
};

// A search over that many rows at most is short: with two cores DuckDB takes some 150 ms for the newest spans among
// them, 650 ms for the oldest.
inline constexpr std::uint64_t kShortRowsMax = 8'000'000;

inline QueryClass class_of(std::uint64_t rows) {
  return rows <= kShortRowsMax ? QueryClass::Short : QueryClass::Long;
}

// How queries went since the start, and what is at hand.
struct QueryCounts {
  std::uint64_t running = 0;
  std::uint64_t waiting = 0;
  // Ended.
  std::uint64_t ok = 0;
  std::uint64_t timeout = 0;    // at their deadline, in line or at work
  std::uint64_t cancelled = 0;  // nobody waited any more
  std::uint64_t limit = 0;      // would have needed more memory than there is
  std::uint64_t refused = 0;    // the line was full
  std::uint64_t failed = 0;     // for any other reason
  // Of all that ended.
  std::chrono::nanoseconds waited{0};
  std::chrono::nanoseconds worked{0};
};

class QueryGate {
 public:
  struct Options {
    int slots = 4;
    int waiting_max = 32;  // of each class
  };

  explicit QueryGate(Options options);

  [[nodiscard]] int slots() const { return static_cast<int>(options_.slots); }

  // The right to read, while it lives.
  class Slot {
   public:
    Slot(Slot&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), class_(other.class_), number_(other.number_) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (gate_ != nullptr) gate_->leave(*this);
    }

    // 0 to slots() - 1; no other slot that is alive has it.
    [[nodiscard]] int number() const { return number_; }

   private:
    friend QueryGate;
    Slot(QueryGate* gate, QueryClass query_class, int number) : gate_(gate), class_(query_class), number_(number) {}

    QueryGate* gate_;
    const QueryClass class_;
    const int number_;
  };

  // Waits for a slot, calls ask(slot), and counts how that ended. `ask` returns a Result. Errors: those of `ask`;
  // Unavailable when too many wait; Timeout and Cancelled while waiting. Not to be called from within `ask`.
  template <class Ask>
  std::invoke_result_t<Ask, const Slot&> run(QueryClass query_class, const ReadLimits& limits, Ask&& ask) {
    const auto came = std::chrono::steady_clock::now();
    auto slot = enter(query_class, limits);
    const auto began = std::chrono::steady_clock::now();
    if (!slot) {
      count(slot.error().code == ErrorCode::Unavailable ? &QueryCounts::refused : outcome_of(slot.error().code),
            began - came, {});
      return fail(std::move(slot).error());
    }
    auto outcome = std::forward<Ask>(ask)(std::as_const(*slot));
    count(outcome ? &QueryCounts::ok : outcome_of(outcome.error().code), began - came,
          std::chrono::steady_clock::now() - began);
    return outcome;
  }

  [[nodiscard]] QueryCounts counts() const;

 private:
  struct Waiting {
    QueryClass query_class;
    int number = -1;  // of the slot that it got
  };

  using Counter = std::uint64_t QueryCounts::*;
  static Counter outcome_of(ErrorCode code);
  void count(Counter outcome, std::chrono::nanoseconds waited, std::chrono::nanoseconds worked);

  Result<Slot> enter(QueryClass query_class, const ReadLimits& limits);
  void leave(const Slot& slot);
  // Under the mutex: a slot for `query_class`, or -1.
  int take_slot(QueryClass query_class);
  void hand_out_slots();

  const Options options_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<int> free_;         // numbers of slots; guarded by mutex_, as all below
  std::array<int, 2> running_{};  // by class
  std::array<int, 2> waiting_{};
  std::list<Waiting*> line_;  // in the order of their coming
  QueryCounts counts_;        // but for running and waiting
};

}  // namespace vizsla::store
