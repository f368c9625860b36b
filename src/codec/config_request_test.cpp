#include "codec/config_request.h"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/buffer.h"

namespace vizsla::codec {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Apply = ConfigRequest::Apply;

Result<ConfigRequest> decode(std::string_view text) {
  Buffer padded(text.begin(), text.end());
  padded.resize(text.size() + kPadding);
  return decode_config_request({Bytes(padded).first(text.size())});
}

std::string vector_text(const std::string& name) {
  std::ifstream file(std::string(VIZSLA_VECTORS) + "/remote_config/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ConfigRequest, IsReadAsTracersSendIt) {
  struct Case {
    const char* file;
    const char* language;
    const char* version;
    bool sdk_configuration;
  };
  for (const auto& [file, language, version, sdk_configuration] :
       {Case{"python.json", "python", "4.16.0", false}, Case{"node.json", "node", "6.21.0", true},
        Case{"cpp.json", "cpp", "2.0.0", false}}) {
    const auto request = decode(vector_text(file));
    ASSERT_TRUE(request) << file << request.error().message;
    EXPECT_THAT(request->client_id, SizeIs(36)) << file;
    EXPECT_EQ(request->language, language);
    EXPECT_EQ(request->tracer_version, version);
    EXPECT_EQ(request->service, "shop") << file;
    EXPECT_EQ(request->env, "e2e") << file;
    EXPECT_THAT(request->products, ::testing::Contains("APM_TRACING")) << file;
    EXPECT_EQ(request->targets_version, 1795342822U) << file;
    EXPECT_FALSE(request->has_error) << file;
    constexpr int kSampleRate = 12;
    EXPECT_EQ(request->capabilities >> kSampleRate & 1, 1U) << file;
    EXPECT_EQ(request->capabilities >> kCapabilitySdkConfiguration & 1, sdk_configuration ? 1U : 0U) << file;
    ASSERT_THAT(request->configs, SizeIs(1)) << file;
    EXPECT_EQ(request->configs[0].id, "sampling-4d946372497b1d14") << file;
    EXPECT_EQ(request->configs[0].product, "APM_TRACING") << file;
    EXPECT_EQ(request->configs[0].apply, Apply::Acknowledged) << file;
  }
  const auto python = decode(vector_text("python.json")).value();
  ASSERT_THAT(python.cached_files, SizeIs(1));
  EXPECT_EQ(python.cached_files[0].path, "datadog/1/APM_TRACING/sampling-4d946372497b1d14/config");
  EXPECT_EQ(python.cached_files[0].sha256, "9d16c91cbc226bbbbb7278b2330eefd8ccf313853f8e93df8a9bb077f84cfc7b");
}

TEST(ConfigRequest, HasErrors) {
  const auto request = decode(R"({"client":{"state":{"has_error":true,"error":"no targets","config_states":[
      {"id":"a","product":"P","apply_state":3,"apply_error":"why"},{"apply_state":9},{}]}}})")
                           .value();
  EXPECT_TRUE(request.has_error);
  EXPECT_EQ(request.error, "no targets");
  ASSERT_THAT(request.configs, SizeIs(3));
  EXPECT_EQ(request.configs[0].apply, Apply::Error);
  EXPECT_EQ(request.configs[0].error, "why");
  EXPECT_EQ(request.configs[1].apply, Apply::Unknown);
  EXPECT_EQ(decode(R"({"client":{"state":{"has_error":false,"error":"an old one"}}})")->error, "");
}

TEST(ConfigRequest, TakesOddFieldsForMissingOnes) {
  for (const char* text :
       {R"({"client":{}})", R"({"client":{"client_tracer":7,"state":[],"products":{},"capabilities":"!"}})",
        R"({"client":{"client_tracer":{"service":null,"env":5},"state":{"targets_version":-1}}})",
        R"({"client":{"id":[]},"cached_target_files":"x","later":1})"}) {
    const auto request = decode(text);
    ASSERT_TRUE(request) << text << request.error().message;
    EXPECT_EQ(request->service + request->env + request->client_id, "") << text;
    EXPECT_EQ(request->targets_version, 0U) << text;
    EXPECT_EQ(request->capabilities, 0U) << text;
    EXPECT_THAT(request->products, IsEmpty()) << text;
  }
  EXPECT_THAT(decode(R"({"client":{"products":["A",1]}})")->products, ElementsAre("A", ""));
  // dd-trace-cpp names its one hash without a list; a hash of another kind is none that we know.
  EXPECT_EQ(decode(R"({"client":{},"cached_target_files":[{"hashes":{"algorithm":"sha256","hash":"ab"}}]})")
                ->cached_files.at(0)
                .sha256,
            "ab");
  EXPECT_EQ(decode(R"({"client":{},"cached_target_files":[{"hashes":[{"algorithm":"sha512","hash":"ab"}]}]})")
                ->cached_files.at(0)
                .sha256,
            "");
}

TEST(ConfigRequest, IsNothingWithoutAClient) {
  const auto fault = [](std::string_view text) {
    const auto request = decode(text);
    return request ? "" : request.error().message;
  };
  for (const char* text : {"{}", "[]", "7", R"({"client":null})", R"({"client":[]})"})
    EXPECT_EQ(fault(text), "client: expected an object") << text;
  const std::string whole = vector_text("node.json");
  for (std::size_t size = 0; size + 1 < whole.size(); size += 7)
    EXPECT_THAT(fault(whole.substr(0, size)), ::testing::StartsWith("not JSON: ")) << size;
}

TEST(ConfigRequest, HasLimits) {
  const auto listed = [](const std::string& before, const char* item, std::size_t count, const std::string& after) {
    std::string text = before;
    for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + std::string(item);
    return decode(text + after);
  };
  const auto states = [&](std::size_t count) {
    return listed(R"({"client":{"state":{"config_states":[)", "{}", count, "]}}}");
  };
  EXPECT_THAT(states(kConfigStatesMax)->configs, SizeIs(kConfigStatesMax));
  EXPECT_EQ(states(kConfigStatesMax + 1).error().code, ErrorCode::LimitExceeded);
  const auto files = [&](std::size_t count) {
    return listed(R"({"client":{},"cached_target_files":[)", "{}", count, "]}");
  };
  EXPECT_TRUE(files(kConfigStatesMax));
  EXPECT_EQ(files(kConfigStatesMax + 1).error().message, "cached_target_files: more than 1000");
  const auto products = [&](std::size_t count) { return listed(R"({"client":{"products":[)", "1", count, "]}}"); };
  EXPECT_TRUE(products(kConfigProductsMax));
  EXPECT_EQ(products(kConfigProductsMax + 1).error().code, ErrorCode::LimitExceeded);

  // Cut between characters.
  const std::string long_name = std::string(kConfigTextBytesMax - 1, 'x') + "é";
  EXPECT_EQ(decode(R"({"client":{"id":")" + long_name + R"("}})")->client_id, long_name.substr(0, 199));
}

}  // namespace
}  // namespace vizsla::codec
