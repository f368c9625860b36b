// What was sent to a store, and what must be in a copy of its folder: for tests of what becomes of a folder as a whole.
//
// Each payload has traces of its own, and statistics of a service of its own, so that its presence shows. Thread-safe.
#pragma once

#include <algorithm>
#include <map>
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
    // Elsewhere than spans do.
    options.stats_log_bytes = 40 << 10;
    options.stats.merge_blocks = 3;
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
    // Some have no spans, some no statistics.
    const bool with_spans = number % 7 != 3;
    const model::StatsBatch stats = number % 5 == 2 ? model::StatsBatch{} : stats_of(number);
    ASSERT_TRUE(
        append_and_wait(store, with_spans ? builder.build_normalized() : model::SpanBatch{}, {number, ~number}, stats));
    payloads_.push_back({traces, with_spans ? spans : 0, static_cast<double>(stats.size())});
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
    ASSERT_NO_FATAL_FAILURE(check_stats(store, certain, where));
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

  // The same of the statistics, in each tier.
  void check_stats(EmbeddedStore& store, std::size_t certain, const std::string& where) const {
    for (const std::int64_t step_s : {10, 60, 3600}) {
      for (const bool small : {true, false}) {
        query::StatsQuery question;
        question.step_ns = step_s * kNanosPerSecond;
        question.time.to_ns = (clock_.now() / kNanosPerHour + 1) * kNanosPerHour;
        question.time.from_ns = question.time.to_ns - 3 * kNanosPerHour;
        question.group_by = {query::StatsField::Service};
        if (!small) question.filters = {{query::StatsField::Resource, {"other"}, true}};
        const auto answer = store.read_stats(question, {});
        ASSERT_TRUE(answer) << where << ": " << answer.error().message;
        std::map<std::string, double> hits;
        for (const query::StatsGroup& group : answer->groups) hits[group.values.front()] = group.counts.hits;
        double shared = 0;
        for (std::size_t i = 0; i < payloads_.size(); ++i) {
          const auto found = hits.find(std::to_string(i + 1));
          if (found == hits.end() && (i >= certain || payloads_[i].stats == 0)) continue;
          const double there = found == hits.end() ? 0 : found->second;
          ASSERT_EQ(there + 1, payloads_[i].stats)
              << where << ", statistics of payload " << i + 1 << " of " << certain << " by " << step_s << " s";
          ++shared;
        }
        ASSERT_EQ(hits["shared"], shared) << where << ", statistics by " << step_s << " s";
      }
    }
  }

 private:
  struct Payload {
    std::uint64_t traces;
    std::uint64_t spans;
    double stats;  // hits: one of them is of the service that all add to
  };

  // Of one hit each, some of them in the same bucket.
  [[nodiscard]] model::StatsBatch stats_of(std::uint64_t number) const {
    model::StatsBatch stats;
    const std::uint64_t rows = 2 + number % 4;
    for (std::uint64_t row = 0; row < rows; ++row) {
      model::StatsKey& key = stats.key.emplace_back();
      key.text(model::StatsText::Service) = stats.strings.intern(row == 0 ? "shared" : std::to_string(number));
      key.text(model::StatsText::Resource) = stats.strings.intern(fmt::format("GET /{}", row / 2));
      const UnixNanos now = clock_.now() - static_cast<UnixNanos>(row % 2) * kNanosPerHour;
      stats.bucket_ns.push_back(now / model::kStatsBucketNs * model::kStatsBucketNs);
      stats.counts.push_back({.hits = 1, .top_level_hits = 0, .errors = 0, .duration_ns = 7, .max_duration_ns = 7});
      stats.ok_bins.push_back(0);
      stats.error_bins.push_back(0);
    }
    return stats;
  }

  mutable std::mutex mutex_;
  vizsla::testing::FakeClock clock_;
  std::vector<Payload> payloads_;
  std::vector<std::string> expected_;
};

}  // namespace vizsla::store::testing
