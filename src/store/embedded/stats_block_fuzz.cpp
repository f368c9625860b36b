#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/check.h"
#include "store/embedded/stats_block.h"
#include "store/embedded/stats_check.h"
#include "store/embedded/stats_collector.h"

using namespace vizsla;
using namespace vizsla::store;

// A file of statistics, whose checksum nobody has looked at: what parses is read in each way there is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Buffer file(size);
  std::copy(data, data + size, file.begin());
  const auto block = StatsBlock::parse(file);
  if (!block) return 0;

  StatsBlockSource source(*block);
  std::size_t rows = 0;
  std::vector<StatsRow> read;
  std::deque<std::string> texts;
  for (std::size_t keys = 0; source.next(); ++keys) {
    VIZSLA_CHECK(keys < (*block)->keys().size());
    read.clear();
    source.rows(read, texts);
    rows += read.size();
    StatsRollUp(kNanosPerHour).add_up(read, texts);
  }
  VIZSLA_CHECK(rows == (*block)->rows());

  query::StatsQuery question;
  question.time = {0, 3 * kNanosPerHour};
  question.step_ns = (*block)->resolution_ns();
  question.group_by = {query::StatsField::Service, query::StatsField::HttpStatus};
  question.filters = {{query::StatsField::Env, {""}, true}};
  question.with_sketches = true;
  StatsCollector collector(question, question.time, question.step_ns);
  static_cast<void>(collector.add(**block));
  if (collector.note_sketches(**block, question.time)) collector.add_sketches();
  collector.take();

  BlockInfo info;
  info.resolution_ns = (*block)->resolution_ns();
  const StatsCheck check = check_stats_block(file, info);
  if (!check.failure) VIZSLA_CHECK(check.truth.rows == rows);
  return 0;
}
