// Puts onto spans, as tags, what is known of who sent them beside the spans themselves.
//
//   every span of a payload      the tags of the settings (`tags`), in the place of its own ones (agent-protocol §5.1,
//   6) first span of each chunk     the tags of its payload and of the Agent that passed it on, `_dd.tags.process`,
//                                `runtime-id`, `_dd.agent_version`: unless it says them itself (§1.4, §2.1, §10.1)
//
// A body may hold as many payloads and chunks as tags: the second kind ends when kTagsLookedAtMax of them have been
// looked at for a chunk. Reused from body to body. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/span_batch.h"
#include "pipeline/edit_batch.h"

namespace vizsla::pipeline {

struct GlobalTag {
  std::string key;
  std::string value;
};

// "key:value" → the tag. A text without a colon is a key with an empty value.
GlobalTag parse_tag(std::string_view text);

class SenderTags {
 public:
  static constexpr std::size_t kTagsLookedAtMax = 1'000'000;

  explicit SenderTags(std::vector<GlobalTag> global) : global_(std::move(global)) {}

  // `process_tags`: of the payload's header X-Datadog-Process-Tags, or "".
  void process(model::SpanBatch& batch, std::string_view process_tags);

 private:
  void collect(model::SpanBatch& batch, std::size_t chunk, std::string_view process_tags);
  void add_to_first(const model::SpanBatch& batch, std::size_t row);
  void set_global(model::SpanBatch& batch, std::size_t row);

  std::vector<GlobalTag> global_;
  std::vector<model::PayloadTag> global_codes_;
  std::vector<model::PayloadTag> payload_tags_;  // of the payload whose chunks are at hand
  std::size_t looked_at_ = 0;
  std::size_t cost_ = 0;  // tags that are looked at for each chunk of that payload
  std::vector<AddedTag> added_;
  std::vector<std::uint32_t> stamps_;  // by key code: the last row that has it
};

}  // namespace vizsla::pipeline
