#include "intake/config_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "intake/sha256.h"

namespace vizsla::intake {
namespace {

using ::testing::HasSubstr;
using Apply = codec::ConfigRequest::Apply;

codec::ConfigRequest tracer_of(std::string service, std::string env) {
  codec::ConfigRequest request;
  request.client_id = "a";
  request.service = std::move(service);
  request.env = std::move(env);
  request.products = {"ASM_DD", "APM_TRACING"};
  return request;
}

TracerConfig with_rate(double rate, std::uint64_t version = 7) {
  return {version, {{"shop", "prod", rate, {}}}};
}

std::string unpacked(std::string_view base64) {
  std::string bytes;
  EXPECT_TRUE(codec::decode_base64(base64, bytes));
  return bytes;
}

// The text of a field, up to the next quote.
std::string field(std::string_view json, std::string_view name) {
  const std::string key = "\"" + std::string(name) + "\":\"";
  const std::size_t at = json.find(key);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = json.substr(at + key.size());
  return std::string(rest.substr(0, rest.find('"')));
}

// The bytes as agent-protocol §3.3 has them; the hash is `sha256sum`'s.
TEST(ConfigAnswer, IsAListOfTargetsAndTheFile) {
  constexpr std::string_view kFile =
      R"({"schema_version":"v1.0.0","action":"enable","service_target":{"service":"shop","env":"e2e"},)"
      R"("lib_config":{"library_language":"all","library_version":"latest","tracing_sampling_rate":0.0}})";
  constexpr std::string_view kPath = "datadog/1/APM_TRACING/sampling-4d946372497b1d14/config";
  const std::string answer = answer_config(tracer_of("shop", "e2e"), {1795342822, {{"shop", "e2e", 0, {}}}}, "none");
  EXPECT_EQ(answer, std::string(R"({"targets":")") + field(answer, "targets") + R"(","target_files":[{"path":")" +
                        std::string(kPath) + R"(","raw":")" + codec::encode_base64(kFile) +
                        R"("}],"client_configs":[")" + std::string(kPath) + "\"]}");
  EXPECT_EQ(unpacked(field(answer, "targets")),
            std::string(R"({"signatures":[],"signed":{"_type":"targets","spec_version":"1.0",)"
                        R"("expires":"2100-01-01T00:00:00Z","version":1795342822,)"
                        R"("custom":{"opaque_backend_state":"e30="},"targets":{")") +
                std::string(kPath) +
                R"(":{"custom":{"v":1795342822},"hashes":{"sha256":)"
                R"("9d16c91cbc226bbbbb7278b2330eefd8ccf313853f8e93df8a9bb077f84cfc7b"},"length":188}}}})");
}

TEST(ConfigAnswer, IsNothingNewForWhoHasIt) {
  codec::ConfigRequest request = tracer_of("shop", "prod");
  const std::string first = answer_config(request, with_rate(0.5), "none");
  const std::string id = field(first, "path").substr(22, 25);
  ASSERT_THAT(id, ::testing::StartsWith("sampling-"));
  request.targets_version = 7;
  request.configs = {{id, "APM_TRACING", Apply::Acknowledged, ""}};
  EXPECT_EQ(answer_config(request, with_rate(0.5), "none"), "{}");
  // Also for one that couldn't apply it: it would be the same again.
  request.configs[0].apply = Apply::Error;
  EXPECT_EQ(answer_config(request, with_rate(0.5), "none"), "{}");
  EXPECT_NE(answer_config(request, with_rate(0.6, 8), "none"), "{}");
  request.configs[0].product = "ASM_DD";
  EXPECT_NE(answer_config(request, with_rate(0.5), "none"), "{}");
  // Another server gave it the same version, of something else.
  request.configs[0].product = "APM_TRACING";
  request.cached_files = {{field(first, "path"), sha256("something else")}};
  EXPECT_NE(answer_config(request, with_rate(0.5), "none"), "{}");
}

TEST(ConfigAnswer, LeavesOutAFileThatIsCached) {
  codec::ConfigRequest request = tracer_of("shop", "prod");
  const std::string first = answer_config(request, with_rate(0.5), "none");
  const std::string path = field(first, "path");
  request.cached_files = {{path, sha256(unpacked(field(first, "raw")))}};
  const std::string second = answer_config(request, with_rate(0.5), "none");
  EXPECT_EQ(second, R"({"targets":")" + field(first, "targets") + R"(","client_configs":[")" + path + "\"]}");
  // The same path, other bytes.
  EXPECT_THAT(answer_config(request, with_rate(0.6), "none"), HasSubstr("\"target_files\":[{\"path\":\"" + path));
}

TEST(ConfigAnswer, LeavesThoseAloneThatNothingIsSetFor) {
  const TracerConfig config = with_rate(0.5);
  EXPECT_EQ(answer_config(tracer_of("shop", "prod"), {7, {}}, "none"), "{}");
  EXPECT_EQ(answer_config(tracer_of("cart", "prod"), config, "none"), "{}");
  EXPECT_EQ(answer_config(tracer_of("shop", ""), config, "none"), "{}");
  codec::ConfigRequest other_product = tracer_of("shop", "prod");
  other_product.products = {"ASM_DD"};
  EXPECT_EQ(answer_config(other_product, config, "none"), "{}");
  // Rules that are none.
  EXPECT_EQ(answer_config(tracer_of("shop", "prod"), {7, {{"shop", "prod", {}, {{}}}}}, "none"), "{}");
}

TEST(ConfigAnswer, TakesBackWhatIsntSetAnyMore) {
  codec::ConfigRequest request = tracer_of("shop", "prod");
  request.targets_version = 7;
  for (const auto& [id, product] : {std::pair("sampling-0", "APM_TRACING"), std::pair("of another server", "ASM_DD")}) {
    request.configs = {{id, product, Apply::Acknowledged, ""}};
    const std::string answer = answer_config(request, {7, {}}, "none");
    EXPECT_EQ(answer, R"({"targets":")" + field(answer, "targets") + "\"}");
    EXPECT_THAT(unpacked(field(answer, "targets")), HasSubstr(R"("targets":{})"));
  }
}

TEST(ConfigAnswer, NamesServiceAndEnvAsTheTracerDoes) {
  const auto file_of = [](const codec::ConfigRequest& request, std::string_view default_env) {
    return unpacked(field(answer_config(request, with_rate(0.5), default_env), "raw"));
  };
  EXPECT_THAT(file_of(tracer_of("SHOP", "Prod"), "none"),
              HasSubstr(R"("service_target":{"service":"SHOP","env":"Prod"})"));
  EXPECT_THAT(file_of(tracer_of("shop", ""), "prod"), HasSubstr(R"("service_target":{"service":"shop","env":""})"));
  codec::ConfigRequest by_variables = tracer_of("shop", "prod");
  by_variables.capabilities = std::uint64_t{1} << codec::kCapabilitySdkConfiguration;
  EXPECT_THAT(file_of(by_variables, "none"), HasSubstr(R"("sdk_config":{"config":{"DD_TRACE_SAMPLE_RATE":"0.5"}})"));
}

}  // namespace
}  // namespace vizsla::intake
