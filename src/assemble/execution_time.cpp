#include "assemble/execution_time.h"

#include <algorithm>

namespace vizsla::assemble {

std::vector<std::int64_t> self_times(std::span<const TimedSpan> spans) {
  // Children by start, whatever their order in the list: sorted once for all parents.
  std::vector<std::uint32_t> by_start(spans.size());
  for (std::uint32_t i = 0; i < spans.size(); ++i) by_start[i] = i;
  std::stable_sort(by_start.begin(), by_start.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return spans[a].start_ns < spans[b].start_ns; });

  std::vector<std::int64_t> self(spans.size());
  std::vector<UnixNanos> covered_to(spans.size());  // by parent: up to here its children have been subtracted
  for (std::size_t i = 0; i < spans.size(); ++i) {
    self[i] = spans[i].end_ns - spans[i].start_ns;
    covered_to[i] = spans[i].start_ns;
  }
  for (const std::uint32_t i : by_start) {
    if (spans[i].parent < 0) continue;
    const auto parent = static_cast<std::size_t>(spans[i].parent);
    const UnixNanos begin = std::max(spans[i].start_ns, covered_to[parent]);
    const UnixNanos end = std::min(spans[i].end_ns, spans[parent].end_ns);
    if (end <= begin) continue;
    self[parent] -= end - begin;
    covered_to[parent] = end;
  }
  return self;
}

std::vector<double> execution_times(std::span<const TimedSpan> spans) {
  struct Event {
    UnixNanos time;
    bool is_end;
    std::uint32_t span;
  };
  std::vector<Event> events;
  events.reserve(spans.size() * 2);
  for (std::uint32_t i = 0; i < spans.size(); ++i) {
    events.push_back({spans[i].start_ns, false, i});
    events.push_back({spans[i].end_ns, true, i});
  }
  // Starts before ends at one time; the list's order for the rest, in which parents come first.
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return a.time != b.time ? a.time < b.time : a.is_end < b.is_end;
  });

  // `shared` is what an active span has been given since the beginning; a span's own part is the difference between
  // when it becomes active and when it ceases to be.
  std::vector<double> exec(spans.size(), 0);
  std::vector<double> active_since(spans.size(), 0);
  std::vector<std::uint32_t> open_children(spans.size(), 0);
  enum : std::uint8_t { Closed, Waiting, Active };
  std::vector<std::uint8_t> state(spans.size(), Closed);
  double shared = 0;
  std::size_t active = 0;
  const auto activate = [&](std::uint32_t i) {
    state[i] = Active;
    active_since[i] = shared;
    ++active;
  };
  const auto deactivate = [&](std::uint32_t i, std::uint8_t to) {
    if (state[i] == Active) {
      exec[i] += shared - active_since[i];
      --active;
    }
    state[i] = to;
  };
  UnixNanos last = events.empty() ? 0 : events.front().time;
  for (const Event& event : events) {
    if (active > 0) shared += static_cast<double>(event.time - last) / static_cast<double>(active);
    last = event.time;
    const std::uint32_t i = event.span;
    const std::int32_t parent = spans[i].parent;
    if (!event.is_end) {
      if (parent >= 0) {
        const auto p = static_cast<std::uint32_t>(parent);
        ++open_children[p];
        if (state[p] == Active) deactivate(p, Waiting);
      }
      if (open_children[i] == 0) {
        activate(i);
      } else {
        state[i] = Waiting;
      }
    } else {
      deactivate(i, Closed);
      if (parent >= 0) {
        const auto p = static_cast<std::uint32_t>(parent);
        if (--open_children[p] == 0 && state[p] == Waiting) activate(p);
      }
    }
  }
  return exec;
}

}  // namespace vizsla::assemble
