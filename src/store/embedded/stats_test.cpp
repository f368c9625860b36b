#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "model/testing/batch_builder.h"
#include "store/embedded/store.h"
#include "store/testing/append_and_wait.h"
#include "store/testing/oracle_store.h"
#include "store/testing/stats_conformance.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::store {
namespace {

using testing::append_and_wait;
using testing::random_question;
using testing::random_stats;
using testing::show_answer;

class StatsTest : public ::testing::Test {
 protected:
  StatsOptions small_blocks() {
    StatsOptions options;
    options.block_rows_max = 200;
    options.merge_blocks = 3;
    return options;
  }

  void open() {
    store_.reset();
    StoreOptions options;
    options.folder = folder_.path();
    options.maintenance_enabled = false;
    options.stats = small_blocks();
    auto opened = EmbeddedStore::open(options, *files_, clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  void append(const model::StatsBatch& stats) {
    const Hash128 hash{++payloads_, 1};
    ASSERT_TRUE(append_and_wait(*store_, {}, hash, stats));
    ASSERT_TRUE(append_and_wait(oracle_, {}, hash, stats));
  }

  void expect_same_answers(std::size_t questions, const std::string& where) {
    for (std::size_t i = 0; i < questions; ++i) {
      const query::StatsQuery question = random_question(random_, begin_, clock_.now());
      const auto answer = store_->read_stats(question, {});
      const auto expected = oracle_.read_stats(question, {});
      ASSERT_TRUE(answer) << answer.error().message;
      ASSERT_TRUE(expected);
      ASSERT_EQ(show_answer(*answer), show_answer(*expected)) << where << ", question " << i;
    }
  }

  std::unique_ptr<Files> files_ = make_posix_files();
  testing::TemporaryFolder folder_;
  vizsla::testing::FakeClock clock_;
  const UnixNanos begin_ = clock_.now() / kNanosPerDay * kNanosPerDay - kNanosPerDay;
  testing::OracleStore oracle_{clock_};
  std::unique_ptr<EmbeddedStore> store_;
  std::mt19937_64 random_{5};
  std::uint64_t payloads_ = 0;
};

TEST_F(StatsTest, AnswersAreThoseOfAddingUpAllRows) {
  open();
  for (int round = 0; round < 12; ++round) {
    for (int payload = 0; payload < 10; ++payload) append(random_stats(random_, begin_, clock_.now(), random_() % 60));
    expect_same_answers(20, "live");
    if (round % 4 == 1) open();
    expect_same_answers(10, "replayed");
    if (round % 2 == 0) {
      ASSERT_TRUE(store_->flush());
    }
    expect_same_answers(20, "built");
    if (round % 3 == 0) {
      ASSERT_TRUE(store_->maintain());
    }
    expect_same_answers(20, "merged");
  }
  open();
  expect_same_answers(50, "opened");
  const StatsTable::Stats stats = store_->stats().statistics;
  for (const StatsTable::TierStats& tier : stats.tiers) EXPECT_GT(tier.rows, 0U) << tier.resolution_ns;
}

TEST_F(StatsTest, TheLogGoesWhenBothTablesHaveIt) {
  open();
  append(random_stats(random_, begin_, clock_.now(), 100));
  ASSERT_TRUE(append_and_wait(*store_, model::testing::BatchBuilder().span({}).build_normalized()));
  ASSERT_TRUE(store_->flush());
  open();
  EXPECT_EQ(store_->stats().replayed_frames, 0U) << "all of it is in blocks";
  expect_same_answers(20, "opened");
}

}  // namespace
}  // namespace vizsla::store
