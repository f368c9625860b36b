#include "store/embedded/query_gate.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"

namespace vizsla::store {
namespace {

std::size_t index_of(QueryClass query_class) {
  return static_cast<std::size_t>(query_class);
}

}  // namespace

QueryGate::QueryGate(Options options) : options_(options) {
  VIZSLA_CHECK(options.slots > 0);
  for (int number = options.slots; number > 0; --number) free_.push_back(number - 1);
}

int QueryGate::take_slot(QueryClass query_class) {
  // With a single slot all take it in turn.
  const int long_max = std::max(options_.slots - 1, 1);
  if (free_.empty() || (query_class == QueryClass::Long && running_[index_of(QueryClass::Long)] >= long_max)) return -1;
  const int number = free_.back();
  free_.pop_back();
  ++running_[index_of(query_class)];
  return number;
}

Result<QueryGate::Slot> QueryGate::enter(QueryClass query_class, const ReadLimits& limits) {
  VIZSLA_TRY_VOID(limits.check());
  std::unique_lock lock(mutex_);
  // Nobody is overtaken: whoever waits while a slot is free is of a class that may not have it.
  if (const int number = take_slot(query_class); number >= 0) return Slot(this, query_class, number);
  int& waiting = waiting_[index_of(query_class)];
  if (waiting >= options_.waiting_max)
    return fail(ErrorCode::Unavailable, fmt::format("too many queries: {} wait already; try again", waiting));

  Waiting self{query_class};
  const auto place = line_.insert(line_.end(), &self);
  ++waiting;
  Result<void> may_go_on;
  while (self.number < 0 && may_go_on) {
    // Far enough to be never, near enough not to overflow a wait.
    const auto until = std::min(limits.deadline, std::chrono::steady_clock::now() + std::chrono::hours(1));
    changed_.wait_until(lock, limits.cancelled, until, [&] { return self.number >= 0; });
    may_go_on = limits.check();
  }
  if (self.number >= 0) return Slot(this, query_class, self.number);
  line_.erase(place);
  --waiting;
  return fail(std::move(may_go_on).error());
}

void QueryGate::leave(const Slot& slot) {
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(slot.number_);
    --running_[index_of(slot.class_)];
    hand_out_slots();
  }
  changed_.notify_all();
}

void QueryGate::hand_out_slots() {
  for (auto it = line_.begin(); it != line_.end() && !free_.empty();) {
    Waiting& next = **it;
    next.number = take_slot(next.query_class);
    if (next.number < 0) {
      ++it;
      continue;
    }
    --waiting_[index_of(next.query_class)];
    it = line_.erase(it);
  }
}

QueryGate::Counter QueryGate::outcome_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::Timeout:
      return &QueryCounts::timeout;
    case ErrorCode::Cancelled:
      return &QueryCounts::cancelled;
    case ErrorCode::LimitExceeded:
      return &QueryCounts::limit;
    default:
      return &QueryCounts::failed;
  }
}

void QueryGate::count(Counter outcome, std::chrono::nanoseconds waited, std::chrono::nanoseconds worked) {
  const std::lock_guard lock(mutex_);
  ++(counts_.*outcome);
  counts_.waited += waited;
  counts_.worked += worked;
}

QueryCounts QueryGate::counts() const {
  const std::lock_guard lock(mutex_);
  QueryCounts counts = counts_;
  counts.running = static_cast<std::uint64_t>(running_[0] + running_[1]);
  counts.waiting = static_cast<std::uint64_t>(waiting_[0] + waiting_[1]);
  return counts;
}

}  // namespace vizsla::store
