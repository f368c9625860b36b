#include "pipeline/sample/chunk_sampler.h"

#include <algorithm>

#include "pipeline/sample/sample_by_rate.h"
#include "pipeline/span_fields.h"

namespace vizsla::pipeline {
namespace {

using model::SpanBatch;
using model::StringCode;

constexpr std::int8_t kUserDrop = -1;
constexpr std::int8_t kAutoDrop = 0;
constexpr std::int8_t kAutoKeep = 1;
constexpr std::int8_t kUserKeep = 2;

// The rate that a sampler before us has kept it by; 1 where nobody says.
double rate_or_all(std::optional<double> rate) {
  return rate && *rate > 0 && *rate <= 1 ? *rate : 1;
}

// Where the rate is written that a chunk was kept by.
std::string_view rate_key(KeepReason reason) {
  switch (reason) {
    case KeepReason::Priority:
      return "_sampling_priority_rate_v1";
    case KeepReason::NoPriority:
      return "_dd.no_p_sr";
    case KeepReason::Rare:
      return "_dd.rare";
    case KeepReason::Probability:
      return "_dd.prob_sr";
    default:
      return "_dd.errors_sr";
  }
}

}  // namespace

std::string_view to_string(KeepReason reason) {
  static constexpr std::array<std::string_view, kKeepReasons> kNames{
      "unsampled", "priority", "no_priority", "rare", "probability", "error", "span_rule", "span_event"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::string_view to_string(DropReason reason) {
  static constexpr std::array<std::string_view, kDropReasons> kNames{"user_drop",   "priority",   "no_priority",
                                                                     "probability", "error_rate", "no_error"};
  return kNames[static_cast<std::size_t>(reason)];
}

const SamplingReport& ChunkSampler::process(SpanBatch& batch, const SamplingFacts& facts, UnixNanos now) {
  report_.kept = {};
  report_.dropped = {};
  report_.services.clear();
  if (batch.size() == 0) return report_;
  settings_ = state_.settings();
  if (!settings_.enabled || facts.from_agent) {
    report_.kept[static_cast<std::size_t>(KeepReason::Unsampled)] = {static_cast<std::uint32_t>(batch.chunk_end.size()),
                                                                     static_cast<std::uint32_t>(batch.size())};
    return report_;
  }

  // Everything that can be read beforehand is, so that the lock is held for the decisions alone.
  keys_.clear();
  counts_.clear();
  rare_spans_.clear();
  added_metrics_.clear();
  added_tags_.clear();
  events_.clear();
  probabilistic_.reset();
  if (settings_.probabilistic_sampler.enabled && !settings_.error_tracking_standalone)
    probabilistic_.emplace(settings_.probabilistic_sampler, settings_.probabilistic_sampler_full_trace_id);
  chunks_.assign(batch.chunk_end.size(), {});
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) read(batch, chunk);

  const std::size_t received = std::max(facts.chunks_received, chunks_.size());
  const double dropped_p0 = static_cast<double>(facts.client_dropped_p0_traces) / static_cast<double>(received);
  state_.with_samplers([&](SamplerState::Samplers& samplers) {
    for (Chunk& chunk : chunks_) decide(batch, samplers, chunk, dropped_p0, now);
  });

  dropped_rows_.assign(batch.size(), 0);
  for (Chunk& chunk : chunks_) {
    if (chunk.kept) {
      mark_kept(batch, chunk);
    } else {
      take_out(batch, chunk);
    }
  }
  if (!events_.empty()) leave_events(batch, now);
  bool any_dropped = false;
  for (const Chunk& chunk : chunks_) any_dropped |= count(batch, chunk);
  add_tags(batch.metrics, added_metrics_);
  add_tags(batch.meta, added_tags_);
  if (any_dropped) drop_rows(batch, dropped_rows_);
  return report_;
}

void ChunkSampler::read(const SpanBatch& batch, std::size_t index) {
  Chunk& chunk = chunks_[index];
  chunk.begin = static_cast<std::uint32_t>(batch.chunk_begin(index));
  chunk.end = batch.chunk_end[index];
  tree_.read(batch, chunk.begin, chunk.end);
  chunk.root = tree_.root();
  chunk.priority = batch.sampling_priority[chunk.root];
  for (std::size_t row = chunk.begin; row < chunk.end; ++row) chunk.has_error |= batch.error[row] != 0;
  chunk.service = service_signature(batch.strings[batch.service[chunk.root]], batch.strings[batch.env[chunk.root]]);
  read_root(batch, chunk);
  chunk.dropped_by_user = user_dropped(batch, chunk);
  if (settings_.enable_rare_sampler) read_rare_spans(batch, chunk);

  const bool by_priority = !probabilistic_ && !settings_.error_tracking_standalone;
  const bool kept_anyway = by_priority && chunk.priority > 0;
  if ((by_priority && chunk.priority == model::kNoPriority) || (chunk.has_error && !kept_anyway))
    read_kind(batch, chunk);
}

void ChunkSampler::read_root(const SpanBatch& batch, Chunk& chunk) {
  double sample_rate = 1;
  double pre_sampler_rate = 1;
  chunk.records_rate = batch.parent_id[chunk.root] == 0;
  for (auto i = batch.metrics.begin_of(chunk.root); i < batch.metrics.end_of(chunk.root); ++i) {
    const double value = batch.metrics.value[i];
    switch (key_of(batch, batch.metrics.key[i])) {
      case Key::SampleRate:
        sample_rate = rate_or_all(value);
        break;
      case Key::PreSamplerRate:
        pre_sampler_rate = rate_or_all(value);
        break;
      case Key::AgentRate:
      case Key::RuleRate:
      case Key::PriorityRate:
        chunk.records_rate = false;  // the tracer has
        break;
      default:
        break;
    }
  }
  chunk.client_rate = sample_rate * pre_sampler_rate;

  if (!probabilistic_) return;
  model::TraceId id{batch.trace_id[chunk.root], batch.trace_id_high[chunk.root]};
  if (const auto otel = text(batch, chunk.root, Key::OtelTraceId); otel && batch.strings[*otel].size() == 32)
    id = model::parse_trace_id(batch.strings[*otel]).value_or(id);
  chunk.hash_keeps = probabilistic_->keeps(id);
}

void ChunkSampler::read_rare_spans(const SpanBatch& batch, Chunk& chunk) {
  chunk.rare_begin = static_cast<std::uint32_t>(rare_spans_.size());
  for (std::uint32_t row = chunk.begin; row < chunk.end; ++row) {
    if ((batch.flags[row] & (model::kIsEntry | model::kIsMeasured)) == 0) continue;
    const Signature shard =
        batch.service[row] == batch.service[chunk.root]
            ? chunk.service
            : service_signature(batch.strings[batch.service[row]], batch.strings[batch.env[chunk.root]]);
    rare_spans_.push_back({shard, span_signature(likeness(batch, row)), row});
  }
  chunk.rare_end = static_cast<std::uint32_t>(rare_spans_.size());
}

void ChunkSampler::read_kind(const SpanBatch& batch, Chunk& chunk) {
  const std::string_view env = batch.strings[batch.env[chunk.root]];
  span_kinds_.clear();
  Signature of_root = 0;
  for (std::uint32_t row = chunk.begin; row < chunk.end; ++row) {
    SpanLikeness span = likeness(batch, row);
    span.env = env;
    if (row == chunk.root) of_root = span_signature(span);
    span.resource = {};
    span_kinds_.push_back(span_signature(span));
  }
  chunk.kind = chunk_signature(of_root, span_kinds_);
}

bool ChunkSampler::user_dropped(const SpanBatch& batch, const Chunk& chunk) {
  if (chunk.priority >= 0 || chunk.priority == model::kNoPriority) return false;
  if (!settings_.error_rare_sample_tracer_drop) return true;
  if (chunk.priority != kUserDrop) return false;
  for (std::uint32_t row = chunk.begin; row < chunk.end; ++row) {
    if (const auto maker = text(batch, row, Key::DecisionMaker)) return batch.strings[*maker] == "-4";
  }
  return false;
}

void ChunkSampler::decide(const SpanBatch& batch, SamplerState::Samplers& samplers, Chunk& chunk, double dropped_p0,
                          UnixNanos now) const {
  const std::uint64_t trace_id = batch.trace_id[chunk.root];
  const auto keep = [&](KeepReason reason, std::optional<double> rate = {}) {
    chunk.kept = reason;
    chunk.marked_row = chunk.root;
    chunk.has_rate = rate.has_value();
    chunk.rate = rate.value_or(0);
  };

  std::optional<std::size_t> rare;
  if (chunk.rare_end > chunk.rare_begin) {
    rare =
        samplers.rare.sample(std::span(rare_spans_).subspan(chunk.rare_begin, chunk.rare_end - chunk.rare_begin), now);
  }
  const auto keep_as_rare = [&] {
    keep(KeepReason::Rare, 1);
    chunk.marked_row = rare_spans_[chunk.rare_begin + *rare].row;
  };

  if (settings_.error_tracking_standalone) {
    chunk.dropped = chunk.has_error ? DropReason::ErrorRate : DropReason::NoError;
    if (const auto rate = decide_by_errors(samplers, chunk, trace_id, now)) keep(KeepReason::Error, rate);
    return;
  }

  if (probabilistic_) {
    chunk.dropped = DropReason::Probability;
    if (rare) return keep_as_rare();
    if (chunk.hash_keeps) return keep(KeepReason::Probability, probabilistic_->rate());
  } else {
    const bool has_priority = chunk.priority != model::kNoPriority;
    chunk.dropped = chunk.priority < 0 && has_priority ? DropReason::UserDrop
                    : has_priority                     ? DropReason::Priority
                                                       : DropReason::NoPriority;
    if (chunk.dropped_by_user) return;
    if (rare) return keep_as_rare();
    if (has_priority) {
      const auto decision =
          samplers.priority.sample(batch.strings[batch.service[chunk.root]], batch.strings[batch.env[chunk.root]],
                                   chunk.service, chunk.priority, 1 / chunk.client_rate + dropped_p0, now);
      if (decision.keep) {
        const bool record = decision.counted && chunk.records_rate;
        return keep(KeepReason::Priority, record ? std::optional(decision.rate) : std::nullopt);
      }
    } else if (const auto rate =
                   samplers.no_priority.sample({chunk.kind, trace_id, chunk.client_rate, 1 / chunk.client_rate}, now)) {
      return keep(KeepReason::NoPriority, rate);
    }
  }
  if (!chunk.has_error) return;
  if (const auto rate = decide_by_errors(samplers, chunk, trace_id, now)) return keep(KeepReason::Error, rate);
  chunk.dropped = DropReason::ErrorRate;
}

std::optional<double> ChunkSampler::decide_by_errors(SamplerState::Samplers& samplers, const Chunk& chunk,
                                                     std::uint64_t trace_id, UnixNanos now) const {
  if (!chunk.has_error) return std::nullopt;
  return samplers.errors.sample({chunk.kind, trace_id, chunk.client_rate, 1 / chunk.client_rate}, now);
}

void ChunkSampler::mark_kept(SpanBatch& batch, const Chunk& chunk) {
  if (chunk.has_rate) set_metric(batch, chunk.marked_row, rate_key(*chunk.kept), chunk.rate);
  if (probabilistic_) set_priority(batch, chunk, kAutoKeep);
  if (*chunk.kept == KeepReason::Probability) set_decision_maker(batch, chunk, "-9");

  // What a tracer has kept stays what the tracer says of it: being rare besides is no reason.
  std::optional<model::IngestionReason> reason;
  if (*chunk.kept == KeepReason::Error) reason = model::IngestionReason::Error;
  if (*chunk.kept == KeepReason::Rare && (chunk.priority <= 0 || probabilistic_)) reason = model::IngestionReason::Rare;
  if (*chunk.kept == KeepReason::Probability) reason = model::IngestionReason::Otel;
  if (!reason) return;
  for (std::uint32_t row = chunk.begin; row < chunk.end; ++row) batch.ingestion_reason[row] = *reason;
}

void ChunkSampler::take_out(SpanBatch& batch, Chunk& chunk) {
  if (probabilistic_) set_priority(batch, chunk, kAutoDrop);
  std::fill(dropped_rows_.begin() + chunk.begin, dropped_rows_.begin() + chunk.end, std::uint8_t{1});
  if (settings_.error_tracking_standalone) return;  // nothing but errors is wanted

  bool any = false;
  for (std::uint32_t row = chunk.begin; row < chunk.end; ++row) {
    if (!metric(batch, row, Key::SpanSampling)) continue;
    dropped_rows_[row] = 0;
    any = true;
  }
  if (any) {
    set_priority(batch, chunk, kUserKeep);
    mark_left_over(batch, chunk, KeepReason::SpanRule);
    return;
  }
  if (chunk.dropped_by_user) return;
  for (std::uint32_t row = chunk.begin; row < chunk.end; ++row) {
    const auto rate = metric(batch, row, Key::EventRate);
    if (rate && sample_by_rate(batch.trace_id[row], *rate)) events_.push_back({row, &chunk});
  }
}

void ChunkSampler::leave_events(SpanBatch& batch, UnixNanos now) {
  state_.with_samplers([&](SamplerState::Samplers& samplers) {
    std::erase_if(events_, [&](const Event&) { return !samplers.events.take(now); });
  });
  for (const Event& event : events_) {
    dropped_rows_[event.row] = 0;
    mark_left_over(batch, *event.chunk, KeepReason::SpanEvent);
  }
}

void ChunkSampler::mark_left_over(SpanBatch& batch, Chunk& chunk, KeepReason reason) {
  if (chunk.kept) return;
  chunk.kept = reason;
  for (std::uint32_t row = chunk.begin; row < chunk.end; ++row) {
    batch.flags[row] |= model::kIsLeftOver;
    batch.ingestion_reason[row] = model::IngestionReason::Rule;
  }
}

bool ChunkSampler::count(const SpanBatch& batch, const Chunk& chunk) {
  SamplingReport::Counts& dropped = report_.dropped[static_cast<std::size_t>(chunk.dropped)];
  std::uint32_t kept_spans = 0;
  for (std::uint32_t row = chunk.begin; row < chunk.end; ++row) {
    if (dropped_rows_[row] == 0) {
      ++kept_spans;
      continue;
    }
    ++dropped.spans;
    std::uint32_t& known = at_code(counts_, batch.service[row], std::uint32_t{0});
    if (known == 0) {
      report_.services.push_back({batch.service[row]});
      known = static_cast<std::uint32_t>(report_.services.size());
    }
    ++report_.services[known - 1].dropped[static_cast<std::size_t>(chunk.dropped)];
  }
  if (chunk.kept) {
    SamplingReport::Counts& kept = report_.kept[static_cast<std::size_t>(*chunk.kept)];
    ++kept.chunks;
    kept.spans += kept_spans;
  } else {
    ++dropped.chunks;
  }
  return kept_spans < chunk.end - chunk.begin;
}

void ChunkSampler::set_metric(SpanBatch& batch, std::uint32_t row, std::string_view key, double value) {
  const StringCode code = batch.strings.intern(key);
  bool found = false;
  for (auto i = batch.metrics.begin_of(row); i < batch.metrics.end_of(row); ++i) {
    if (batch.metrics.key[i] != code) continue;
    batch.metrics.value[i] = value;
    found = true;
  }
  if (!found) added_metrics_.push_back({row, code, value});
}

// The column, and what the tracer wrote on spans, so that the two don't contradict each other.
void ChunkSampler::set_priority(SpanBatch& batch, const Chunk& chunk, std::int8_t priority) {
  for (std::uint32_t row = chunk.begin; row < chunk.end; ++row) {
    batch.sampling_priority[row] = priority;
    for (auto i = batch.metrics.begin_of(row); i < batch.metrics.end_of(row); ++i) {
      if (key_of(batch, batch.metrics.key[i]) == Key::SamplingPriority) batch.metrics.value[i] = priority;
    }
  }
}

void ChunkSampler::set_decision_maker(SpanBatch& batch, const Chunk& chunk, std::string_view decision_maker) {
  const StringCode value = batch.strings.intern(decision_maker);
  bool found = false;
  for (auto i = batch.meta.begin_of(chunk.begin); i < batch.meta.end_of(chunk.end - 1); ++i) {
    if (key_of(batch, batch.meta.key[i]) != Key::DecisionMaker) continue;
    batch.meta.value[i] = value;
    found = true;
  }
  if (!found) added_tags_.push_back({chunk.root, batch.strings.intern("_dd.p.dm"), value});
}

ChunkSampler::Key ChunkSampler::key_of(const SpanBatch& batch, StringCode code) {
  Key& key = at_code(keys_, code, Key::Unseen);
  if (key != Key::Unseen) [[likely]]
    return key;

  static constexpr std::pair<std::string_view, Key> kKnown[] = {
      {"_dd.agent_psr", Key::AgentRate},
      {"_dd.p.dm", Key::DecisionMaker},
      {"_dd.rule_psr", Key::RuleRate},
      {"_dd.span_sampling.mechanism", Key::SpanSampling},
      {"_dd1.sr.eausr", Key::EventRate},
      {"_dd1.sr.rapre", Key::PreSamplerRate},
      {"_sample_rate", Key::SampleRate},
      {"_sampling_priority_rate_v1", Key::PriorityRate},
      {"_sampling_priority_v1", Key::SamplingPriority},
      {"error.type", Key::ErrorType},
      {"otel.trace_id", Key::OtelTraceId},
  };
  const std::string_view text = batch.strings[code];
  key = Key::Other;
  for (const auto& [name, known] : kKnown) {
    if (text == name) key = known;
  }
  return key;
}

std::optional<double> ChunkSampler::metric(const SpanBatch& batch, std::size_t row, Key key) {
  for (auto i = batch.metrics.begin_of(row); i < batch.metrics.end_of(row); ++i) {
    if (key_of(batch, batch.metrics.key[i]) == key) return batch.metrics.value[i];
  }
  return std::nullopt;
}

std::optional<StringCode> ChunkSampler::text(const SpanBatch& batch, std::size_t row, Key key) {
  for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i) {
    if (key_of(batch, batch.meta.key[i]) == key) return batch.meta.value[i];
  }
  return std::nullopt;
}

SpanLikeness ChunkSampler::likeness(const SpanBatch& batch, std::size_t row) {
  SpanLikeness span;
  span.service = batch.strings[batch.service[row]];
  span.operation = batch.strings[batch.operation[row]];
  span.error = batch.error[row] != 0;
  span.resource = batch.strings[batch.resource[row]];
  span.http_status = batch.http_status[row];
  span.error_type = batch.strings[text(batch, row, Key::ErrorType).value_or(model::kEmptyString)];
  return span;
}

}  // namespace vizsla::pipeline
