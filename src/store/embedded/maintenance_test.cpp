// What the store does with its blocks when nobody asks: lets go, deletes, merges; and what somebody pinned stays.

#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "base/testing/fake_clock.h"
#include "store/embedded/manifest.h"
#include "store/embedded/store.h"
#include "store/embedded/testing/faulty_files.h"
#include "store/testing/append_and_wait.h"
#include "store/testing/random_spans.h"
#include "store/testing/show_span.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::store::testing {
namespace {

using query::FieldTerm;
using query::TagTerm;

class Maintenance : public ::testing::Test {
 protected:
  void SetUp() override {
    log::set_level(log::Level::Off);
    open();
  }
  void TearDown() override { log::set_level(log::Level::Info); }

  void open(const RetentionOptions& retention = {}) {
    store_.reset();
    StoreOptions options;
    options.folder = folder_.path();
    options.maintenance_enabled = false;  // when the test says so
    options.compaction = {.rows_min = 1, .odd_blocks_min = 2};
    options.retention = retention;
    options.query_threads = 1;
    options.query_slots = 1;
    store_ = EmbeddedStore::open(options, files_, clock_).value();
  }

  void send(std::uint64_t trace, std::string service = "web", UnixNanos ago = 0) {
    model::testing::SpanSpec spec{.trace = trace, .span = trace, .start = clock_.now() - ago};
    spec.service = std::move(service);
    ASSERT_TRUE(append_and_wait(*store_, model::testing::BatchBuilder().span(spec).build_normalized()));
  }

  void maintain() {
    ASSERT_TRUE(store_->flush());
    const auto done = store_->maintain();
    ASSERT_TRUE(done) << done.error().message;
  }

  std::vector<std::uint64_t> found(query::SpanFilter filter = {}) {
    query::SpanSearch search;
    search.time = {0, std::numeric_limits<UnixNanos>::max()};
    search.order = query::SpanOrder::OldestFirst;
    search.filter = std::move(filter);
    search.limit = 1000;
    const auto page = store_->search(search, SpanDetail::Outline, {}).value();
    std::vector<std::uint64_t> traces;
    for (const model::Span& span : page.spans.spans) traces.push_back(span.trace_id.low);
    std::sort(traces.begin(), traces.end());
    return traces;
  }

  std::size_t spans_of(std::uint64_t trace) {
    return store_->read_trace({trace, 0}, SpanDetail::Everything, {}).value().size();
  }

  const TemporaryFolder folder_;
  FaultyFiles files_{1};
  vizsla::testing::FakeClock clock_;
  std::unique_ptr<EmbeddedStore> store_;
};

TEST_F(Maintenance, MergesAndRemovesWhatItMerged) {
  for (std::uint64_t trace = 1; trace <= 6; ++trace) {
    send(trace);
    ASSERT_TRUE(store_->flush());
  }
  EXPECT_EQ(store_->stats().blocks, 6u);
  EXPECT_EQ(store_->stats().debt.blocks, 6u);
  maintain();
  EXPECT_EQ(store_->stats().blocks, 3u) << "two at a time are enough here";
  EXPECT_EQ(store_->stats().debt.blocks, 0u);
  EXPECT_EQ(store_->stats().merged_spans, 6u);
  EXPECT_THAT(found(), ::testing::ElementsAre(1, 2, 3, 4, 5, 6));
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() + "/spans"))
    files += entry.path().extension() == ".parquet" ? 1u : 0u;
  EXPECT_EQ(files, 3u);
}

TEST_F(Maintenance, ADeletionThatFailsHalfwaySaysTheSameToAll) {
  std::size_t failed = 0;
  bool done = false;
  for (std::uint64_t trace = 1; !done; ++trace) {
    send(trace);
    ASSERT_TRUE(store_->flush());
    ASSERT_TRUE(store_->pin_trace({trace, 0}));
    files_.set({.fail_at = files_.steps() + trace});
    done = store_->delete_spans({.trace = {trace, 0}, .terms = {}}).has_value();
    files_.set({});
    if (!done) ++failed;
    const auto listed = found();
    EXPECT_EQ(spans_of(trace), std::count(listed.begin(), listed.end(), trace)) << "call " << trace << " failed";
  }
  EXPECT_GT(failed, 6u) << "two manifests, in two copies each";
  // Whoever pins a trace that is still there has pinned it, whatever half of a deletion says.
  std::vector<std::uint64_t> pinned;
  for (std::uint64_t trace = 1; trace <= failed; ++trace) {
    if (spans_of(trace) == 0) continue;
    ASSERT_TRUE(store_->pin_trace({trace, 0}));
    pinned.push_back(trace);
  }
  EXPECT_GT(pinned.size(), 0u);
  maintain();
  for (const std::uint64_t trace : pinned) EXPECT_EQ(spans_of(trace), 1u) << trace;
  std::vector<std::uint64_t> known;
  const std::vector<PinnedTrace> listed_pins = store_->pinned_traces().value();
  for (const PinnedTrace& trace : listed_pins) known.push_back(trace.id.low);
  std::sort(known.begin(), known.end());
  EXPECT_EQ(known, pinned);
  open();
  const auto listed = found();
  for (std::uint64_t trace = 1; trace <= failed + 1; ++trace)
    EXPECT_EQ(spans_of(trace), std::count(listed.begin(), listed.end(), trace)) << trace;
}

TEST_F(Maintenance, ATagThatSearchesAskForGetsAColumn) {
  const auto send_three_hundred = [&](std::uint64_t first) {
    model::testing::BatchBuilder builder;
    for (std::uint64_t trace = first; trace < first + 300; ++trace) {
      model::testing::SpanSpec spec{.trace = trace, .start = clock_.now(), .meta = {{"frequent", "x"}}};
      if (trace == first) spec.meta.emplace_back("customer", fmt::format("{}", trace));
      builder.span(spec).chunk();
    }
    ASSERT_TRUE(append_and_wait(*store_, builder.build_normalized()));
    ASSERT_TRUE(store_->flush());
  };
  const auto columns = [&] {
    std::vector<std::vector<std::string>> tags;
    const Manifest manifest = read_manifest(files_, folder_.path() + "/spans").value().manifest;
    for (const BlockInfo& block : manifest.blocks) tags.push_back(block.string_tags);
    return tags;
  };
  const query::SpanFilter customer{.terms = {TagTerm{"customer", "1001"}}};
  const std::vector<std::string> by_frequency{"frequent"};
  const std::vector<std::string> by_questions{"customer", "frequent"};

  send_three_hundred(1);
  send_three_hundred(1001);
  EXPECT_THAT(columns(), ::testing::ElementsAre(by_frequency, by_frequency));
  EXPECT_THAT(found(customer), ::testing::ElementsAre(1001));
  maintain();
  EXPECT_THAT(columns(), ::testing::ElementsAre(by_questions));
  EXPECT_THAT(found(customer), ::testing::ElementsAre(1001));

  send_three_hundred(2001);
  send_three_hundred(3001);
  EXPECT_THAT(columns(), ::testing::ElementsAre(by_questions, by_questions, by_questions));
  open();  // which forgets
  maintain();
  EXPECT_THAT(columns(), ::testing::ElementsAre(by_questions, by_frequency)) << "the first was merged before";
  EXPECT_THAT(found({.terms = {TagTerm{"customer", "3001"}}}), ::testing::ElementsAre(3001));
}

TEST_F(Maintenance, AMergedDictionaryHasEachTextOnce) {
  // Three rows with three values have no dictionary; many such blocks together have one.
  for (std::uint64_t round = 0; round < 6; ++round) {
    model::testing::BatchBuilder builder;
    for (std::uint64_t i = 1; i <= 3; ++i) {
      builder.span({.trace = round * 10 + i, .start = clock_.now(), .meta = {{"k", fmt::format("value {}", i)}}});
      builder.chunk();
    }
    ASSERT_TRUE(append_and_wait(*store_, builder.build_normalized()));
    ASSERT_TRUE(store_->flush());
  }
  EXPECT_EQ(found({.terms = {TagTerm{"k", "value 1"}}}).size(), 6u);
  maintain();
  EXPECT_EQ(found({.terms = {TagTerm{"k", "value 1"}}}).size(), 6u);
}

TEST_F(Maintenance, ADamagedFilterCostsNothingButTime) {
  send(1, "web");
  send(2, "db");
  ASSERT_TRUE(store_->flush());
  const std::string filter = folder_.path() + "/spans/000000000001.filter";
  for (const bool whole : {true, false}) {
    store_.reset();
    if (whole) {
      std::filesystem::resize_file(filter, std::filesystem::file_size(filter) - 1);
    } else {
      std::filesystem::remove(filter);
    }
    open();
    EXPECT_THAT(found({.terms = {FieldTerm{"service", "db"}}}), ::testing::ElementsAre(2));
    EXPECT_EQ(store_->stats().quarantined_blocks, 0u);
  }
}

TEST_F(Maintenance, AReaderKeepsTheFilesOfItsVersion) {
  // As a query that runs while blocks are merged and go: here the reader of a block lives on.
  send(1);
  ASSERT_TRUE(store_->flush());
  send(2);
  ASSERT_TRUE(store_->flush());
  std::vector<std::jthread> readers;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        if (found().size() < 2 || spans_of(1) != 1) ++wrong;
      }
    });
  }
  for (std::uint64_t trace = 3; trace < 60; ++trace) {
    send(trace);
    maintain();
  }
  stop = true;
  readers.clear();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(found().size(), 59u);
}

TEST_F(Maintenance, LetsGoWhatIsTooOld) {
  send(1);
  ASSERT_TRUE(store_->flush());
  clock_.advance(std::chrono::hours(24 * 20));
  send(2);
  ASSERT_TRUE(store_->flush());
  clock_.advance(std::chrono::hours(24 * 11));
  maintain();
  EXPECT_THAT(found(), ::testing::ElementsAre(2));
  EXPECT_EQ(spans_of(1), 0u);
  EXPECT_EQ(store_->stats().expired_spans, 1u);
  open();
  EXPECT_THAT(found(), ::testing::ElementsAre(2));
}

TEST_F(Maintenance, ASpanFromTheFutureIsAsOldAsItsReceipt) {
  send(1, "web", -400 * kNanosPerDay);
  send(2, "web", 400 * kNanosPerDay);
  maintain();
  EXPECT_THAT(found(), ::testing::ElementsAre(1, 2));
  clock_.advance(std::chrono::hours(24 * 31));
  maintain();
  EXPECT_THAT(found(), ::testing::IsEmpty());
}

TEST_F(Maintenance, ACapLetsTheOldestGo) {
  for (std::uint64_t trace = 1; trace <= 4; ++trace) {
    send(trace);
    ASSERT_TRUE(store_->flush());
    clock_.advance(std::chrono::hours(24));
  }
  const std::uint64_t each = store_->stats().block_bytes / 4 + store_->stats().index_bytes / 4;
  open({.cap_bytes = 2 * each + each / 2});
  maintain();
  // The log's own segment counts too, so one block may be all that fits.
  const auto left = found();
  ASSERT_FALSE(left.empty());
  EXPECT_LE(left.size(), 2u);
  EXPECT_EQ(left.back(), 4u) << "the newest stays longest";
  EXPECT_EQ(store_->stats().crowded_out_spans, 4 - left.size());
}

TEST_F(Maintenance, AFullDiskCostsOldSpansBeforeNewOnes) {
  send(1);
  ASSERT_TRUE(store_->flush());
  clock_.advance(std::chrono::hours(48));
  send(2);
  ASSERT_TRUE(store_->flush());
  files_.set({.bytes_left = 0});
  ASSERT_FALSE(store_->maintain()) << "even a manifest takes room";
  files_.set({.bytes_left = 100'000});
  ASSERT_TRUE(store_->maintain());
  EXPECT_THAT(found(), ::testing::ElementsAre(2)) << "the last day stays";
}

TEST_F(Maintenance, DeletedSpansAreGoneAtOnceAndThenFromTheDisk) {
  send(1, "web");
  send(2, "secret");
  ASSERT_TRUE(store_->flush());
  send(3, "secret");
  send(4, "web");
  const auto service = [](std::string name) {
    return SpanDeletion{.trace = {}, .terms = {FieldTerm{"service", std::move(name)}}};
  };
  ASSERT_TRUE(store_->delete_spans(service("secret")));
  for (int round = 0; round < 3; ++round) {
    EXPECT_THAT(found(), ::testing::ElementsAre(1, 4)) << round;
    EXPECT_EQ(spans_of(2) + spans_of(3), 0u);
    EXPECT_THAT(found({.terms = {FieldTerm{"service", "secret"}}}), ::testing::IsEmpty());
    if (round == 0) maintain();
    if (round == 1) open();
  }
  EXPECT_EQ(store_->span_count(), 2u) << "the rows themselves are gone";
  EXPECT_EQ(store_->storage().value().deletions, 0u) << "and with them the deletion";
  send(5, "secret");
  EXPECT_THAT(found(), ::testing::ElementsAre(1, 4, 5)) << "what arrives later stays";
}

TEST_F(Maintenance, DeletesByTraceAndTime) {
  send(1, "web", 50 * kNanosPerMinute);
  send(2, "web", 10 * kNanosPerMinute);
  send(3, "web", 10 * kNanosPerMinute);
  ASSERT_TRUE(store_->delete_spans({.trace = {3, 0}, .terms = {}}));
  ASSERT_TRUE(store_->delete_spans(
      {.trace = {}, .time = {0, clock_.now() - 20 * kNanosPerMinute}, .terms = {FieldTerm{"service", "web"}}}));
  EXPECT_THAT(found(), ::testing::ElementsAre(2));
  maintain();
  EXPECT_THAT(found(), ::testing::ElementsAre(2));
  EXPECT_EQ(store_->span_count(), 1u);
}

TEST_F(Maintenance, RefusesToDeleteEverythingOrByWhatItDoesNotKnow) {
  EXPECT_EQ(store_->delete_spans({}).error().code, ErrorCode::InvalidInput);
  EXPECT_EQ(store_->delete_spans({.trace = {}, .terms = {FieldTerm{"@user", "x"}}}).error().code,
            ErrorCode::InvalidInput);
}

TEST_F(Maintenance, APinnedTraceStaysWhateverItsAge) {
  send(1);
  send(2);
  ASSERT_TRUE(store_->pin_trace({1, 0}));
  EXPECT_EQ(store_->pin_trace({7, 0}).error().code, ErrorCode::NotFound);
  const std::string before = show(store_->read_trace({1, 0}, SpanDetail::Everything, {}).value()).at(0);
  clock_.advance(std::chrono::hours(24 * 31));
  maintain();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(spans_of(2), 0u);
    ASSERT_EQ(spans_of(1), 1u);
    EXPECT_EQ(show(store_->read_trace({1, 0}, SpanDetail::Everything, {}).value()).at(0), before);
    const auto pinned = store_->pinned_traces().value();
    ASSERT_EQ(pinned.size(), 1u);
    EXPECT_EQ(pinned[0].id.low, 1u);
    EXPECT_EQ(pinned[0].spans, 1u);
    open();
  }
  EXPECT_EQ(store_->unpin_trace({2, 0}).error().code, ErrorCode::NotFound);
  ASSERT_TRUE(store_->unpin_trace({1, 0}));
  EXPECT_EQ(spans_of(1), 0u);
  EXPECT_TRUE(store_->pinned_traces().value().empty());
}

TEST_F(Maintenance, PinningAgainTakesWhatCameLate) {
  send(1);
  ASSERT_TRUE(store_->pin_trace({1, 0}));
  ASSERT_EQ(spans_of(1), 1u) << "the copy isn't shown beside its original";
  model::testing::SpanSpec late{.trace = 1, .span = 77, .start = clock_.now()};
  ASSERT_TRUE(append_and_wait(*store_, model::testing::BatchBuilder().span(late).build_normalized()));
  ASSERT_TRUE(store_->pin_trace({1, 0}));
  EXPECT_EQ(store_->pinned_traces().value().size(), 1u);
  clock_.advance(std::chrono::hours(24 * 31));
  maintain();
  EXPECT_EQ(spans_of(1), 2u);
}

TEST_F(Maintenance, ADeletionReachesPinnedTracesToo) {
  send(1, "secret");
  ASSERT_TRUE(store_->pin_trace({1, 0}));
  send(2);
  ASSERT_TRUE(store_->pin_trace({2, 0}));
  ASSERT_TRUE(store_->delete_spans({.trace = {}, .terms = {FieldTerm{"service", "secret"}}}));
  EXPECT_EQ(spans_of(1), 0u);
  ASSERT_EQ(store_->pinned_traces().value().size(), 1u) << "at once, not when it has gone from the disk";
  EXPECT_EQ(store_->pinned_traces().value().front().id.low, 2u);
  ASSERT_TRUE(store_->unpin_trace({2, 0}));
  maintain();
  EXPECT_EQ(spans_of(1), 0u);
  EXPECT_TRUE(store_->pinned_traces().value().empty());
  EXPECT_EQ(store_->storage().value().deletions, 0u);
}

TEST_F(Maintenance, ADeletionMissesNoRowThatIsJustBeingPinned) {
  // Rows that are read for a pin before the deletion, and written after it, belong to neither table meanwhile.
  for (std::uint64_t trace = 1; trace <= 60; ++trace) {
    send(trace, "secret");
    ASSERT_TRUE(store_->flush());
    std::atomic<bool> begun{false};
    std::jthread pinning([&] {
      begun = true;
      const auto pinned = store_->pin_trace({trace, 0});
      EXPECT_TRUE(pinned || pinned.error().code == ErrorCode::NotFound);
    });
    while (!begun) std::this_thread::yield();
    // Now and then in each of the pin's steps.
    for (std::uint64_t i = 0; i < trace * 20; ++i) std::this_thread::yield();
    ASSERT_TRUE(store_->delete_spans({.trace = {}, .terms = {FieldTerm{"service", "secret"}}}));
    EXPECT_EQ(spans_of(trace), 0u) << trace;
    pinning.join();
    maintain();
    ASSERT_EQ(spans_of(trace), 0u) << trace;
    ASSERT_TRUE(store_->pinned_traces().value().empty()) << trace;
  }
}

TEST_F(Maintenance, ADeletionSparesWhatArrivesAfterAPowerCutTookWhatItWasFor) {
  // Without syncs the log may lose rows that a deletion, which is synced, counts by their sequences.
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const TemporaryFolder folder;
    FaultyFiles files{seed};
    StoreOptions options;
    options.folder = folder.path();
    options.sync = LogSync::Never;
    options.maintenance_enabled = false;
    options.query_threads = 1;
    options.query_slots = 2;
    store_ = EmbeddedStore::open(options, files, clock_).value();
    send(1, "secret");
    ASSERT_TRUE(store_->flush());
    for (std::uint64_t trace = 2; trace <= 20; ++trace) send(trace, "secret");
    ASSERT_TRUE(store_->delete_spans({.trace = {}, .terms = {FieldTerm{"service", "secret"}}}));
    store_.reset();
    files.crash(folder.path());
    store_ = EmbeddedStore::open(options, files, clock_).value();
    send(21, "secret");
    EXPECT_THAT(found(), ::testing::ElementsAre(21)) << seed;
    maintain();
    EXPECT_THAT(found(), ::testing::ElementsAre(21)) << seed;
    store_.reset();
  }
}

TEST_F(Maintenance, ReportsWhatItTakes) {
  for (std::uint64_t trace = 1; trace <= 3; ++trace) send(trace);
  maintain();
  clock_.advance(std::chrono::hours(2));
  send(4);
  ASSERT_TRUE(store_->pin_trace({1, 0}));
  send(5);
  const StorageReport report = store_->storage().value();
  ASSERT_EQ(report.tables.size(), 2 + kStatsTiers.size());
  EXPECT_EQ(report.tables[0].name, "spans");
  EXPECT_EQ(report.tables[0].rows, 4u);
  EXPECT_EQ(report.tables[1].name, "kept");
  EXPECT_EQ(report.tables[1].rows, 1u);
  EXPECT_EQ(report.tables[2].name, "stats_10s");
  EXPECT_EQ(report.tables.back().name, "stats_1d");
  EXPECT_EQ(report.live_rows, 1u);
  EXPECT_GT(report.bytes_per_day, 0);
  EXPECT_GT(report.days_left, 0);
  EXPECT_EQ(report.oldest_received_ns, clock_.now() - 2 * kNanosPerHour);
  std::uint64_t on_disk = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
    if (entry.is_regular_file()) on_disk += entry.file_size();
  }
  EXPECT_EQ(report.bytes, on_disk);
}

}  // namespace
}  // namespace vizsla::store::testing
