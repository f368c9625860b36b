#include "store/embedded/store.h"

#include <filesystem>
#include <thread>

#include "store/embedded/engine.h"
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
  options.query_connections = 2;
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

TEST(Engine, RefusesALibraryThatItsHeaderDoesNotFit) {
  for (const char* version : {"v1.4.0", "v1.5.6", "1.10.0", "v1.6.0-dev77", "v1.4"})
    EXPECT_TRUE(Engine::check_library_version(version)) << version;
  for (const char* version : {"v1.3.9", "v0.10.2", "v2.0.0", "v1", "", "main"}) {
    const auto checked = Engine::check_library_version(version);
    ASSERT_FALSE(checked) << version;
    EXPECT_NE(checked.error().message.find("needs 1.4 or a later 1.x"), std::string::npos) << checked.error().message;
  }
  EXPECT_TRUE(Engine::check_library_version(Engine::library_version()));
}

}  // namespace
}  // namespace vizsla::store::testing
