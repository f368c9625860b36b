#include "store/embedded/store.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include "store/embedded/parquet_writer.h"
#include "store/testing/span_store_conformance.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::store::testing {
namespace {

StoreOptions small_options(const std::string& folder) {
  StoreOptions options;
  options.folder = folder;
  options.segment_bytes = 64 << 10;
  options.block_rows = 2000;
  options.query_threads = 1;
  options.query_slots = 2;
  // Small enough that a test has several row groups, and pages that aren't the first.
  options.blocks.row_group_rows = 2 * kPageRows;
  return options;
}

class EmbeddedUnderTest final : public StoreUnderTest {
 public:
  explicit EmbeddedUnderTest(const Clock& clock)
      : files_(make_posix_files()),
        store_(EmbeddedStore::open(small_options(folder_.path()), *files_, clock).value()) {}

  SpanWriter& writer() override { return *store_; }
  SpanReader& reader() override { return *store_; }
  void settle() override { EXPECT_TRUE(store_->flush()); }

 private:
  const TemporaryFolder folder_;
  const std::unique_ptr<Files> files_;
  const std::unique_ptr<EmbeddedStore> store_;
};

// The same, with searches by DuckDB where it can.
class BySqlUnderTest final : public StoreUnderTest {
 public:
  explicit BySqlUnderTest(const Clock& clock) : files_(make_posix_files()) {
    StoreOptions options = small_options(folder_.path());
    options.search_by_sql = true;
    options.maintenance_enabled = false;
    store_ = EmbeddedStore::open(options, *files_, clock).value();
  }

  SpanWriter& writer() override { return *store_; }
  SpanReader& reader() override { return *store_; }
  void settle() override { EXPECT_TRUE(store_->flush()); }

 private:
  const TemporaryFolder folder_;
  const std::unique_ptr<Files> files_;
  std::unique_ptr<EmbeddedStore> store_;
};

// The same, closed and opened again at each chance.
class ReopenedUnderTest final : public StoreUnderTest {
 public:
  explicit ReopenedUnderTest(const Clock& clock) : clock_(clock), files_(make_posix_files()) { open(); }

  SpanWriter& writer() override { return *store_; }
  SpanReader& reader() override { return *store_; }

  void settle() override {
    store_.reset();
    open();
  }

 private:
  void open() { store_ = EmbeddedStore::open(small_options(folder_.path()), *files_, clock_).value(); }

  const Clock& clock_;
  const TemporaryFolder folder_;
  const std::unique_ptr<Files> files_;
  std::unique_ptr<EmbeddedStore> store_;
};

// The same, with all blocks merged at each chance.
class CompactedUnderTest final : public StoreUnderTest {
 public:
  explicit CompactedUnderTest(const Clock& clock) : files_(make_posix_files()) {
    StoreOptions options = small_options(folder_.path());
    options.maintenance_enabled = false;  // by itself: settle() does it
    options.compaction = {.rows_min = 1, .odd_blocks_min = 2};
    store_ = EmbeddedStore::open(options, *files_, clock).value();
  }

  SpanWriter& writer() override { return *store_; }
  SpanReader& reader() override { return *store_; }
  void settle() override {
    EXPECT_TRUE(store_->flush());
    EXPECT_TRUE(store_->maintain());
  }
  [[nodiscard]] bool collapses_copies() const override { return true; }

 private:
  const TemporaryFolder folder_;
  const std::unique_ptr<Files> files_;
  std::unique_ptr<EmbeddedStore> store_;
};

// The same, with blocks being written and merged all the time.
class BusyUnderTest final : public StoreUnderTest {
 public:
  explicit BusyUnderTest(const Clock& clock) : inner_(clock) {
    worker_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) inner_.settle();
    });
  }

  SpanWriter& writer() override { return inner_.writer(); }
  SpanReader& reader() override { return inner_.reader(); }
  void settle() override { inner_.settle(); }
  [[nodiscard]] bool collapses_copies() const override { return true; }

 private:
  CompactedUnderTest inner_;
  std::jthread worker_;
};

class OracleUnderTest final : public StoreUnderTest {
 public:
  explicit OracleUnderTest(const Clock& clock) : store_(clock) {}
  SpanWriter& writer() override { return store_; }
  SpanReader& reader() override { return store_; }

 private:
  OracleStore store_;
};

template <class T>
std::unique_ptr<StoreUnderTest> make(const Clock& clock) {
  return std::make_unique<T>(clock);
}

INSTANTIATE_TEST_SUITE_P(Oracle, SpanStoreConformance, ::testing::Values(&make<OracleUnderTest>));
INSTANTIATE_TEST_SUITE_P(Embedded, SpanStoreConformance, ::testing::Values(&make<EmbeddedUnderTest>));
INSTANTIATE_TEST_SUITE_P(BySql, SpanStoreConformance, ::testing::Values(&make<BySqlUnderTest>));
INSTANTIATE_TEST_SUITE_P(Compacted, SpanStoreConformance, ::testing::Values(&make<CompactedUnderTest>));
INSTANTIATE_TEST_SUITE_P(Busy, SpanStoreConformance, ::testing::Values(&make<BusyUnderTest>));
INSTANTIATE_TEST_SUITE_P(Reopened, SpanStoreConformance, ::testing::Values(&make<ReopenedUnderTest>));

TEST(EmbeddedStore, RemovesWhatQueriesOfAKilledRunHadSpilled) {
  const SystemClock clock;
  const auto files = make_posix_files();
  const TemporaryFolder folder;
  ASSERT_TRUE(EmbeddedStore::open(small_options(folder.path()), *files, clock));
  const std::string left = folder.path() + "/tmp/duckdb_temp_storage_DEFAULT-0.tmp";
  std::ofstream(left) << std::string(1000, 'x');
  ASSERT_TRUE(EmbeddedStore::open(small_options(folder.path()), *files, clock));
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST(EmbeddedStore, ATraceThatNeedsTooMuchMemoryCostsOnlyItsReader) {
  const SystemClock clock;
  const auto files = make_posix_files();
  const TemporaryFolder folder;
  StoreOptions options = small_options(folder.path());
  options.query_memory_bytes = 64 << 20;  // and half of it for what is read
  const auto store = EmbeddedStore::open(options, *files, clock).value();
  const auto append = [&](std::uint64_t trace, std::uint64_t spans) {
    model::testing::BatchBuilder builder;
    for (std::uint64_t i = 1; i <= spans; ++i)
      builder.span({.trace = trace, .span = i, .start = clock.now(), .meta = {{"a", "1"}, {"b", std::to_string(i)}}});
    return append_and_wait(*store, builder.build_normalized()).has_value();
  };
  const auto read = [&](std::uint64_t trace) { return store->read_trace({trace, 0}, SpanDetail::Everything, {}); };
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(append(1, 4000));
  ASSERT_TRUE(append(2, 1000));
  for (const bool in_blocks : {false, true}) {
    const auto huge = read(1);
    ASSERT_FALSE(huge) << in_blocks;
    EXPECT_EQ(huge.error().code, ErrorCode::LimitExceeded);
    EXPECT_EQ(huge.error().message, "the spans of this answer take more than 32 MiB (query.memory_bytes)");
    EXPECT_EQ(store->stats().read_bytes, 0u);
    {
      const auto small = read(2);
      ASSERT_TRUE(small) << small.error().message;
      EXPECT_EQ(small->size(), 1000u);
      // It counts for as long as somebody has it.
      EXPECT_GT(store->stats().read_bytes, 400'000u);
      query::SpanSearch all;
      all.time = {0, clock.now() + kNanosPerHour};
      all.limit = 1000;
      const auto page = store->search(all, SpanDetail::Everything, {});
      ASSERT_TRUE(page) << page.error().message;
      EXPECT_EQ(page->spans.size(), 1000u);
      EXPECT_GT(store->stats().read_bytes, 800'000u);
    }
    EXPECT_EQ(store->stats().read_bytes, 0u);
    ASSERT_TRUE(append(3, 10));
    ASSERT_TRUE(store->flush());
  }
  const QueryCounts counts = store->stats().queries;
  EXPECT_EQ(counts.limit, 2u);
  EXPECT_EQ(counts.ok, 4u);
  EXPECT_EQ(counts.running, 0u);
}

}  // namespace
}  // namespace vizsla::store::testing
