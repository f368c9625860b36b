// No decoder and no stage allocates per span (docs/architecture.md): the program's allocations are counted here.

#include <gtest/gtest.h>

#include "bench/count_allocations.h"
#include "bench/decode_form.h"
#include "pipeline/trace_pipeline.h"

namespace vizsla::bench {
namespace {

constexpr std::int64_t kStart = 1'795'262'400'000'000'000;
constexpr std::size_t kPayloads = 4;  // of some 1,500 spans
constexpr std::uint64_t kPerPayloadMax = 40;

struct Form {
  std::string_view name;
  WireFormat format;
};

std::string name_of(const ::testing::TestParamInfo<Form>& info) {
  return std::string(info.param.name);
}

class Allocations : public ::testing::TestWithParam<Form> {};

TEST_P(Allocations, AreAFewPerPayloadHoweverManySpansItHas) {
  const auto format = GetParam().format;
  std::vector<std::string> bodies;
  std::size_t spans = 0;
  for (std::uint64_t p = 0; p < kPayloads; ++p) {
    std::vector<TrafficChunk> chunks;
    for (std::uint64_t r = 0; r < 70; ++r) {
      for (TrafficChunk& chunk : Traffic(1).request(p * 70 + r, kStart)) {
        spans += chunk.size();
        chunks.push_back(std::move(chunk));
      }
    }
    bodies.push_back(encode(chunks, format));
    bodies.back().resize(bodies.back().size() + kPadding);
  }
  pipeline::PipelineSettings settings;
  settings.filters.ignore_resources = {"^GET /health$"};
  settings.filters.filter_tags_reject = {"debug:true"};
  settings.replace_tags = {{"http.url", "token=[^&]*", "token=?"}};
  settings.global_tags = {{"zone", "a"}};
  auto pipeline = pipeline::TracePipeline::create(settings).value();
  pipeline::PayloadFacts facts{.language = "python",
                               .tracer_version = "4.16.0",
                               .container_id = "",
                               .default_env = "none",
                               .default_host = "box"};
  model::SpanBatch batch;
  model::StatsBatch stats;
  const auto process_all = [&] {
    for (const std::string& body : bodies) {
      batch.clear();
      const Bytes bytes = as_bytes(std::string_view(body).substr(0, body.size() - kPadding));
      ASSERT_TRUE(decode_form(format, bytes, batch));
      pipeline.process(batch, facts, kStart, stats);
    }
  };
  process_all();  // buffers grow
  const std::uint64_t before = allocations();
  process_all();
  const std::uint64_t made = allocations() - before;
  EXPECT_LE(made, kPerPayloadMax * kPayloads) << "for " << spans << " spans";
}

INSTANTIATE_TEST_SUITE_P(Forms, Allocations,
                         ::testing::Values(Form{"json", WireFormat::JsonV03}, Form{"v04", WireFormat::V04},
                                           Form{"v05", WireFormat::V05}, Form{"v07", WireFormat::V07},
                                           Form{"v1", WireFormat::V1}, Form{"agent", WireFormat::Agent},
                                           Form{"agent_idx", WireFormat::AgentIdx}),
                         name_of);

}  // namespace
}  // namespace vizsla::bench
