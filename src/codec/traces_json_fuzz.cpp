#include <cstddef>
#include <cstdint>

#include "codec/testing/check_batch.h"
#include "codec/traces_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vizsla::model::SpanBatch batch;
  std::vector<std::uint8_t> padded(data, data + size);
  padded.resize(size + vizsla::kPadding);
  const auto report = vizsla::codec::decode_traces_json({{padded.data(), size}}, batch);
  vizsla::codec::testing::check_batch(batch, report.has_value());

  vizsla::model::SpanBatch flat;
  const auto of_flat = vizsla::codec::decode_spans_json({{padded.data(), size}}, flat);
  vizsla::codec::testing::check_batch(flat, of_flat.has_value());
  return 0;
}
