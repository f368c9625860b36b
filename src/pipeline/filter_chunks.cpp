#include "pipeline/filter_chunks.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {

std::string_view to_string(ChunkVerdict verdict) {
  static constexpr std::array<std::string_view, kChunkVerdicts> kNames{"kept", "ignored_resource", "rejected_tag",
                                                                       "missing_tag"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Result<ChunkFilter> ChunkFilter::create(const ChunkFilterSettings& settings) {
  ChunkFilter filter;
  for (const std::string& pattern : settings.ignore_resources) {
    auto regex = Regex::compile(pattern);
    if (!regex) return fail(regex.error().with_context(fmt::format("ignore_resources, \"{}\"", pattern)));
    filter.resources_.push_back(*std::move(regex));
  }
  VIZSLA_TRY_VOID(add_tags(settings.filter_tags_reject, "filter_tags.reject", false, filter.reject_));
  VIZSLA_TRY_VOID(add_tags(settings.filter_tags_regex_reject, "filter_tags_regex.reject", true, filter.reject_));
  VIZSLA_TRY_VOID(add_tags(settings.filter_tags_require, "filter_tags.require", false, filter.require_));
  VIZSLA_TRY_VOID(add_tags(settings.filter_tags_regex_require, "filter_tags_regex.require", true, filter.require_));
  return filter;
}

Result<void> ChunkFilter::add_tags(const std::vector<std::string>& entries, std::string_view setting, bool regex,
                                   std::vector<TagFilter>& into) {
  for (const std::string& entry : entries) {
    auto tag = parse_tag(entry, regex);
    if (!tag) return fail(tag.error().with_context(fmt::format("{}, \"{}\"", setting, entry)));
    into.push_back(*std::move(tag));
  }
  return {};
}

Result<ChunkFilter::TagFilter> ChunkFilter::parse_tag(std::string_view entry, bool regex) {
  TagFilter filter;
  const std::size_t colon = entry.find(':');
  filter.key = trim_space(entry.substr(0, colon));
  if (filter.key.empty()) return fail(ErrorCode::InvalidInput, "expected \"key\" or \"key:value\"");
  const std::string_view value =
      colon == std::string_view::npos ? std::string_view() : trim_space(entry.substr(colon + 1));
  if (value.empty()) return filter;
  if (regex) {
    VIZSLA_TRY(Regex compiled, Regex::compile(value));
    filter.test = ValueTest::Matches;
    filter.regex = std::move(compiled);
  } else {
    filter.test = ValueTest::Equal;
    filter.value = value;
  }
  return filter;
}

std::span<const ChunkVerdict> ChunkFilter::process(const model::SpanBatch& batch) {
  verdicts_.assign(batch.chunk_end.size(), ChunkVerdict::Kept);
  if (empty()) return verdicts_;
  ignored_.assign(batch.strings.size(), -1);
  for (std::size_t chunk = 0; chunk < batch.chunk_end.size(); ++chunk) {
    tree_.read(batch, batch.chunk_begin(chunk), batch.chunk_end[chunk]);
    const std::size_t root = tree_.root();
    std::int8_t& ignored = ignored_[batch.resource[root]];
    if (ignored < 0) ignored = ignores_resource(batch.strings[batch.resource[root]]) ? 1 : 0;
    verdicts_[chunk] = ignored == 1 ? ChunkVerdict::IgnoredResource : tags_verdict(batch, root);
  }
  return verdicts_;
}

ChunkVerdict ChunkFilter::verdict(const model::SpanBatch& batch, std::size_t row) const {
  if (ignores_resource(batch.strings[batch.resource[row]])) return ChunkVerdict::IgnoredResource;
  return tags_verdict(batch, row);
}

ChunkVerdict ChunkFilter::tags_verdict(const model::SpanBatch& batch, std::size_t row) const {
  const auto is_hit = [&](const TagFilter& filter) { return hits(filter, batch, row); };
  if (std::any_of(reject_.begin(), reject_.end(), is_hit)) return ChunkVerdict::RejectedTag;
  if (!std::all_of(require_.begin(), require_.end(), is_hit)) return ChunkVerdict::MissingTag;
  return ChunkVerdict::Kept;
}

bool ChunkFilter::ignores_resource(std::string_view resource) const {
  return std::any_of(resources_.begin(), resources_.end(), [&](const Regex& regex) { return regex.search(resource); });
}

bool ChunkFilter::hits(const TagFilter& filter, const model::SpanBatch& batch, std::size_t row) {
  for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i) {
    if (batch.strings[batch.meta.key[i]] != filter.key) continue;
    const std::string_view value = batch.strings[batch.meta.value[i]];
    switch (filter.test) {
      case ValueTest::Any:
        return true;
      case ValueTest::Equal:
        return value == filter.value;
      case ValueTest::Matches:
        return filter.regex->search(value);
    }
  }
  return false;
}

}  // namespace vizsla::pipeline
