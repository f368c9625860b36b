#include <cstddef>
#include <cstdint>

#include "codec/agent_payload.h"
#include "codec/testing/check_batch.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vizsla::model::SpanBatch batch;
  const auto report = vizsla::codec::decode_agent_payload({data, size}, batch);
  vizsla::codec::testing::check_batch(batch, report.has_value());
  return 0;
}
