#include "pipeline/stats_limiter.h"

#include <map>
#include <random>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

using model::StatsBatch;
using model::StatsKey;
using model::StatsText;
using ::testing::Each;
using ::testing::ElementsAre;

constexpr UnixNanos kNow = 1'795'262'400'000'000'000;
constexpr auto kBlocked = model::kStatsBlockedValue;

struct Sent {
  std::string_view env = "prod";
  std::string_view service = "shop";
  std::string_view operation = "web.request";
  std::string_view resource = "GET /";
  std::string_view version{};
  std::string_view peers{};
  std::string_view host{};
};

void add(StatsBatch& batch, const Sent& sent) {
  StatsKey& key = batch.key.emplace_back();
  key.text(StatsText::Env) = batch.strings.intern(sent.env);
  key.text(StatsText::Service) = batch.strings.intern(sent.service);
  key.text(StatsText::Operation) = batch.strings.intern(sent.operation);
  key.text(StatsText::Resource) = batch.strings.intern(sent.resource);
  key.text(StatsText::Version) = batch.strings.intern(sent.version);
  key.text(StatsText::PeerTags) = batch.strings.intern(sent.peers);
  key.text(StatsText::Host) = batch.strings.intern(sent.host);
  key.text(StatsText::Type) = batch.strings.intern("web");
  batch.bucket_ns.push_back(kNow);
  batch.counts.push_back({.hits = 1});
  batch.ok_bins.push_back(0);
  batch.error_bins.push_back(0);
}

std::string text(const StatsBatch& batch, std::size_t row, StatsText which) {
  return std::string(batch.strings[batch.key[row].text(which)]);
}

StatsLimiterSettings settings_with(StatsLimit limit, std::uint32_t most) {
  StatsLimiterSettings settings;
  settings.most[static_cast<std::size_t>(limit)] = most;
  return settings;
}

std::uint64_t count_of(const StatsLimitReport& report, StatsLimit limit) {
  return report.rows[static_cast<std::size_t>(limit)];
}

TEST(StatsLimiterTest, LeavesWhatIsWithinLimitsAsItIs) {
  StatsLimiter limiter{{}};
  StatsBatch batch;
  for (int i = 0; i < 1000; ++i) add(batch, {.resource = fmt::format("GET /{}", i), .version = "1", .peers = "x:y"});
  const std::vector<StatsKey> before = batch.key;
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(limiter.apply(batch, kNow).rows, Each(0));
    EXPECT_EQ(batch.key, before);
  }
}

TEST(StatsLimiterTest, ResourcesBeyondTheLimitAreOne) {
  StatsLimiter limiter(settings_with(StatsLimit::Resources, 3));
  StatsBatch batch;
  for (int i = 0; i < 5; ++i) add(batch, {.resource = fmt::format("GET /{}", i), .version = "1", .peers = "x:y"});
  add(batch, {.operation = "queue.consume", .resource = "GET /4"});
  add(batch, {.service = "cart", .resource = "GET /4"});
  add(batch, {.resource = "GET /1"});
  const StatsLimitReport report = limiter.apply(batch, kNow);
  EXPECT_EQ(count_of(report, StatsLimit::Resources), 2U);
  EXPECT_EQ(report.first[static_cast<std::size_t>(StatsLimit::Resources)],
            "prod / shop / web.request / GET /3, version 1");
  std::vector<std::string> resources;
  for (std::size_t row = 0; row < batch.size(); ++row) resources.push_back(text(batch, row, StatsText::Resource));
  EXPECT_THAT(resources, ElementsAre("GET /0", "GET /1", "GET /2", kBlocked, kBlocked, "GET /4", "GET /4", "GET /1"))
      << "each operation has its own";
  EXPECT_EQ(text(batch, 3, StatsText::Operation), "web.request");
  EXPECT_EQ(text(batch, 3, StatsText::Version), "1");
  EXPECT_EQ(text(batch, 3, StatsText::Type), "web") << "so that it has an Apdex";
  EXPECT_EQ(text(batch, 3, StatsText::PeerTags), "") << "which may be as many";
  EXPECT_EQ(text(batch, 2, StatsText::PeerTags), "x:y");
}

TEST(StatsLimiterTest, WhatIsBelowAValueBeyondTheLimitGoesWithIt) {
  StatsLimiter limiter(settings_with(StatsLimit::Envs, 1));
  StatsBatch batch;
  add(batch, {});
  add(batch, {"test", "cart", "job", "run", "2"});
  EXPECT_EQ(count_of(limiter.apply(batch, kNow), StatsLimit::Envs), 1U);
  EXPECT_EQ(text(batch, 0, StatsText::Service), "shop");
  for (const StatsText which : {StatsText::Env, StatsText::Service, StatsText::Operation, StatsText::Resource})
    EXPECT_EQ(text(batch, 1, which), kBlocked);
  EXPECT_EQ(text(batch, 1, StatsText::Version), "");
}

TEST(StatsLimiterTest, EachEnvHasItsOwnServices) {
  StatsLimiter limiter(settings_with(StatsLimit::Services, 1));
  StatsBatch batch;
  add(batch, {});
  add(batch, {.env = "test", .service = "cart"});
  EXPECT_THAT(limiter.apply(batch, kNow).rows, Each(0));
}

TEST(StatsLimiterTest, ServicesOperationsAndVersions) {
  StatsLimiter limiter({.most = {10, 1, 1, 10, 1, 1000}});
  StatsBatch batch;
  add(batch, {.version = "1"});
  add(batch, {.service = "cart", .version = "1"});
  add(batch, {.operation = "job"});
  add(batch, {.version = "2"});
  const StatsLimitReport report = limiter.apply(batch, kNow);
  EXPECT_THAT(report.rows, ElementsAre(0, 1, 1, 0, 1, 0));
  EXPECT_EQ(text(batch, 1, StatsText::Env), "prod");
  EXPECT_EQ(text(batch, 1, StatsText::Service), kBlocked);
  EXPECT_EQ(text(batch, 1, StatsText::Resource), kBlocked);
  EXPECT_EQ(text(batch, 1, StatsText::Version), "");
  EXPECT_EQ(text(batch, 2, StatsText::Service), "shop");
  EXPECT_EQ(text(batch, 2, StatsText::Operation), kBlocked);
  EXPECT_EQ(text(batch, 3, StatsText::Resource), "GET /");
  EXPECT_EQ(text(batch, 3, StatsText::Version), kBlocked);
}

TEST(StatsLimiterTest, WhatIsNotUsedAnyMoreMakesRoom) {
  StatsLimiter limiter(settings_with(StatsLimit::Resources, 3));
  const auto passes = [&](std::string_view resource, UnixNanos now) {
    StatsBatch batch;
    add(batch, {.resource = resource});
    return limiter.apply(batch, now).rows == decltype(StatsLimitReport::rows){};
  };
  UnixNanos now = kNow;
  for (const char* resource : {"a", "b", "c"}) EXPECT_TRUE(passes(resource, now));
  EXPECT_FALSE(passes("d", now));
  now += kStatsLimitWindowNs;
  EXPECT_TRUE(passes("a", now)) << "comes again";
  EXPECT_FALSE(passes("d", now)) << "b and c may come again";
  EXPECT_TRUE(passes("b", now));
  now += kStatsLimitWindowNs;
  EXPECT_TRUE(passes("d", now)) << "c hasn't come for a whole window";
  EXPECT_FALSE(passes("c", now));
  EXPECT_TRUE(passes("a", now));
  now += 10 * kStatsLimitWindowNs;
  for (const char* resource : {"e", "f", "g"}) EXPECT_TRUE(passes(resource, now)) << "all is forgotten";
  EXPECT_FALSE(passes("a", now));
}

TEST(StatsLimiterTest, TooManyKeysAreOneForEachOperationThatIsKnown) {
  StatsLimiter limiter(settings_with(StatsLimit::Keys, 100));
  std::set<std::string> keys;
  std::uint64_t beyond = 0;
  for (int round = 0; round < 50; ++round) {
    StatsBatch batch;
    for (int i = 0; i < 20; ++i) {
      const std::string id = fmt::format("{}-{}", round, i);
      add(batch, {.service = i % 2 == 0 ? std::string_view("shop") : id,
                  .resource = i % 3 == 0 ? id : "GET /",
                  .peers = id,
                  .host = id});
    }
    beyond += count_of(limiter.apply(batch, kNow), StatsLimit::Keys);
    for (std::size_t row = 0; row < batch.size(); ++row) {
      std::string key;
      for (std::size_t i = 0; i < model::kStatsTexts; ++i)
        key += fmt::format("{}|", text(batch, row, static_cast<StatsText>(i)));
      keys.insert(key);
    }
  }
  EXPECT_EQ(beyond, 900U);
  EXPECT_LE(keys.size(), 110U);
  EXPECT_TRUE(keys.contains(fmt::format("prod|shop|web.request|{}|||||||||||", kBlocked)));
  EXPECT_TRUE(keys.contains(fmt::format("prod|{0}|{0}|{0}|||||||||||", kBlocked)));
}

// However values come, none has more children than its limit, and none that was let in is lost within a window.
TEST(StatsLimiterTest, NothingHasMoreThanItsLimit) {
  std::mt19937_64 random(11);
  StatsLimiter limiter({.most = {2, 3, 2, 4, 2, 100'000}});
  std::map<std::string, std::set<std::string>> children;  // of this window and the one before
  std::map<std::string, std::set<std::string>> before;
  for (int step = 0; step < 400; ++step) {
    const UnixNanos now = kNow + step * kStatsLimitWindowNs / 20;
    if (step % 20 == 0 && step > 0) before = std::exchange(children, {});
    StatsBatch batch;
    for (int i = 0; i < 30; ++i) {
      const auto any = [&](std::string_view what, std::uint64_t of) {
        return fmt::format("{}{}", what, random() % of);
      };
      add(batch, {any("env", 3), any("service", 5), any("operation", 3), any("resource", 8), any("", 3)});
    }
    limiter.apply(batch, now);
    for (std::size_t row = 0; row < batch.size(); ++row) {
      std::string path;
      for (const StatsText which : {StatsText::Env, StatsText::Service, StatsText::Operation, StatsText::Resource}) {
        const std::string value = text(batch, row, which);
        if (value == kBlocked) break;
        children[path].insert(value);
        path += "/" + value;
      }
    }
    constexpr std::size_t kMost[] = {2, 3, 2, 4};
    for (const auto& [path, values] : children) {
      std::set<std::string> both = values;
      both.merge(std::set<std::string>(before[path]));
      ASSERT_LE(both.size(), kMost[std::count(path.begin(), path.end(), '/')]) << path;
    }
  }
}

}  // namespace
}  // namespace vizsla::pipeline
