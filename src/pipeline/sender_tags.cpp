#include "pipeline/sender_tags.h"

#include <algorithm>
#include <limits>

#include "pipeline/span_fields.h"

namespace vizsla::pipeline {
namespace {

using model::kEmptyString;
using model::SpanBatch;

constexpr std::uint32_t kNoPayload = std::numeric_limits<std::uint32_t>::max();

}  // namespace

GlobalTag parse_tag(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {std::string(text), ""};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

void SenderTags::process(SpanBatch& batch, std::string_view process_tags) {
  added_.clear();
  looked_at_ = 0;
  stamps_.clear();
  global_codes_.clear();
  for (const GlobalTag& tag : global_)
    global_codes_.push_back({batch.strings.intern(tag.key), batch.strings.intern(tag.value)});

  std::uint32_t payload = kNoPayload;
  for (std::size_t chunk = 0; chunk < batch.chunk_end.size(); ++chunk) {
    const std::uint32_t of_chunk = batch.chunk_payload.empty() ? 0 : batch.chunk_payload[chunk];
    const std::size_t first = batch.chunk_begin(chunk);
    if (looked_at_ < kTagsLookedAtMax) {
      if (of_chunk != payload) collect(batch, chunk, process_tags);
      payload = of_chunk;
      looked_at_ += cost_;
      if (!payload_tags_.empty()) add_to_first(batch, first);
    }
    if (global_codes_.empty()) continue;
    for (std::size_t row = first; row < batch.chunk_end[chunk]; ++row) set_global(batch, row);
  }
  add_tags(batch.meta, added_);
}

// Of several that say the same key the first counts: the payload, then the header, then the Agent.
void SenderTags::collect(SpanBatch& batch, std::size_t chunk, std::string_view process_tags) {
  payload_tags_.clear();
  const auto add = [&](std::string_view key, model::StringCode value) {
    if (value != kEmptyString) payload_tags_.push_back({batch.strings.intern(key), value});
  };
  if (const model::PayloadAttributes* payload = batch.payload_of(chunk)) {
    payload_tags_ = payload->tags;
    add("runtime-id", payload->runtime_id);
  }
  add("_dd.tags.process", batch.strings.intern(process_tags));
  payload_tags_.insert(payload_tags_.end(), batch.agent.tags.begin(), batch.agent.tags.end());
  add("_dd.agent_version", batch.agent.version);
  cost_ = payload_tags_.size();
  std::erase_if(payload_tags_, [&](const model::PayloadTag& tag) {
    const std::size_t bytes = batch.strings[tag.key].size();
    return bytes == 0 || bytes > kTagKeyBytesMax;
  });
}

void SenderTags::add_to_first(const SpanBatch& batch, std::size_t row) {
  stamps_.resize(std::max(stamps_.size(), batch.strings.size()));
  const auto stamp = static_cast<std::uint32_t>(row + 1);
  for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i) stamps_[batch.meta.key[i]] = stamp;
  for (auto i = batch.metrics.begin_of(row); i < batch.metrics.end_of(row); ++i) stamps_[batch.metrics.key[i]] = stamp;
  for (const model::PayloadTag& tag : payload_tags_) {
    if (stamps_[tag.key] == stamp) continue;
    stamps_[tag.key] = stamp;
    added_.push_back({static_cast<std::uint32_t>(row), tag.key, tag.value});
  }
}

void SenderTags::set_global(SpanBatch& batch, std::size_t row) {
  for (const model::PayloadTag& tag : global_codes_) {
    const auto begin = batch.meta.key.begin() + batch.meta.begin_of(row);
    const auto end = batch.meta.key.begin() + batch.meta.end_of(row);
    const auto own = std::find(begin, end, tag.key);
    if (own != end) {
      batch.meta.value[static_cast<std::size_t>(own - batch.meta.key.begin())] = tag.value;
      continue;
    }
    const auto added = std::find_if(added_.rbegin(), added_.rend(),
                                    [&](const AddedTag& other) { return other.row != row || other.key == tag.key; });
    if (added != added_.rend() && added->row == row) {
      added->value = tag.value;
    } else {
      added_.push_back({static_cast<std::uint32_t>(row), tag.key, tag.value});
    }
  }
}

}  // namespace vizsla::pipeline
