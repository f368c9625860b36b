#include "assemble/service_figures.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "store/testing/append_and_wait.h"
#include "store/testing/oracle_store.h"

namespace vizsla::assemble {
namespace {

using model::StatsText;
using ::testing::ElementsAre;

constexpr std::int64_t kMs = kNanosPerMilli;

// Spans alike, as the concentrator would count them.
struct Counted {
  std::string service = "shop";
  std::string operation = "web.request";
  std::string resource = "GET /";
  std::string type = "web";
  std::string version = {};
  std::string base_service = {};
  model::SpanKind kind = model::SpanKind::Server;
  std::int64_t ago_s = 60;  // when they ended
  int hits = 1;
  int errors = 0;
  std::int64_t duration_ns = 10 * kMs;
  bool entry = true;
  std::string env = "prod";
};

class ServiceFiguresTest : public ::testing::Test {
 protected:
  void count(const Counted& counted) {
    model::StatsBatch batch;
    model::StatsKey& key = batch.key.emplace_back();
    const std::pair<StatsText, std::string_view> texts[] = {{StatsText::Env, counted.env},
                                                            {StatsText::Service, counted.service},
                                                            {StatsText::Operation, counted.operation},
                                                            {StatsText::Resource, counted.resource},
                                                            {StatsText::Type, counted.type},
                                                            {StatsText::Version, counted.version},
                                                            {StatsText::Language, "python"},
                                                            {StatsText::BaseService, counted.base_service}};
    for (const auto& [text, value] : texts) key.text(text) = batch.strings.intern(value);
    key.kind = counted.kind;
    key.flags = counted.entry ? model::kStatsEntry : std::uint8_t{0};
    const UnixNanos ended = clock_.now() - counted.ago_s * kNanosPerSecond;
    batch.bucket_ns.push_back(ended - ended % model::kStatsBucketNs);
    const double hits = counted.hits;
    batch.counts.push_back({hits, counted.entry ? hits : 0, static_cast<double>(counted.errors),
                            hits * static_cast<double>(counted.duration_ns), counted.duration_ns});
    const auto bins = [&](double count) {
      std::string text;
      sketch::DurationBinWriter writer(text);
      if (count > 0) writer.add(sketch::duration_bin(static_cast<double>(counted.duration_ns)), count);
      return batch.strings.intern(text);
    };
    batch.ok_bins.push_back(bins(hits - counted.errors));
    batch.error_bins.push_back(bins(counted.errors));
    ASSERT_TRUE(store::testing::append_and_wait(store_, {}, {}, batch));
  }

  [[nodiscard]] query::TimeRange last_hour() const { return {clock_.now() - kNanosPerHour, clock_.now()}; }
  [[nodiscard]] Coverage long_ago() const { return {0, clock_.now(), {{"shop", 0}, {"db", 0}}}; }

  ServiceList list(const ServiceSettings& settings = {}) {
    return list_services(store_, "prod", last_hour(), 60, long_ago(), [&](auto, auto) { return settings; }, {}).value();
  }

  vizsla::testing::FakeClock clock_;
  store::testing::OracleStore store_{clock_};
};

TEST_F(ServiceFiguresTest, AServiceIsItsPrimaryOperationsEntrySpans) {
  count({.hits = 90, .duration_ns = 10 * kMs});
  count({.hits = 10, .errors = 5, .duration_ns = 1000 * kMs});
  count({.operation = "celery.task", .type = "worker", .hits = 40, .duration_ns = 5000 * kMs});
  count({.operation = "web.request", .resource = "inner", .hits = 1000, .entry = false});
  count({.hits = 7, .env = "test"});
  const ServiceList found = list();
  ASSERT_EQ(found.services.size(), 1U);
  const ServiceRow& shop = found.services[0];
  EXPECT_EQ(shop.name, "shop");
  EXPECT_EQ(shop.type, "web");
  EXPECT_EQ(shop.language, "python");
  EXPECT_EQ(shop.primary_operation, "web.request");
  EXPECT_EQ(shop.work.operations.size(), 2U);
  EXPECT_FALSE(shop.work.is_dependency);
  EXPECT_EQ(shop.figures.requests, 100);
  EXPECT_EQ(shop.figures.errors, 5);
  EXPECT_EQ(shop.figures.error_rate(), 0.05);
  EXPECT_EQ(shop.figures.seconds, 3600);
  EXPECT_EQ(shop.figures.total_time_ns, 90 * 10e6 + 10 * 1000e6);
  EXPECT_EQ(shop.figures.latency.avg_ns, (90 * 10e6 + 10 * 1000e6) / 100);
  EXPECT_NEAR(*shop.figures.latency.p50_ns, 10e6, 10e4);
  EXPECT_NEAR(*shop.figures.latency.p95_ns, 1000e6, 1000e4);
  EXPECT_EQ(shop.figures.latency.max_ns, 1000e6);
  EXPECT_LE(*shop.figures.latency.p99_ns, *shop.figures.latency.max_ns) << "no percentile is above the maximum";

  const ServiceList pinned = list({.primary_operation = "celery.task"});
  EXPECT_EQ(pinned.services[0].figures.requests, 40);
  EXPECT_EQ(pinned.services[0].type, "worker");
  const ServiceList elsewhere = list({.primary_operation = "gone"});
  EXPECT_EQ(elsewhere.services[0].primary_operation, "web.request") << "a pin on what has no requests does nothing";
}

TEST_F(ServiceFiguresTest, ApdexIsOfWebAndOfHttpThatIsNotAClient) {
  count({.hits = 6, .duration_ns = 100 * kMs});
  count({.hits = 2, .duration_ns = 1000 * kMs});
  count({.hits = 2, .errors = 2, .duration_ns = 3000 * kMs});
  const Apdex apdex = list().services[0].figures.apdex.value();
  EXPECT_EQ(apdex.satisfied, 0.6);
  EXPECT_EQ(apdex.tolerating, 0.2);
  EXPECT_EQ(apdex.frustrated, 0.2);
  EXPECT_EQ(apdex.score, 0.7);
  const ServiceList patient = list({.apdex_threshold_ns = 2000 * kMs, .primary_operation = {}});
  EXPECT_EQ(patient.services[0].figures.apdex->score, 0.9) << "what is stored is scored anew";
  count({.service = "db", .operation = "query", .type = "sql"});
  EXPECT_FALSE(list().services[0].figures.apdex.has_value());
  EXPECT_TRUE(has_apdex("http", "server"));
  EXPECT_TRUE(has_apdex("http", ""));
  EXPECT_FALSE(has_apdex("http", "client"));
  EXPECT_TRUE(has_apdex("web", "client"));
}

TEST_F(ServiceFiguresTest, WhatIsOnlyCalledIsADependency) {
  count({.hits = 3});
  count({.service = "postgres",
         .operation = "postgres.query",
         .type = "sql",
         .base_service = "shop",
         .kind = model::SpanKind::Client});
  count({.service = "postgres",
         .operation = "postgres.query",
         .type = "sql",
         .base_service = "cart",
         .kind = model::SpanKind::Client});
  count({.service = "both", .base_service = "shop", .kind = model::SpanKind::Client});
  count({.service = "both"});
  count({.service = "own", .base_service = "own", .kind = model::SpanKind::Client});
  const ServiceList found = list();
  std::vector<std::string> dependencies;
  for (const ServiceRow& row : found.services) {
    if (row.work.is_dependency) dependencies.push_back(row.name);
  }
  EXPECT_THAT(dependencies, ElementsAre("postgres"));
  EXPECT_THAT(found.services[2].work.called_by, ElementsAre("cart", "shop"));
}

TEST_F(ServiceFiguresTest, RatesAreOverWhatTheDataCovers) {
  count({.ago_s = 100, .hits = 50});
  Coverage coverage = long_ago();
  const auto seconds = [&] {
    return list_services(store_, "prod", last_hour(), 60, coverage, [](auto, auto) { return ServiceSettings{}; }, {})
        .value()
        .services[0]
        .figures.seconds;
  };
  EXPECT_EQ(seconds(), 3600) << "known for long";
  coverage.known_since["shop"] = clock_.now() - clock_.now() % kNanosPerHour - kNanosPerHour;
  EXPECT_EQ(seconds(), 100) << "first seen within the range: since its first bucket";
  coverage.data_from_ns = clock_.now() - 60 * kNanosPerSecond;
  coverage.known_since["shop"] = 0;
  EXPECT_EQ(seconds(), 60) << "the server has been there for a minute";
}

TEST_F(ServiceFiguresTest, SeriesAreSplitByWhatOneWants) {
  for (int version = 0; version < 14; ++version)
    count({.version = "v" + std::to_string(version), .ago_s = 60, .hits = 100 - version, .errors = 1});
  count({.version = "v0", .ago_s = 1800, .hits = 5, .duration_ns = 30 * kMs});
  SeriesQuestion question{.env = "prod",
                          .service = "shop",
                          .operation = "web.request",
                          .resource = {},
                          .timeline = make_timeline(last_hour(), 60),
                          .split_by = {},
                          .errors_apart = true};
  const SeriesAnswer all = read_series(store_, question, long_ago(), {}, {}).value();
  ASSERT_EQ(all.series.size(), 1U);
  EXPECT_EQ(all.timeline.step_ns, kNanosPerMinute);
  double requests = 0;
  for (const SeriesPoint& point : all.series[0].points) requests += point.requests;
  EXPECT_EQ(requests, all.figures.requests);
  EXPECT_EQ(all.series[0].points[0].latency.p50_ns, std::nullopt) << "nothing there";
  EXPECT_EQ(all.series[0].points[59].error->values, 14);

  question.split_by = query::StatsField::Version;
  const SeriesAnswer split = read_series(store_, question, long_ago(), {}, {}).value();
  ASSERT_EQ(split.series.size(), kSeriesMax + 1);
  EXPECT_EQ(split.series[0].value, "v0");
  EXPECT_TRUE(split.series.back().others);
  double sum = 0;
  for (const Series& series : split.series) sum += series.requests;
  EXPECT_EQ(sum, all.figures.requests) << "the parts are the whole";
}

TEST_F(ServiceFiguresTest, ResourcesByTotalTimeAndTheirHash) {
  count({.resource = "GET /fast", .hits = 100, .duration_ns = 1 * kMs});
  count({.resource = "GET /slow", .hits = 2, .errors = 1, .duration_ns = 900 * kMs});
  const auto rows =
      list_resources(store_, {"prod", "shop", "web.request", last_hour(), {}}, long_ago(), {}, {}).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].resource, "GET /slow");
  EXPECT_EQ(rows[0].figures.error_rate(), 0.5);
  EXPECT_EQ(rows[0].hash.size(), 16U);
  const NamedResource found = find_resource(store_, rows[1].hash, last_hour(), {}).value();
  EXPECT_EQ(found.resource, "GET /fast");
  EXPECT_EQ(find_resource(store_, "0000000000000000", last_hour(), {}).error().code, ErrorCode::NotFound);
}

TEST_F(ServiceFiguresTest, TimelinesAreOfStepsThatPeopleKnow) {
  const auto step_s = [](std::int64_t seconds, std::size_t points) {
    const UnixNanos from = 1'795'262'400'000'000'000 + 7 * kNanosPerSecond;
    const Timeline timeline = make_timeline({from, from + seconds * kNanosPerSecond}, points);
    EXPECT_LE(timeline.time.from_ns, from);
    EXPECT_GE(timeline.time.to_ns, from + seconds * kNanosPerSecond);
    EXPECT_LE(timeline.points(), points);
    return timeline.step_ns / kNanosPerSecond;
  };
  EXPECT_EQ(step_s(900, 100), 10);
  EXPECT_EQ(step_s(3600, 61), 60);
  EXPECT_EQ(step_s(86'400, 300), 300);
  EXPECT_EQ(step_s(std::int64_t{30} * 86'400, 60), 86'400);
  EXPECT_EQ(step_s(1, 1), 10);
  EXPECT_EQ(step_s(3600, 20), 300) << "twelve points and a short one";
}

TEST_F(ServiceFiguresTest, WhatIsCountedFollowsFromTheRangeAlone) {
  std::mt19937_64 random(7);
  const auto upto = [&](std::int64_t limit) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(limit));
  };
  for (int i = 0; i < 20'000; ++i) {
    const UnixNanos from = 1'795'262'400'000'000'000 + upto(kNanosPerDay);
    const std::int64_t length = 1 + upto(kNanosPerSecond << upto(26));
    const query::TimeRange asked{from, from + length};
    const query::TimeRange counted = counted_range(asked);
    ASSERT_LE(counted.from_ns, asked.from_ns);
    ASSERT_GE(counted.to_ns, asked.to_ns);
    ASSERT_EQ(counted_range(counted), counted) << "asked again, it stays";
    const auto aside = static_cast<double>(counted.to_ns - counted.from_ns - length);
    ASSERT_LE(aside, std::max(20e9, 0.13 * static_cast<double>(length))) << length;
    const auto points = static_cast<std::size_t>(1 + upto(300));
    const Timeline timeline = make_timeline(asked, points);
    ASSERT_EQ(timeline.time, counted);
    ASSERT_TRUE(timeline.points() <= points || timeline.step_ns >= 30 * kNanosPerDay);
    const query::TimeRange fit = fit_to_data(counted, from + upto(length), 5 * kNanosPerMinute);
    ASSERT_EQ(counted_range(fit), fit);
    ASSERT_EQ(fit.to_ns, counted.to_ns);
    ASSERT_GE(fit.from_ns, counted.from_ns);
  }
  const UnixNanos minute = 1'795'262'400'000'000'000 + 7 * kNanosPerMinute;
  const query::TimeRange ten_hours{minute, minute + 600 * kNanosPerMinute};
  EXPECT_EQ(counted_range(ten_hours), ten_hours) << "its ends are round";
  EXPECT_EQ(make_timeline(ten_hours, 600).step_ns, kNanosPerMinute);
}

// Requests all around the ends of a range that isn't one of steps: whoever is asked counts the same.
TEST_F(ServiceFiguresTest, OneRangeGivesOneCount) {
  const UnixNanos now = clock_.now();
  for (std::int64_t ago = 0; ago < 300; ++ago) count({.resource = "GET /", .ago_s = ago * 37});
  const query::TimeRange range{now - 97 * kNanosPerMinute - 1, now - 13 * kNanosPerSecond};
  const double requests =
      list_services(store_, "prod", range, 61, long_ago(), [](auto, auto) { return ServiceSettings{}; }, {})
          .value()
          .services.at(0)
          .figures.requests;
  EXPECT_GT(requests, 0);
  for (const std::size_t points : {1U, 7U, 61U, 120U, 1000U}) {
    const SeriesAnswer series =
        read_series(store_, {"prod", "shop", "web.request", {}, make_timeline(range, points), {}, false}, long_ago(),
                    {}, {})
            .value();
    EXPECT_EQ(series.figures.requests, requests) << points;
    double sum = 0;
    for (const SeriesPoint& point : series.series.at(0).points) sum += point.requests;
    EXPECT_EQ(sum, requests) << points;
  }
  const auto rows = list_resources(store_, {"prod", "shop", "web.request", range, {}}, long_ago(), {}, {}).value();
  EXPECT_EQ(rows.at(0).figures.requests, requests);
  EXPECT_EQ(request_durations(store_, "prod", "shop", "web.request", {}, range, {}).value().count(), requests);
  EXPECT_EQ(read_service_work(store_, "prod", "shop", range, {}).value().operations.at(0).requests, requests);
}

TEST_F(ServiceFiguresTest, ARangeIsFitToItsData) {
  constexpr UnixNanos kTo = 1'795'262'400'000'000'000;
  constexpr std::int64_t kMinute = kNanosPerMinute;
  const auto minutes = [&](std::int64_t range, std::int64_t since) {
    const query::TimeRange fit = fit_to_data({kTo - range * kMinute, kTo}, kTo - since * kMinute, 5 * kMinute);
    EXPECT_EQ(fit.to_ns, kTo);
    return static_cast<double>(kTo - fit.from_ns) / kMinute;
  };
  EXPECT_EQ(minutes(60, 20), 22);
  EXPECT_EQ(minutes(60, 1), 5.5) << "five minutes at least";
  EXPECT_EQ(minutes(60, 59), 60) << "not before the range";
  EXPECT_EQ(minutes(60, 600), 60);
  EXPECT_EQ(minutes(2, 1), 2);
  EXPECT_EQ(minutes(60, -10), 5.5) << "data since a time that is to come";
}

// As a store that keeps less of what is older: a question about a long time is answered by the day or the hour.
class CoarseStats final : public store::StatsReader {
 public:
  explicit CoarseStats(store::StatsReader& stats) : stats_(stats) {}

  Result<query::StatsAnswer> read_stats(const query::StatsQuery& query, const store::ReadLimits& limits) override {
    VIZSLA_TRY(query::StatsAnswer answer, stats_.read_stats(query, limits));
    const std::int64_t length = query.time.to_ns - query.time.from_ns;
    const std::int64_t resolution = length > 3 * kNanosPerDay    ? kNanosPerDay
                                    : length > 5 * kNanosPerHour ? kNanosPerHour
                                    : length > kNanosPerHour     ? 10 * kNanosPerMinute
                                                                 : model::kStatsBucketNs;
    for (query::StatsGroup& group : answer.groups) {
      group.first_ns -= group.first_ns % resolution;
      group.last_ns += (resolution - group.last_ns % resolution) % resolution;
    }
    return answer;
  }

 private:
  store::StatsReader& stats_;
};

TEST_F(ServiceFiguresTest, OfAMonthItIsKnownWhoWasHeardOfFirstAndLast) {
  constexpr std::int64_t kHour = 3600;
  count({.service = "now", .ago_s = 20});
  count({.service = "a minute ago", .ago_s = 80, .hits = 1000});
  count({.service = "hours ago", .ago_s = 5 * kHour});
  count({.service = "days ago", .ago_s = std::int64_t{5} * 24 * kHour});
  CoarseStats coarse(store_);
  const UnixNanos now = clock_.now();
  const auto seen = list_seen(coarse, {now - 30 * kNanosPerDay, now}, {}).value();
  std::map<std::string, std::int64_t> ago_s;
  std::map<std::string, std::int64_t> since_s;
  for (const SeenService& service : seen) {
    ago_s[service.service] = (now - service.last_ns) / kNanosPerSecond;
    since_s[service.service] = (now - service.first_ns) / kNanosPerSecond;
  }
  ASSERT_EQ(ago_s.size(), 4U);
  EXPECT_LE(ago_s["now"], 20);
  EXPECT_NEAR(static_cast<double>(ago_s["a minute ago"]), 75, 6);
  EXPECT_NEAR(static_cast<double>(since_s["a minute ago"]), 85, 6) << "not since midnight";
  EXPECT_NEAR(static_cast<double>(since_s["hours ago"]), 5.5 * kHour, 0.51 * kHour);
  EXPECT_NEAR(static_cast<double>(since_s["days ago"]), 5.5 * 24 * kHour, 12.1 * kHour);
  EXPECT_NEAR(static_cast<double>(ago_s["hours ago"]), 4.5 * kHour, 0.51 * kHour);
  EXPECT_NEAR(static_cast<double>(ago_s["days ago"]), 4.5 * 24 * kHour, 12.1 * kHour);
}

}  // namespace
}  // namespace vizsla::assemble
