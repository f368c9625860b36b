#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "store/embedded/span_table.h"
#include "store/embedded/stats_block.h"
#include "store/embedded/stats_live.h"
#include "store/embedded/stats_section.h"
#include "store/embedded/table_batch.h"

using namespace vizsla;
using namespace vizsla::store;

// The body of a frame: its sections are found, and the statistics of those that are sound are added up and written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Buffer body(size);
  std::copy(data, data + size, body.begin());
  const auto sections = find_sections(body);
  if (!sections) return 0;
  for (const SectionPlace& place : *sections) {
    if (place.table_id != stats_schema().id) continue;
    const auto section = TableBatch::parse(stats_schema(), place.bytes, 1, 1, nullptr);
    if (!section || !check_stats(*section)) continue;
    const auto live = std::make_shared<StatsLive>();
    live->add(*section);
    VIZSLA_CHECK(live->rows() <= section->rows());
    std::vector<std::unique_ptr<StatsSource>> sources;
    sources.push_back(make_live_source(live, false));
    std::uint64_t rows = 0;
    const auto take = [&](const StatsKeyTexts& key, const std::vector<StatsRow>& of_key) -> Result<void> {
      rows += of_key.size();
      // One key is a block, unless its rows are too far from each other for one.
      if ((of_key.back().bucket_ns - of_key.front().bucket_ns) / model::kStatsBucketNs > StatsBlockWriter::kBucketsMax)
        return {};
      StatsBlockWriter writer(model::kStatsBucketNs, false);
      writer.add(key, of_key);
      const Buffer file = writer.finish();
      const auto block = StatsBlock::parse(file);
      VIZSLA_CHECK(block.has_value());
      VIZSLA_CHECK((*block)->rows() == of_key.size());
      return {};
    };
    VIZSLA_CHECK(merge_stats(sources, model::kStatsBucketNs, take));
    VIZSLA_CHECK(rows == live->rows());
  }
  return 0;
}
