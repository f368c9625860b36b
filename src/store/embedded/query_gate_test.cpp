#include "store/embedded/query_gate.h"

#include <deque>
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/guarded.h"

namespace vizsla::store {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

// A query that runs until it is told to end, on a thread of its own.
class Query {
 public:
  Query(
      QueryGate& gate, QueryClass query_class, ReadLimits limits = {}, std::function<void()> begins = [] {})
      : thread_([this, &gate, query_class, limits, begins = std::move(begins)] {
          outcome = gate.run(query_class, limits, [&](const QueryGate::Slot& slot) -> Result<int> {
            begins();
            may_end_.get_future().wait();
            return slot.number();
          });
        }) {}

  void end() {
    may_end_.set_value();
    thread_.join();
  }
  void join() { thread_.join(); }

  Result<int> outcome = 0;

 private:
  std::promise<void> may_end_;
  std::jthread thread_;
};

void wait_for(QueryGate& gate, std::uint64_t running, std::uint64_t waiting) {
  const auto give_up = std::chrono::steady_clock::now() + 10s;
  for (QueryCounts counts = gate.counts(); counts.running != running || counts.waiting != waiting;
       counts = gate.counts()) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up) << counts.running << " run, " << counts.waiting << " wait";
    std::this_thread::yield();
  }
}

Result<int> ask_once(QueryGate& gate, QueryClass query_class, const ReadLimits& limits = {}) {
  return gate.run(query_class, limits, [](const QueryGate::Slot& slot) -> Result<int> { return slot.number(); });
}

TEST(QueryGate, GivesSlotsInTheOrderOfComing) {
  QueryGate gate({.slots = 2, .waiting_max = 10});
  Guarded<std::vector<std::uint64_t>> order;
  std::deque<Query> queries;
  for (std::uint64_t i = 0; i < 6; ++i) {
    queries.emplace_back(gate, QueryClass::Short, ReadLimits{},
                         [&order, i] { order.with([&](auto& o) { o.push_back(i); }); });
    wait_for(gate, std::min<std::uint64_t>(i + 1, 2), std::max<std::uint64_t>(i, 1) - 1);
  }
  for (std::size_t i = 0; i < queries.size(); ++i) {
    queries[i].end();
    EXPECT_TRUE(queries[i].outcome);
    // The next one begins before another ends, or the order would be a matter of luck.
    while (order.with([](auto& o) { return o.size(); }) < std::min<std::size_t>(i + 3, 6)) std::this_thread::yield();
  }
  EXPECT_THAT(order.with([](auto& o) { return o; }), ElementsAre(0, 1, 2, 3, 4, 5));
  const QueryCounts counts = gate.counts();
  EXPECT_EQ(counts.ok, 6u);
  EXPECT_EQ(counts.running + counts.waiting, 0u);
  EXPECT_GT(counts.waited.count(), 0);
  EXPECT_GT(counts.worked.count(), 0);
}

TEST(QueryGate, ASlotIsKeptForShortQueries) {
  QueryGate gate({.slots = 3, .waiting_max = 10});
  std::deque<Query> exports;
  for (std::uint64_t i = 0; i < 5; ++i) {
    exports.emplace_back(gate, QueryClass::Long);
    wait_for(gate, std::min<std::uint64_t>(i + 1, 2), std::max<std::uint64_t>(i, 1) - 1);
  }
  // Past those that wait, again and again.
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask_once(gate, QueryClass::Short));
  std::deque<Query> lookups;
  for (std::uint64_t i = 0; i < 2; ++i) {
    lookups.emplace_back(gate, QueryClass::Short);
    wait_for(gate, 3, 3 + i);
  }
  lookups[0].end();
  wait_for(gate, 3, 3);  // the other one has it now
  exports[0].end();
  wait_for(gate, 3, 2);
  for (std::size_t i = 1; i < 5; ++i) exports[i].end();
  lookups[1].end();
  for (const Query& query : exports) EXPECT_TRUE(query.outcome);
  wait_for(gate, 0, 0);
}

TEST(QueryGate, ShortQueriesTakeAllSlotsAndLongOnesGetTheirTurn) {
  QueryGate gate({.slots = 2, .waiting_max = 10});
  std::deque<Query> lookups;
  for (int i = 0; i < 2; ++i) lookups.emplace_back(gate, QueryClass::Short);
  wait_for(gate, 2, 0);
  Query exporting(gate, QueryClass::Long);
  wait_for(gate, 2, 1);
  lookups.emplace_back(gate, QueryClass::Short);
  wait_for(gate, 2, 2);
  lookups[0].end();
  wait_for(gate, 2, 1);
  exporting.end();  // would hang if the lookup that came after it had its slot
  wait_for(gate, 2, 0);
  lookups[1].end();
  lookups[2].end();
}

TEST(QueryGate, ASingleSlotServesAll) {
  QueryGate gate({.slots = 1, .waiting_max = 1});
  EXPECT_TRUE(ask_once(gate, QueryClass::Long));
  EXPECT_TRUE(ask_once(gate, QueryClass::Short));
}

TEST(QueryGate, RefusesWhenTheLineIsFull) {
  QueryGate gate({.slots = 2, .waiting_max = 1});
  Query running(gate, QueryClass::Long);
  wait_for(gate, 1, 0);
  Query waiting(gate, QueryClass::Long);
  wait_for(gate, 1, 1);
  const auto refused = ask_once(gate, QueryClass::Long);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
  EXPECT_EQ(refused.error().message, "too many queries: 1 wait already; try again");
  EXPECT_TRUE(ask_once(gate, QueryClass::Short)) << "their line is another";
  running.end();
  waiting.end();
  EXPECT_EQ(gate.counts().refused, 1u);
}

TEST(QueryGate, WhoeverGivesUpLeavesTheLine) {
  QueryGate gate({.slots = 1, .waiting_max = 3});
  Query running(gate, QueryClass::Short);
  wait_for(gate, 1, 0);
  std::stop_source nobody_waits;
  ReadLimits limits;
  limits.cancelled = nobody_waits.get_token();
  Query cancelled(gate, QueryClass::Short, limits);
  wait_for(gate, 1, 1);
  Query patient(gate, QueryClass::Short);
  wait_for(gate, 1, 2);
  nobody_waits.request_stop();
  cancelled.join();
  EXPECT_EQ(cancelled.outcome.error().code, ErrorCode::Cancelled);
  EXPECT_EQ(ask_once(gate, QueryClass::Short, {std::chrono::steady_clock::now() + 20ms}).error().code,
            ErrorCode::Timeout);
  wait_for(gate, 1, 1);
  running.end();
  wait_for(gate, 1, 0);
  patient.end();
  EXPECT_TRUE(patient.outcome);
  const QueryCounts counts = gate.counts();
  EXPECT_EQ(counts.ok, 2u);
  EXPECT_EQ(counts.cancelled, 1u);
  EXPECT_EQ(counts.timeout, 1u);
}

TEST(QueryGate, CountsHowQueriesEnd) {
  QueryGate gate({.slots = 1, .waiting_max = 1});
  for (const ErrorCode code :
       {ErrorCode::Timeout, ErrorCode::Cancelled, ErrorCode::LimitExceeded, ErrorCode::Corrupt, ErrorCode::Unavailable})
    EXPECT_FALSE(
        gate.run(QueryClass::Long, {}, [&](const QueryGate::Slot&) -> Result<void> { return fail(code, ""); }));
  const QueryCounts counts = gate.counts();
  EXPECT_EQ(counts.timeout, 1u);
  EXPECT_EQ(counts.cancelled, 1u);
  EXPECT_EQ(counts.limit, 1u);
  EXPECT_EQ(counts.failed, 2u);
  EXPECT_EQ(counts.refused + counts.ok, 0u);
}

// Many that come and go, some of which give up: no slot is lost, none is given twice.
TEST(QueryGate, LosesNoSlot) {
  QueryGate gate({.slots = 3, .waiting_max = 100});
  std::array<std::atomic<int>, 3> in_use{};
  std::atomic<int> longs{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 300; ++i) {
          const auto query_class = (t + i) % 2 == 0 ? QueryClass::Short : QueryClass::Long;
          std::stop_source stop;
          ReadLimits limits;
          limits.cancelled = stop.get_token();
          std::jthread impatient;
          if (i % 10 == 0) impatient = std::jthread([&] { stop.request_stop(); });
          if (i % 7 == 0) limits.deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
          std::ignore = gate.run(query_class, limits, [&](const QueryGate::Slot& slot) -> Result<void> {
            EXPECT_EQ(in_use.at(static_cast<std::size_t>(slot.number()))++, 0);
            if (query_class == QueryClass::Long && ++longs > 2) ADD_FAILURE() << "no slot is left for short ones";
            std::this_thread::yield();
            if (query_class == QueryClass::Long) --longs;
            --in_use.at(static_cast<std::size_t>(slot.number()));
            return {};
          });
        }
      });
    }
  }
  const QueryCounts counts = gate.counts();
  EXPECT_EQ(counts.running + counts.waiting, 0u);
  EXPECT_EQ(counts.ok + counts.cancelled + counts.timeout, 8u * 300u);
}

}  // namespace
}  // namespace vizsla::store
