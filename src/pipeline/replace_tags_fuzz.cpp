#include <cstddef>
#include <cstdint>

#include <fuzzer/FuzzedDataProvider.h>

#include "base/check.h"
#include "model/testing/batch_builder.h"
#include "pipeline/replace_tags.h"

using namespace vizsla;

namespace {

template <class Column>
void check_tags(const model::SpanBatch& batch, const Column& tags) {
  VIZSLA_CHECK(tags.end.size() == batch.size());
  VIZSLA_CHECK(tags.key.size() == tags.value.size());
  std::uint32_t last = 0;
  for (const std::uint32_t end : tags.end) {
    VIZSLA_CHECK(end >= last);
    last = end;
  }
  VIZSLA_CHECK(last == tags.key.size());
  for (const auto key : tags.key) VIZSLA_CHECK(key < batch.strings.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto key = [&] {
    static constexpr const char* kKeys[] = {"*", "resource.name", "span.name", "env", "http.status_code", "a", "_b"};
    return std::string(input.PickValueInArray(kKeys));
  };
  std::vector<pipeline::ReplaceRule> rules;
  for (auto count = input.ConsumeIntegralInRange(0, 4); count > 0; --count)
    rules.push_back({key(), input.ConsumeRandomLengthString(20), input.ConsumeRandomLengthString(10)});
  model::testing::BatchBuilder builder;
  for (auto spans = input.ConsumeIntegralInRange(0, 4); spans > 0; --spans) {
    builder.span({.operation = "op",
                  .resource = "r" + input.ConsumeRandomLengthString(20),
                  .meta = {{key(), input.ConsumeRandomLengthString(20)}, {key(), input.ConsumeRandomLengthString(20)}},
                  .metrics = {{key(), input.ConsumeFloatingPoint<double>()}, {key(), input.ConsumeIntegral<int>()}},
                  .events = input.ConsumeBool() ? R"([{"attributes":{"a":"x1","n":200,"_b":"x"}}])"
                                                : input.ConsumeRandomLengthString(40)});
    if (input.ConsumeBool()) builder.chunk();
  }
  auto batch = builder.build_normalized();
  auto replacer = pipeline::TagReplacer::create(rules);
  if (!replacer) {
    VIZSLA_CHECK(!replacer.error().message.empty());
    return 0;
  }
  for (int round = 0; round < 2; ++round) {
    const std::size_t changes = replacer->process(batch);
    VIZSLA_CHECK(changes == 0 || !replacer->empty());
    check_tags(batch, batch.meta);
    check_tags(batch, batch.metrics);
    for (const auto value : batch.meta.value) VIZSLA_CHECK(value < batch.strings.size());
    for (const auto name : batch.resource) VIZSLA_CHECK(name != model::kEmptyString);
    for (const auto name : batch.operation) VIZSLA_CHECK(name != model::kEmptyString);
  }
  return 0;
}
