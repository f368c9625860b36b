#include "intake/payload_table.h"

#include <algorithm>
#include <bit>

namespace vizsla::intake {

bool PayloadTable::HashSet::contains(Hash128 hash) const {
  if (slots_.empty()) return false;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash.low & mask; slots_[i] != Hash128{}; i = (i + 1) & mask) {
    if (slots_[i] == hash) return true;
  }
  return false;
}

void PayloadTable::HashSet::insert(Hash128 hash) {
  if (contains(hash)) return;
  if ((size_ + 1) * 2 > slots_.size()) {
    std::vector<Hash128> old(std::max<std::size_t>(slots_.size() * 2, 64));
    old.swap(slots_);
    for (const Hash128 kept : old) {
      if (kept != Hash128{}) place(kept);
    }
  }
  place(hash);
  ++size_;
}

void PayloadTable::HashSet::place(Hash128 hash) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash.low & mask;
  while (slots_[i] != Hash128{}) i = (i + 1) & mask;
  slots_[i] = hash;
}

void PayloadTable::HashSet::clear() {
  slots_ = {};
  size_ = 0;
}

PayloadTable::Seen PayloadTable::begin(Hash128 payload, Waiter waiter) {
  const std::int64_t now = period_of(clock_.now());
  return state_.with([&](State& state) {
    for (std::size_t g = 0; g < kGenerations; ++g) {
      if (state.period[g] > now - static_cast<std::int64_t>(kGenerations) && state.stored[g].contains(payload))
        return Seen::Stored;
    }
    const auto [at, first] = state.in_flight.try_emplace(payload);
    if (first) return Seen::First;
    at->second.push_back(std::move(waiter));
    return Seen::InFlight;
  });
}

void PayloadTable::finish(Hash128 payload, const Result<void>& outcome) {
  std::vector<Waiter> waiters = state_.with([&](State& state) {
    if (outcome) insert(state, payload, clock_.now());
    auto node = state.in_flight.extract(payload);
    return node.empty() ? std::vector<Waiter>{} : std::move(node.mapped());
  });
  for (const Waiter& waiter : waiters) waiter(outcome);
}

void PayloadTable::remember(Hash128 payload, UnixNanos received_ns) {
  state_.with([&](State& state) { insert(state, payload, received_ns); });
}

void PayloadTable::insert(State& state, Hash128 payload, UnixNanos time) {
  const std::int64_t period = period_of(time);
  const std::size_t g = static_cast<std::size_t>(period) % kGenerations;
  if (state.period[g] > period) return;  // from so long ago that its place has been given on
  if (state.period[g] < period) {
    state.stored[g].clear();
    state.period[g] = period;
  }
  state.stored[g].insert(payload);

  std::size_t total = 0;
  for (const HashSet& set : state.stored) total += set.size();
  while (total > limits_.payloads_max) {
    std::size_t oldest = g;
    for (std::size_t i = 0; i < kGenerations; ++i) {
      if (state.stored[i].size() > 0 && state.period[i] < state.period[oldest]) oldest = i;
    }
    total -= state.stored[oldest].size();
    state.stored[oldest].clear();
    ++state.forgotten_early;
  }
}

std::size_t PayloadTable::size() const {
  return state_.with([](const State& state) {
    std::size_t total = 0;
    for (const HashSet& set : state.stored) total += set.size();
    return total;
  });
}

std::uint64_t PayloadTable::forgotten_early() const {
  return state_.with([](const State& state) { return state.forgotten_early; });
}

}  // namespace vizsla::intake
