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

  // Of the spans of the last hour that hold all terms, by start, the newest first.
  std::vector<std::uint64_t> ids(std::vector<query::SpanTerm> terms) {
    query::SpanSearch asked = last_hour();
    asked.filter.terms = std::move(terms);
    asked.limit = 1000;
    std::vector<std::uint64_t> list;
    for (const auto& span : search(asked, SpanDetail::Outline).spans.spans)
      list.push_back(static_cast<std::uint64_t>(span.span_id));
    return list;
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
    errors.filter.terms = {query::ErrorTerm{}};
    EXPECT_THAT(ids(search(errors)), ::testing::ElementsAre(3, 2));
    query::SpanSearch entries = last_hour();
    entries.filter.terms = {query::EntryTerm{}};
    EXPECT_THAT(ids(search(entries)), ::testing::ElementsAre(3, 1));
    query::SpanSearch range = last_hour();
    range.time = {clock_.now() - 90, clock_.now() - 80};
    EXPECT_THAT(ids(search(range)), ::testing::ElementsAre(2));
    store_->settle();
  }
}

TEST_P(SpanStoreConformance, SearchesByTermsAndDuration) {
  using query::DurationTerm;
  using query::FieldTerm;
  using query::TagTerm;
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
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(ids({FieldTerm{"service", "web"}}), ::testing::ElementsAre(1, 2));
    EXPECT_THAT(ids({TagTerm{"user", "ann"}}), ::testing::ElementsAre(1, 4));
    EXPECT_THAT(ids({TagTerm{"User", "ann"}}), ::testing::ElementsAre(3)) << "keys keep their case";
    EXPECT_THAT(ids({TagTerm{"user", "ann"}, FieldTerm{"service", "db"}}), ::testing::ElementsAre(4));
    EXPECT_THAT(ids({TagTerm{"empty", ""}}), ::testing::ElementsAre(1)) << "absent isn't empty";
    EXPECT_THAT(ids({TagTerm{"user", "nobody"}}), ::testing::IsEmpty());
    EXPECT_THAT(ids({FieldTerm{"service", "nothing"}}), ::testing::IsEmpty());
    EXPECT_EQ(ids({TagTerm{"often", "1"}}).size(), 100u);
    EXPECT_THAT(ids({DurationTerm{200, 300}}), ::testing::ElementsAre(2, 3));
    EXPECT_THAT(ids({DurationTerm{300, 200}}), ::testing::IsEmpty());
    EXPECT_THAT(ids({FieldTerm{"service", "db"}, DurationTerm{301}}), ::testing::ElementsAre(4));

    // A span without the tag is one that doesn't have it with that value.
    EXPECT_THAT(ids({{TagTerm{"user", "ann"}, true}, {FieldTerm{"service", "filler"}, true}}),
                ::testing::ElementsAre(2, 3));
    EXPECT_THAT(ids({{TagTerm{"often", "1"}, true}, {TagTerm{"often", "2"}, true}, {DurationTerm{100, 300}, true}}),
                ::testing::AllOf(::testing::SizeIs(101), ::testing::Contains(4)));
    EXPECT_EQ(ids({{TagTerm{"user", "nobody"}, true}}).size(), 304u);
    EXPECT_EQ(ids({{FieldTerm{"service", "nothing"}, true}}).size(), 304u);
    EXPECT_THAT(ids({{DurationTerm{1, 350}, true}}), ::testing::ElementsAre(4));
    std::vector<query::SpanTerm> many;
    for (int i = 1; i < 100; ++i) {
      many.emplace_back(TagTerm{"user", fmt::format("nobody {}", i)}, true);
      many.emplace_back(TagTerm{"often", std::to_string(i), i}, true);
      many.emplace_back(FieldTerm{"service", fmt::format("nothing {}", i)}, true);
    }
    EXPECT_EQ(ids(many).size(), 104u);
    EXPECT_EQ(ids({{DurationTerm{300, 200}, true}}).size(), 304u);
    store_->settle();
  }
  query::SpanSearch wrong = last_hour();
  wrong.filter.terms = {FieldTerm{"no_such_field", "x"}};
  const auto page = store_->reader().search(wrong, SpanDetail::Outline, {});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, ErrorCode::Unsupported);
}

TEST_P(SpanStoreConformance, SearchesByFieldsStatusAndTrace) {
  using query::ErrorTerm;
  using query::FieldTerm;
  using query::TraceTerm;
  const auto add = [&](std::uint64_t id, const auto& change) {
    model::testing::SpanSpec spec{.trace = id, .span = id, .start = clock_.now() - static_cast<UnixNanos>(id)};
    change(spec);
    append(model::testing::BatchBuilder().span(spec).build_normalized());
  };
  add(1, [](auto& spec) { spec.operation = "a", spec.resource = "b", spec.type = "c", spec.error = true; });
  add(2, [](auto& spec) { spec.env = "d", spec.version = "e", spec.host = "f"; });
  add(3, [](auto& spec) { spec.trace = 77; });
  add(4, [](auto& spec) { spec.trace = 77, spec.trace_high = 5; });
  add(5, [](auto& spec) { spec.trace = 77, spec.trace_high = 6; });
  add(6, [](auto& spec) { spec.trace = std::uint64_t{1} << 63; });
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(ids({FieldTerm{"operation_name", "a"}, FieldTerm{"resource_name", "b"}, FieldTerm{"type", "c"}}),
                ::testing::ElementsAre(1));
    EXPECT_THAT(ids({FieldTerm{"env", "d"}, FieldTerm{"version", "e"}, FieldTerm{"host", "f"}}),
                ::testing::ElementsAre(2));
    EXPECT_THAT(ids({FieldTerm{"version", ""}}), ::testing::ElementsAre(1, 3, 4, 5, 6)) << "nothing is the empty text";
    EXPECT_THAT(ids({ErrorTerm{}}), ::testing::ElementsAre(1));
    EXPECT_THAT(ids({{ErrorTerm{}, true}}), ::testing::ElementsAre(2, 3, 4, 5, 6));

    EXPECT_THAT(ids({TraceTerm{{.low = 77, .high = 0}}}), ::testing::ElementsAre(3, 4, 5));
    EXPECT_THAT(ids({TraceTerm{{.low = 77, .high = 5}}}), ::testing::ElementsAre(3, 4)) << "of 3 half the id is known";
    EXPECT_THAT(ids({{TraceTerm{{.low = 77, .high = 5}}, true}}), ::testing::ElementsAre(1, 2, 5, 6));
    EXPECT_THAT(ids({{TraceTerm{{.low = 77, .high = 0}}, true}}), ::testing::ElementsAre(1, 2, 6));
    EXPECT_THAT(ids({TraceTerm{{.low = std::uint64_t{1} << 63, .high = 0}}}), ::testing::ElementsAre(6));
    EXPECT_THAT(ids({TraceTerm{{.low = 78, .high = 0}}}), ::testing::IsEmpty());
    EXPECT_THAT(ids({TraceTerm{{.low = 0, .high = 0}}}), ::testing::IsEmpty());
    store_->settle();
  }
}

TEST_P(SpanStoreConformance, FindsANumberInATagHoweverItWasSent) {
  using query::TagTerm;
  const auto add = [&](std::uint64_t id, std::vector<std::pair<std::string, std::string>> meta,
                       std::vector<std::pair<std::string, double>> metrics) {
    model::testing::SpanSpec spec{.trace = id, .span = id, .start = clock_.now() - static_cast<UnixNanos>(id)};
    spec.meta = std::move(meta);
    spec.metrics = std::move(metrics);
    append(model::testing::BatchBuilder().span(spec).build_normalized());
  };
  add(1, {{"code", "200"}}, {});
  add(2, {}, {{"code", 200}});
  add(3, {{"code", "404"}}, {{"code", 200}});
  add(4, {}, {{"code", 404}, {"code", 200}});
  add(5, {}, {{"code", 404}, {"code", 404}});
  add(6, {{"code", "200.0"}}, {{"zero", -0.0}, {"lag", -5}, {"price", 2.4e-7}});
  // With many others some of the numbers get columns, with many rows others leave the map of the first ones.
  for (std::uint64_t id = 100; id < 400; ++id)
    add(id, {}, {{"often", static_cast<double>(id % 3)}, {fmt::format("rare.{}", id), 200}});
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(ids({TagTerm{"code", "200", 200.0}}), ::testing::ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(ids({TagTerm{"code", "200"}}), ::testing::ElementsAre(1)) << "without a number only the text counts";
    EXPECT_THAT(ids({TagTerm{"code", "404", 404.0}}), ::testing::ElementsAre(3, 4, 5));
    EXPECT_THAT(ids({TagTerm{"code", "200.0", 200.0}}), ::testing::ElementsAre(2, 3, 4, 6));
    EXPECT_THAT(ids({{TagTerm{"code", "200", 200.0}, true}, {TagTerm{"often", "0", 0.0}, true}}),
                ::testing::AllOf(::testing::SizeIs(202), ::testing::Contains(5), ::testing::Contains(6)));
    EXPECT_EQ(ids({TagTerm{"often", "1", 1.0}}).size(), 100u);
    EXPECT_THAT(ids({TagTerm{"zero", "0", 0.0}}), ::testing::ElementsAre(6));
    EXPECT_THAT(ids({TagTerm{"lag", "-5", -5.0}}), ::testing::ElementsAre(6));
    EXPECT_THAT(ids({TagTerm{"price", "0.00000024", 0.00000024}}), ::testing::ElementsAre(6));
    EXPECT_THAT(ids({TagTerm{"rare.150", "200", 200.0}}), ::testing::ElementsAre(150));
    EXPECT_THAT(ids({TagTerm{"nowhere", "200", 200.0}}), ::testing::IsEmpty());
    EXPECT_EQ(ids({{TagTerm{"nowhere", "200", 200.0}, true}}).size(), 306u);
    store_->settle();
  }
}

TEST_P(SpanStoreConformance, TakesTermsForWhatTheyAre) {
  // Whatever a term says is a text to be compared, to the last byte.
  const std::vector<std::string> hostile{"' OR 1=1 --",
                                         "'; DROP TABLE spans; --",
                                         "\"); SELECT 1; --",
                                         "?",
                                         "%",
                                         "{}",
                                         "a\nb",
                                         std::string("nul\0byte", 8),
                                         "größe",
                                         std::string(100'000, 'x')};
  model::testing::BatchBuilder builder;
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    model::testing::SpanSpec spec{.trace = i + 1, .span = i + 1, .start = clock_.now() - static_cast<UnixNanos>(i)};
    spec.resource = hostile[i];
    spec.meta = {{"note", hostile[i]}, {hostile[i], "here"}};
    builder.span(spec).chunk();
  }
  append(builder.build_normalized());
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < hostile.size(); ++i) {
      const auto only = ::testing::ElementsAre(i + 1);
      EXPECT_THAT(ids({query::FieldTerm{"resource_name", hostile[i]}}), only) << hostile[i];
      EXPECT_THAT(ids({query::TagTerm{"note", hostile[i]}}), only) << hostile[i];
      EXPECT_THAT(ids({query::TagTerm{hostile[i], "here"}}), only) << hostile[i];
      EXPECT_EQ(ids({{query::TagTerm{hostile[i], "here", 1.0}, true}}).size(), hostile.size() - 1) << hostile[i];
    }
    store_->settle();
  }
}

TEST_P(SpanStoreConformance, GivesTheSlowestFirst) {
  model::testing::BatchBuilder builder;
  // Of equal ones the one that came last is first.
  const std::int64_t durations[] = {5, 900, 0, 700, 900, 5, 800};
  for (std::uint64_t i = 0; i < std::size(durations); ++i) {
    model::testing::SpanSpec spec{
        .trace = i + 1, .span = i + 1, .start = clock_.now() - static_cast<UnixNanos>(i * 7 % 5)};
    spec.duration = durations[i];
    builder.span(spec).chunk();
  }
  append(builder.build_normalized());
  for (int round = 0; round < 2; ++round) {
    query::SpanSearch asked = last_hour();
    asked.order = query::SpanOrder::SlowestFirst;
    asked.limit = 2;
    std::vector<std::uint64_t> list;
    for (bool more = true; more;) {
      const SpanPage page = search(asked, round == 0 ? SpanDetail::Place : SpanDetail::Outline);
      for (const auto& span : page.spans.spans) list.push_back(static_cast<std::uint64_t>(span.span_id));
      more = page.more;
      asked.after = position_of(page.spans.spans.back(), asked.order);
      asked.sequence_max = page.sequence_max;
    }
    EXPECT_THAT(list, ::testing::ElementsAre(5, 2, 7, 4, 6, 1, 3));
    store_->settle();
  }
}

TEST_P(SpanStoreConformance, PagesDontShiftWhenMoreArrives) {
  RandomSpans random(1);
  random.copies = !store_->collapses_copies();
  for (int i = 0; i < 10; ++i) append(random.payload(3, clock_.now()));
  for (const auto order :
       {query::SpanOrder::NewestFirst, query::SpanOrder::OldestFirst, query::SpanOrder::SlowestFirst}) {
    query::SpanSearch search_all = last_hour();
    search_all.time.from_ns -= kNanosPerDay;
    search_all.order = order;
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
      page_search.after = position_of(page.spans.spans.back(), page_search.order);
      page_search.sequence_max = page.sequence_max;
      append(random.payload(1, clock_.now()));
      if (paged.size() % 21 == 0) store_->settle();
    }
    EXPECT_EQ(paged, show(whole.spans));
  }
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

// A few terms about what RandomSpans makes, some of them negated.
inline query::SpanFilter random_filter(RandomSpans& random, const std::set<std::uint64_t>& traces) {
  query::SpanFilter filter;
  const auto add = [&](std::uint64_t one_in, auto term) {
    if (random.one_in(one_in)) filter.terms.emplace_back(std::move(term), random.one_in(3));
  };
  const auto number = [&](std::uint64_t below) { return static_cast<std::int64_t>(random.below(below)); };
  add(4, query::FieldTerm{"service", fmt::format("service-{}", random.below(6))});
  add(8, query::FieldTerm{"env", random.one_in(2) ? "prod" : "test"});
  add(8, query::FieldTerm{"host", random.one_in(4) ? "" : fmt::format("box-{}", random.below(4))});
  add(8, query::FieldTerm{"version", random.one_in(2) ? "" : fmt::format("1.{}", random.below(4))});
  add(8, query::FieldTerm{"type", random.one_in(2) ? "web" : "sql"});
  add(8, query::FieldTerm{"operation_name", fmt::format("operation.{}", random.below(11))});
  add(8, query::FieldTerm{"resource_name", fmt::format("GET /thing/{}", random.below(9))});
  add(4, query::TagTerm{fmt::format("tag.{}", random.below(8)), fmt::format("value {}", random.below(5))});
  add(8, query::TagTerm{"http.method", "GET"});
  add(8, query::TagTerm{"empty", ""});
  const std::int64_t code = 199 + number(5);
  add(4, query::TagTerm{"code", fmt::format("{}", code), static_cast<double>(code)});
  const std::int64_t retries = number(5);
  add(6, query::TagTerm{"retries", fmt::format("{}", retries), static_cast<double>(retries)});
  add(6, query::ErrorTerm{});
  add(3, query::EntryTerm{});
  add(4, query::DurationTerm{number(100'000)});
  add(6, query::DurationTerm{0, number(100'000'000)});
  const std::uint64_t trace =
      traces.empty() || random.one_in(2) ? 1 + random.below(21) : *std::next(traces.begin(), number(traces.size()));
  add(8, query::TraceTerm{{.low = trace, .high = random.one_in(2) ? 7u : 0u}});
  return filter;
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
      asked.order = static_cast<query::SpanOrder>(random.below(3));
      asked.limit = static_cast<std::uint32_t>(1 + random.below(200));
      asked.filter = random_filter(random, traces);
      const SpanDetail detail = random.one_in(3)   ? SpanDetail::Outline
                                : random.one_in(4) ? SpanDetail::Place
                                                   : SpanDetail::Everything;
      const SpanPage mine = search(asked, detail);
      const SpanPage theirs = *oracle.search(asked, detail, {});
      ASSERT_EQ(show(mine.spans), show(theirs.spans)) << "seed " << seed << " step " << step;
      ASSERT_EQ(mine.more, theirs.more);
      if (mine.more) {
        query::SpanSearch next = asked;
        next.after = position_of(mine.spans.spans.back(), asked.order);
        query::SpanSearch next_of_oracle = asked;
        next_of_oracle.after = position_of(theirs.spans.spans.back(), asked.order);
        ASSERT_EQ(show(search(next, detail).spans), show(oracle.search(next_of_oracle, detail, {})->spans))
            << "seed " << seed << " step " << step << ", second page";
      }
    }
    for (const std::uint64_t low : traces) {
      for (const std::uint64_t high : {std::uint64_t{0}, std::uint64_t{7}}) {
        ASSERT_EQ(show(trace({low, high})), show(*oracle.read_trace({low, high}, SpanDetail::Everything, {})))
            << "seed " << seed << " trace " << low;
        // Some of its spans, by id, in a single read.
        std::vector<model::SpanId> wanted = {model::SpanId{0xabcdef}};
        const model::SpanSet all = *oracle.read_trace({low, 0}, SpanDetail::Everything, {});
        for (const model::Span& span : all.spans) {
          if (random.one_in(3)) wanted.push_back(span.span_id);
        }
        const auto mine = store_->reader().read_spans({low, high}, wanted, {});
        const auto theirs = oracle.read_spans({low, high}, wanted, {});
        ASSERT_TRUE(mine && theirs);
        ASSERT_EQ(show(mine->spans), show(theirs->spans)) << "seed " << seed << " trace " << low;
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
