#include <cmath>
#include <filesystem>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "model/testing/batch_builder.h"
#include "store/embedded/store.h"
#include "store/embedded/testing/faulty_files.h"
#include "store/testing/append_and_wait.h"
#include "store/testing/oracle_store.h"
#include "store/testing/stats_conformance.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::store {
namespace {

using testing::append_and_wait;
using testing::FaultyFiles;
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
    open(*files_, [](StoreOptions&) {});
  }
  template <class Change>
  void open(Change&& change) {
    open(*files_, change);
  }
  template <class Change>
  void open(Files& files, Change&& change) {
    store_.reset();
    StoreOptions options;
    options.folder = folder_.path();
    options.maintenance_enabled = false;
    options.stats = small_blocks();
    change(options);
    auto opened = EmbeddedStore::open(options, files, clock_);
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

// A sampler may drop every span, and a client may send statistics alone; or nothing is counted.
TEST_F(StatsTest, TheLogGoesWhenOneTableGetsNothing) {
  for (const bool spans : {true, false}) {
    open([](StoreOptions& options) { options.segment_bytes = 1; });
    for (int round = 0; round < 3; ++round) {
      for (int payload = 0; payload < 5; ++payload) {
        if (spans) {
          ASSERT_TRUE(append_and_wait(*store_, model::testing::BatchBuilder().span({}).build_normalized()));
        } else {
          append(random_stats(random_, begin_, clock_.now(), 5));
        }
      }
      ASSERT_TRUE(store_->flush());
      // The builder removes them in its own time; the one at hand stays.
      for (int wait = 0; wait < 5000 && store_->stats().log_segments > 1; ++wait)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      EXPECT_EQ(store_->stats().log_segments, 1u) << (spans ? "spans alone" : "statistics alone");
    }
    expect_same_answers(5, "with spans alone, or statistics alone");
  }
  open();
  expect_same_answers(10, "opened");
}

// A process that never lives for as long as statistics wait for others to become a block.
TEST_F(StatsTest, TheLogDoesNotGrowFromProcessToProcess) {
  std::uint64_t most = 0;
  for (int process = 0; process < 40; ++process) {
    open([](StoreOptions& options) {
      options.segment_bytes = 16 << 10;
      options.stats_log_bytes = 64 << 10;
    });
    for (int payload = 0; payload < 5; ++payload) append(random_stats(random_, begin_, clock_.now(), 20));
    most = std::max(most, store_->stats().log_bytes);
  }
  EXPECT_GT(most, 32U << 10);
  EXPECT_LT(most, 256U << 10);
  expect_same_answers(20, "from many processes");
}

TEST_F(StatsTest, WhatCouldNotBeWrittenLeavesNoFile) {
  FaultyFiles files(1);
  open(files, [](StoreOptions& options) { options.build_retry = std::chrono::milliseconds(1); });
  append(random_stats(random_, begin_, clock_.now(), 100));
  files.set({.full_from = files.writes() + 4});  // in the middle of the tiers
  for (int attempt = 0; attempt < 10; ++attempt) EXPECT_FALSE(store_->flush());
  files.set({});
  ASSERT_TRUE(store_->flush());
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() + "/stats"))
    if (entry.path().extension() == ".stats") ++found;
  std::size_t named = 0;
  for (const StatsTable::TierStats& tier : store_->stats().statistics.tiers) named += tier.blocks;
  EXPECT_EQ(found, named);
  expect_same_answers(10, "built");
}

// Settings change, and space runs out: what a tier doesn't have any more is answered by one that has it.
TEST_F(StatsTest, WhatWasLetGoIsAnsweredByACoarserTier) {
  const auto keep_10s = [](std::int64_t ns) { return [ns](StoreOptions& options) { options.stats.keep_ns[0] = ns; }; };
  query::StatsQuery question;
  question.time = {begin_, begin_ + 2 * kNanosPerDay};
  const auto hits = [&](std::int64_t expected_step) {
    const query::StatsAnswer answer = store_->read_stats(question, {}).value();
    EXPECT_EQ(answer.step_ns, expected_step);
    return answer.groups.empty() ? 0 : answer.groups.front().counts.hits;
  };
  open(keep_10s(0));
  append(random_stats(random_, begin_, begin_ + 12 * kNanosPerHour, 300));
  ASSERT_TRUE(store_->flush());
  const double all = hits(10 * kNanosPerSecond);
  ASSERT_GT(all, 0);
  open(keep_10s(kNanosPerHour));
  ASSERT_TRUE(store_->maintain());
  for (const StatsTable::TierStats& tier : store_->stats().statistics.tiers)
    EXPECT_EQ(tier.blocks == 0, tier.resolution_ns == 10 * kNanosPerSecond);
  EXPECT_EQ(hits(kNanosPerMinute), all);
  // Kept for longer from now on: that doesn't bring it back.
  open(keep_10s(0));
  EXPECT_EQ(hits(kNanosPerMinute), all);
  // What came since is there by ten seconds.
  const UnixNanos since = begin_ + 12 * kNanosPerHour;
  append(random_stats(random_, since, since + kNanosPerHour, 10));
  question.time.from_ns = since;
  EXPECT_GT(hits(10 * kNanosPerSecond), 0);
}

// Programs before this one had no tier of days.
TEST_F(StatsTest, WhatATierWasNeverGivenIsAnsweredByAnother) {
  open();
  for (int payload = 0; payload < 5; ++payload) append(random_stats(random_, begin_, clock_.now(), 100));
  ASSERT_TRUE(store_->flush());
  store_.reset();
  const std::string folder = folder_.path() + "/stats";
  Manifest manifest = read_manifest(*files_, folder).value().manifest;
  EXPECT_GT(std::erase_if(manifest.blocks, [](const BlockInfo& block) { return block.resolution_ns == kNanosPerDay; }),
            0U);
  ASSERT_TRUE(write_manifest(*files_, folder, manifest));
  open();
  expect_same_answers(50, "by other tiers");
  append(random_stats(random_, begin_, clock_.now(), 100));
  ASSERT_TRUE(store_->flush());
  ASSERT_TRUE(store_->maintain());
  expect_same_answers(50, "with a tier that has only the newest");
  open();
  expect_same_answers(50, "opened again");
}

TEST_F(StatsTest, KeepATenthOfTheSpace) {
  open();
  append(random_stats(random_, begin_ - kNanosPerDay, begin_, 2000));
  ASSERT_TRUE(store_->flush());
  const auto stats_bytes = [&](std::int64_t resolution_ns) {
    std::uint64_t bytes = 0;
    for (const StatsTable::TierStats& tier : store_->stats().statistics.tiers)
      bytes += resolution_ns == 0 || tier.resolution_ns == resolution_ns ? tier.bytes : 0;
    return bytes;
  };
  const std::uint64_t before = stats_bytes(0);
  const std::uint64_t before_10s = stats_bytes(10 * kNanosPerSecond);
  const auto capped = [&](std::uint64_t bytes) {
    return [bytes](StoreOptions& options) {
      options.retention.cap_bytes = bytes;
      options.segment_bytes = 1;
      options.stats.merge_blocks = 1000;  // their sizes stay
    };
  };
  open(capped(11 * before));
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(stats_bytes(0), before) << "there is room for all";
  open(capped(before / 2));
  ASSERT_TRUE(store_->maintain());
  EXPECT_LT(stats_bytes(10 * kNanosPerSecond), before_10s);
  EXPECT_LE(stats_bytes(0), before / 2);
  EXPECT_GT(store_->stats().crowded_out_stats, 0U);
  query::StatsQuery question;
  question.time = {begin_ - kNanosPerDay, begin_};
  EXPECT_GT(store_->read_stats(question, {}).value().step_ns, question.step_ns) << "not from what is left of it";
}

// As a frame that our own version didn't write may have them.
TEST_F(StatsTest, RefusesStatisticsThatNobodyCouldRead) {
  open();
  const auto refused = [&](auto&& spoil) {
    model::StatsBatch stats = random_stats(random_, begin_, clock_.now(), 3);
    spoil(stats);
    const auto outcome = append_and_wait(*store_, {}, {++payloads_, 2}, stats);
    EXPECT_FALSE(outcome);
    return !outcome && outcome.error().code == ErrorCode::InvalidInput;
  };
  EXPECT_TRUE(refused([](model::StatsBatch& stats) { stats.bucket_ns[1] = -model::kStatsBucketNs; }));
  EXPECT_TRUE(refused([](model::StatsBatch& stats) { stats.bucket_ns[1] += 1; }));
  EXPECT_TRUE(refused([](model::StatsBatch& stats) {
    stats.bucket_ns[1] = std::numeric_limits<std::int64_t>::max() / model::kStatsBucketNs * model::kStatsBucketNs;
  }));
  EXPECT_TRUE(refused([](model::StatsBatch& stats) { stats.counts[2].hits = std::nan(""); }));
  EXPECT_TRUE(refused([](model::StatsBatch& stats) { stats.counts[2].errors = -1; }));
  EXPECT_TRUE(refused([](model::StatsBatch& stats) { stats.counts[0].max_duration_ns = -1; }));
  EXPECT_TRUE(refused([](model::StatsBatch& stats) { stats.key[0].kind = static_cast<model::SpanKind>(6); }));
  EXPECT_TRUE(refused([](model::StatsBatch& stats) { stats.ok_bins[0] = stats.strings.intern("\x80"); }));
  append(random_stats(random_, begin_, clock_.now(), 3));
  expect_same_answers(5, "the others");
}

}  // namespace
}  // namespace vizsla::store
