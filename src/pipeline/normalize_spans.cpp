#include "pipeline/normalize_spans.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/check.h"
#include "model/ids.h"
#include "pipeline/edit_batch.h"
#include "pipeline/normalize_names.h"
#include "pipeline/span_fields.h"

namespace vizsla::pipeline {
namespace {

using model::kEmptyString;
using model::SpanBatch;
using model::StringCode;

constexpr std::size_t kNameBytesMax = 100;
constexpr std::size_t kTagValueBytesMax = 25'000;
constexpr std::string_view kTail = "...";  // of what was cut
constexpr UnixNanos kYear2000 = 946'684'800 * kNanosPerSecond;

// Structured data under these keys is cut by nobody (agent-protocol §5.3).
bool is_structured(std::string_view key) {
  return key.starts_with("_dd.") && (key.ends_with(".json") || key.ends_with(".msgpack") || key.ends_with(".protobuf"));
}

// "-4", or the older "<hash>-4" → how the span came to be kept (apis §1.7, agent-protocol §11.4).
model::IngestionReason parse_decision_maker(std::string_view text) {
  using model::IngestionReason;
  const std::string_view mechanism = text.substr(text.rfind('-') + 1);
  if (mechanism == "3" || mechanism == "11" || mechanism == "12" || mechanism == "8") return IngestionReason::Rule;
  if (mechanism == "4") return IngestionReason::Manual;
  if (mechanism == "5") return IngestionReason::Appsec;
  if (mechanism == "9") return IngestionReason::Otel;
  return IngestionReason::Auto;
}

}  // namespace

std::string_view to_string(Refusal refusal) {
  static constexpr std::array<std::string_view, kRefusals> kNames{"foreign_span",     "trace_id_zero", "span_id_zero",
                                                                  "ignored_resource", "rejected_tag",  "missing_tag"};
  return kNames[static_cast<std::size_t>(refusal)];
}

std::string_view to_string(Alteration alteration) {
  static constexpr std::array<std::string_view, kAlterations> kNames{
      "service_empty",        "service_truncate",         "service_invalid",    "peer_service_truncate",
      "peer_service_invalid", "span_name_empty",          "span_name_truncate", "span_name_invalid",
      "resource_empty",       "resource_truncate",        "type_truncate",      "invalid_start_date",
      "invalid_duration",     "invalid_http_status_code", "tag_key_truncate",   "tag_value_truncate",
      "duplicate_tag",        "duplicate_span_id"};
  return kNames[static_cast<std::size_t>(alteration)];
}

const NormalizeReport& SpanNormalizer::process(SpanBatch& batch, const PayloadFacts& facts, UnixNanos now) {
  start(batch, facts);
  std::vector<std::uint8_t> refused;  // by chunk; empty while nothing is
  for (std::size_t chunk = 0; chunk < batch.chunk_end.size(); ++chunk) {
    const std::size_t begin = batch.chunk_begin(chunk);
    const std::size_t end = batch.chunk_end[chunk];
    if (!chunk_is_sound(batch, begin, end)) {
      refused.resize(batch.chunk_end.size());
      refused[chunk] = 1;
      continue;
    }
    chunk_ = {};
    sample_rates_.clear();
    for (std::size_t row = begin; row < end; ++row) normalize_fields(batch, row, now);
    finish_chunk(batch, facts, chunk);
  }
  if (removed_tags_) remove_marked_tags(batch.meta);
  if (!refused.empty()) drop_chunks(batch, refused);
  return report_;
}

void SpanNormalizer::start(SpanBatch& batch, const PayloadFacts& facts) {
  report_.services.clear();
  keys_.clear();
  services_.clear();
  operations_.clear();
  envs_.clear();
  links_.clear();
  counts_.clear();
  tag_seen_at_.clear();
  removed_tags_ = false;
  from_agent_ = facts.from_agent;
  tail_bytes_ = from_agent_ ? kTail.size() : 0;

  fallback_service_ = fallback_service(facts.language);
  language_ = batch.strings.intern(facts.language);
  tracer_version_ = batch.strings.intern(facts.tracer_version);
  container_id_ = batch.strings.intern(facts.container_id);
  default_env_ = batch.strings.intern(facts.default_env);
  default_host_ = batch.strings.intern(facts.default_host);

  const std::size_t rows = batch.size();
  batch.trace_id_high.assign(rows, 0);
  batch.env.assign(rows, 0);
  batch.version.assign(rows, 0);
  batch.host.assign(rows, 0);
  batch.container_id.assign(rows, container_id_);
  batch.language.assign(rows, language_);
  batch.tracer_version.assign(rows, tracer_version_);
  batch.base_service.assign(rows, 0);
  batch.peer_service.assign(rows, 0);
  batch.kind.assign(rows, model::SpanKind::Unknown);
  batch.http_status.assign(rows, 0);
  batch.sampling_priority.assign(rows, model::kNoPriority);
  batch.ingestion_reason.assign(rows, model::IngestionReason::Auto);
  batch.flags.assign(rows, 0);
  batch.weight.assign(rows, 1.0);
  hostname_.assign(rows, 0);
  span_language_.assign(rows, 0);
}

bool SpanNormalizer::chunk_is_sound(SpanBatch& batch, std::size_t begin, std::size_t end) {
  std::optional<Refusal> refusal;
  const std::uint64_t trace_id = batch.trace_id[begin];
  if (trace_id == 0) refusal = Refusal::TraceIdZero;
  for (std::size_t row = begin; row < end && !refusal; ++row) {
    if (batch.span_id[row] == 0) refusal = Refusal::SpanIdZero;
    if (batch.trace_id[row] != trace_id)
      refusal = batch.trace_id[row] == 0 ? Refusal::TraceIdZero : Refusal::ForeignSpan;
  }
  if (!refusal) return true;
  for (std::size_t row = begin; row < end; ++row) {
    NormalizeReport::Service& counts = counts_of(service_of(batch, batch.service[row]).name);
    ++counts.received;
    ++counts.refused[static_cast<std::size_t>(*refusal)];
  }
  return false;
}

void SpanNormalizer::normalize_fields(SpanBatch& batch, std::size_t row, UnixNanos now) {
  const MendedName service = service_of(batch, batch.service[row]);
  batch.service[row] = service.name;
  ++counts_of(service.name).received;
  if (service.altered) alter(service.name, service.alteration);

  if (settings_.component_to_name) [[unlikely]] {
    for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i) {
      if (batch.strings[batch.meta.key[i]] == "component") batch.operation[row] = batch.meta.value[i];
    }
  }
  const MendedName operation = operation_of(batch, batch.operation[row]);
  batch.operation[row] = operation.name;
  if (operation.altered) alter(service.name, operation.alteration);

  if (batch.resource[row] == kEmptyString && !from_agent_) {
    batch.resource[row] = operation.name;
    alter(service.name, Alteration::ResourceEmpty);
  }
  if (batch.strings[batch.type[row]].size() > kTypeBytesMax) [[unlikely]] {
    batch.type[row] = cut_of(batch, batch.type[row], kTypeBytesMax, "");
    alter(service.name, Alteration::TypeTruncate);
  }

  std::int64_t& duration = batch.duration_ns[row];
  UnixNanos& start = batch.start_ns[row];
  // A start below zero can't overflow the sum, and is mended next.
  if (duration < 0 || duration > std::numeric_limits<std::int64_t>::max() - std::max<UnixNanos>(start, 0)) {
    duration = 0;
    alter(service.name, Alteration::InvalidDuration);
  }
  if (start < kYear2000) {
    start = duration <= now ? now - duration : now;
    alter(service.name, Alteration::InvalidStartDate);
  }
  // A span that names itself as its parent comes from a tracer that fills what it doesn't know. (For v0.x the trace's
  // id had to be the same once; today's Agents turn all versions into v1, whose rule this is.)
  if (batch.parent_id[row] == batch.span_id[row]) batch.parent_id[row] = 0;
  if (batch.parent_id[row] == 0) batch.flags[row] |= model::kIsRoot;

  if (batch.links[row] != kEmptyString) batch.links[row] = links_of(batch, batch.links[row]);
  normalize_meta(batch, row);
  normalize_metrics(batch, row);
}

void SpanNormalizer::normalize_meta(SpanBatch& batch, std::size_t row) {
  const std::uint32_t begin = batch.meta.begin_of(row);
  const std::uint32_t end = batch.meta.end_of(row);
  const auto stamp = static_cast<std::uint32_t>(row + 1);
  for (std::uint32_t i = begin; i < end; ++i) {
    StringCode key_code = batch.meta.key[i];
    Key key = key_of(batch, key_code);
    if (key == Key::TooLong) [[unlikely]] {
      key_code = cut_of(batch, key_code, kTagKeyBytesMax, kTail);
      batch.meta.key[i] = key_code;
      key = Key::Other;
      alter(batch.service[row], Alteration::TagKeyTruncate);
    }
    std::uint32_t& seen_at = at_code(tag_seen_at_, key_code, std::uint32_t{0});
    if (seen_at == stamp) [[unlikely]] {
      // A map with a key twice: the last one counts, as it does in the Agent.
      batch.meta.key[tag_last_at_[key_code]] = kRemovedTag;
      removed_tags_ = true;
      alter(batch.service[row], Alteration::DuplicateTag);
    }
    seen_at = stamp;
    at_code(tag_last_at_, key_code, std::uint32_t{0}) = i;

    const StringCode value = batch.meta.value[i];
    switch (key) {
      case Key::BaseService:
      case Key::PeerService: {
        if (is_agents_name(batch.strings[value])) {
          (key == Key::BaseService ? batch.base_service : batch.peer_service)[row] = value;
          break;
        }
        const NormalizedName name = normalize_service(batch.strings[value], "");
        if (name.fault == NameFault::Truncated) alter(batch.service[row], Alteration::PeerServiceTruncate);
        if (name.fault == NameFault::Invalid) alter(batch.service[row], Alteration::PeerServiceInvalid);
        const StringCode code = batch.strings.intern(name.name);
        batch.meta.value[i] = code;
        (key == Key::BaseService ? batch.base_service : batch.peer_service)[row] = code;
        break;
      }
      case Key::Env:
        batch.env[row] = batch.meta.value[i] = env_of(batch, value);
        if (chunk_.env == 0) chunk_.env = batch.env[row];
        break;
      case Key::HttpStatusCode:
        batch.http_status[row] = parse_http_status(batch.strings[value]);
        if (batch.http_status[row] == 0) {
          batch.meta.key[i] = kRemovedTag;
          removed_tags_ = true;
          alter(batch.service[row], Alteration::InvalidHttpStatusCode);
        }
        break;
      case Key::TraceIdHigh:
        if (chunk_.trace_id_high == 0) chunk_.trace_id_high = model::parse_hex16(batch.strings[value]).value_or(0);
        break;
      case Key::DecisionMaker:
        if (chunk_.decision_maker == 0) chunk_.decision_maker = value;
        break;
      case Key::Version:
        batch.version[row] = value;
        break;
      case Key::Hostname:
        hostname_[row] = value;
        break;
      case Key::Language:
        span_language_[row] = value;
        break;
      case Key::SpanKind:
        batch.kind[row] = parse_kind(batch.strings[value]);
        break;
      default:
        break;
    }
  }
}

void SpanNormalizer::normalize_metrics(SpanBatch& batch, std::size_t row) {
  const std::uint32_t begin = batch.metrics.begin_of(row);
  const std::uint32_t end = batch.metrics.end_of(row);
  for (std::uint32_t i = begin; i < end; ++i) {
    const StringCode key_code = batch.metrics.key[i];
    const Key key = key_of(batch, key_code);
    if (key == Key::Other) [[likely]]
      continue;
    const double value = batch.metrics.value[i];
    switch (key) {
      case Key::TooLong:
        batch.metrics.key[i] = cut_of(batch, key_code, kTagKeyBytesMax, kTail);
        alter(batch.service[row], Alteration::TagKeyTruncate);
        break;
      case Key::SamplingPriority:
        if (value >= -127 && value <= 127) batch.sampling_priority[row] = static_cast<std::int8_t>(value);
        if (chunk_.priority == model::kNoPriority) chunk_.priority = batch.sampling_priority[row];
        break;
      case Key::Measured:
        if (value == 1) batch.flags[row] |= model::kIsMeasured;
        break;
      case Key::SpanSampling:
        ++chunk_.kept_alone;
        break;
      case Key::PartialVersion:
        if (value >= 0) batch.flags[row] |= model::kIsPartial;
        break;
      case Key::TopLevel:
      case Key::AgentTopLevel:
        // Taken at its word only from those that say they compute it; see finish_chunk().
        if (value == 1 && (key == Key::AgentTopLevel) == from_agent_) batch.flags[row] |= model::kIsEntry;
        break;
      case Key::SampleRate:
        if (value > 0 && value < 1) sample_rates_.emplace_back(row, value);
        break;
      case Key::HttpStatusCode:
        if (value >= 100 && value < 600 && batch.http_status[row] == 0)
          batch.http_status[row] = static_cast<std::uint16_t>(value);
        break;
      default:
        break;
    }
  }
}

void SpanNormalizer::finish_chunk(SpanBatch& batch, const PayloadFacts& facts, std::size_t chunk) {
  const std::size_t begin = batch.chunk_begin(chunk);
  const std::size_t end = batch.chunk_end[chunk];
  tree_.read(batch, begin, end);
  const std::size_t root = tree_.root();
  if (tree_.duplicate_ids() > 0) alter(batch.service[root], Alteration::DuplicateSpanId, tree_.duplicate_ids());

  // The payload goes first, then the root, then any span, then the Agent that passed it on, then us (§5.6).
  static const model::PayloadAttributes kNothing;
  const model::PayloadAttributes* said = batch.payload_of(chunk);
  const model::PayloadAttributes& payload = said == nullptr ? kNothing : *said;
  const auto first_of = [](std::initializer_list<StringCode> codes) {
    for (const StringCode code : codes) {
      if (code != kEmptyString) return code;
    }
    return kEmptyString;
  };
  const StringCode env =
      first_of({payload.env == kEmptyString ? kEmptyString : env_of(batch, payload.env), batch.env[root], chunk_.env,
                batch.agent.env == kEmptyString ? kEmptyString : env_of(batch, batch.agent.env), default_env_});
  const StringCode host = first_of({payload.hostname, hostname_[root], batch.agent.hostname, default_host_});
  // Of the process that sent it, so not of the database that it calls, which is a service of its own.
  const StringCode version = first_of({payload.app_version, batch.version[root]});
  const StringCode container_id = first_of({payload.container_id, container_id_});
  const StringCode tracer_version = first_of({payload.tracer_version, tracer_version_});
  const std::int8_t priority =
      batch.sampling_priority[root] != model::kNoPriority ? batch.sampling_priority[root] : chunk_.priority;
  // Spans that were kept for themselves: an Agent that lets such through doesn't say that it dropped the others.
  const bool left_over = batch.is_dropped(chunk) || chunk_.kept_alone >= end - begin;
  const model::IngestionReason reason = parse_decision_maker(batch.strings[chunk_.decision_maker]);
  const StringCode language = first_of({payload.language_name, language_, span_language_[root]});
  // What the client has sampled away already stands behind what it sent (§8.1).
  double weight = 1;
  for (const auto& [row, rate] : sample_rates_) {
    if (row == root) weight = 1 / rate;
  }
  for (std::size_t row = begin; row < end; ++row) {
    batch.weight[row] = weight;
    batch.trace_id_high[row] = chunk_.trace_id_high;
    if (batch.env[row] == 0) batch.env[row] = env;
    batch.host[row] = host;
    batch.language[row] = language;
    batch.container_id[row] = container_id;
    batch.tracer_version[row] = tracer_version;
    if (batch.version[row] == kEmptyString && batch.service[row] == batch.service[root]) batch.version[row] = version;
    batch.sampling_priority[row] = priority;
    batch.ingestion_reason[row] = reason;
    if (left_over) batch.flags[row] |= model::kIsLeftOver;
    if (!facts.client_computed_top_level && !facts.from_agent) {
      batch.flags[row] &= static_cast<std::uint8_t>(~model::kIsEntry);
      if (is_top_level(batch, tree_, row)) batch.flags[row] |= model::kIsEntry;
    }
    if ((batch.flags[row] & model::kIsEntry) != 0 && batch.type[row] != kEmptyString)
      counts_of(batch.service[row]).type = batch.type[row];
  }
}

SpanNormalizer::Key SpanNormalizer::key_of(const SpanBatch& batch, StringCode code) {
  Key& key = at_code(keys_, code, Key::Unseen);
  if (key != Key::Unseen) [[likely]]
    return key;

  const std::string_view text = batch.strings[code];
  static constexpr std::pair<std::string_view, Key> kKnown[] = {
      {"_dd.base_service", Key::BaseService},
      {"_dd.hostname", Key::Hostname},
      {"_dd.measured", Key::Measured},
      {"_dd.p.dm", Key::DecisionMaker},
      {"_dd.p.tid", Key::TraceIdHigh},
      {"_dd.partial_version", Key::PartialVersion},
      {"_dd.span_sampling.mechanism", Key::SpanSampling},
      {"_dd.top_level", Key::TopLevel},
      {"_sample_rate", Key::SampleRate},
      {"_top_level", Key::AgentTopLevel},
      {"_sampling_priority_v1", Key::SamplingPriority},
      {"env", Key::Env},
      {"http.status_code", Key::HttpStatusCode},
      {"language", Key::Language},
      {"peer.service", Key::PeerService},
      {"span.kind", Key::SpanKind},
      {"version", Key::Version},
  };
  key = text.size() > kTagKeyBytesMax + tail_bytes_ && !is_structured(text) ? Key::TooLong : Key::Other;
  for (const auto& [name, known] : kKnown) {
    if (text == name) key = known;
  }
  return key;
}

// An Agent has given it its form, and may have hidden it since ("?").
bool SpanNormalizer::is_agents_name(std::string_view name) const {
  return from_agent_ && !name.empty() && name.size() <= kNameBytesMax;
}

SpanNormalizer::MendedName SpanNormalizer::service_of(SpanBatch& batch, StringCode code) {
  constexpr MendedName kNone{kUnset, Alteration::ServiceEmpty, false};
  const MendedName known = at_code(services_, code, kNone);
  if (known.name != kUnset) [[likely]]
    return known;

  if (is_agents_name(batch.strings[code])) return services_[code] = {code, Alteration::ServiceEmpty, false};
  const NormalizedName name = normalize_service(batch.strings[code], fallback_service_);
  MendedName mended{batch.strings.intern(name.name), Alteration::ServiceEmpty, name.fault != NameFault::None};
  if (name.fault == NameFault::Truncated) mended.alteration = Alteration::ServiceTruncate;
  if (name.fault == NameFault::Invalid) mended.alteration = Alteration::ServiceInvalid;
  return services_[code] = mended;
}

SpanNormalizer::MendedName SpanNormalizer::operation_of(SpanBatch& batch, StringCode code) {
  constexpr MendedName kNone{kUnset, Alteration::SpanNameEmpty, false};
  const MendedName known = at_code(operations_, code, kNone);
  if (known.name != kUnset) [[likely]]
    return known;

  if (is_agents_name(batch.strings[code])) return operations_[code] = {code, Alteration::SpanNameEmpty, false};
  const NormalizedName name = normalize_operation(batch.strings[code]);
  MendedName mended{batch.strings.intern(name.name), Alteration::SpanNameEmpty, name.fault != NameFault::None};
  if (name.fault == NameFault::Truncated) mended.alteration = Alteration::SpanNameTruncate;
  if (name.fault == NameFault::Invalid) mended.alteration = Alteration::SpanNameInvalid;
  return operations_[code] = mended;
}

StringCode SpanNormalizer::env_of(SpanBatch& batch, StringCode code) {
  const StringCode known = at_code(envs_, code, kUnset);
  if (known != kUnset) [[likely]]
    return known;
  const StringCode env = batch.strings.intern(normalize_tag_value(batch.strings[code]));
  return envs_[code] = env;
}

// The attribute `link.name` is an operation's name.
StringCode SpanNormalizer::links_of(SpanBatch& batch, StringCode code) {
  const StringCode known = at_code(links_, code, kUnset);
  if (known != kUnset) return known;
  std::string renamed;
  const auto rename = [](const EventAttribute& attribute, std::string& out) {
    if (attribute.key != "link.name" || attribute.kind != AttributeKind::Text) return false;
    const std::string name = normalize_operation(attribute.text).name;
    if (name == attribute.text) return false;
    out += name;
    return true;
  };
  const StringCode links =
      attributes_.rewrite(batch.strings[code], rename, renamed) ? batch.strings.intern(renamed) : code;
  return links_[code] = links;
}

StringCode SpanNormalizer::cut_of(SpanBatch& batch, StringCode code, std::size_t bytes_max, std::string_view tail) {
  std::string cut(cut_utf8(batch.strings[code], bytes_max));
  cut += tail;
  return batch.strings.intern(cut);
}

void SpanNormalizer::truncate(SpanBatch& batch) {
  const std::size_t resource_bytes_max = pipeline::resource_bytes_max(settings_.big_resource);
  for (std::size_t row = 0; row < batch.size(); ++row) {
    if (batch.strings[batch.resource[row]].size() <= resource_bytes_max) [[likely]]
      continue;
    batch.resource[row] = cut_of(batch, batch.resource[row], resource_bytes_max, "");
    alter(batch.service[row], Alteration::ResourceTruncate);
  }
  // Texts as long as that are rare, and each is there once: mostly there is none to look for.
  bool any = false;
  for (StringCode code = 0; code < batch.strings.size() && !any; ++code)
    any = batch.strings[code].size() > kTagValueBytesMax + tail_bytes_;
  if (!any) return;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i) {
      const StringCode value = batch.meta.value[i];
      if (batch.strings[value].size() <= kTagValueBytesMax + tail_bytes_ ||
          is_structured(batch.strings[batch.meta.key[i]]))
        continue;
      batch.meta.value[i] = cut_of(batch, value, kTagValueBytesMax, kTail);
      alter(batch.service[row], Alteration::TagValueTruncate);
    }
  }
}

void SpanNormalizer::fill_emptied(SpanBatch& batch) const {
  std::ranges::replace(batch.env, kEmptyString, default_env_);
  std::ranges::replace(batch.host, kEmptyString, default_host_);
}

void SpanNormalizer::refuse(const SpanBatch& batch, std::size_t chunk, Refusal refusal) {
  for (std::size_t row = batch.chunk_begin(chunk); row < batch.chunk_end[chunk]; ++row)
    ++counts_of(batch.service[row]).refused[static_cast<std::size_t>(refusal)];
}

NormalizeReport::Service& SpanNormalizer::counts_of(StringCode service) {
  std::uint32_t& index = at_code(counts_, service, std::uint32_t{0});
  if (index == 0) {
    report_.services.push_back({.service = service});
    index = static_cast<std::uint32_t>(report_.services.size());
  }
  return report_.services[index - 1];
}

void SpanNormalizer::alter(StringCode service, Alteration alteration, std::uint32_t times) {
  counts_of(service).altered[static_cast<std::size_t>(alteration)] += times;
}

}  // namespace vizsla::pipeline
