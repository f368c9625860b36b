#include "server/metrics.h"

#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::server {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, AreThePrometheusTextFormat) {
  MetricSources sources;
  sources.version = "1.2\"3\\4\n5";
  sources.intake.total = {
      .received = 10, .stored = 7, .refused = {{"trace_id_zero", 3}}, .altered = {{"service_empty", 1}}};
  sources.intake.payloads = {{"/v0.4/traces", "accepted", 2, 900}};
  sources.intake.stats_groups = {.received = 5, .stored = 4, .refused = {{"too_old", 1}}};
  sources.remote_config = {.unchanged = 8, .errors = 1, .clients = {0, 0, 6, 0}};
  sources.store.merge_cpu_ns = 1'500'000'000;
  sources.store.debt = {.blocks = 2, .rows = 30, .bytes = 400};
  const std::string text = metrics_text(sources);
  EXPECT_THAT(text, HasSubstr("vizsla_build_info{version=\"1.2\\\"3\\\\4\\n5\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("vizsla_spans_refused_total{reason=\"trace_id_zero\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("vizsla_stats_groups_stored_total 4\n"));
  EXPECT_THAT(text, HasSubstr("vizsla_stats_groups_refused_total{reason=\"too_old\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("vizsla_payload_bytes_total{route=\"/v0.4/traces\",outcome=\"accepted\"} 900\n"));
  EXPECT_THAT(text, HasSubstr("vizsla_remote_config_requests_total{outcome=\"unchanged\"} 8\n"));
  EXPECT_THAT(text, HasSubstr("vizsla_remote_config_errors_total 1\n"));
  EXPECT_THAT(text, HasSubstr("vizsla_remote_config_clients{state=\"applied\"} 6\n"));
  EXPECT_THAT(text, HasSubstr("vizsla_store_merge_cpu_seconds_total 1.5\n"));
  EXPECT_THAT(text, HasSubstr("vizsla_store_unmerged_spans 30\n"));

  // Each family has its help and its type, once, before its samples.
  const std::regex sample(R"re(^([a-z_]+)(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? [-+0-9.e]+$)re");
  std::istringstream lines(text);
  std::set<std::string> families;
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(family).second) << line;
      ASSERT_TRUE(std::getline(lines, line));
      EXPECT_TRUE(line.starts_with("# TYPE " + family + " ")) << line;
      const bool counts = line.ends_with(" counter");
      EXPECT_EQ(counts, family.ends_with("_total")) << line;
    } else {
      std::smatch parts;
      ASSERT_TRUE(std::regex_match(line, parts, sample)) << line;
      EXPECT_EQ(parts[1], family);
    }
  }
  EXPECT_GT(families.size(), 30u);
}

}  // namespace
}  // namespace vizsla::server
