// Which chunks aren't wanted at all: health checks, tests, whatever the settings name. Such a chunk is neither counted
// nor kept.
//
// Decided on the chunk's root alone (agent-protocol §5.4), after normalisation and before obfuscation. Rules:
// agent-protocol §7. In order: a resource that ignore_resources matches drops the chunk; so does any tag that
// filter_tags.reject or filter_tags_regex.reject hits; and so does a tag missing that .require or the regular one
// wants. Only text tags are looked at, not numbers.
//
// One difference from the Agent: an expression that doesn't compile is an error at the start, not a line in a log and
// no filter.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/span_batch.h"
#include "pipeline/obfuscate/regex.h"
#include "pipeline/top_level.h"

namespace vizsla::pipeline {

// The settings as the Agent names them. Of tags: "key" (it is there) or "key:value", white space around both dropped;
// the value is compared as a whole, of filter_tags_regex it is an expression that matches anywhere.
struct ChunkFilterSettings {
  std::vector<std::string> ignore_resources = {};
  std::vector<std::string> filter_tags_require = {};
  std::vector<std::string> filter_tags_reject = {};
  std::vector<std::string> filter_tags_regex_require = {};
  std::vector<std::string> filter_tags_regex_reject = {};
};

enum class ChunkVerdict : std::uint8_t { Kept, IgnoredResource, RejectedTag, MissingTag };
inline constexpr std::size_t kChunkVerdicts = 4;
std::string_view to_string(ChunkVerdict verdict);  // "kept", "ignored_resource", …

// One thread at a time; reused from payload to payload.
class ChunkFilter {
 public:
  // InvalidInput (an expression that is too long: LimitExceeded) names the setting, the entry and what is wrong with
  // it.
  static Result<ChunkFilter> create(const ChunkFilterSettings& settings);

  // Does it keep everything?
  [[nodiscard]] bool empty() const { return resources_.empty() && reject_.empty() && require_.empty(); }

  // A verdict for each chunk of a normalised batch. Valid until the next call.
  std::span<const ChunkVerdict> process(const model::SpanBatch& batch);

  // The verdict that the span at `row` brings on its chunk as its root.
  [[nodiscard]] ChunkVerdict verdict(const model::SpanBatch& batch, std::size_t row) const;

  // Does ignore_resources match? For groups of statistics that clients computed (agent-protocol §3.1).
  [[nodiscard]] bool ignores_resource(std::string_view resource) const;

 private:
  enum class ValueTest : std::uint8_t { Any, Equal, Matches };

  struct TagFilter {
    std::string key;
    ValueTest test = ValueTest::Any;
    std::string value;           // Equal
    std::optional<Regex> regex;  // Matches
  };

  static Result<TagFilter> parse_tag(std::string_view entry, bool regex);
  static Result<void> add_tags(const std::vector<std::string>& entries, std::string_view setting, bool regex,
                               std::vector<TagFilter>& into);
  static bool hits(const TagFilter& filter, const model::SpanBatch& batch, std::size_t row);
  ChunkVerdict tags_verdict(const model::SpanBatch& batch, std::size_t row) const;

  std::vector<Regex> resources_;
  std::vector<TagFilter> reject_;
  std::vector<TagFilter> require_;

  // Reused from payload to payload.
  ChunkTree tree_;
  std::vector<ChunkVerdict> verdicts_;
  std::vector<std::int8_t> ignored_;  // by code of the resource: 0 or 1, -1 = not asked yet
};

}  // namespace vizsla::pipeline
