#include "codec/sampling_config.h"

#include <gtest/gtest.h>

#include "base/buffer.h"

namespace vizsla::codec {
namespace {

Result<model::RemoteSampling> decode(std::string_view text) {
  Buffer padded(text.begin(), text.end());
  padded.resize(text.size() + kPadding);
  return decode_sampling_config({Bytes(padded).first(text.size())});
}

std::string fault(std::string_view text) {
  const auto read = decode(text);
  return read ? "" : read.error().message;
}

TEST(SamplingConfig, IsReadAsAWhole) {
  const auto read = decode(R"({
    "all_envs": {"priority_sampler_target_TPS": 5, "errors_sampler_target_TPS": 0.5, "rare_sampler_enabled": true},
    "by_env": [
      {"env": "prod", "config": {"priority_sampler_target_TPS": 1e2}},
      {"config": {"rare_sampler_enabled": false}, "env": ""}
    ]})");
  ASSERT_TRUE(read) << read.error().message;
  model::RemoteSampling expected;
  expected.all_envs = {5, 0.5, true};
  expected.by_env = {{"prod", {100, {}, {}}}, {"", {{}, {}, false}}};
  EXPECT_EQ(*read, expected);
  EXPECT_EQ(decode(encode_sampling_config(*read)).value(), expected);
}

TEST(SamplingConfig, MayLeaveEverythingOut) {
  for (
      const char* text :
      {"{}", R"({"all_envs":null,"by_env":null})", R"({"all_envs":{},"by_env":[]})",
       R"({"all_envs":{"priority_sampler_target_TPS":null,"errors_sampler_target_TPS":null,"rare_sampler_enabled":null}})",
       R"({"version":3,"all_envs":{"later":[1]}})"}) {
    const auto read = decode(text);
    ASSERT_TRUE(read) << text << read.error().message;
    EXPECT_EQ(*read, model::RemoteSampling{}) << text;
  }
  EXPECT_EQ(decode(R"({"by_env":[{"env":"prod"}]})")->by_env.at(0).config, model::SamplingOverrides{});
}

TEST(SamplingConfig, NamesTheValueThatIsWrong) {
  EXPECT_EQ(fault(R"({"all_envs":{"priority_sampler_target_TPS":-1}})"),
            "all_envs.priority_sampler_target_TPS: expected a number from 0 to 1000000, got -1");
  EXPECT_EQ(fault(R"({"by_env":[{"env":"a"},{"env":"b","config":{"errors_sampler_target_TPS":1000000.5}}]})"),
            "by_env[1].config.errors_sampler_target_TPS: expected a number from 0 to 1000000, got 1000000.5");
  EXPECT_EQ(fault(R"({"all_envs":{"errors_sampler_target_TPS":"NaN"}})"),
            "all_envs.errors_sampler_target_TPS: expected a number from 0 to 1000000, got \"NaN\"");
  EXPECT_EQ(fault(R"({"all_envs":{"errors_sampler_target_TPS":[[[]]]}})"),
            "all_envs.errors_sampler_target_TPS: expected a number from 0 to 1000000, got a list");
  EXPECT_EQ(fault(R"({"all_envs":{"rare_sampler_enabled":1}})"),
            "all_envs.rare_sampler_enabled: expected true or false, got 1");
  EXPECT_EQ(fault(R"({"all_envs":7})"), "all_envs: expected an object, got 7");
  EXPECT_EQ(fault(R"({"by_env":{}})"), "by_env: expected a list, got an object");
  EXPECT_EQ(fault(R"({"by_env":[null]})"), "by_env[0]: expected an object, got null");
  EXPECT_EQ(fault(R"({"by_env":[{"config":{}}]})"), "by_env[0]: expected a field env");
  EXPECT_EQ(fault(R"({"by_env":[{"env":7}]})"), "by_env[0].env: expected a text, got 7");
  EXPECT_EQ(fault(R"({"by_env":[{"env":"a"},{"env":"b"},{"env":"a"}]})"),
            "by_env: the environment \"a\" is there twice");
  EXPECT_EQ(fault("[]"), "the document: expected an object, got a list");
}

TEST(SamplingConfig, IsNothingWithoutJson) {
  const std::string_view whole = R"({"all_envs":{"priority_sampler_target_TPS":5},"by_env":[{"env":"prod"}]})";
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(fault(whole.substr(0, size)), "") << size;
  EXPECT_EQ(fault(whole), "");
  // No number of JSON's, or one that is no double.
  for (const char* number : {"NaN", "Infinity", "1e999", "-1e999", "0x5", "+1"})
    EXPECT_NE(fault(std::string("{\"all_envs\":{\"priority_sampler_target_TPS\":") + number + "}}"), "") << number;
}

TEST(SamplingConfig, HasLimits) {
  const auto with = [](std::size_t environments) {
    std::string text = "{\"by_env\":[";
    for (std::size_t i = 0; i < environments; ++i)
      text += (i == 0 ? "" : ",") + ("{\"env\":\"" + std::to_string(i) + "\"}");
    return text + "]}";
  };
  EXPECT_EQ(decode(with(kSamplingEnvsMax))->by_env.size(), kSamplingEnvsMax);
  EXPECT_EQ(decode(with(kSamplingEnvsMax + 1)).error().code, ErrorCode::LimitExceeded);
  const auto named = [](std::size_t bytes) { return "{\"by_env\":[{\"env\":\"" + std::string(bytes, 'x') + "\"}]}"; };
  EXPECT_TRUE(decode(named(kSamplingEnvBytesMax)));
  EXPECT_EQ(fault(named(kSamplingEnvBytesMax + 1)), "by_env[0].env: 401 bytes are more than 400");
  EXPECT_NE(fault(std::string(100'000, '[')), "");
}

}  // namespace
}  // namespace vizsla::codec
