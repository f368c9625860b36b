#include "store/collapse_copies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::store {
namespace {

using ::testing::ElementsAre;

model::Span span(std::uint64_t id, std::uint64_t sequence) {
  model::Span s;
  s.trace_id.low = 1;
  s.span_id = model::SpanId{id};
  s.service = "web";
  s.start_ns = 1000;
  s.sequence = sequence;
  return s;
}

std::vector<std::uint64_t> sequences(std::vector<model::Span> spans) {
  collapse_copies(spans);
  std::vector<std::uint64_t> left;
  for (const auto& s : spans) left.push_back(s.sequence);
  return left;
}

TEST(CollapseCopies, KeepsTheFirstOfEqualSpans) {
  EXPECT_THAT(sequences({span(1, 7), span(1, 3), span(2, 5)}), ElementsAre(3, 5));
}

TEST(CollapseCopies, KeepsSpansThatShareAnIdButDiffer) {
  model::Span server = span(1, 2);
  server.kind = model::SpanKind::Server;
  model::Span elsewhere = span(1, 3);
  elsewhere.service = "db";
  model::Span later = span(1, 4);
  later.start_ns = 2000;
  EXPECT_THAT(sequences({span(1, 1), server, elsewhere, later}), ElementsAre(1, 2, 3, 4));
}

TEST(CollapseCopies, KeepsTheNewestSnapshotAndTheFinishedSpanBeforeAny) {
  const auto snapshot = [](double version, std::uint64_t sequence) {
    model::Span s = span(1, sequence);
    s.metrics = {{"_dd.partial_version", version}};
    return s;
  };
  EXPECT_THAT(sequences({snapshot(1, 1), snapshot(3, 2), snapshot(2, 3)}), ElementsAre(2));
  EXPECT_THAT(sequences({snapshot(1, 1), span(1, 2), snapshot(3, 3)}), ElementsAre(2));
}

}  // namespace
}  // namespace vizsla::store
