#include "assemble/trace_view.h"

#include <algorithm>
#include <limits>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "assemble/critical_path.h"
#include "assemble/execution_time.h"
#include "base/check.h"

namespace vizsla::assemble {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

// Parents and children by index into the SpanSet, before the walk has given them places.
struct Links {
  std::vector<std::uint32_t> parent;  // kNone = a root, or missing
  std::vector<bool> missing_parent;
  std::vector<bool> shares_id;
  std::vector<bool> broken_cycle;     // was cut loose from its parent
  std::uint64_t missing_parents = 0;  // distinct ids
};

// Among the spans with the parent's id, that of the same service if there is one: of a client and a server that share
// an id (Zipkin), the work inside the server belongs to the server.
std::uint32_t choose_parent(const model::SpanSet& spans, const std::vector<std::uint32_t>& candidates,
                            std::uint32_t child) {
  std::uint32_t chosen = kNone;
  for (const std::uint32_t candidate : candidates) {
    if (candidate == child) continue;
    if (chosen == kNone ||
        (spans[chosen].service != spans[child].service && spans[candidate].service == spans[child].service))
      chosen = candidate;
  }
  return chosen;
}

Links link(const model::SpanSet& spans) {
  const std::size_t n = spans.size();
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> by_id;
  by_id.reserve(n);
  for (std::uint32_t i = 0; i < n; ++i) by_id[static_cast<std::uint64_t>(spans[i].span_id)].push_back(i);

  Links links;
  links.parent.assign(n, kNone);
  links.missing_parent.assign(n, false);
  links.shares_id.assign(n, false);
  links.broken_cycle.assign(n, false);
  std::set<std::uint64_t> missing;
  for (std::uint32_t i = 0; i < n; ++i) {
    const auto& same_id = by_id[static_cast<std::uint64_t>(spans[i].span_id)];
    links.shares_id[i] = same_id.size() > 1;
    const auto parent_id = static_cast<std::uint64_t>(spans[i].parent_id);
    if (parent_id == 0) continue;
    const auto candidates = by_id.find(parent_id);
    if (candidates != by_id.end()) links.parent[i] = choose_parent(spans, candidates->second, i);
    if (links.parent[i] == kNone && spans[i].parent_id != spans[i].span_id) {
      links.missing_parent[i] = true;
      missing.insert(parent_id);
    }
  }
  links.missing_parents = missing.size();
  return links;
}

// Cuts each cycle at its earliest span, which then stands as a root.
void break_cycles(Links& links) {
  enum : std::uint8_t { Unseen, OnPath, Done };
  std::vector<std::uint8_t> state(links.parent.size(), Unseen);
  std::vector<std::uint32_t> path;
  for (std::uint32_t first = 0; first < links.parent.size(); ++first) {
    path.clear();
    std::uint32_t at = first;
    while (at != kNone && state[at] == Unseen) {
      state[at] = OnPath;
      path.push_back(at);
      at = links.parent[at];
    }
    if (at != kNone && state[at] == OnPath) {
      // Spans are ordered by start, so the smallest index of the cycle is its earliest span.
      const auto begin = std::find(path.begin(), path.end(), at);
      const std::uint32_t earliest = *std::min_element(begin, path.end());
      links.parent[earliest] = kNone;
      links.broken_cycle[earliest] = true;
    }
    for (const std::uint32_t i : path) state[i] = Done;
  }
}

// Gives places: a depth-first walk, siblings in the order of the SpanSet, which is by start.
void walk(const model::SpanSet& spans, const Links& links, TraceView& view) {
  const std::size_t n = spans.size();
  // Children as lists threaded through two arrays; built from the back, so that each comes out in order.
  std::vector<std::uint32_t> first_child(n, kNone);
  std::vector<std::uint32_t> next_sibling(n, kNone);
  std::uint32_t first_root = kNone;
  for (std::uint32_t i = static_cast<std::uint32_t>(n); i-- > 0;) {
    std::uint32_t& list = links.parent[i] == kNone ? first_root : first_child[links.parent[i]];
    next_sibling[i] = list;
    list = i;
  }

  struct Open {
    std::uint32_t next;
    std::int32_t parent_place;
    std::uint32_t depth;
  };
  std::vector<Open> open{{first_root, TraceView::kNoParent, 0}};
  while (!open.empty()) {
    Open& level = open.back();
    if (level.next == kNone) {
      open.pop_back();
      continue;
    }
    const std::uint32_t i = level.next;
    const Open here = level;
    level.next = next_sibling[i];
    const auto place = static_cast<std::int32_t>(view.span.size());
    view.span.push_back(i);
    view.parent.push_back(here.parent_place);
    view.depth.push_back(here.depth);
    if (first_child[i] != kNone) open.push_back({first_child[i], place, here.depth + 1});
  }
  VIZSLA_CHECK(view.span.size() == n);
}

bool in_another_process(const model::Span& a, const model::Span& b) {
  return a.service != b.service || a.host != b.host || a.container_id != b.container_id;
}

// A child in another process that starts before its parent, or a server's work that ends after the client's wait for it
// although it would fit in: only clocks can do that.
bool is_skewed(const model::Span& child, const model::Span& parent) {
  if (!in_another_process(child, parent)) return false;
  if (child.start_ns < parent.start_ns) return true;
  return child.end_ns() > parent.end_ns() && child.duration_ns <= parent.duration_ns &&
         parent.kind == model::SpanKind::Client && child.kind == model::SpanKind::Server;
}

class WarningList {
 public:
  explicit WarningList(TraceView& view) : view_(view) {}

  template <class Wanted>
  std::vector<std::uint32_t> places(Wanted wanted) {
    std::vector<std::uint32_t> found;
    count_ = 0;
    for (std::uint32_t place = 0; place < view_.span.size(); ++place) {
      if (!wanted(place)) continue;
      ++count_;
      if (found.size() < kWarningPlacesMax) found.push_back(place);
    }
    return found;
  }

  [[nodiscard]] std::size_t count() const { return count_; }

  void add(WarningCode code, std::string message, std::vector<std::uint32_t> places) {
    view_.warnings.push_back({code, std::move(message), std::move(places)});
  }

 private:
  TraceView& view_;
  std::size_t count_ = 0;
};

std::string_view plural(std::size_t n) {
  return n == 1 ? "" : "s";
}

void add_warnings(const model::SpanSet& spans, const Links& links, TraceView& view) {
  WarningList list(view);
  const auto span_at = [&](std::uint32_t place) -> const model::Span& { return spans[view.span[place]]; };

  auto missing = list.places([&](std::uint32_t p) { return view.missing_parent[p]; });
  if (!missing.empty()) {
    list.add(
        WarningCode::MissingParent,
        fmt::format(
            "{} span{} name{} {} parent{} that {} not here: still on the way, not sampled, or lost before it was sent.",
            list.count(), plural(list.count()), list.count() == 1 ? "s" : "", links.missing_parents,
            plural(links.missing_parents), links.missing_parents == 1 ? "is" : "are"),
        std::move(missing));
  }
  auto roots = list.places([&](std::uint32_t p) { return span_at(p).parent_id == model::kNoSpan; });
  if (list.count() > 1)
    list.add(WarningCode::SeveralRoots,
             fmt::format("{} spans have no parent: several requests share this trace id.", list.count()),
             std::move(roots));
  if (list.count() == 0)
    list.add(WarningCode::NoRoot, "The root span is not here: the trace begins with the first span that is.", {});

  auto shared = list.places([&](std::uint32_t p) { return view.shares_id[p]; });
  if (!shared.empty())
    list.add(WarningCode::DuplicateIds,
             fmt::format("{} different spans share their span id with another.", list.count()), std::move(shared));
  auto skewed = list.places([&](std::uint32_t p) { return view.skewed[p]; });
  if (!skewed.empty()) {
    list.add(WarningCode::ClockSkew,
             fmt::format("{} span{} lie{} outside of the span that called {}: the clocks of two machines disagree. "
                         "Times are shown as they were sent.",
                         list.count(), plural(list.count()), list.count() == 1 ? "s" : "",
                         list.count() == 1 ? "it" : "them"),
             std::move(skewed));
  }
  std::set<std::uint64_t> highs;
  for (const model::Span& span : spans.spans) {
    if (span.trace_id.high != 0) highs.insert(span.trace_id.high);
  }
  if (highs.size() > 1) {
    auto ambiguous = list.places([&](std::uint32_t p) { return span_at(p).trace_id.high == 0; });
    list.add(WarningCode::SeveralTraces,
             fmt::format("{} traces with different 128-bit ids share the low half that was asked for; {} span{} carry "
                         "only that half.",
                         highs.size(), list.count(), plural(list.count())),
             std::move(ambiguous));
  }
  auto cycles = list.places([&](std::uint32_t p) { return links.broken_cycle[view.span[p]]; });
  if (!cycles.empty())
    list.add(WarningCode::Cycle,
             fmt::format("{} span{} would be {} own ancestor; shown as a root.", list.count(), plural(list.count()),
                         list.count() == 1 ? "its" : "their"),
             std::move(cycles));
  auto unfinished = list.places([&](std::uint32_t p) { return span_at(p).partial; });
  if (!unfinished.empty())
    list.add(WarningCode::Unfinished,
             fmt::format("{} span{} had not ended when last heard of.", list.count(), plural(list.count())),
             std::move(unfinished));
  auto left_over = list.places([&](std::uint32_t p) { return span_at(p).left_over; });
  if (!left_over.empty())
    list.add(WarningCode::SampledOut,
             fmt::format("A sampler in front of Vizsla dropped this trace and passed on {} span{} of it.", list.count(),
                         plural(list.count())),
             std::move(left_over));
}

void choose_root(const model::SpanSet& spans, TraceView& view) {
  std::uint32_t entry = kNone;
  for (std::uint32_t place = 0; place < view.span.size(); ++place) {
    const model::Span& span = spans[view.span[place]];
    if (span.parent_id == model::kNoSpan) {
      view.root = place;
      return;
    }
    if (entry == kNone && span.is_entry && view.parent[place] == TraceView::kNoParent) entry = place;
  }
  view.root_missing = true;
  view.root = entry == kNone ? 0 : entry;
}

}  // namespace

std::string_view to_string(WarningCode code) {
  switch (code) {
    case WarningCode::MissingParent:
      return "missing_parent";
    case WarningCode::SeveralRoots:
      return "several_roots";
    case WarningCode::NoRoot:
      return "no_root";
    case WarningCode::DuplicateIds:
      return "duplicate_ids";
    case WarningCode::ClockSkew:
      return "clock_skew";
    case WarningCode::SeveralTraces:
      return "several_traces";
    case WarningCode::Cycle:
      return "cycle";
    case WarningCode::Unfinished:
      return "unfinished";
    case WarningCode::SampledOut:
      return "sampled_out";
  }
  return "";
}

TraceView view_trace(const model::SpanSet& spans) {
  VIZSLA_CHECK(!spans.empty());
  Links links = link(spans);
  break_cycles(links);
  TraceView view;
  walk(spans, links, view);

  const std::size_t n = spans.size();
  view.start_ns = std::numeric_limits<UnixNanos>::max();
  UnixNanos end_ns = std::numeric_limits<UnixNanos>::min();
  std::vector<TimedSpan> timed;
  timed.reserve(n);
  for (std::uint32_t place = 0; place < n; ++place) {
    const model::Span& span = spans[view.span[place]];
    view.start_ns = std::min(view.start_ns, span.start_ns);
    end_ns = std::max(end_ns, span.end_ns());
    view.received_ns = std::max(view.received_ns, span.received_ns);
    view.missing_parent.push_back(links.missing_parent[view.span[place]]);
    view.shares_id.push_back(links.shares_id[view.span[place]]);
    const std::int32_t parent = view.parent[place];
    view.skewed.push_back(parent != TraceView::kNoParent &&
                          is_skewed(span, spans[view.span[static_cast<std::uint32_t>(parent)]]));
    timed.push_back({span.start_ns, span.end_ns(), parent});
  }
  view.duration_ns = end_ns - view.start_ns;
  choose_root(spans, view);
  view.self_ns = self_times(timed);
  view.exec_ns = execution_times(timed);
  view.critical.assign(n, false);
  for (const CriticalStretch& stretch : critical_path(timed, view.root)) {
    view.critical[stretch.span] = true;
    view.critical_path.push_back({stretch.span, stretch.start_ns - view.start_ns, stretch.end_ns - view.start_ns});
  }
  add_warnings(spans, links, view);
  return view;
}

}  // namespace vizsla::assemble
