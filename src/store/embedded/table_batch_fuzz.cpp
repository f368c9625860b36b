#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "model/span.h"
#include "store/embedded/live_reader.h"
#include "store/embedded/span_table.h"
#include "store/embedded/table_batch.h"

using namespace vizsla;
using namespace vizsla::store;

// Parses a section, and reads every row of one that parses.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Buffer section(size);
  std::copy(data, data + size, section.begin());
  const auto batch = TableBatch::parse(span_schema(), section, 1, 1, nullptr);
  if (!batch) return 0;
  model::SpanSet set;
  const ReadLimits no_limits;
  const ReadMemory memory(std::uint64_t{1} << 40);
  ReadGuard guard(no_limits, memory);
  SpanSink sink(set, guard);
  const RowRange all{0, batch->rows()};
  read_batch(*batch, {&all, 1}, Projection::everything(span_schema()), 0, sink);
  VIZSLA_CHECK(sink.finish());
  return 0;
}
