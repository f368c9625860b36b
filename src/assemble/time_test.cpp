#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assemble/critical_path.h"
#include "assemble/execution_time.h"

namespace vizsla::assemble {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::Pointwise;

constexpr std::int64_t kMs = 1'000'000;

// datadog-apm-features §5: web-server, pg, render, pg-read, redis, rpc1, alert.
const std::vector<TimedSpan> kVector{{0, 130 * kMs, -1},       {10 * kMs, 60 * kMs, 0}, {80 * kMs, 110 * kMs, 0},
                                     {20 * kMs, 50 * kMs, 1},  {15 * kMs, 70 * kMs, 0}, {60 * kMs, 120 * kMs, 0},
                                     {110 * kMs, 150 * kMs, 5}};

TEST(ExecutionTime, AgreesWithTheVector) {
  std::vector<double> ms;
  for (const double ns : execution_times(kVector)) ms.push_back(ns / kMs);
  EXPECT_THAT(ms, Pointwise(DoubleEq(), std::vector<double>{15, 12.5, 15, 15, 27.5, 30, 35}));
}

TEST(ExecutionTime, OfTheDocServiceIsSixToFive) {
  // Acceptance scenario 1: 0.3 + 0.5 + 0.3 s, the middle in a child.
  const std::vector<TimedSpan> doc{{0, 1100 * kMs, -1}, {300 * kMs, 800 * kMs, 0}};
  EXPECT_THAT(execution_times(doc), ElementsAre(600.0 * kMs, 500.0 * kMs));
  EXPECT_THAT(self_times(doc), ElementsAre(600 * kMs, 500 * kMs));
}

TEST(SelfTime, SubtractsOverlappingChildrenOnce) {
  EXPECT_THAT(self_times(std::vector<TimedSpan>{{0, 100, -1}, {10, 50, 0}, {30, 60, 0}, {90, 200, 0}, {-50, -10, 0}}),
              ElementsAre(40, 40, 30, 110, 40));
}

TEST(CriticalPath, IsTheWholeSpanWhenItHasNoChildren) {
  const auto path = critical_path(std::vector<TimedSpan>{{5, 10, -1}}, 0);
  ASSERT_EQ(path.size(), 1u);
  EXPECT_EQ(path[0].start_ns, 5);
  EXPECT_EQ(path[0].end_ns, 10);
}

std::vector<std::tuple<std::uint32_t, UnixNanos, UnixNanos>> stretches(const std::vector<TimedSpan>& spans) {
  std::vector<std::tuple<std::uint32_t, UnixNanos, UnixNanos>> list;
  for (const auto& s : critical_path(spans, 0)) list.emplace_back(s.span, s.start_ns, s.end_ns);
  return list;
}

TEST(CriticalPath, FollowsTheChildThatEndedLast) {
  using T = std::tuple<std::uint32_t, UnixNanos, UnixNanos>;
  // Two parallel calls: the one that ends later decides.
  EXPECT_THAT(stretches({{0, 100, -1}, {10, 60, 0}, {10, 90, 0}}),
              ElementsAre(T{0, 0, 10}, T{2, 10, 90}, T{0, 90, 100}));
  // One after the other: both.
  EXPECT_THAT(
      stretches({{0, 100, -1}, {10, 40, 0}, {50, 90, 0}, {55, 60, 2}}),
      ElementsAre(T{0, 0, 10}, T{1, 10, 40}, T{0, 40, 50}, T{2, 50, 55}, T{3, 55, 60}, T{2, 60, 90}, T{0, 90, 100}));
  // A child that outlives its parent counts to the parent's end.
  EXPECT_THAT(stretches({{0, 100, -1}, {50, 300, 0}}), ElementsAre(T{0, 0, 50}, T{1, 50, 100}));
}

TEST(Times, HoldTheirSumsOnRandomTrees) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 500; ++round) {
    std::vector<TimedSpan> spans{{0, 10'000, -1}};
    const std::size_t n = random() % 60;
    for (std::size_t i = 1; i <= n; ++i) {
      const auto parent = static_cast<std::int32_t>(random() % i);
      const auto start = static_cast<UnixNanos>(random() % 12'000) - 1000;
      spans.push_back({start, start + static_cast<UnixNanos>(random() % 3000), parent});
    }
    UnixNanos at = spans[0].start_ns;
    for (const auto& stretch : critical_path(spans, 0)) {
      ASSERT_EQ(stretch.start_ns, at);
      ASSERT_GT(stretch.end_ns, stretch.start_ns);
      ASSERT_GE(stretch.start_ns, spans[stretch.span].start_ns);
      ASSERT_LE(stretch.end_ns, spans[stretch.span].end_ns);
      at = stretch.end_ns;
    }
    ASSERT_EQ(at, spans[0].end_ns);

    // Execution times sum to the union of all spans' time.
    double exec = 0;
    for (const double e : execution_times(spans)) exec += e;
    std::vector<std::pair<UnixNanos, UnixNanos>> intervals;
    for (const auto& s : spans) intervals.emplace_back(s.start_ns, s.end_ns);
    std::sort(intervals.begin(), intervals.end());
    UnixNanos covered = 0;
    UnixNanos reached = INT64_MIN;
    for (const auto& [start, end] : intervals) {
      if (end > reached) covered += end - std::max(start, reached);
      reached = std::max(reached, end);
    }
    ASSERT_NEAR(exec, static_cast<double>(covered), 1e-3);

    const auto self = self_times(spans);
    for (std::size_t i = 0; i < spans.size(); ++i) {
      ASSERT_GE(self[i], 0);
      ASSERT_LE(self[i], spans[i].end_ns - spans[i].start_ns);
    }
  }
}

}  // namespace
}  // namespace vizsla::assemble
