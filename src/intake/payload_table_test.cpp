#include "intake/payload_table.h"

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"

namespace vizsla::intake {
namespace {

using Seen = PayloadTable::Seen;
using namespace std::chrono_literals;

class PayloadTableTest : public ::testing::Test {
 protected:
  Seen begin(std::uint64_t n) {
    return table_.begin({n, n}, [this](const Result<void>& outcome) { outcomes_.push_back(outcome.has_value()); });
  }

  void store(std::uint64_t n) {
    EXPECT_EQ(begin(n), Seen::First);
    table_.finish({n, n}, {});
  }

  testing::FakeClock clock_;
  PayloadTable table_{clock_, {.window_ns = 600 * kNanosPerSecond, .payloads_max = 1000}};
  std::vector<bool> outcomes_;
};

TEST_F(PayloadTableTest, KnowsWhatWasStoredForTheWholeWindowAndNotMuchLonger) {
  store(1);
  clock_.advance(539s);
  EXPECT_EQ(begin(1), Seen::Stored);
  clock_.advance(122s);
  EXPECT_EQ(begin(1), Seen::First);
}

TEST_F(PayloadTableTest, LetsEqualPayloadsWaitForTheFirst) {
  EXPECT_EQ(begin(1), Seen::First);
  EXPECT_EQ(begin(1), Seen::InFlight);
  EXPECT_EQ(begin(1), Seen::InFlight);
  EXPECT_TRUE(outcomes_.empty());
  table_.finish({1, 1}, {});
  EXPECT_EQ(outcomes_, (std::vector<bool>{true, true}));
}

TEST_F(PayloadTableTest, ForgetsWhatFailed) {
  EXPECT_EQ(begin(1), Seen::First);
  EXPECT_EQ(begin(1), Seen::InFlight);
  table_.finish({1, 1}, fail(ErrorCode::Unavailable, "disk full"));
  EXPECT_EQ(outcomes_, std::vector<bool>{false});
  EXPECT_EQ(begin(1), Seen::First);
}

TEST_F(PayloadTableTest, RemembersFromBeforeTheStart) {
  table_.remember({5, 5}, clock_.now() - 300 * kNanosPerSecond);
  table_.remember({6, 6}, clock_.now() - 700 * kNanosPerSecond);
  EXPECT_EQ(begin(5), Seen::Stored);
  EXPECT_EQ(begin(6), Seen::First);
}

TEST_F(PayloadTableTest, ForgetsTheOldestFirstWhenThereAreTooMany) {
  for (std::uint64_t minute = 0; minute < 4; ++minute) {
    for (std::uint64_t i = 0; i < 300; ++i) store(1 + minute * 1000 + i);
    clock_.advance(60s);
  }
  EXPECT_LE(table_.size(), 1000u);
  EXPECT_EQ(table_.forgotten_early(), 1u);
  EXPECT_EQ(begin(1), Seen::First);
  EXPECT_EQ(begin(3001), Seen::Stored);
}

}  // namespace
}  // namespace vizsla::intake
