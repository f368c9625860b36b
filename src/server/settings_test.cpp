#include "server/settings.h"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string error_of(std::string_view yaml) {
  SettingsBuilder builder;
  if (const auto read = builder.read_yaml(yaml, "vizsla.yaml"); !read) return read.error().message;
  const auto settings = builder.build();
  return settings ? "none" : settings.error().message;
}

TEST(Settings, HaveDefaultsThatWork) {
  const auto settings = SettingsBuilder().build();
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->data_dir, "./data");
  EXPECT_EQ(to_string(settings->apm_listen.at(0)), "127.0.0.1:8126");
  EXPECT_EQ(to_string(settings->http_listen), "127.0.0.1:8127");
  EXPECT_EQ(settings->env, "none");
  EXPECT_EQ(settings->apm_body_bytes_max, 26'214'400u);
  EXPECT_TRUE(settings->log_sync);
}

TEST(Settings, AreReadFromNestedYaml) {
  SettingsBuilder builder;
  ASSERT_TRUE(builder.read_yaml(
      "env: Prod\napm:\n  listen: ['127.0.0.1:1', '[::1]:2']\n  max_body_bytes: 50 MiB\nlog:\n  sync: never\nhttp:\n",
      "f"));
  const auto settings = builder.build();
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->env, "prod");
  ASSERT_EQ(settings->apm_listen.size(), 2u);
  EXPECT_EQ(to_string(settings->apm_listen[1]), "[::1]:2");
  EXPECT_EQ(settings->apm_body_bytes_max, 50u << 20);
  EXPECT_FALSE(settings->log_sync);
}

TEST(Settings, NameTheKeyAndTheLineOfWhatIsWrong) {
  EXPECT_EQ(error_of("env: x\nenvv: y\n"), "vizsla.yaml, line 2: there is no setting 'envv'; did you mean 'env'?");
  EXPECT_EQ(error_of("apm:\n  lisen: x\n"),
            "vizsla.yaml, line 2: there is no setting 'apm.lisen'; did you mean 'apm.listen'?");
  EXPECT_EQ(error_of("\n\nserver:\n  threads: many\n"),
            "vizsla.yaml, line 4: server.threads: 'many' is no whole number");
  EXPECT_EQ(error_of("server:\n  threads: 0\n"), "vizsla.yaml, line 2: server.threads: 0 is out of range: 1 to 256");
  EXPECT_EQ(error_of("server: 5\n"), "vizsla.yaml, line 1: expected keys and values");
  EXPECT_EQ(error_of("env: [a]\n"), "vizsla.yaml, line 1: env takes text");
  EXPECT_EQ(error_of("log:\n  sync: sometimes\n"),
            "vizsla.yaml, line 2: log.sync: 'sometimes' is none of: always, never");
  EXPECT_EQ(error_of("apm:\n  max_body_bytes: 3 parsecs\n"),
            "vizsla.yaml, line 2: apm.max_body_bytes: '3 parsecs' is no size: expected a number of bytes, or one with "
            "KiB, MiB or GiB");
  EXPECT_THAT(error_of("apm:\n  listen: [nowhere]\n"), HasSubstr("line 2: apm.listen: 'nowhere' is no address"));
  EXPECT_THAT(error_of("a: [\n"), HasSubstr("vizsla.yaml, line"));
  EXPECT_EQ(error_of(""), "none");
}

TEST(Settings, SayHowLongSpansAreKept) {
  const auto age_of = [](std::string_view days) {
    SettingsBuilder builder;
    EXPECT_TRUE(builder.set_from_flag("retention.days", days, "--set"));
    return builder.build().map([](const Settings& settings) { return settings.retention_age; });
  };
  using std::chrono::hours;
  EXPECT_EQ(SettingsBuilder().build()->retention_age, hours(30 * 24));
  EXPECT_EQ(*age_of("0"), hours(0));
  EXPECT_EQ(*age_of("0.25"), hours(6));
  EXPECT_EQ(*age_of("36500"), hours(36'500 * 24));
  EXPECT_GT(age_of("0.00000000000000000001")->count(), 0) << "0 is for ever";
  EXPECT_EQ(age_of("-1").error().message, "--set: retention.days: -1 is out of range: 0 to 36500");
  for (const char* wrong : {"36501", "nan", "inf", "1e3", "a month", "1 d"}) EXPECT_FALSE(age_of(wrong)) << wrong;
  EXPECT_EQ(error_of("retention: {max_bytes: 1 TiB}\n"), "none");
}

TEST(Settings, StatisticsAreKeptLongerTheCoarserTheyAre) {
  using std::chrono::hours;
  const Settings settings = SettingsBuilder().build().value();
  EXPECT_EQ(settings.statistics_keep_10s, hours(3 * 24));
  EXPECT_EQ(settings.statistics_keep_1m, hours(30 * 24));
  EXPECT_EQ(settings.statistics_keep_1h, hours(456 * 24));
  EXPECT_EQ(error_of("statistics: {keep_10s_days: 0.5}\n"), "none");
  EXPECT_EQ(error_of("statistics: {keep_10s_days: 0, keep_1m_days: 0, keep_1h_days: 0}\n"), "none");
  EXPECT_THAT(error_of("statistics: {keep_10s_days: 31}\n"), HasSubstr("statistics.keep_1m_days: it must be no less"));
  EXPECT_THAT(error_of("statistics: {keep_10s_days: 0}\n"), HasSubstr("statistics.keep_1m_days: it must be no less"));
  EXPECT_THAT(error_of("statistics: {keep_1m_days: 0}\n"), HasSubstr("statistics.keep_1h_days: it must be no less"));
}

TEST(Settings, TakeTheAgentsVariablesAndOurs) {
  SettingsBuilder builder;
  ASSERT_TRUE(builder.read_environment([](const char* name) -> const char* {
    const std::string_view text = name;
    if (text == "DD_ENV") return "from-dd";
    if (text == "VIZSLA_APM_LISTEN") return "127.0.0.1:1, 127.0.0.1:2";
    if (text == "DD_HOSTNAME") return "theirs";
    if (text == "VIZSLA_HOSTNAME") return "ours";
    return nullptr;
  }));
  const auto settings = builder.build();
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->env, "from-dd");
  EXPECT_EQ(settings->hostname, "ours");
  EXPECT_EQ(settings->apm_listen.size(), 2u);
}

TEST(Settings, TakeADatadogYamlAsItIs) {
  SettingsBuilder builder;
  const auto read = builder.read_agent_yaml(
      "api_key: abc\nenv: Prod\nlogs_enabled: true\nprocess_config: {enabled: 'true'}\n"
      "apm_config:\n  enabled: true\n  receiver_port: 9126\n  ignore_resources: ['^GET /health$']\n"
      "  filter_tags: {reject: ['team:test']}\n  replace_tags:\n    - {name: a, pattern: b, repl: c}\n"
      "  obfuscation:\n    redis: {enabled: false}\n    unheard_of: {x: 1}\n",
      "datadog.yaml");
  ASSERT_TRUE(read) << read.error().message;
  const auto settings = builder.build();
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->env, "prod");
  EXPECT_EQ(to_string(settings->apm_listen.at(0)), "127.0.0.1:9126");
  EXPECT_THAT(settings->pipeline.filters.ignore_resources, ElementsAre("^GET /health$"));
  EXPECT_THAT(settings->pipeline.filters.filter_tags_reject, ElementsAre("team:test"));
  ASSERT_EQ(settings->pipeline.replace_tags.size(), 1u);
  EXPECT_EQ(settings->pipeline.replace_tags[0].replacement, "c");
  EXPECT_FALSE(settings->pipeline.obfuscation.redis);
  EXPECT_THAT(error_of("apm_config: {ignore_resources: ['(']}\n"), HasSubstr("ignore_resources"));
}

TEST(Settings, TakeSamplingOfTracersWithItsNumbers) {
  SettingsBuilder builder;
  const auto read = builder.read_yaml(
      "remote_config:\n  apm_tracing:\n    - service: shop\n      env: \"1\"\n      tracing_sampling_rate: 0.25\n"
      "      tracing_sampling_rules:\n        - {resource: GET /health, sample_rate: 0}\n",
      "vizsla.yaml");
  ASSERT_TRUE(read) << read.error().message;
  auto settings = builder.build();
  ASSERT_TRUE(settings) << settings.error().message;
  ASSERT_EQ(settings->tracer_sampling.size(), 1u);
  EXPECT_EQ(settings->tracer_sampling[0].sample_rate, 0.25);
  EXPECT_EQ(settings->tracer_sampling[0].env, "1") << "what is in quotes is a text";
  EXPECT_EQ(settings->tracer_sampling[0].rules->at(0).sample_rate, 0);
  ASSERT_TRUE(builder.set_from_flag("remote_config.apm_tracing", R"([{"tracing_sampling_rate":1}])", "--set"));
  settings = builder.build();
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->tracer_sampling.at(0).service, "*");
  EXPECT_THAT(error_of("remote_config:\n  apm_tracing: [{service: shop, tracing_sampling_rate: 2}]\n"),
              HasSubstr("line 2: remote_config.apm_tracing: [0].tracing_sampling_rate: expected a number from 0 to 1"));
}

TEST(Settings, LetFlagsWin) {
  SettingsBuilder builder;
  ASSERT_TRUE(builder.read_yaml("env: a\napm: {listen: ['127.0.0.1:1']}", "f"));
  ASSERT_TRUE(builder.set_from_flag("env", "b", "--set"));
  ASSERT_TRUE(builder.set_from_flag("apm.listen", "127.0.0.1:3", "--apm-listen"));
  ASSERT_TRUE(builder.set_from_flag("apm.listen", "127.0.0.1:4", "--apm-listen"));
  const auto settings = builder.build();
  EXPECT_EQ(settings->env, "b");
  std::vector<int> ports;
  for (const auto& address : settings->apm_listen) ports.push_back(address.port);
  EXPECT_THAT(ports, ElementsAre(3, 4));
  EXPECT_FALSE(builder.set_from_flag("nothing", "x", "--set"));
}

TEST(Settings, TakeTheAgentsFeaturesWithCommasOrBlanks) {
  static const char* features = nullptr;
  for (const char* text :
       {"table_names,keep_sql_alias", "table_names keep_sql_alias", " table_names, keep_sql_alias"}) {
    features = text;
    SettingsBuilder builder;
    ASSERT_TRUE(builder.read_environment(
        [](const char* name) { return std::string_view(name) == "DD_APM_FEATURES" ? features : nullptr; }));
    const auto settings = builder.build();
    ASSERT_TRUE(settings) << settings.error().message;
    const auto& sql = settings->pipeline.obfuscation.sql;
    EXPECT_TRUE(sql.table_names && sql.keep_sql_alias && !sql.dollar_quoted_func) << text;
  }
}

TEST(Settings, SayWhichExpressionDoesNotCompileAndWhereItStands) {
  EXPECT_THAT(error_of("env: a\napm_config:\n  ignore_resources: [\"(GET\"]\n"),
              AllOf(HasSubstr("line 3: apm_config.ignore_resources, \"(GET\""), HasSubstr("missing )")));
  EXPECT_THAT(error_of("apm_config:\n  replace_tags:\n    - {name: a, pattern: \"[\", repl: b}\n"),
              HasSubstr("line 2: apm_config.replace_tags, rule 1"));
  EXPECT_THAT(error_of("apm_config:\n  filter_tags_regex:\n    reject: [\"a:(\"]\n"),
              HasSubstr("line 3: apm_config.filter_tags_regex.reject, \"a:(\""));
}

TEST(Settings, TakeTagsForEverySpan) {
  SettingsBuilder builder;
  ASSERT_TRUE(
      builder.read_agent_yaml("tags:\n  - team:blue\n  - \"a, b:c d\"\n  - env:Staging\n  - bare\n", "datadog.yaml"));
  auto settings = builder.build();
  ASSERT_TRUE(settings) << settings.error().message;
  std::vector<std::string> tags;
  for (const auto& tag : settings->pipeline.global_tags) tags.push_back(tag.key + "=" + tag.value);
  EXPECT_THAT(tags, ElementsAre("team=blue", "a, b=c d", "bare="));
  EXPECT_EQ(settings->env, "staging");
  ASSERT_TRUE(builder.set_from_flag("env", "prod", "--env"));
  EXPECT_EQ(builder.build()->env, "prod");
  EXPECT_THAT(error_of("tags: [\":x\"]\n"), HasSubstr("has no key"));
}

TEST(Settings, TakeLogLevelsAsTheAgentWritesThem) {
  for (const auto& [text, level] : {std::pair{"debug", log::Level::Debug},
                                    {"TRACE", log::Level::Debug},
                                    {"Warning", log::Level::Warn},
                                    {"critical", log::Level::Error},
                                    {"off", log::Level::Off}}) {
    SettingsBuilder builder;
    ASSERT_TRUE(builder.set_from_flag("log_level", text, "--log-level"));
    EXPECT_EQ(builder.build()->log_level, level) << text;
  }
  EXPECT_THAT(error_of("log_level: loud\n"), HasSubstr("none of debug"));
}

TEST(Settings, RefuseToShowEverybodyEverything) {
  EXPECT_THAT(error_of("http:\n  listen: 0.0.0.0:8127\n"), HasSubstr("nobody has to log in"));
  EXPECT_EQ(error_of("http:\n  listen: 0.0.0.0:8127\n  allow_remote: true\n"), "none");
  EXPECT_EQ(error_of("apm:\n  listen: 0.0.0.0:8126\n"), "none");
}

TEST(Settings, AreDocumentedAsTheyAre) {
  std::ifstream file(VIZSLA_SOURCE_DIR "/docs/settings.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(text == settings_markdown()) << "run: build/vizsla check-config --markdown > docs/settings.md";
}

}  // namespace
}  // namespace vizsla::server
