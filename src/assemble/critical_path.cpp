#include "assemble/critical_path.h"

#include <algorithm>
#include <limits>

namespace vizsla::assemble {
namespace {

// Children of each span by their end, latest first, as one list.
struct ChildrenByEnd {
  explicit ChildrenByEnd(std::span<const TimedSpan> spans) : begin(spans.size() + 1, 0) {
    for (const TimedSpan& span : spans) {
      if (span.parent >= 0) ++begin[static_cast<std::size_t>(span.parent) + 1];
    }
    for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
    list.resize(begin.back());
    std::vector<std::uint32_t> next(begin.begin(), begin.end() - 1);
    for (std::uint32_t i = 0; i < spans.size(); ++i) {
      if (spans[i].parent >= 0) list[next[static_cast<std::size_t>(spans[i].parent)]++] = i;
    }
    for (std::size_t parent = 0; parent + 1 < begin.size(); ++parent) {
      std::sort(list.begin() + begin[parent], list.begin() + begin[parent + 1], [&](std::uint32_t a, std::uint32_t b) {
        return spans[a].end_ns != spans[b].end_ns ? spans[a].end_ns > spans[b].end_ns : a > b;
      });
    }
  }

  std::vector<std::uint32_t> begin;
  std::vector<std::uint32_t> list;
};

}  // namespace

std::vector<CriticalStretch> critical_path(std::span<const TimedSpan> spans, std::uint32_t root) {
  const ChildrenByEnd children(spans);
  // A span on the way from the root to where we are: it is accounted for behind `until`, not yet before it.
  struct Open {
    std::uint32_t span;
    UnixNanos from;
    UnixNanos until;
    std::uint32_t next_child;
    bool at_its_end = true;  // a child that outlives the span counts as ending with it; further in, it doesn't matter
  };
  constexpr auto kNone = std::numeric_limits<std::uint32_t>::max();
  const auto last_waited_for = [&](Open& here) {
    while (here.next_child < children.begin[here.span + 1]) {
      const std::uint32_t child = children.list[here.next_child++];
      const TimedSpan& candidate = spans[child];
      const bool ended = candidate.end_ns <= here.until || here.at_its_end;
      if (ended && candidate.start_ns < here.until && candidate.end_ns > here.from) return child;
    }
    return kNone;
  };

  std::vector<CriticalStretch> backwards;
  std::vector<Open> open{{root, spans[root].start_ns, spans[root].end_ns, children.begin[root]}};
  while (!open.empty()) {
    Open& here = open.back();
    const std::uint32_t child = last_waited_for(here);
    if (child == kNone) {
      if (here.until > here.from) backwards.push_back({here.span, here.from, here.until});
      open.pop_back();
      continue;
    }
    const UnixNanos child_end = std::min(spans[child].end_ns, here.until);
    const UnixNanos child_start = std::max(spans[child].start_ns, here.from);
    if (here.until > child_end) backwards.push_back({here.span, child_end, here.until});
    here.until = child_start;
    here.at_its_end = false;
    open.push_back({child, child_start, child_end, children.begin[child]});
  }
  std::reverse(backwards.begin(), backwards.end());
  return backwards;
}

}  // namespace vizsla::assemble
