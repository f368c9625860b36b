#include "server/live_sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::server {
namespace {

TEST(SamplingDocument, HasPartsThatStandForThemselves) {
  const auto whole = decode_sampling_document(R"({"apm_tracing":[{"service":"shop","tracing_sampling_rate":0.5}],)"
                                              R"("apm_sampling":{"all_envs":{"errors_sampler_target_TPS":3}}})");
  ASSERT_TRUE(whole) << whole.error().message;
  ASSERT_EQ(whole->apm_tracing->size(), 1U);
  EXPECT_EQ(whole->apm_tracing->front().sample_rate, 0.5);
  EXPECT_EQ(whole->apm_sampling->all_envs.errors_sampler_target_tps, 3);
  const auto tracing = decode_sampling_document(R"({"apm_tracing":[]})");
  ASSERT_TRUE(tracing) << tracing.error().message;
  EXPECT_TRUE(tracing->apm_tracing->empty());
  EXPECT_FALSE(tracing->apm_sampling);
}

TEST(SamplingDocument, SaysWhatIsWrongAndWhere) {
  const auto fault = [](std::string_view json) {
    const auto read = decode_sampling_document(json);
    return read ? "" : read.error().message;
  };
  EXPECT_EQ(fault(R"({"apm_tracing":[{"tracing_sampling_rate":2}]})"),
            "apm_tracing: [0].tracing_sampling_rate: expected a number from 0 to 1, got 2");
  EXPECT_EQ(fault(R"({"apm_sampling":{"all_envs":7}})"), "apm_sampling: all_envs: expected an object, got 7");
  EXPECT_EQ(fault(R"({"tracing":[]})"), "'tracing' can't be set: expected apm_tracing or apm_sampling");
  EXPECT_EQ(fault("{}"), "nothing is set: expected apm_tracing or apm_sampling");
  EXPECT_THAT(fault("[]"), ::testing::StartsWith("expected a JSON object: "));
  EXPECT_THAT(fault(""), ::testing::StartsWith("expected a JSON object: "));
}

}  // namespace
}  // namespace vizsla::server
