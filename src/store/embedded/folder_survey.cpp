#include "store/embedded/folder_survey.h"

#include <fmt/format.h>

#include "store/embedded/span_table.h"
#include "store/embedded/stats_section.h"

namespace vizsla::store {

Result<FolderSurvey> survey_folder(Files& files, const std::string& folder, std::uint64_t segment_bytes) {
  FolderSurvey survey;
  auto spans = read_manifest(files, fmt::format("{}/{}", folder, span_schema().name));
  if (!spans && spans.error().code == ErrorCode::NotFound)
    return fail(ErrorCode::NotFound,
                fmt::format("no block has been written under {} yet, if it is a data folder", folder));
  if (!spans) return fail(spans.error());
  survey.spans = std::move(spans->manifest.blocks);
  survey.deletions = std::move(spans->manifest.deletions);
  auto kept = read_manifest(files, fmt::format("{}/{}", folder, kept_span_schema().name));
  if (!kept && kept.error().code != ErrorCode::NotFound) return fail(kept.error());
  if (kept) survey.kept = std::move(kept->manifest.blocks);

  auto stats = read_manifest(files, fmt::format("{}/{}", folder, stats_schema().name));
  if (!stats && stats.error().code != ErrorCode::NotFound) return fail(stats.error());
  if (stats) survey.stats = std::move(stats->manifest.blocks);

  VIZSLA_TRY(survey.use.free_bytes, files.free_bytes(folder));
  for (const BlockInfo& block : survey.spans) survey.use.block_bytes += bytes_of(block);
  for (const BlockInfo& block : survey.kept) survey.use.other_bytes += bytes_of(block);
  for (const BlockInfo& block : survey.stats) survey.use.stats_bytes += bytes_of(block);
  survey.use.other_bytes += survey.use.stats_bytes;
  for (const char* const name : {"log", "quarantine"}) {
    const auto entries = files.list(fmt::format("{}/{}", folder, name));
    if (!entries && entries.error().code != ErrorCode::NotFound) return fail(entries.error());
    if (!entries) continue;
    for (const Files::Entry& entry : *entries) survey.use.other_bytes += entry.size;
  }
  survey.use.reserve_bytes = space_reserve(survey.spans, segment_bytes);
  return survey;
}

}  // namespace vizsla::store
