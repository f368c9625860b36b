// What was sent to a store, and what must be in a copy of its folder: for tests of what becomes of a folder as a whole.
//
// Each payload has traces of its own, so that its presence shows. Thread-safe.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "model/testing/batch_builder.h"
#include "store/embedded/store.h"
#include "store/testing/append_and_wait.h"
#include "store/testing/show_span.h"

namespace vizsla::store::testing {

class Ledger {
 public:
  vizsla::testing::FakeClock& clock() { return clock_; }

  // Small parts and segments, so that little data makes many files.
  [[nodiscard]] static StoreOptions options(const std::string& folder) {
    StoreOptions options;
    options.folder = folder;
    options.segment_bytes = 4 << 10;
    options.block_rows = 60;
    options.maintenance_enabled = false;  // by itself
    options.compaction = {.rows_min = 1, .odd_blocks_min = 2};
    options.query_threads = 1;
    options.query_slots = 2;
    options.query_memory_bytes = 256 << 20;
    return options;
  }

  // Sends one more payload, and waits until it is acknowledged.
  void send(EmbeddedStore& store) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t number = payloads_.size() + 1;
    clock_.advance(std::chrono::milliseconds(500));
    model::testing::BatchBuilder builder;
    const std::uint64_t traces = 1 + number % 3;
    std::uint64_t spans = 0;
    for (std::uint64_t t = 0; t < traces; ++t) {
      const std::uint64_t count = number % 11 == 0 ? 20 : 1 + (number + t) % 5;
      spans += count;
      for (std::uint64_t s = 1; s <= count; ++s) {
        builder.span({.trace = number * 10 + t,
                      .span = s,
                      .parent = s - 1,
                      .service = s % 2 == 0 ? "db" : "web",
                      .resource = fmt::format("GET /{}", number * s),
                      .start = clock_.now() - static_cast<UnixNanos>(number * s % 3) * kNanosPerHour,
                      .meta = {{"payload", std::to_string(number)}, {"rare." + std::to_string(number % 97), "x"}},
                      .metrics = {{"n", static_cast<double>(s)}}});
      }
      builder.chunk();
    }
    ASSERT_TRUE(append_and_wait(store, builder.build_normalized(), {number, ~number}));
    payloads_.push_back({traces, spans});
  }

  // Another store begins.
  void clear() {
    payloads_.clear();
    expected_.clear();
  }

  // Payloads that were acknowledged so far.
  [[nodiscard]] std::size_t sent() const {
    const std::lock_guard lock(mutex_);
    return payloads_.size();
  }

  // Every span that `store` may have had once, by its text.
  void keep_expected(EmbeddedStore& store) {
    for (std::size_t i = expected_.size(); i < payloads_.size(); ++i) expected_.push_back(text_of(store, i));
  }

  // The first `certain` payloads are there as they were sent, the others whole or not at all, and nothing twice.
  void check(EmbeddedStore& store, std::size_t certain, const std::string& where) const {
    std::uint64_t spans = 0;
    for (std::size_t i = 0; i < payloads_.size(); ++i) {
      const std::string text = text_of(store, i);
      if (i >= certain && text.empty()) continue;
      ASSERT_EQ(text, expected_.at(i)) << where << ", payload " << i + 1 << " of " << certain;
      spans += payloads_[i].spans;
    }
    ASSERT_EQ(store.span_count(), spans) << where << ": something is there twice";
    query::SpanSearch all;
    all.time = {0, std::numeric_limits<UnixNanos>::max()};
    all.limit = 1'000'000;
    const auto page = store.search(all, SpanDetail::Place, {});
    ASSERT_TRUE(page) << where << ": " << page.error().message;
    ASSERT_EQ(page->spans.size(), spans) << where;
    const EmbeddedStore::Stats stats = store.stats();
    ASSERT_EQ(stats.damaged_bytes, 0u) << where;
    ASSERT_EQ(stats.quarantined_blocks, 0u) << where;
  }

  // "" when nothing of it is there.
  [[nodiscard]] std::string text_of(EmbeddedStore& store, std::size_t payload) const {
    std::string text;
    for (std::uint64_t t = 0; t < payloads_.at(payload).traces; ++t) {
      const auto read = store.read_trace({(payload + 1) * 10 + t, 0}, SpanDetail::Everything, {});
      EXPECT_TRUE(read) << read.error().message;
      if (!read) continue;
      // In an order of their own: it isn't the store's to keep.
      std::vector<std::string> spans = show(*read);
      std::sort(spans.begin(), spans.end());
      for (const std::string& span : spans) text += span + "\n";
    }
    return text;
  }

 private:
  struct Payload {
    std::uint64_t traces;
    std::uint64_t spans;
  };

  mutable std::mutex mutex_;
  vizsla::testing::FakeClock clock_;
  std::vector<Payload> payloads_;
  std::vector<std::string> expected_;
};

}  // namespace vizsla::store::testing
