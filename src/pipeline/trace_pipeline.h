// The stages that a payload goes through between its decoder and the store, in the Agent's order (agent-protocol §5.1):
// normalise → filter → tags of the sender → obfuscate → truncate → replace → count.
//
// One object per thread, reused from payload to payload.
#pragma once

#include <vector>

#include "base/result.h"
#include "model/stats_batch.h"
#include "pipeline/concentrator.h"
#include "pipeline/filter_chunks.h"
#include "pipeline/normalize_spans.h"
#include "pipeline/obfuscate_spans.h"
#include "pipeline/replace_tags.h"
#include "pipeline/sender_tags.h"

namespace vizsla::pipeline {

struct PipelineSettings {
  NormalizeSettings normalize = {};
  ChunkFilterSettings filters = {};
  ObfuscationSettings obfuscation = {};
  std::vector<ReplaceRule> replace_tags = {};
  std::vector<GlobalTag> global_tags = {};
  ConcentratorSettings concentrator = {};
};

class TracePipeline {
 public:
  // InvalidInput: the message is the setting's name without "apm_config.", a comma, and what is wrong with it.
  static Result<TracePipeline> create(const PipelineSettings& settings);

  // Makes the spans of a decoded payload what is stored, and `stats` what they add to the statistics: nothing when
  // whoever sent them has counted them. The report is valid until the next call.
  const NormalizeReport& process(model::SpanBatch& batch, const PayloadFacts& facts, UnixNanos now,
                                 model::StatsBatch& stats);

  // Of the last call.
  [[nodiscard]] const ConcentratorReport& counted() const { return counted_; }

 private:
  TracePipeline(ChunkFilter filter, const PipelineSettings& settings, TagReplacer replacer);

  void filter(model::SpanBatch& batch);

  SpanNormalizer normalizer_;
  ChunkFilter filter_;
  SenderTags sender_tags_;
  SpanObfuscator obfuscator_;
  TagReplacer replacer_;
  Concentrator concentrator_;
  ConcentratorReport counted_;
  std::vector<std::uint8_t> dropped_;  // by chunk
};

}  // namespace vizsla::pipeline
