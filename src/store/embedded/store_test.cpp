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

INSTANTIATE_TEST_SUITE_P(Reopened, SpanStoreConformance, ::testing::Values(&make<ReopenedUnderTest>));

}  // namespace
}  // namespace vizsla::store::testing
