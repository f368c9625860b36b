#include "assemble/trace_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::assemble {
namespace {

using ::testing::ElementsAre;

model::Span& add(model::SpanSet& set, std::uint64_t id, std::uint64_t parent, UnixNanos start, UnixNanos end) {
  model::Span span;
  span.trace_id = {1, 0};
  span.span_id = model::SpanId{id};
  span.parent_id = model::SpanId{parent};
  span.start_ns = start;
  span.duration_ns = end - start;
  span.service = "web";
  set.spans.push_back(span);
  return set.spans.back();
}

void fail_with(model::Span& span, std::string_view message) {
  span.error = true;
  if (!message.empty()) span.meta = {{"error.message", message}};
}

TEST(TraceSummary, SpansFromTheFirstStartToTheLastEnd) {
  model::SpanSet set;
  add(set, 1, 0, 100, 200).received_ns = 7;
  add(set, 2, 1, 150, 350).received_ns = 9;
  set.spans[1].service = "later";
  set.spans[1].trace_id.high = 5;
  add(set, 3, 1, 160, 170);
  const TraceSummary summary = summarize_trace(set.spans);
  EXPECT_EQ(summary.start_ns, 100);
  EXPECT_EQ(summary.duration_ns, 250);
  EXPECT_EQ(summary.received_ns, 9);
  EXPECT_EQ(summary.id, (model::TraceId{1, 5}));
  EXPECT_EQ(summary.errors, 0u);
  EXPECT_THAT(summary.services, ElementsAre("web", "later"));
}

TEST(TraceSummary, IsSpokenForByTheFirstEntrySpanWhileTheRootIsMissing) {
  model::SpanSet set;
  add(set, 2, 1, 10, 20);
  add(set, 3, 1, 11, 20).is_entry = true;
  EXPECT_TRUE(summarize_trace(set.spans).root_missing);
  EXPECT_EQ(summarize_trace(set.spans).root, 1u);
  add(set, 1, 0, 12, 20);
  EXPECT_FALSE(summarize_trace(set.spans).root_missing);
  EXPECT_EQ(summarize_trace(set.spans).root, 2u);
}

TEST(TraceSummary, TroubleBeginsAtTheFailedSpanThatEndedFirst) {
  model::SpanSet set;
  fail_with(add(set, 1, 0, 0, 100), "500 from orders");
  fail_with(add(set, 2, 1, 10, 90), "503 from payments");
  fail_with(add(set, 3, 2, 20, 80), "declined");
  add(set, 4, 2, 20, 30);
  const TraceSummary summary = summarize_trace(set.spans);
  EXPECT_EQ(summary.errors, 3u);
  EXPECT_EQ(summary.first_failed, 2u);
}

TEST(TraceSummary, PrefersTheFailedSpanThatSaysWhy) {
  model::SpanSet set;
  fail_with(add(set, 1, 0, 0, 100), "");
  fail_with(add(set, 2, 1, 10, 90), "told");
  fail_with(add(set, 3, 2, 20, 80), "");
  EXPECT_EQ(summarize_trace(set.spans).first_failed, 1u);
}

TEST(TraceSummary, TakesTheInnerOneOfTwoThatEndTogether) {
  model::SpanSet set;
  fail_with(add(set, 1, 0, 0, 100), "outer");
  fail_with(add(set, 2, 1, 10, 100), "inner");
  EXPECT_EQ(summarize_trace(set.spans).first_failed, 1u);
}

TEST(SpanError, ShowsWhereAnErrorWithoutAStackWasHandled) {
  model::Span span;
  span.meta = {{"error.handling_stack", "main.load"}, {"error.type", "E"}};
  EXPECT_EQ(error_of(span).stack, "main.load");
  span.meta = {{"error.handling_stack", "main.load"}, {"error.stack", "own"}};
  EXPECT_EQ(error_of(span).stack, "own");
}

TEST(SpanError, ReadsBothNamesOfTheMessage) {
  model::Span span;
  span.meta = {{"error.message", ""}, {"error.msg", "old name"}, {"error.stack", "a\nb"}, {"error.type", "E"}};
  const SpanError error = error_of(span);
  EXPECT_EQ(error.message, "old name");
  EXPECT_EQ(error.type, "E");
  EXPECT_EQ(first_line(error.stack), "a");
  EXPECT_EQ(first_line("a\r\nb"), "a");
  EXPECT_EQ(first_line("one"), "one");
}

}  // namespace
}  // namespace vizsla::assemble
