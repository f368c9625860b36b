// What every store must do, asked through the contract alone. A store's own test names a factory:
//
//   INSTANTIATE_TEST_SUITE_P(Embedded, SpanStoreConformance, ::testing::Values(&make_embedded));
//
// A factory may offer settle(): whatever the store does in the background with what it has (write blocks, compact) is
// done when it returns. Answers must be the same before, during and after.
#pragma once

#include <memory>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "store/testing/append_and_wait.h"
#include "store/testing/oracle_store.h"
#include "store/testing/random_spans.h"
#include "store/testing/show_span.h"

namespace vizsla::store::testing {

class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual SpanWriter& writer() = 0;
  virtual SpanReader& reader() = 0;
  virtual void settle() {}
  // Whether copies may leave searches and counts too, once the store has seen that they are some.
  [[nodiscard]] virtual bool collapses_copies() const { return false; }
};

using StoreFactory = std::unique_ptr<StoreUnderTest> (*)(const Clock& clock);

class SpanStoreConformance : public ::testing::TestWithParam<StoreFactory> {
 protected:
  void SetUp() override { store_ = GetParam()(clock_); }

  void append(const model::SpanBatch& batch) {
    const auto outcome = append_and_wait(store_->writer(), batch);
    ASSERT_TRUE(outcome) << outcome.error().message;
  }

  model::SpanSet trace(model::TraceId id, SpanDetail detail = SpanDetail::Everything) {
    auto spans = store_->reader().read_trace(id, detail, {});
    EXPECT_TRUE(spans) << spans.error().message;
    return spans ? std::move(*spans) : model::SpanSet{};
  }

  SpanPage search(const query::SpanSearch& search, SpanDetail detail = SpanDetail::Everything) {
    auto page = store_->reader().search(search, detail, {});
    EXPECT_TRUE(page) << page.error().message;
    return page ? std::move(*page) : SpanPage{};
  }

  query::SpanSearch last_hour() const {
    query::SpanSearch search;
    search.time = {clock_.now() - kNanosPerHour, clock_.now() + 1};
    return search;
  }

  vizsla::testing::FakeClock clock_;
  std::unique_ptr<StoreUnderTest> store_;
};

TEST_P(SpanStoreConformance, HasNothingAtFirst) {
  EXPECT_TRUE(trace({1, 0}).empty());
  EXPECT_TRUE(search(last_hour()).spans.empty());
  EXPECT_FALSE(search(last_hour()).more);
  EXPECT_EQ(store_->reader().span_count(), 0u);
}

TEST_P(SpanStoreConformance, GivesBackEverythingOfASpan) {
  model::testing::SpanSpec spec;
  spec.trace = 77;
  spec.trace_high = 88;
  spec.span = 99;
  spec.parent = 11;
  spec.start = clock_.now() - 5;
  spec.duration = 123'456'789;
  spec.error = true;
  spec.meta = {{"subject", "foo_bar"}, {"http.method", "GET"}, {"Ünï", "cödé \xf0\x9f\x98\x80"}, {"empty", ""}};
  spec.metrics = {{"pi", 3.141592653589793}, {"tiny", 5e-324}, {"minus zero", -0.0}};
  spec.links = "[1]";
  spec.events = "[2]";
  spec.meta_struct = std::string("\x00\xff", 2);
  spec.http_status = 599;
  spec.sampling_priority = -1;
  spec.kind = model::SpanKind::Consumer;
  const model::SpanBatch batch = model::testing::BatchBuilder().span(spec).build_normalized();
  append(batch);
  TextArena texts;
  for (int round = 0; round < 2; ++round) {
    const auto spans = trace({77, 0});
    ASSERT_EQ(spans.size(), 1u);
    EXPECT_EQ(show(spans[0]), show(to_span(batch, 0, texts)));
    EXPECT_EQ(spans[0].received_ns, clock_.now());
    EXPECT_EQ(spans[0].meta_struct, spec.meta_struct);
    const SpanPage page = search(last_hour());
    ASSERT_EQ(page.spans.size(), 1u);
    EXPECT_EQ(show(page.spans[0]), show(to_span(batch, 0, texts)));
    store_->settle();
  }
}

TEST_P(SpanStoreConformance, AnOutlineLeavesTagsOut) {
  append(model::testing::BatchBuilder()
             .span({.trace = 5,
                    .start = clock_.now(),
                    .meta = {{"http.method", "GET"}, {"secret", "x"}},
                    .metrics = {{"n", 1}},
                    .links = "[1]",
                    .events = "[2]"})
             .build_normalized());
  for (int round = 0; round < 2; ++round) {
    const auto spans = trace({5, 0}, SpanDetail::Outline);
    ASSERT_EQ(spans.size(), 1u);
    EXPECT_EQ(spans[0].meta.size(), 1u);
    EXPECT_NE(spans[0].find_meta("http.method"), nullptr);
    EXPECT_TRUE(spans[0].metrics.empty());
    EXPECT_EQ(spans[0].links, "");
    EXPECT_EQ(spans[0].events, "[2]");
    store_->settle();
  }
}

TEST_P(SpanStoreConformance, TakesPayloadsWithoutSpans) {
  append(model::testing::BatchBuilder().build_normalized());
  EXPECT_EQ(store_->reader().span_count(), 0u);
  store_->settle();
  EXPECT_EQ(store_->reader().span_count(), 0u);
}

TEST_P(SpanStoreConformance, JoinsChunksOfATraceWithAndWithoutAHighHalf) {
  const auto chunk = [&](std::uint64_t span, std::uint64_t high) {
    append(model::testing::BatchBuilder()
               .span({.trace = 9, .span = span, .start = clock_.now(), .trace_high = high})
               .build_normalized());
  };
  chunk(1, 0);
  store_->settle();
  chunk(2, 5);
  EXPECT_EQ(trace({9, 0}).size(), 2u);
  EXPECT_EQ(trace({9, 5}).size(), 2u);
  EXPECT_EQ(trace({9, 6}).size(), 0u);
  // A second trace with the same low half: now nobody knows whose the span without a high half is.
  chunk(3, 6);
  EXPECT_EQ(trace({9, 0}).size(), 3u);
  EXPECT_EQ(trace({9, 5}).size(), 1u);
  EXPECT_EQ(trace({9, 6}).size(), 1u);
}

TEST_P(SpanStoreConformance, CollapsesCopiesInATraceAndNotInASearch) {
  const auto same = [&] {
    return model::testing::BatchBuilder().span({.trace = 3, .span = 4, .start = clock_.now() - 1}).build_normalized();
  };
  append(same());
  store_->settle();
  append(same());
  EXPECT_EQ(trace({3, 0}).size(), 1u);
  if (store_->collapses_copies()) {
    store_->settle();
    EXPECT_EQ(trace({3, 0}).size(), 1u);
    EXPECT_EQ(search(last_hour()).spans.size(), 1u);
    EXPECT_EQ(store_->reader().span_count(), 1u);
  } else {
    EXPECT_EQ(search(last_hour()).spans.size(), 2u);
    EXPECT_EQ(store_->reader().span_count(), 2u);
  }
}

TEST_P(SpanStoreConformance, TheNewestSnapshotOfASpanStandsForAll) {
  // Whether a snapshot arrives late, early, twice, or in the same payload, the finished span wins, else the highest.
  const auto snapshot = [&](std::uint64_t trace, std::optional<double> number, std::int64_t duration) {
    model::testing::SpanSpec spec{.trace = trace, .span = 4, .start = clock_.now() - 1};
    spec.duration = duration;
    if (number) spec.metrics = {{"_dd.partial_version", *number}};
    append(model::testing::BatchBuilder().span(spec).build_normalized());
  };
  snapshot(1, 1, 10);
  snapshot(2, 3, 30);
  store_->settle();
  snapshot(1, 2, 20);
  snapshot(2, 1, 10);
  store_->settle();
  snapshot(1, std::nullopt, 40);
  snapshot(1, 9, 30);
  snapshot(2, 2, 20);
  snapshot(2, 3, 31);
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(trace({1, 0}).size(), 1u);
    EXPECT_EQ(trace({1, 0})[0].duration_ns, 40);
    ASSERT_EQ(trace({2, 0}).size(), 1u);
    EXPECT_EQ(trace({2, 0})[0].duration_ns, 30) << "of equals the one that came first";
    store_->settle();
  }
}

TEST_P(SpanStoreConformance, SearchesByTimeErrorAndEntry) {
  append(model::testing::BatchBuilder()
             .span({.trace = 1, .span = 1, .start = clock_.now() - 100})
             .span({.trace = 1, .span = 2, .parent = 1, .start = clock_.now() - 90, .error = true})
             .chunk()
             .span({.trace = 2, .span = 3, .start = clock_.now() - 80, .error = true})
             .chunk()
             .span({.trace = 3, .span = 4, .start = clock_.now() - 2 * kNanosPerHour})
             .build_normalized());
  const auto ids = [](const SpanPage& page) {
    std::vector<std::uint64_t> list;
    for (const auto& span : page.spans.spans) list.push_back(static_cast<std::uint64_t>(span.span_id));
    return list;
  };
  for (int round = 0; round < 2; ++round) {
    query::SpanSearch all = last_hour();
    EXPECT_THAT(ids(search(all)), ::testing::ElementsAre(3, 2, 1));
    all.order = query::SpanOrder::OldestFirst;
    EXPECT_THAT(ids(search(all)), ::testing::ElementsAre(1, 2, 3));
    all.limit = 2;
    EXPECT_THAT(ids(search(all)), ::testing::ElementsAre(1, 2));
    EXPECT_TRUE(search(all).more);

    query::SpanSearch errors = last_hour();
    errors.filter.errors_only = true;
    EXPECT_THAT(ids(search(errors)), ::testing::ElementsAre(3, 2));
    query::SpanSearch entries = last_hour();
    entries.population = query::Population::Entry;
    EXPECT_THAT(ids(search(entries)), ::testing::ElementsAre(3, 1));
    query::SpanSearch range = last_hour();
    range.time = {clock_.now() - 90, clock_.now() - 80};
    EXPECT_THAT(ids(search(range)), ::testing::ElementsAre(2));
    store_->settle();
  }
}

TEST_P(SpanStoreConformance, SearchesByTermsAndDuration) {
  using query::FieldTerm;
  const auto add = [&](std::uint64_t id, std::string service, std::int64_t duration,
                       std::vector<std::pair<std::string, std::string>> meta) {
    model::testing::SpanSpec spec{.trace = id, .span = id, .start = clock_.now() - static_cast<UnixNanos>(id)};
    spec.service = std::move(service);
    spec.duration = duration;
    spec.meta = std::move(meta);
    append(model::testing::BatchBuilder().span(spec).build_normalized());
  };
  add(1, "web", 100, {{"user", "ann"}, {"empty", ""}});
  add(2, "web", 200, {{"user", "bob"}});
  add(3, "db", 300, {{"User", "ann"}});
  add(4, "db", 400, {{"user", "ann"}, {"other", "bob"}});
  // Enough others that some tags get columns and some don't.
  for (std::uint64_t id = 100; id < 400; ++id) add(id, "filler", 1, {{"often", fmt::format("{}", id % 3)}});
  const auto ids = [&](const query::SpanFilter& filter) {
    query::SpanSearch asked = last_hour();
    asked.filter = filter;
    asked.limit = 1000;
    std::vector<std::uint64_t> list;
    for (const auto& span : search(asked).spans.spans) list.push_back(static_cast<std::uint64_t>(span.span_id));
    return list;
  };
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(ids({.terms = {FieldTerm{"service", "web"}}}), ::testing::ElementsAre(1, 2));
    EXPECT_THAT(ids({.terms = {FieldTerm{"@user", "ann"}}}), ::testing::ElementsAre(1, 4));
    EXPECT_THAT(ids({.terms = {FieldTerm{"@User", "ann"}}}), ::testing::ElementsAre(3)) << "keys keep their case";
    EXPECT_THAT(ids({.terms = {FieldTerm{"@user", "ann"}, FieldTerm{"service", "db"}}}), ::testing::ElementsAre(4));
    EXPECT_THAT(ids({.terms = {FieldTerm{"@empty", ""}}}), ::testing::ElementsAre(1)) << "absent isn't empty";
    EXPECT_THAT(ids({.terms = {FieldTerm{"@user", "nobody"}}}), ::testing::IsEmpty());
    EXPECT_THAT(ids({.terms = {FieldTerm{"service", "nothing"}}}), ::testing::IsEmpty());
    EXPECT_EQ(ids({.terms = {FieldTerm{"@often", "1"}}}).size(), 100u);
    EXPECT_THAT(ids({.duration_min_ns = 200, .duration_max_ns = 300}), ::testing::ElementsAre(2, 3));
    EXPECT_THAT(ids({.terms = {FieldTerm{"service", "db"}}, .duration_min_ns = 301}), ::testing::ElementsAre(4));
    store_->settle();
  }
  query::SpanSearch wrong = last_hour();
  wrong.filter.terms = {FieldTerm{"no_such_field", "x"}};
  const auto page = store_->reader().search(wrong, SpanDetail::Outline, {});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, ErrorCode::Unsupported);
}

TEST_P(SpanStoreConformance, PagesDontShiftWhenMoreArrives) {
  RandomSpans random(1);
  random.copies = !store_->collapses_copies();
  for (int i = 0; i < 10; ++i) append(random.payload(3, clock_.now()));
  query::SpanSearch search_all = last_hour();
  search_all.time.from_ns -= kNanosPerDay;
  search_all.limit = 1000;
  const SpanPage whole = search(search_all);
  ASSERT_FALSE(whole.more);

  std::vector<std::string> paged;
  query::SpanSearch page_search = search_all;
  page_search.limit = 7;
  for (;;) {
    const SpanPage page = search(page_search);
    for (const auto& text : show(page.spans)) paged.push_back(text);
    if (!page.more) break;
    page_search.after = query::SpanPosition{page.spans.spans.back().start_ns, page.spans.spans.back().sequence};
    page_search.sequence_max = page.sequence_max;
    append(random.payload(1, clock_.now()));
    if (paged.size() % 21 == 0) store_->settle();
  }
  EXPECT_EQ(paged, show(whole.spans));
}

TEST_P(SpanStoreConformance, GivesUpWhenItIsToldTo) {
  append(model::testing::BatchBuilder().span({.trace = 5, .span = 1, .start = clock_.now() - 1}).build_normalized());
  store_->settle();
  append(model::testing::BatchBuilder().span({.trace = 5, .span = 2, .start = clock_.now() - 1}).build_normalized());
  std::stop_source nobody_waits;
  nobody_waits.request_stop();
  ReadLimits cancelled;
  cancelled.cancelled = nobody_waits.get_token();
  ReadLimits late;
  late.deadline = std::chrono::steady_clock::now();
  const std::vector<model::TraceId> ids{{5, 0}, {6, 0}};
  for (const auto& [limits, code] : {std::pair(cancelled, ErrorCode::Cancelled), std::pair(late, ErrorCode::Timeout)}) {
    const auto one = store_->reader().read_trace(ids[0], SpanDetail::Everything, limits);
    const auto several = store_->reader().read_traces(ids, SpanDetail::Everything, limits);
    const auto page = store_->reader().search(last_hour(), SpanDetail::Everything, limits);
    ASSERT_FALSE(one || several || page) << to_string(code);
    EXPECT_EQ(one.error().code, code);
    EXPECT_EQ(several.error().code, code);
    EXPECT_EQ(page.error().code, code);
  }
  EXPECT_EQ(trace(ids[0]).size(), 2u);
  EXPECT_EQ(search(last_hour()).spans.size(), 2u);
}

// Random payloads and questions: the store must agree with the oracle, whatever it does in between.
TEST_P(SpanStoreConformance, AgreesWithTheOracle) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SetUp();
    OracleStore oracle(clock_);
    RandomSpans random(seed);
    random.copies = !store_->collapses_copies();
    std::set<std::uint64_t> traces;
    for (int step = 0; step < 40; ++step) {
      const model::SpanBatch batch = random.payload(1 + random.below(6), clock_.now());
      traces.insert(batch.trace_id.begin(), batch.trace_id.end());
      append(batch);
      ASSERT_TRUE(append_and_wait(oracle, batch));
      clock_.advance(std::chrono::seconds(random.below(300)));
      if (random.one_in(8)) store_->settle();
      if (!random.one_in(3)) continue;

      query::SpanSearch asked;
      asked.time.from_ns = clock_.now() - static_cast<UnixNanos>(random.below(4 * kNanosPerHour));
      asked.time.to_ns = asked.time.from_ns + static_cast<UnixNanos>(random.below(4 * kNanosPerHour));
      asked.filter.errors_only = random.one_in(3);
      asked.population = random.one_in(3) ? query::Population::Entry : query::Population::All;
      asked.order = random.one_in(2) ? query::SpanOrder::OldestFirst : query::SpanOrder::NewestFirst;
      asked.limit = static_cast<std::uint32_t>(1 + random.below(200));
      if (random.one_in(3)) asked.filter.terms.push_back({"service", fmt::format("service-{}", random.below(6))});
      if (random.one_in(6)) asked.filter.terms.push_back({"env", random.one_in(2) ? "prod" : "test"});
      if (random.one_in(4)) {
        const std::uint64_t tag = random.below(8);
        asked.filter.terms.push_back({fmt::format("@tag.{}", tag), fmt::format("value {}", random.below(5))});
      }
      if (random.one_in(8)) asked.filter.terms.push_back({"@http.method", "GET"});
      if (random.one_in(4)) asked.filter.duration_min_ns = static_cast<std::int64_t>(random.below(100'000));
      if (random.one_in(6)) asked.filter.duration_max_ns = static_cast<std::int64_t>(random.below(100'000'000));
      const SpanDetail detail = random.one_in(3)   ? SpanDetail::Outline
                                : random.one_in(4) ? SpanDetail::Place
                                                   : SpanDetail::Everything;
      const SpanPage mine = search(asked, detail);
      const SpanPage theirs = *oracle.search(asked, detail, {});
      ASSERT_EQ(show(mine.spans), show(theirs.spans)) << "seed " << seed << " step " << step;
      ASSERT_EQ(mine.more, theirs.more);
    }
    for (const std::uint64_t low : traces) {
      for (const std::uint64_t high : {std::uint64_t{0}, std::uint64_t{7}}) {
        ASSERT_EQ(show(trace({low, high})), show(*oracle.read_trace({low, high}, SpanDetail::Everything, {})))
            << "seed " << seed << " trace " << low;
      }
    }
    std::vector<model::TraceId> several;
    for (const std::uint64_t low : traces) several.push_back({low, random.one_in(4) ? 7u : 0u});
    several.push_back({0xabcdef, 0});
    several.push_back(several.front());
    std::shuffle(several.begin(), several.end(), std::mt19937_64(seed));
    const auto mine = store_->reader().read_traces(several, SpanDetail::Everything, {});
    const auto theirs = oracle.read_traces(several, SpanDetail::Everything, {});
    ASSERT_TRUE(mine && theirs);
    ASSERT_EQ(mine->traces.size(), several.size());
    for (std::size_t i = 0; i < several.size(); ++i)
      ASSERT_EQ(show(mine->traces[i]), show(theirs->traces[i])) << "seed " << seed << " trace " << several[i].low;
    EXPECT_EQ(store_->reader().span_count(), oracle.span_count());
  }
}

}  // namespace vizsla::store::testing
