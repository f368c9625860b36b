// A backup has all that was acknowledged before it began, once, whatever the store does meanwhile and whenever the
// power goes; half of one is never taken for one.
//
// Seeds: VIZSLA_FAULT_SEEDS (default 1) multiplies the number of runs.
#include "store/embedded/backup.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "store/embedded/block_layout.h"
#include "store/embedded/data_folder.h"
#include "store/embedded/manifest.h"
#include "store/embedded/testing/faulty_files.h"
#include "store/embedded/testing/ledger.h"
#include "store/embedded/testing/watched_files.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::store::testing {
namespace {

std::uint64_t seeds(std::uint64_t count) {
  const char* factor = std::getenv("VIZSLA_FAULT_SEEDS");
  return count * (factor == nullptr ? 1 : std::strtoull(factor, nullptr, 10));
}

class BackupTest : public ::testing::Test {
 protected:
  void SetUp() override { log::set_level(log::Level::Off); }
  void TearDown() override { log::set_level(log::Level::Info); }

  [[nodiscard]] std::string path(std::string_view name) const { return fmt::format("{}/{}", root_.path(), name); }

  // Another disk with what is there now, which no power cut takes away any more. It syncs nothing, so it is fast.
  FaultyFiles& new_disk(std::uint64_t seed = 1) {
    files_ = std::make_unique<FaultyFiles>(seed);
    files_->adopt(root_.path());
    return *files_;
  }

  [[nodiscard]] std::unique_ptr<EmbeddedStore> open(std::string_view name) { return open(name, *files_); }
  [[nodiscard]] std::unique_ptr<EmbeddedStore> open(std::string_view name, Files& files) {
    auto store = EmbeddedStore::open(Ledger::options(path(name)), files, ledger_.clock());
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }
  [[nodiscard]] bool opens(std::string_view name) {
    return EmbeddedStore::open(Ledger::options(path(name)), *files_, ledger_.clock()).has_value();
  }

  // A store at rest in "data": blocks, and rows in the log.
  void fill() {
    const auto store = open("data");
    for (int i = 0; i < 60; ++i) ledger_.send(*store);
    ASSERT_TRUE(store->flush());
    for (int i = 0; i < 15; ++i) ledger_.send(*store);
    ledger_.keep_expected(*store);
  }

  void remove_everything() {
    for (const auto& entry : std::filesystem::directory_iterator(root_.path()))
      std::filesystem::remove_all(entry.path());
  }

  // As at the beginning of a test.
  void clear() {
    remove_everything();
    new_disk();
    ledger_.clear();
  }

  // As after fill(), again and again: the first time it is kept, and later copied.
  void fill_again(std::uint64_t seed) {
    remove_everything();
    constexpr auto kAll = std::filesystem::copy_options::recursive;
    if (ledger_.sent() == 0) {
      new_disk();
      fill();
      std::filesystem::copy(path("data"), filled_.path(), kAll);
    } else {
      std::filesystem::copy(filled_.path(), path("data"), kAll);
    }
    new_disk(seed);
  }

  [[nodiscard]] Result<BackupReport> backup(Files& files, bool copy = false) const {
    return take_backup(files, {.from = path("data"), .to = path("backup"), .copy = copy, .progress = {}});
  }
  [[nodiscard]] Result<BackupReport> backup() const { return backup(*files_); }
  [[nodiscard]] Result<BackupReport> restore(bool copy = false) const {
    return restore_backup(*files_, {.from = path("backup"), .to = path("restored"), .copy = copy, .progress = {}});
  }

  // Restores the backup, and looks whether it has the first `certain` payloads.
  void check(std::size_t certain, const std::string& where) {
    std::filesystem::remove_all(path("restored"));
    FaultyFiles disk(1);
    disk.adopt(path("backup"));
    const auto report = restore_backup(disk, {.from = path("backup"), .to = path("restored"), .progress = {}});
    ASSERT_TRUE(report) << where << ": " << report.error().message;
    const auto store = open("restored", disk);
    ASSERT_NE(store, nullptr) << where;
    ledger_.check(*store, certain, where);
  }

  void check_all() {
    for (const auto& [name, certain] : certain_) {
      std::filesystem::rename(path(name), path("backup"));
      ASSERT_NO_FATAL_FAILURE(check(certain, name));
      std::filesystem::remove_all(path("backup"));
    }
  }

  [[nodiscard]] Manifest manifest_of(std::string_view folder, std::string_view table = "spans") const {
    return read_manifest(*files_, fmt::format("{}/{}", path(folder), table)).value().manifest;
  }

  [[nodiscard]] std::string read(std::string_view name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(std::string_view name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
  }

  const TemporaryFolder root_;
  const TemporaryFolder filled_;
  std::unique_ptr<FaultyFiles> files_ = std::make_unique<FaultyFiles>(1);
  Ledger ledger_;
  std::map<std::string, std::size_t> certain_;  // payloads that were acknowledged before a backup began
};

TEST_F(BackupTest, OfAStoreAtRestHasAllOfIt) {
  fill();
  write("data/services", "web\ndb\n");
  const auto report = backup();
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->tables.size(), 2u);
  EXPECT_EQ(report->tables.back().name, "stats");
  EXPECT_EQ(report->tables.back().blocks, manifest_of("data", "stats").blocks.size());
  EXPECT_EQ(report->tables.front().blocks, manifest_of("data").blocks.size());
  EXPECT_GT(report->log_segments, 0u);
  EXPECT_GE(report->files.linked_files, 2 * report->tables.front().blocks);
  EXPECT_FALSE(std::filesystem::exists(path("backup/UNFINISHED")));
  ASSERT_NO_FATAL_FAILURE(check(ledger_.sent(), "restored"));
  EXPECT_EQ(read("restored/services"), "web\ndb\n");
  EXPECT_EQ(read("restored/spans/manifest.copy.json"), read("restored/spans/manifest.json"));
  // It can be done again, and the first one has left the backup alone.
  ASSERT_NO_FATAL_FAILURE(check(ledger_.sent(), "restored again"));
  // What happens to the restored store happens to nobody else.
  {
    const auto store = open("restored");
    for (int i = 0; i < 30; ++i) ledger_.send(*store);
    ASSERT_TRUE(store->flush());
    ledger_.keep_expected(*store);
  }
  ASSERT_NO_FATAL_FAILURE(check(75, "restored a third time"));
  ledger_.check(*open("data"), 75, "the original");
}

TEST_F(BackupTest, OfAnEmptyStoreIsOne) {
  open("data").reset();
  ASSERT_TRUE(backup());
  check(0, "empty");
}

// All steps, or some.
std::uint64_t step_after(std::uint64_t step) {
  return step + (seeds(1) > 1 ? 1 : 1 + step % 9);
}

// At one of the backup's steps the store appends, builds blocks of all that it has, removes its log, merges the blocks,
// pins a trace; and goes on.
TEST_F(BackupTest, IsWholeWhateverTheStoreDoesAtAnyStep) {
  bool acted = true;
  for (std::uint64_t step = 1; acted; step = step_after(step)) {
    acted = false;
    clear();
    const auto store = open("data");
    for (int i = 0; i < 20; ++i) ledger_.send(*store);
    ASSERT_TRUE(store->flush());
    for (int i = 0; i < 20; ++i) ledger_.send(*store);
    const std::size_t certain = ledger_.sent();
    std::uint64_t steps = 0;
    WatchedFiles watched(*files_, [&](std::string_view, const std::string&) {
      if (++steps != step) return;
      acted = true;
      for (int i = 0; i < 3; ++i) ledger_.send(*store);
      ASSERT_TRUE(store->flush());
      // The builder removes the segments after that, in its own time.
      while (store->stats().log_segments > 1) std::this_thread::yield();
      ASSERT_TRUE(step % 2 == 0 || store->maintain());
      ASSERT_TRUE(step % 3 == 0 || store->pin_trace({10, 0}));
      for (int i = 0; i < 20; ++i) ledger_.send(*store);
    });
    const auto report = backup(watched);
    ASSERT_TRUE(report) << report.error().message;
    ledger_.keep_expected(*store);
    ASSERT_NO_FATAL_FAILURE(check(certain, fmt::format("step {}", step)));
  }
}

TEST_F(BackupTest, IsWholeWhileAnotherThreadAppends) {
  const auto store = open("data");
  for (int i = 0; i < 30; ++i) ledger_.send(*store);
  {
    std::jthread sender([&](const std::stop_token& stop) {
      for (int i = 0; !stop.stop_requested() && i < 2000; ++i) {
        ledger_.send(*store);
        if (i % 25 == 0) std::ignore = store->flush();
      }
    });
    for (std::uint64_t i = 0; i < seeds(6); ++i) {
      const std::string name = fmt::format("backup{}", i);
      certain_[name] = ledger_.sent();
      const auto report =
          take_backup(*files_, {.from = path("data"), .to = path(name), .copy = i % 2 == 1, .progress = {}});
      ASSERT_TRUE(report) << report.error().message;
    }
  }
  ledger_.keep_expected(*store);
  check_all();
}

// Between any two steps a block is replaced by another with the same rows, as compaction does it.
TEST_F(BackupTest, AFrameThatIsBeingWrittenIsTakenWhole) {
  fill();
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator(path("data") + "/log")) {
    if (entry.path().extension() == ".log") newest = std::max(newest, "/log/" + entry.path().filename().string());
  }
  ASSERT_FALSE(newest.empty());
  const std::string whole = read("data" + newest);
  write("data" + newest, whole.substr(0, whole.size() - 100));
  std::thread writing([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    write("data" + newest, whole);
  });
  const auto report = backup();
  writing.join();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(read("backup" + newest), whole);

  // Of what a crash has left there is no more to come.
  std::filesystem::remove_all(path("backup"));
  write("data" + newest, whole.substr(0, whole.size() - 100));
  ASSERT_TRUE(backup());
  EXPECT_EQ(read("backup" + newest), whole.substr(0, whole.size() - 100));
}

TEST_F(BackupTest, FollowsTheManifestWhenBlocksAreReplaced) {
  fill();
  const auto replace_block = [&](std::size_t which) {
    const std::string table = which % 3 == 0 ? "stats" : "spans";
    const std::string folder = path("data/" + table);
    Manifest manifest = manifest_of("data", table);
    BlockInfo& block = manifest.blocks[which % manifest.blocks.size()];
    const BlockInfo old = block;
    block.id = manifest.next_block_id++;
    for (std::size_t i = 0; i < files_of_block(old).size(); ++i) {
      ASSERT_TRUE(
          files_->link(folder + "/" + files_of_block(old)[i].name, folder + "/" + files_of_block(block)[i].name));
    }
    ASSERT_TRUE(write_manifest(*files_, folder, manifest));
    for (const FileOfBlock& file : files_of_block(old)) ASSERT_TRUE(files_->remove(folder + "/" + file.name));
  };
  for (const std::size_t period : std::initializer_list<std::size_t>{1, 2, 3, 7, 13, 50}) {
    std::filesystem::remove_all(path("backup"));
    std::size_t step = 0;
    new_disk();
    WatchedFiles watched(*files_, [&](std::string_view, const std::string&) {
      ++step;
      if (step % period == 0 && step < 300) replace_block(step / period * 7);
    });
    const auto report = backup(watched);
    ASSERT_TRUE(report) << report.error().message;
    // No file of a block that was replaced is left in it.
    for (const std::string table : {"spans", "stats"}) {
      std::set<std::string> named{"manifest.json", "manifest.copy.json"};
      for (const BlockInfo& block : manifest_of("backup", table).blocks) {
        for (const FileOfBlock& file : files_of_block(block)) named.insert(file.name);
      }
      for (const auto& entry : std::filesystem::directory_iterator(path("backup/" + table)))
        EXPECT_TRUE(named.contains(entry.path().filename())) << entry.path();
    }
    ASSERT_NO_FATAL_FAILURE(check(ledger_.sent(), fmt::format("every {} steps", period)));
  }
}

TEST_F(BackupTest, IsWholeOrRefusedWhenThePowerGoes) {
  bool finished = false;
  for (std::uint64_t step = 1; !finished; step = step_after(step)) {
    fill_again(step);
    files_->set({.crash_at = step});
    finished = backup().has_value();
    files_->crash(root_.path());
    const auto restored = restore();
    ASSERT_TRUE(!finished || restored) << step << ": " << restored.error().message;
    if (restored) {
      ASSERT_NO_FATAL_FAILURE(check(ledger_.sent(), fmt::format("step {}", step)));
    } else if (std::filesystem::exists(path("backup/UNFINISHED"))) {
      EXPECT_FALSE(opens("backup")) << step;
    } else {
      // Nothing is durable before the mark.
      EXPECT_FALSE(std::filesystem::exists(path("backup/log")) && !std::filesystem::is_empty(path("backup/log")));
      EXPECT_FALSE(std::filesystem::exists(path("backup/spans/manifest.json")));
    }
    new_disk();
    ledger_.check(*open("data"), ledger_.sent(), fmt::format("the original, step {}", step));
  }
}

TEST_F(BackupTest, IsRestoredWholeOrNotAtAllWhenThePowerGoes) {
  bool finished = false;
  for (std::uint64_t step = 1; !finished; step = step_after(step)) {
    fill_again(step);
    ASSERT_TRUE(backup());
    files_->set({.crash_at = files_->steps() + step});
    finished = restore().has_value();
    files_->crash(root_.path());
    if (std::filesystem::exists(path("restored/UNFINISHED"))) {
      EXPECT_FALSE(opens("restored")) << step;
      EXPECT_FALSE(finished);
    } else if (std::filesystem::exists(path("restored/FORMAT"))) {
      ledger_.check(*open("restored"), ledger_.sent(), fmt::format("step {}", step));
    } else {
      EXPECT_FALSE(finished);
      EXPECT_FALSE(std::filesystem::exists(path("restored/spans/manifest.json")));
    }
    // It can be done again.
    ASSERT_NO_FATAL_FAILURE(check(ledger_.sent(), fmt::format("again after step {}", step)));
  }
}

TEST_F(BackupTest, ThatFailedIsNotTakenForWhole) {
  fill_again(1);
  ASSERT_TRUE(backup());
  const std::uint64_t steps = files_->steps();
  for (std::uint64_t step = 1; step <= steps; step = step_after(step)) {
    fill_again(step);
    files_->set({.fail_at = step});
    // Of the two copies of a manifest one is enough.
    if (backup()) {
      ASSERT_NO_FATAL_FAILURE(check(ledger_.sent(), fmt::format("step {}", step)));
    } else if (step < steps) {  // where only the last sync fails, after the mark has gone, it may be whole all the same
      EXPECT_FALSE(restore()) << step;
    }
  }
}

TEST_F(BackupTest, SharesNothingWhenFilesCantBeLinked) {
  fill();
  files_->set({.no_links = true});
  const auto report = backup();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->files.linked_files, 0u);
  EXPECT_EQ(std::filesystem::hard_link_count(path("backup/spans/000000000001.parquet")), 1u);
  ASSERT_NO_FATAL_FAILURE(check(ledger_.sent(), "copied"));
  EXPECT_EQ(std::filesystem::hard_link_count(path("restored/spans/000000000001.parquet")), 2u);
  std::filesystem::remove_all(path("restored"));
  ASSERT_TRUE(restore(true));
  EXPECT_EQ(std::filesystem::hard_link_count(path("restored/spans/000000000001.parquet")), 1u);
}

TEST_F(BackupTest, LogOfARestoredStoreIsItsOwn) {
  fill();
  ASSERT_TRUE(backup());
  ASSERT_TRUE(restore());
  for (const auto& entry : std::filesystem::directory_iterator(path("restored/log")))
    EXPECT_EQ(std::filesystem::hard_link_count(entry.path()), 1u) << entry.path();
}

TEST_F(BackupTest, RefusesWhatIsNoDataFolderAndWhereSomethingIs) {
  EXPECT_EQ(backup().error().code, ErrorCode::Unsupported);
  EXPECT_FALSE(std::filesystem::exists(path("backup")));
  fill();
  std::filesystem::create_directory(path("backup"));
  write("backup/notes", "mine");
  EXPECT_EQ(backup().error().code, ErrorCode::InvalidInput);
  EXPECT_EQ(read("backup/notes"), "mine");
  std::filesystem::remove(path("backup/notes"));
  ASSERT_TRUE(backup());
  EXPECT_EQ(backup().error().code, ErrorCode::InvalidInput);
  ASSERT_TRUE(restore());
  EXPECT_EQ(restore().error().code, ErrorCode::InvalidInput);
  // A data folder is no backup: a server may be writing there.
  std::filesystem::remove_all(path("restored"));
  const auto of_a_data_folder = restore_backup(*files_, {.from = path("data"), .to = path("restored"), .progress = {}});
  EXPECT_EQ(of_a_data_folder.error().code, ErrorCode::InvalidInput);
  EXPECT_THAT(of_a_data_folder.error().message, ::testing::HasSubstr("is no backup"));
}

TEST_F(BackupTest, IsNotRestoredWhenAnythingOfItIsMissingOrShort) {
  fill();
  write("data/services", "web\n");
  ASSERT_TRUE(backup());
  std::filesystem::rename(path("backup"), path("whole"));
  std::vector<std::filesystem::path> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path("whole"))) {
    if (entry.is_regular_file()) names.push_back(std::filesystem::relative(entry.path(), path("whole")));
  }
  ASSERT_GT(names.size(), 8u);
  for (const std::filesystem::path& name : names) {
    for (const bool missing : {true, false}) {
      std::filesystem::remove_all(path("backup"));
      std::filesystem::copy(path("whole"), path("backup"), std::filesystem::copy_options::recursive);
      const std::filesystem::path file = path("backup") / name;
      if (missing) {
        std::filesystem::remove(file);
      } else {
        std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
      }
      EXPECT_FALSE(restore()) << name;
      EXPECT_FALSE(std::filesystem::exists(path("restored"))) << name;
    }
  }
}

TEST_F(BackupTest, DoesWithoutAFilterAsTheServerDoes) {
  fill();
  std::filesystem::remove(path("data/spans/000000000001.filter"));
  write("data/spans/000000000002.filter", "damaged");
  ASSERT_TRUE(backup());
  EXPECT_FALSE(std::filesystem::exists(path("backup/spans/000000000002.filter")));
  check(ledger_.sent(), "without filters");
}

TEST_F(BackupTest, RefusesABlockThatIsntWhatTheManifestSays) {
  fill();
  for (const std::string name : {"spans/000000000001.parquet", "stats/000000000001.stats"}) {
    const std::string sound = read("data/" + name);
    write("data/" + name, sound.substr(0, sound.size() - 1));
    auto refused = backup();
    EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr(name + " is damaged"));
    EXPECT_EQ(restore().error().code, ErrorCode::Unsupported);
    std::filesystem::remove_all(path("backup"));
    std::filesystem::remove(path("data/" + name));
    refused = backup();
    EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("the manifest names it"));
    std::filesystem::remove_all(path("backup"));
    write("data/" + name, sound);
  }
  EXPECT_TRUE(backup());
}

}  // namespace
}  // namespace vizsla::store::testing
