#include "server/retention_command.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include <fmt/format.h>

#include "server/show_amounts.h"
#include "server/store_options.h"

namespace vizsla::server {
namespace {

constexpr int kExitFailed = 1;
// Blocks that are listed one by one.
constexpr std::size_t kBlocksListed = 20;

using store::BlockInfo;
using store::WhyGone;

std::string_view why_text(WhyGone why) {
  switch (why) {
    case WhyGone::Age:
      return "too old";
    case WhyGone::Cap:
      return "over the limit of bytes";
    case WhyGone::Reserve:
      return "too little is free";
  }
  return "";
}

// Some blocks, taken together.
struct Sum {
  std::uint64_t blocks = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;

  void add(const BlockInfo& block) {
    ++blocks;
    rows += block.rows;
    bytes += bytes_of(block);
  }

  [[nodiscard]] std::string text() const {
    return fmt::format("{} spans in {} block{}, {}", show_count(rows), show_count(blocks), blocks == 1 ? "" : "s",
                       show_bytes(bytes));
  }
};

std::string block_text(const BlockInfo& block, WhyGone why) {
  return fmt::format("  block {}: {} spans, {}, received {} to {}, of {} to {}: {}\n", block.id, show_count(block.rows),
                     show_bytes(bytes_of(block)), show_time(block.received_min), show_time(block.received_max),
                     show_time(block.time_min), show_time(block.time_max), why_text(why));
}

// When the block that comes next will be too old.
std::string next_text(const std::vector<const BlockInfo*>& staying, const store::RetentionOptions& options,
                      UnixNanos now) {
  if (options.age_ns == 0) return "nothing gets too old";
  if (staying.empty()) return "no block stays";
  const BlockInfo& next =
      **std::min_element(staying.begin(), staying.end(),
                         [](const BlockInfo* a, const BlockInfo* b) { return a->received_max < b->received_max; });
  const UnixNanos at = next.received_max + options.age_ns;
  return fmt::format("block {} with {} spans gets too old at {}, in {}", next.id, show_count(next.rows), show_time(at),
                     show_span_of_time(at - now));
}

}  // namespace

std::string retention_text(const store::FolderSurvey& survey, const store::RetentionOptions& options,
                           const std::string& folder, UnixNanos now) {
  std::map<std::uint64_t, const BlockInfo*> blocks;
  Sum all;
  Sum pinned;
  for (const BlockInfo& block : survey.spans) {
    blocks.emplace(block.id, &block);
    all.add(block);
  }
  for (const BlockInfo& block : survey.kept) pinned.add(block);

  const store::SpaceUse& use = survey.use;
  std::string text = fmt::format("In {}: {}\n", folder, all.text());
  text += fmt::format("  kept:    {}\n", options.age_ns == 0
                                             ? "for ever (retention.days: 0)"
                                             : fmt::format("{} (retention.days)", show_span_of_time(options.age_ns)));
  if (!survey.spans.empty()) {
    const BlockInfo& oldest =
        *std::min_element(survey.spans.begin(), survey.spans.end(),
                          [](const BlockInfo& a, const BlockInfo& b) { return a.received_min < b.received_min; });
    text += fmt::format("  oldest:  received {}, {} ago\n", show_time(oldest.received_min),
                        show_span_of_time(std::max<UnixNanos>(now - oldest.received_min, 0)));
  }
  text += fmt::format("  space:   {} in all of {} that may be taken ({})\n",
                      show_bytes(use.block_bytes + use.other_bytes), show_bytes(space_cap(options, use)),
                      options.cap_bytes == 0 ? "seven tenths of that and what is free" : "retention.max_bytes");
  text += fmt::format("  free:    {} on the disk, of which {} must stay\n", show_bytes(use.free_bytes),
                      show_bytes(use.reserve_bytes));
  if (pinned.blocks > 0) text += fmt::format("  pinned:  {}, which stay\n", pinned.text());
  if (!survey.stats.empty()) {
    std::uint64_t rows = 0;
    for (const BlockInfo& block : survey.stats) rows += block.rows;
    text += fmt::format("  beside:  {} rows of statistics, {}\n", show_count(rows), show_bytes(use.stats_bytes));
  }
  if (!survey.deletions.empty()) {
    text += fmt::format("  deleted: {} deletion{} that will make blocks smaller\n", survey.deletions.size(),
                        survey.deletions.size() == 1 ? "" : "s");
  }

  // As the store does it: what statistics have beyond their share goes before any span does.
  store::SpaceUse left = use;
  Sum stats_gone;
  for (const std::uint64_t id : plan_stats_retention(survey.stats, now, options, use)) {
    const BlockInfo& block = *std::find_if(survey.stats.begin(), survey.stats.end(),
                                           [&](const BlockInfo& candidate) { return candidate.id == id; });
    stats_gone.add(block);
    left.other_bytes -= std::min(left.other_bytes, bytes_of(block));
    left.free_bytes += bytes_of(block);
  }
  const std::vector<store::GoingBlock> going = plan_retention(survey.spans, now, options, left);
  std::map<WhyGone, Sum> by_reason;
  Sum gone;
  std::set<std::uint64_t> ids;
  for (const store::GoingBlock& block : going) {
    by_reason[block.why].add(*blocks.at(block.id));
    gone.add(*blocks.at(block.id));
    ids.insert(block.id);
  }
  std::vector<const BlockInfo*> staying;
  for (const BlockInfo& block : survey.spans) {
    if (!ids.contains(block.id)) staying.push_back(&block);
  }
  if (stats_gone.blocks > 0) {
    text += fmt::format("\nWould go now: {} rows of statistics, {}: they take more than a tenth\n",
                        show_count(stats_gone.rows), show_bytes(stats_gone.bytes));
  }
  if (going.empty()) {
    text += stats_gone.blocks > 0 ? "\nNo span would go now.\n" : "\nNothing would go now.\n";
  } else {
    text += fmt::format("\nWould go now: {}\n", gone.text());
    for (const auto& [why, sum] : by_reason) text += fmt::format("  {}: {}\n", why_text(why), sum.text());
    text += "\n";
    for (std::size_t i = 0; i < std::min(going.size(), kBlocksListed); ++i)
      text += block_text(*blocks.at(going[i].id), going[i].why);
    if (going.size() > kBlocksListed) text += fmt::format("  … and {} more\n", going.size() - kBlocksListed);
  }
  text += fmt::format("Then: {}.\n", next_text(staying, options, now));
  return text;
}

int show_retention(const Settings& settings) {
  const store::StoreOptions options = store_options(settings);
  const auto files = store::make_posix_files();
  const auto survey = store::survey_folder(*files, options.folder, options.segment_bytes);
  if (!survey) {
    fmt::print(stderr, "vizsla: {}\n", survey.error().message);
    return kExitFailed;
  }
  fmt::print("{}", retention_text(*survey, options.retention, options.folder, SystemClock().now()));
  return 0;
}

}  // namespace vizsla::server
