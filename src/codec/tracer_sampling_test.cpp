#include "codec/tracer_sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/buffer.h"

namespace vizsla::codec {
namespace {

using model::TracerSampling;

Result<std::vector<TracerSampling>> decode(std::string_view text) {
  Buffer padded(text.begin(), text.end());
  padded.resize(text.size() + kPadding);
  return decode_tracer_sampling({Bytes(padded).first(text.size())});
}

std::string fault(std::string_view text) {
  const auto read = decode(text);
  return read ? "" : read.error().message;
}

constexpr std::string_view kList = R"([
  {"service": "shop", "env": "prod", "tracing_sampling_rate": 1, "tracing_sampling_rules": [
    {"service": "sh*", "name": "web.request", "resource": "GET /health", "tags": {"region": "eu-*"}, "sample_rate": 0},
    {"tags": [{"key": "team", "value_glob": "?"}], "sample_rate": 0.5}]},
  {"tracing_sampling_rules": []}])";

TEST(TracerSampling, IsReadAsAWhole) {
  const auto read = decode(kList);
  ASSERT_TRUE(read) << read.error().message;
  TracerSampling shop{"shop", "prod", 1.0, {}};
  shop.rules = {{"sh*", "web.request", "GET /health", {{"region", "eu-*"}}, 0}, {"*", "*", "*", {{"team", "?"}}, 0.5}};
  TracerSampling all;
  all.rules.emplace();
  EXPECT_THAT(*read, ::testing::ElementsAre(shop, all));
  EXPECT_EQ(decode(encode_tracer_sampling(*read)).value(), *read);
  EXPECT_TRUE(decode("[]").value().empty());
}

TEST(TracerSampling, NamesWhatIsWrong) {
  EXPECT_EQ(fault("{}"), "the document: expected a list, got an object");
  EXPECT_EQ(fault("[7]"), "[0]: expected an object, got 7");
  EXPECT_EQ(fault("[{}]"), "[0]: expected a field tracing_sampling_rate or tracing_sampling_rules");
  EXPECT_EQ(fault(R"([{"rate":1}])"),
            "[0]: 'rate' isn't known: expected service, env, tracing_sampling_rate, tracing_sampling_rules");
  EXPECT_EQ(fault(R"([{"tracing_sampling_rate":1},{"service":"a","tracing_sampling_rate":1.5}])"),
            "[1].tracing_sampling_rate: expected a number from 0 to 1, got 1.5");
  EXPECT_EQ(fault(R"([{"tracing_sampling_rate":"1"}])"),
            "[0].tracing_sampling_rate: expected a number from 0 to 1, got \"1\"");
  EXPECT_EQ(fault(R"([{"service":"","tracing_sampling_rate":1}])"), "[0].service: expected a text, got \"\"");
  EXPECT_EQ(fault(R"([{"tracing_sampling_rules":{}}])"), "[0].tracing_sampling_rules: expected a list, got an object");
  EXPECT_EQ(fault(R"([{"tracing_sampling_rules":[{"resource":"a"}]}])"),
            "[0].tracing_sampling_rules[0]: expected a field sample_rate");
  EXPECT_EQ(fault(R"([{"tracing_sampling_rules":[{"sample_rate":1},{"sample_rate":-1}]}])"),
            "[0].tracing_sampling_rules[1].sample_rate: expected a number from 0 to 1, got -1");
  EXPECT_EQ(fault(R"([{"tracing_sampling_rules":[{"max_per_second":1,"sample_rate":1}]}])"),
            "[0].tracing_sampling_rules[0]: 'max_per_second' isn't known: expected service, name, resource, tags, "
            "sample_rate");
  EXPECT_EQ(fault(R"([{"tracing_sampling_rules":[{"tags":[{"key":"a"}],"sample_rate":1}]}])"),
            "[0].tracing_sampling_rules[0].tags: expected key and value_glob, got an object");
  EXPECT_EQ(fault(R"([{"env":"a","tracing_sampling_rate":1},{"service":"*","env":"a","tracing_sampling_rate":0}])"),
            "[1]: service \"*\" in env \"a\" is there twice");
}

TEST(TracerSampling, IsNothingWithoutJson) {
  for (std::size_t size = 0; size < kList.size(); ++size)
    EXPECT_THAT(fault(kList.substr(0, size)), ::testing::StartsWith("not JSON: ")) << size;
  for (const char* number : {"NaN", "Infinity", "1e999"})
    EXPECT_NE(fault(std::string("[{\"tracing_sampling_rate\":") + number + "}]"), "") << number;
}

TEST(TracerSampling, HasLimits) {
  const auto many = [](std::size_t count, const auto& item) {
    std::string text = "[";
    for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + item(i);
    return text + "]";
  };
  const auto entry = [](std::size_t i) {
    return "{\"service\":\"" + std::to_string(i) + "\",\"tracing_sampling_rate\":1}";
  };
  EXPECT_EQ(decode(many(kTracerSamplingsMax, entry))->size(), kTracerSamplingsMax);
  EXPECT_EQ(decode(many(kTracerSamplingsMax + 1, entry)).error().code, ErrorCode::LimitExceeded);
  const auto rules = [&](std::size_t count) {
    return "[{\"tracing_sampling_rules\":" +
           many(count, [](std::size_t) { return std::string("{\"sample_rate\":1}"); }) + "}]";
  };
  EXPECT_TRUE(decode(rules(kSamplingRulesMax)));
  EXPECT_EQ(fault(rules(kSamplingRulesMax + 1)), "[0].tracing_sampling_rules: more than 100 rules");
  const auto tags = [&](std::size_t count) {
    const auto tag = [](std::size_t) { return std::string(R"({"key":"a","value_glob":"b"})"); };
    return R"([{"tracing_sampling_rules":[{"sample_rate":1,"tags":)" + many(count, tag) + "}]}]";
  };
  EXPECT_TRUE(decode(tags(kSamplingRuleTagsMax)));
  EXPECT_EQ(decode(tags(kSamplingRuleTagsMax + 1)).error().code, ErrorCode::LimitExceeded);
  const auto named = [](std::size_t bytes) {
    return "[{\"tracing_sampling_rate\":1,\"service\":\"" + std::string(bytes, 'x') + "\"}]";
  };
  EXPECT_TRUE(decode(named(kSamplingTextBytesMax)));
  EXPECT_EQ(fault(named(kSamplingTextBytesMax + 1)), "[0].service: 401 bytes are more than 400");
  EXPECT_NE(fault(std::string(100'000, '[')), "");
}

// The bytes as agent-protocol §3.3 has them.
TEST(TracerSampling, IsAFileOfApmTracing) {
  TracerSampling sampling = decode(kList)->front();
  EXPECT_EQ(encode_apm_tracing(sampling, {"Shop", ""}),
            R"({"schema_version":"v1.0.0","action":"enable","service_target":{"service":"Shop","env":""},)"
            R"("lib_config":{"library_language":"all","library_version":"latest","tracing_sampling_rate":1.0,)"
            R"("tracing_sampling_rules":[)"
            R"({"service":"sh*","name":"web.request","resource":"GET /health",)"
            R"("tags":[{"key":"region","value_glob":"eu-*"}],"sample_rate":0.0,"provenance":"customer"},)"
            R"({"service":"*","name":"*","resource":"*",)"
            R"("tags":[{"key":"team","value_glob":"?"}],"sample_rate":0.5,"provenance":"customer"}]}})");
  sampling.rules->clear();
  EXPECT_EQ(encode_apm_tracing(sampling, {"shop", "prod", true}),
            R"({"schema_version":"v1.0.0","action":"enable","service_target":{"service":"shop","env":"prod"},)"
            R"("lib_config":{"library_language":"all","library_version":"latest","tracing_sampling_rate":1.0},)"
            R"("sdk_config":{"config":{"DD_TRACE_SAMPLE_RATE":"1"}}})");
  sampling.sample_rate.reset();
  sampling.rules = {{"*", "*", "GET \"/\"", {{"a", "b"}}, 0.25}};
  EXPECT_THAT(
      encode_apm_tracing(sampling, {"shop", "prod", true}),
      ::testing::HasSubstr(R"("sdk_config":{"config":{"DD_TRACE_SAMPLING_RULES":"[{\"service\":\"*\",\"name\":\"*\",)"
                           R"(\"resource\":\"GET \\\"/\\\"\",\"tags\":{\"a\":\"b\"},\"sample_rate\":0.25,)"
                           R"(\"provenance\":\"customer\"}]"}})"));
}

}  // namespace
}  // namespace vizsla::codec
