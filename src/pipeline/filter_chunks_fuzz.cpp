#include <cstddef>
#include <cstdint>

#include <fuzzer/FuzzedDataProvider.h>

#include "base/check.h"
#include "model/testing/batch_builder.h"
#include "pipeline/filter_chunks.h"

using namespace vizsla;
using pipeline::ChunkVerdict;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  pipeline::ChunkFilterSettings settings;
  for (auto* list : {&settings.ignore_resources, &settings.filter_tags_require, &settings.filter_tags_reject,
                     &settings.filter_tags_regex_require, &settings.filter_tags_regex_reject}) {
    for (auto entries = input.ConsumeIntegralInRange(0, 2); entries > 0; --entries)
      list->push_back(input.ConsumeRandomLengthString(30));
  }
  model::testing::BatchBuilder builder;
  for (auto spans = input.ConsumeIntegralInRange(0, 5); spans > 0; --spans) {
    builder.span({.span = input.ConsumeIntegralInRange<std::uint64_t>(1, 4),
                  .parent = input.ConsumeIntegralInRange<std::uint64_t>(0, 4),
                  .resource = input.ConsumeRandomLengthString(20),
                  .meta = {{input.ConsumeRandomLengthString(5), input.ConsumeRandomLengthString(10)},
                           {input.ConsumeRandomLengthString(5), input.ConsumeRandomLengthString(10)}}});
    if (input.ConsumeBool()) builder.chunk();
  }
  const auto batch = builder.build();
  auto filter = pipeline::ChunkFilter::create(settings);
  if (!filter) {
    VIZSLA_CHECK(!filter.error().message.empty());
    return 0;
  }
  const auto verdicts = filter->process(batch);
  VIZSLA_CHECK(verdicts.size() == batch.chunk_end.size());
  for (const ChunkVerdict verdict : verdicts) VIZSLA_CHECK(verdict == ChunkVerdict::Kept || !filter->empty());
  return 0;
}
