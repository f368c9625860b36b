// What a start makes of what the last run, or the disk, left behind: cases that took more than one step to go wrong.

#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "base/testing/fake_clock.h"
#include "model/testing/batch_builder.h"
#include "store/embedded/store.h"
#include "store/embedded/testing/faulty_files.h"
#include "store/embedded/testing/watched_files.h"
#include "store/testing/append_and_wait.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::store::testing {
namespace {

class Recovery : public ::testing::Test {
 protected:
  void SetUp() override { log::set_level(log::Level::Off); }
  void TearDown() override { log::set_level(log::Level::Info); }

  [[nodiscard]] std::unique_ptr<EmbeddedStore> open(bool search_by_sql = false) const {
    StoreOptions options;
    options.search_by_sql = search_by_sql;
    options.folder = folder_.path();
    options.query_threads = 1;
    options.query_slots = 1;
    return EmbeddedStore::open(options, *files_, clock_).value();
  }

  // A payload of one span of trace `number`, with the hash `number`.
  void send(EmbeddedStore& store, std::uint64_t number) {
    const auto batch = model::testing::BatchBuilder().span({.trace = number, .start = clock_.now()}).build_normalized();
    ASSERT_TRUE(append_and_wait(store, batch, {number, number}));
  }

  [[nodiscard]] std::string path(std::string_view name) const { return fmt::format("{}/{}", folder_.path(), name); }

  [[nodiscard]] std::string read(std::string_view name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(std::string_view name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
  }

  [[nodiscard]] static std::size_t search(EmbeddedStore& store) {
    query::SpanSearch all;
    all.time = {0, std::numeric_limits<UnixNanos>::max()};
    return store.search(all, SpanDetail::Place, {}).value().spans.size();
  }

  vizsla::testing::FakeClock clock_;
  const TemporaryFolder folder_;
  const std::unique_ptr<Files> files_ = make_posix_files();
};

TEST_F(Recovery, HashesOfASegmentOutliveLaterSegments) {
  for (std::uint64_t run = 1; run <= 3; ++run) {
    auto store = open();
    send(*store, run);
    ASSERT_TRUE(store->flush());
    // The segment at hand goes once another run has found it, and leaves its hashes behind: then no segment is there.
    store.reset();
    store = open();
    while (store->stats().log_segments > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::vector<std::uint64_t> remembered;
  for (const StoredPayload& payload : open()->recent_payloads()) remembered.push_back(payload.hash.low);
  EXPECT_THAT(remembered, ::testing::UnorderedElementsAre(1, 2, 3));
}

TEST_F(Recovery, AnOlderCopyOfTheManifestIsBroughtUpToDate) {
  std::string older;
  {
    const auto store = open();
    send(*store, 1);
    ASSERT_TRUE(store->flush());
    older = read("spans/manifest.copy.json");
    send(*store, 2);
    ASSERT_TRUE(store->flush());
  }
  // As if the power had gone between the two writes.
  write("spans/manifest.copy.json", older);
  open().reset();
  EXPECT_EQ(read("spans/manifest.copy.json"), read("spans/manifest.json"));
  write("spans/manifest.json", "damaged");
  const auto store = open();
  EXPECT_EQ(store->span_count(), 2u);
  EXPECT_EQ(search(*store), 2u);
}

TEST_F(Recovery, ADamagedFooterIsFoundBeforeASearchGoesByIt) {
  {
    const auto store = open();
    for (std::uint64_t trace = 1; trace <= 20; ++trace) send(*store, trace);
    ASSERT_TRUE(store->flush());
  }
  const std::string name = "spans/000000000001.parquet";
  const std::string sound = read(name);
  const auto footer_bytes = load<std::uint32_t>(reinterpret_cast<const std::uint8_t*>(sound.data()) + sound.size() - 8);
  ASSERT_LT(footer_bytes, sound.size());
  const TemporaryFolder original;
  std::filesystem::copy(folder_.path(), original.path(), std::filesystem::copy_options::recursive);
  for (std::size_t at = sound.size() - 8 - footer_bytes; at < sound.size(); at += 131) {
    std::filesystem::remove_all(folder_.path());
    std::filesystem::copy(original.path(), folder_.path(), std::filesystem::copy_options::recursive);
    std::string damaged = sound;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    write(name, damaged);
    const auto store = open(true);
    ASSERT_EQ(search(*store), 0u) << at;
    ASSERT_EQ(store->stats().quarantined_blocks, 1u) << at;
  }
}

// Spans and statistics of a payload whose write failed, and reached the disk all the same.
class RefusedPayload : public ::testing::Test {
 protected:
  void SetUp() override { log::set_level(log::Level::Off); }
  void TearDown() override { log::set_level(log::Level::Info); }

  [[nodiscard]] std::unique_ptr<EmbeddedStore> open() {
    StoreOptions options;
    options.folder = folder_.path();
    options.query_threads = 1;
    options.query_slots = 1;
    options.block_rows = 5;
    options.maintenance_enabled = false;
    return EmbeddedStore::open(options, files_, clock_).value();
  }

  // `spans` of trace `number`, and a row of statistics of service `number`.
  [[nodiscard]] bool send(EmbeddedStore& store, std::uint64_t number, std::uint64_t spans = 1) const {
    model::testing::BatchBuilder builder;
    for (std::uint64_t i = 1; i <= spans; ++i) builder.span({.trace = number, .span = i, .start = clock_.now()});
    model::StatsBatch stats;
    stats.key.emplace_back().text(model::StatsText::Service) = stats.strings.intern(std::to_string(number));
    stats.bucket_ns.push_back(clock_.now() / model::kStatsBucketNs * model::kStatsBucketNs);
    stats.counts.push_back(
        {.hits = static_cast<double>(spans), .top_level_hits = 0, .errors = 0, .duration_ns = 0, .max_duration_ns = 0});
    stats.ok_bins.push_back(0);
    stats.error_bins.push_back(0);
    return append_and_wait(store, builder.build_normalized(), {number, number}, stats).has_value();
  }

  [[nodiscard]] std::uint64_t spans(EmbeddedStore& store, std::uint64_t number) const {
    return store.read_trace({number, 0}, SpanDetail::Place, {}).value().size();
  }
  [[nodiscard]] double hits(EmbeddedStore& store, std::uint64_t number) const {
    query::StatsQuery question;
    question.time = {0, (clock_.now() / model::kStatsBucketNs + 1) * model::kStatsBucketNs};
    question.time.from_ns = question.time.to_ns - kNanosPerHour;
    question.filters = {{query::StatsField::Service, {std::to_string(number)}}};
    const query::StatsAnswer answer = store.read_stats(question, {}).value();
    return answer.groups.empty() ? 0 : answer.groups.front().counts.hits;
  }
  [[nodiscard]] static bool remembers(const EmbeddedStore& store, std::uint64_t number) {
    const auto recent = store.recent_payloads();
    return std::any_of(recent.begin(), recent.end(),
                       [&](const StoredPayload& payload) { return payload.hash.low == number; });
  }

  vizsla::testing::FakeClock clock_;
  const TemporaryFolder folder_;
  FaultyFiles files_{1};
};

TEST_F(RefusedPayload, IsGoneBeforeAnythingBehindItIsAcknowledged) {
  {
    const auto store = open();
    ASSERT_TRUE(send(*store, 1));
    files_.set({.failing = {"sync", "truncate"}});
    ASSERT_FALSE(send(*store, 2));
    files_.set({.failing = {"truncate"}});
    EXPECT_FALSE(send(*store, 3)) << "what was refused before it may come back";
    files_.set({});
    ASSERT_TRUE(send(*store, 4, 5));
    // Blocks of the spans, while the statistics are still in the log alone.
    while (store->stats().blocks == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto store = open();
  EXPECT_EQ(spans(*store, 1), 1u);
  EXPECT_EQ(hits(*store, 1), 1);
  EXPECT_EQ(spans(*store, 4), 5u);
  EXPECT_EQ(hits(*store, 4), 5);
  for (const std::uint64_t refused : {2u, 3u}) {
    EXPECT_EQ(spans(*store, refused), 0u) << refused;
    EXPECT_EQ(hits(*store, refused), 0) << refused;
    EXPECT_FALSE(remembers(*store, refused)) << "it would be taken for stored when it is sent again";
  }
}

TEST_F(RefusedPayload, ComesBackAsAWholeWhenItIsTheLast) {
  {
    const auto store = open();
    ASSERT_TRUE(send(*store, 1));
    files_.set({.failing = {"sync", "truncate"}});
    ASSERT_FALSE(send(*store, 2));
    files_.set({.failing = {"truncate"}});
    ASSERT_TRUE(store->flush());
  }
  files_.set({});
  const auto store = open();
  EXPECT_EQ(spans(*store, 1), 1u);
  EXPECT_EQ(hits(*store, 1), 1);
  EXPECT_EQ(spans(*store, 2), 1u);
  EXPECT_EQ(hits(*store, 2), 1);
  EXPECT_TRUE(remembers(*store, 2));
}

// A part is full in the middle of a group: what of the group comes behind it is in the next part, and in the log.
TEST(FullPart, EndsBeforeTheFrameThatItHasNoRoomFor) {
  constexpr std::uint64_t kPayloads = (1 << 17) + 100;  // LivePart takes 1 << 17
  const vizsla::testing::FakeClock clock;
  const TemporaryFolder folder;
  FaultyFiles real(1);
  std::atomic<bool> all_wait = false;
  WatchedFiles files(real, [&](std::string_view call, const std::string& path) {
    if (call == "create" && path.ends_with(".log")) all_wait.wait(false);
  });
  StoreOptions options;
  options.folder = folder.path();
  options.block_rows = 1 << 20;
  options.block_live_bytes = 1 << 30;
  options.memory_bytes = 1 << 30;
  options.maintenance_enabled = false;
  options.query_threads = 1;
  {
    const auto store = EmbeddedStore::open(options, files, clock).value();
    std::atomic<std::uint64_t> acknowledged = 0;
    for (std::uint64_t i = 1; i <= kPayloads; ++i) {
      const auto batch = model::testing::BatchBuilder().span({.trace = i, .start = clock.now()}).build_normalized();
      store->append(batch, {}, {i, i}, [&](const Result<void>& outcome) { acknowledged += outcome ? 1 : 0; });
    }
    all_wait = true;
    all_wait.notify_all();
    while (acknowledged < kPayloads || store->stats().blocks == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(store->span_count(), kPayloads);
  }
  EXPECT_EQ(EmbeddedStore::open(options, files, clock).value()->span_count(), kPayloads);
}

// The two tables are elsewhere in the log when a start reads it, and a part of one gets full on the way.
TEST_F(RefusedPayload, AStartThatIsCutShortCostsNothing) {
  constexpr std::uint64_t kPayloads = 60;
  for (const bool spans_ahead : {true, false}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      std::filesystem::remove_all(entry.path());
    StoreOptions options;
    options.folder = folder_.path();
    options.query_threads = 1;
    options.query_slots = 1;
    options.maintenance_enabled = false;
    options.segment_bytes = 4 << 10;
    options.block_rows = spans_ahead ? 10 : 1000;
    if (!spans_ahead) options.stats_live_bytes = 1;
    {
      const auto store = EmbeddedStore::open(options, files_, clock_).value();
      for (std::uint64_t i = 1; i <= kPayloads; ++i) ASSERT_TRUE(send(*store, i));
      if (spans_ahead) {
        while (store->stats().live_spans > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      } else {
        while (store->stats().statistics.live_rows > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
    // Each frame is a part; then, once the first have become blocks, the power goes.
    options.block_live_bytes = options.stats_live_bytes = 1;
    const std::string table = spans_ahead ? "/stats" : "/spans";
    std::uint64_t manifests = 0;
    WatchedFiles files(files_, [&](std::string_view call, const std::string& path) {
      if (call == "rename" && path.ends_with(table + "/manifest.json.tmp") && ++manifests == 5)
        files_.set({.crash_at = files_.steps() + 1});
    });
    std::ignore = EmbeddedStore::open(options, files, clock_);
    ASSERT_TRUE(files_.crashed());
    files_.crash(folder_.path());
    const auto store = EmbeddedStore::open(options, files_, clock_).value();
    for (std::uint64_t i = 1; i <= kPayloads; ++i) {
      ASSERT_EQ(spans(*store, i), 1u) << i;
      ASSERT_EQ(hits(*store, i), 1) << i;
    }
  }
}

TEST_F(Recovery, WhatWasBeingReplacedWhenTheLastRunEndedGoes) {
  open().reset();
  write("log/000000000007.payloads.tmp", "half");
  open().reset();
  EXPECT_FALSE(std::filesystem::exists(path("log/000000000007.payloads.tmp")));
}

}  // namespace
}  // namespace vizsla::store::testing
