#include "assemble/trace_view.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::assemble {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Builder {
  model::SpanSet set;

  Builder& add(std::uint64_t id, std::uint64_t parent, UnixNanos start, UnixNanos end,
               std::string_view service = "web") {
    model::Span span;
    span.trace_id = {1, 0};
    span.span_id = model::SpanId{id};
    span.parent_id = model::SpanId{parent};
    span.start_ns = start;
    span.duration_ns = end - start;
    span.service = set.texts.keep(service);
    span.is_entry = parent == 0;
    set.spans.push_back(span);
    return *this;
  }

  model::Span& last() { return set.spans.back(); }
};

std::vector<std::string> codes(const TraceView& view) {
  std::vector<std::string> list;
  for (const Warning& warning : view.warnings) list.emplace_back(to_string(warning.code));
  return list;
}

TEST(TraceView, WalksParentsBeforeChildrenAndSiblingsByStart) {
  Builder b;
  b.add(1, 0, 0, 100).add(2, 1, 10, 50).add(3, 2, 20, 30).add(4, 1, 60, 90).add(5, 2, 35, 40);
  const TraceView view = view_trace(b.set);
  EXPECT_THAT(view.span, ElementsAre(0, 1, 2, 4, 3));
  EXPECT_THAT(view.parent, ElementsAre(-1, 0, 1, 1, 0));
  EXPECT_THAT(view.depth, ElementsAre(0, 1, 2, 2, 1));
  EXPECT_EQ(view.root, 0u);
  EXPECT_EQ(view.duration_ns, 100);
  EXPECT_THAT(view.self_ns, ElementsAre(30, 25, 10, 5, 30));
  EXPECT_THAT(view.warnings, IsEmpty());
}

TEST(TraceView, ReportsMissingParentsAndSpeaksThroughTheFirstEntry) {
  Builder b;
  b.add(2, 77, 10, 50).add(3, 2, 20, 30).add(4, 77, 60, 90).add(5, 78, 70, 80);
  b.set.spans[0].is_entry = false;
  b.set.spans[2].is_entry = true;
  const TraceView view = view_trace(b.set);
  EXPECT_THAT(codes(view), ElementsAre("missing_parent", "no_root"));
  EXPECT_EQ(view.warnings[0].message,
            "3 spans name 2 parents that are not here: still on the way, not sampled, or lost before it was sent.");
  EXPECT_THAT(view.warnings[0].places, ElementsAre(0, 2, 3));
  EXPECT_TRUE(view.root_missing);
  EXPECT_EQ(view.span[view.root], 2u);
}

TEST(TraceView, ReportsSeveralRoots) {
  Builder b;
  b.add(1, 0, 5, 10).add(2, 0, 20, 30);
  const TraceView view = view_trace(b.set);
  EXPECT_THAT(codes(view), ElementsAre("several_roots"));
  EXPECT_EQ(view.root, 0u);
  EXPECT_EQ(view.start_ns, 5);
}

TEST(TraceView, KeepsSpansThatShareAnIdAndPutsWorkUnderItsOwnService) {
  Builder b;
  b.add(1, 0, 0, 100, "a").add(2, 1, 10, 90, "a").add(2, 1, 20, 80, "b").add(3, 2, 30, 40, "b").add(4, 2, 50, 60, "a");
  const TraceView view = view_trace(b.set);
  EXPECT_THAT(codes(view), ElementsAre("duplicate_ids"));
  EXPECT_EQ(view.span.size(), 5u);
  const auto parent_of = [&](std::uint32_t span) {
    const auto place = std::find(view.span.begin(), view.span.end(), span) - view.span.begin();
    return view.span[static_cast<std::size_t>(view.parent[static_cast<std::size_t>(place)])];
  };
  EXPECT_EQ(parent_of(3), 2u);
  EXPECT_EQ(parent_of(4), 1u);
}

TEST(TraceView, BreaksCyclesAtTheirEarliestSpan) {
  Builder b;
  b.add(1, 3, 0, 10).add(2, 1, 1, 9).add(3, 2, 2, 8).add(4, 4, 3, 5).add(5, 1, 4, 6);
  const TraceView view = view_trace(b.set);
  EXPECT_EQ(view.span.size(), 5u);
  EXPECT_THAT(codes(view), ElementsAre("no_root", "cycle"));
  EXPECT_THAT(view.span, ElementsAre(0, 1, 2, 4, 3));
}

TEST(TraceView, TellsClockSkewFromWorkThatJustRunsOn) {
  Builder b;
  b.add(1, 0, 0, 100, "a").add(2, 1, 10, 150, "a").add(3, 1, -20, 30, "b").add(4, 1, 50, 120, "a");
  b.last().kind = model::SpanKind::Client;
  b.add(5, 4, 70, 130, "b");
  b.last().kind = model::SpanKind::Server;
  std::sort(b.set.spans.begin(), b.set.spans.end(),
            [](const auto& x, const auto& y) { return x.start_ns < y.start_ns; });
  const TraceView view = view_trace(b.set);
  EXPECT_THAT(codes(view), ElementsAre("clock_skew"));
  std::vector<std::uint64_t> skewed;
  for (std::size_t i = 0; i < view.span.size(); ++i) {
    if (view.skewed[i]) skewed.push_back(static_cast<std::uint64_t>(b.set[view.span[i]].span_id));
  }
  EXPECT_THAT(skewed, ElementsAre(3, 5));
}

TEST(TraceView, ReportsUnfinishedSpansAndSeveralTraces) {
  Builder b;
  b.add(1, 0, 0, 10);
  b.last().partial = true;
  b.last().trace_id.high = 5;
  b.add(2, 1, 1, 2);
  b.last().trace_id.high = 6;
  b.add(3, 1, 1, 2);
  EXPECT_THAT(codes(view_trace(b.set)), ElementsAre("several_traces", "unfinished"));
}

TEST(TraceView, SaysWhatASamplerHasLeftOfATrace) {
  Builder b;
  b.add(1, 9, 0, 10);
  b.last().left_over = true;
  const TraceView view = view_trace(b.set);
  EXPECT_THAT(codes(view), ElementsAre("missing_parent", "no_root", "sampled_out"));
  EXPECT_EQ(view.warnings.back().message,
            "A sampler in front of Vizsla dropped this trace and passed on 1 span of it.");
}

TEST(TraceView, HoldsForAnyGraph) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 400; ++round) {
    Builder b;
    const std::size_t n = 1 + random() % 40;
    for (std::size_t i = 0; i < n; ++i) {
      const auto start = static_cast<UnixNanos>(i * 10);
      b.add(1 + random() % 30, random() % 35, start, start + static_cast<UnixNanos>(random() % 100),
            random() % 2 == 0 ? "a" : "b");
    }
    const TraceView view = view_trace(b.set);
    ASSERT_EQ(view.span.size(), n);
    std::vector<std::uint32_t> seen = view.span;
    std::sort(seen.begin(), seen.end());
    for (std::uint32_t i = 0; i < n; ++i) ASSERT_EQ(seen[i], i);
    for (std::size_t place = 0; place < n; ++place) {
      const std::int32_t parent = view.parent[place];
      ASSERT_LT(parent, static_cast<std::int32_t>(place));
      ASSERT_EQ(view.depth[place], parent < 0 ? 0 : view.depth[static_cast<std::size_t>(parent)] + 1);
    }
  }
}

TEST(TraceView, GoesAnyDepth) {
  Builder b;
  for (std::uint64_t i = 0; i < 200'000; ++i) b.add(i + 1, i, static_cast<UnixNanos>(i), 500'000);
  const TraceView view = view_trace(b.set);
  EXPECT_EQ(view.depth.back(), 199'999u);
}

}  // namespace
}  // namespace vizsla::assemble
