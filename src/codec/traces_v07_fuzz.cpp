#include <cstddef>
#include <cstdint>

#include "codec/testing/check_batch.h"
#include "codec/traces_v07.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vizsla::model::SpanBatch batch;
  const auto report = vizsla::codec::decode_traces_v07({data, size}, batch);
  vizsla::codec::testing::check_batch(batch, report.has_value());
  return 0;
}
