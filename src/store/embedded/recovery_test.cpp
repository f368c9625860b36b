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

TEST_F(Recovery, WhatWasBeingReplacedWhenTheLastRunEndedGoes) {
  open().reset();
  write("log/000000000007.payloads.tmp", "half");
  open().reset();
  EXPECT_FALSE(std::filesystem::exists(path("log/000000000007.payloads.tmp")));
}

}  // namespace
}  // namespace vizsla::store::testing
