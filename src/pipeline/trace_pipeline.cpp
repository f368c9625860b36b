#include "pipeline/trace_pipeline.h"

#include "pipeline/edit_batch.h"

namespace vizsla::pipeline {
namespace {

Refusal refusal_of(ChunkVerdict verdict) {
  switch (verdict) {
    case ChunkVerdict::RejectedTag:
      return Refusal::RejectedTag;
    case ChunkVerdict::MissingTag:
      return Refusal::MissingTag;
    default:
      return Refusal::IgnoredResource;
  }
}

}  // namespace

TracePipeline::TracePipeline(ChunkFilter filter, const PipelineSettings& settings, TagReplacer replacer)
    : normalizer_(settings.normalize),
      filter_(std::move(filter)),
      sender_tags_(settings.global_tags),
      obfuscator_(settings.obfuscation),
      replacer_(std::move(replacer)),
      concentrator_(settings.concentrator) {}

Result<TracePipeline> TracePipeline::create(const PipelineSettings& settings) {
  VIZSLA_TRY(ChunkFilter filter, ChunkFilter::create(settings.filters));
  VIZSLA_TRY(TagReplacer replacer, TagReplacer::create(settings.replace_tags));
  return TracePipeline(std::move(filter), settings, std::move(replacer));
}

const NormalizeReport& TracePipeline::process(model::SpanBatch& batch, const PayloadFacts& facts, UnixNanos now,
                                              model::StatsBatch& stats) {
  normalizer_.process(batch, facts, now);
  if (!facts.from_agent) filter(batch);
  sender_tags_.process(batch, facts.process_tags);
  if (!facts.from_agent) obfuscator_.process(batch);
  normalizer_.truncate(batch);
  if (!facts.from_agent && !replacer_.empty()) {
    replacer_.process(batch);
    normalizer_.fill_emptied(batch);
  }
  stats.clear();
  counted_ = {};
  // An Agent sends what it has counted by itself.
  if (!facts.from_agent && !facts.client_computed_stats) counted_ = concentrator_.process(batch, now, stats);
  return normalizer_.report();
}

void TracePipeline::filter(model::SpanBatch& batch) {
  if (filter_.empty() || batch.size() == 0) return;
  const auto verdicts = filter_.process(batch);
  bool any = false;
  dropped_.assign(verdicts.size(), 0);
  for (std::size_t chunk = 0; chunk < verdicts.size(); ++chunk) {
    if (verdicts[chunk] == ChunkVerdict::Kept) continue;
    normalizer_.refuse(batch, chunk, refusal_of(verdicts[chunk]));
    dropped_[chunk] = 1;
    any = true;
  }
  if (any) drop_chunks(batch, dropped_);
}

}  // namespace vizsla::pipeline
