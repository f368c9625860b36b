#include "pipeline/client_stats.h"

#include <algorithm>

#include "base/hash.h"
#include "pipeline/concentrator.h"
#include "pipeline/normalize_names.h"
#include "pipeline/span_fields.h"
#include "sketch/duration_sketch.h"

namespace vizsla::pipeline {
namespace {

using model::ClientStats;
using model::ClientStatsGroup;
using model::ClientStatsSender;
using model::kEmptyString;
using model::SaidTraceRoot;
using model::StatsBatch;
using model::StatsKey;
using model::StatsText;
using model::StringCode;

// Texts that no rule cuts: far above what anybody sends.
constexpr std::size_t kTextBytesMax = 5000;
constexpr std::string_view kBaseService = "_dd.base_service:";

// dd-trace-js calls itself so with its statistics, and "nodejs" with its traces.
std::string_view language_name(std::string_view said) {
  return said == "javascript" ? "nodejs" : said;
}

std::int64_t longest(const StatsBatch& out, std::initializer_list<StringCode> all_bins) {
  double longest = 0;
  for (const StringCode bins : all_bins) {
    sketch::DurationBin highest = 0;
    sketch::decode_duration_bins(as_bytes(out.strings[bins]), [&](sketch::DurationBin bin, double) { highest = bin; });
    longest = std::max(longest, sketch::bin_end(highest));
  }
  return static_cast<std::int64_t>(longest);
}

// What the two halves of a group have in common, whatever else an Agent keeps of one of them.
std::uint64_t half_key(const StatsBatch& out, std::size_t row) {
  StatsKey half;
  const StatsKey& key = out.key[row];
  for (const StatsText text :
       {StatsText::Env, StatsText::Service, StatsText::Operation, StatsText::Resource, StatsText::Type})
    half.text(text) = key.text(text);
  half.http_status = key.http_status;
  half.kind = key.kind;
  half.flags = key.flags & static_cast<std::uint8_t>(~model::kStatsEntry);
  return hash64({reinterpret_cast<const std::uint8_t*>(&half), sizeof(half)},
                static_cast<std::uint64_t>(out.bucket_ns[row]));
}

}  // namespace

std::size_t ClientStatsPipeline::ResourceHash::operator()(const ResourceKey& key) const {
  static_assert(sizeof(ResourceKey) == 5 * sizeof(std::uint32_t));
  return hash64({reinterpret_cast<const std::uint8_t*>(&key), sizeof(key)});
}

ClientStatsPipeline::ClientStatsPipeline(ChunkFilter filter, const PipelineSettings& settings, TagReplacer replacer)
    : filter_(std::move(filter)),
      obfuscator_(settings.obfuscation),
      replacer_(std::move(replacer)),
      resource_bytes_max_(resource_bytes_max(settings.normalize.big_resource)) {}

Result<ClientStatsPipeline> ClientStatsPipeline::create(const PipelineSettings& settings) {
  VIZSLA_TRY(ChunkFilter filter, ChunkFilter::create(settings.filters));
  VIZSLA_TRY(TagReplacer replacer, TagReplacer::create(settings.replace_tags));
  return ClientStatsPipeline(std::move(filter), settings, std::move(replacer));
}

void ClientStatsPipeline::start(const ClientStats& stats, const ClientStatsFacts& facts, StatsBatch& out) {
  facts_ = facts;
  first_row_ = out.size();
  fallback_service_ = fallback_service(language_name(facts.language));
  for (auto* known : {&services_, &operations_, &grpc_, &texts_}) known->clear();
  resources_.clear();
  counts_rows_.clear();
  senders_.clear();
  for (const ClientStatsSender& sender : stats.senders) senders_.push_back(sender_of(stats, sender, out));
}

ClientStatsOutcome ClientStatsPipeline::process(const ClientStats& stats, const ClientStatsFacts& facts, UnixNanos now,
                                                StatsBatch& out) {
  start(stats, facts, out);
  ClientStatsOutcome outcome;
  for (const ClientStatsGroup& group : stats.groups) {
    if (group.start_ns < now - kStatsWindowNs) {
      ++outcome.too_old;
    } else if (group.start_ns > now + kStatsWindowNs) {
      ++outcome.too_new;
    } else {
      add(stats, group, out, outcome);
    }
  }
  if (!counts_rows_.empty()) find_entries(out);
  return outcome;
}

ClientStatsPipeline::Sender ClientStatsPipeline::sender_of(const ClientStats& stats, const ClientStatsSender& sent,
                                                           StatsBatch& out) {
  const auto text = [&](StringCode code) { return cut_utf8(stats.strings[code], kTextBytesMax); };
  Sender sender;
  for (const StringCode said : {sent.env, stats.agent_env}) {
    if (sender.env == kEmptyString) sender.env = out.strings.intern(normalize_tag_value(stats.strings[said]));
  }
  if (sender.env == kEmptyString) sender.env = out.strings.intern(facts_.default_env);
  for (const std::string_view said : {text(sent.hostname), text(stats.agent_hostname), facts_.default_host}) {
    if (sender.host == kEmptyString) sender.host = out.strings.intern(said);
  }
  sender.version = out.strings.intern(text(sent.version));
  const std::string_view language = text(sent.language);
  sender.language = out.strings.intern(language_name(language.empty() ? facts_.language : language));
  sender.service = out.strings.intern(normalize_service(stats.strings[sent.service], "").name);
  return sender;
}

void ClientStatsPipeline::add(const ClientStats& stats, const ClientStatsGroup& group, StatsBatch& out,
                              ClientStatsOutcome& outcome) {
  const Sender& sender = senders_[group.sender];
  const bool has_bins = group.ok_bins != kEmptyString || group.error_bins != kEmptyString;
  const bool adds = has_bins || group.hits > 0 || group.top_level_hits > 0 || group.errors > 0 || group.duration_ns > 0;

  StatsKey key;
  key.text(StatsText::Operation) = operation_of(stats, group.operation, out);
  const MendedResource resource = resource_of(
      stats, {group.resource, key.text(StatsText::Operation), group.type, group.db_type, group.http_status}, out);
  if (resource.ignored) {
    ++outcome.ignored_resource;
    return;
  }
  ++outcome.taken;
  if (!adds) return;

  key.text(StatsText::Service) = service_of(stats, group.service, out);
  key.text(StatsText::Resource) = resource.resource;
  key.text(StatsText::Type) = text_of(stats, group.type, kTypeBytesMax, out);
  key.text(StatsText::Env) = sender.env;
  key.text(StatsText::Host) = sender.host;
  key.text(StatsText::Language) = sender.language;
  StringCode base_service = kEmptyString;
  key.text(StatsText::PeerTags) = peer_tags_of(stats, group, out, base_service);
  // Its process' version says nothing of the database that it calls, which is a service of its own; spans have none
  // there either.
  const bool own = sender.service == kEmptyString || sender.service == key.text(StatsText::Service);
  if (own) {
    key.text(StatsText::Version) = sender.version;
  } else if (base_service == kEmptyString) {
    base_service = sender.service;
  }
  key.text(StatsText::BaseService) = base_service;
  key.text(StatsText::ServiceSource) = text_of(stats, group.service_source, kTextBytesMax, out);
  key.text(StatsText::GrpcStatus) = grpc_status_of(stats, group.grpc_status, out);
  key.text(StatsText::HttpMethod) = text_of(stats, group.http_method, kTextBytesMax, out);
  key.text(StatsText::HttpEndpoint) = text_of(stats, group.http_endpoint, kTextBytesMax, out);
  key.http_status = resource.http_status;
  key.kind = parse_kind(stats.strings[group.kind]);
  key.flags = model::kStatsFromClient;
  if (group.top_level_hits > 0) key.flags |= model::kStatsEntry;
  if (group.trace_root != SaidTraceRoot::NotSaid) key.flags |= model::kStatsRootKnown;
  if (group.trace_root == SaidTraceRoot::Yes) key.flags |= model::kStatsTraceRoot;
  if (group.synthetics) key.flags |= model::kStatsSynthetics;

  if (stats.senders[group.sender].counts_only) counts_rows_.push_back(out.size());
  const StringCode ok_bins = out.strings.intern(stats.strings[group.ok_bins]);
  const StringCode error_bins = out.strings.intern(stats.strings[group.error_bins]);
  out.key.push_back(key);
  out.bucket_ns.push_back(group.start_ns - group.start_ns % model::kStatsBucketNs);
  out.counts.push_back({.hits = group.hits,
                        .top_level_hits = group.top_level_hits,
                        .errors = group.errors,
                        .duration_ns = group.duration_ns,
                        .max_duration_ns = longest(out, {ok_bins, error_bins})});
  out.ok_bins.push_back(ok_bins);
  out.error_bins.push_back(error_bins);
}

// As spans of an Agent: it has given names their form, and may have hidden them since ("?").
bool ClientStatsPipeline::is_agents_name(std::string_view name) const {
  return facts_.from_agent && !name.empty() && name.size() <= kServiceBytesMax;
}

StringCode ClientStatsPipeline::service_of(const ClientStats& stats, StringCode code, StatsBatch& out) {
  StringCode& known = at_code(services_, code, kUnset);
  if (known != kUnset) return known;
  const std::string_view name = stats.strings[code];
  return known = out.strings.intern(is_agents_name(name) ? name : normalize_service(name, fallback_service_).name);
}

StringCode ClientStatsPipeline::operation_of(const ClientStats& stats, StringCode code, StatsBatch& out) {
  StringCode& known = at_code(operations_, code, kUnset);
  if (known != kUnset) return known;
  const std::string_view name = stats.strings[code];
  return known = out.strings.intern(is_agents_name(name) ? name : normalize_operation(name).name);
}

StringCode ClientStatsPipeline::grpc_status_of(const ClientStats& stats, StringCode code, StatsBatch& out) {
  StringCode& known = at_code(grpc_, code, kUnset);
  if (known == kUnset) known = out.strings.intern(normalize_grpc_status(stats.strings[code]));
  return known;
}

StringCode ClientStatsPipeline::text_of(const ClientStats& stats, StringCode code, std::size_t bytes_max,
                                        StatsBatch& out) {
  if (code == kEmptyString) return kEmptyString;
  const std::string_view text = stats.strings[code];
  if (text.size() > bytes_max) return out.strings.intern(cut_utf8(text, bytes_max));
  StringCode& known = at_code(texts_, code, kUnset);
  if (known == kUnset) known = out.strings.intern(text);
  return known;
}

// In the Agent's order (agent-protocol §3.1); cut behind obfuscation, as the resources of spans are.
ClientStatsPipeline::MendedResource ClientStatsPipeline::resource_of(const ClientStats& stats, const ResourceKey& key,
                                                                     StatsBatch& out) {
  const auto [known, is_new] = resources_.try_emplace(key);
  if (!is_new) return known->second;
  MendedResource& mended = known->second;
  const std::string operation(out.strings[key.operation]);
  std::string resource(key.resource == kEmptyString ? operation : stats.strings[key.resource]);
  std::uint32_t http_status = key.http_status;
  if (!facts_.from_agent) {
    mended.ignored = filter_.ignores_resource(resource);
    if (mended.ignored) return mended;
    if (!facts_.obfuscated)
      obfuscator_.process_stats_group(stats.strings[key.type], stats.strings[key.db_type], resource);
    resource.resize(cut_utf8(resource, resource_bytes_max_).size());
    if (!replacer_.empty()) replacer_.process_stats_group(operation, resource, http_status);
  }
  mended.resource = out.strings.intern(cut_utf8(resource, resource_bytes_max_));
  mended.http_status = is_http_status(http_status) ? static_cast<std::uint16_t>(http_status) : std::uint16_t{0};
  return mended;
}

StringCode ClientStatsPipeline::peer_tags_of(const ClientStats& stats, const ClientStatsGroup& group, StatsBatch& out,
                                             StringCode& base_service) {
  peers_.clear();
  for (std::uint32_t i = group.peers_begin; i < group.peers_end; ++i) {
    const std::string_view tag = stats.strings[stats.peer_tags[i]];
    const std::size_t colon = tag.find(':');
    if (colon == 0 || colon == std::string_view::npos || colon + 1 == tag.size()) continue;
    peers_.push_back(tag);
    if (tag.starts_with(kBaseService))
      base_service = out.strings.intern(normalize_service(tag.substr(kBaseService.size()), "").name);
  }
  if (peers_.empty()) return kEmptyString;
  // By key, as the concentrator does: of "a.b:1" and "a:1" the second comes first.
  const auto key_of = [](std::string_view tag) { return tag.substr(0, tag.find(':')); };
  std::sort(peers_.begin(), peers_.end(),
            [&](std::string_view a, std::string_view b) { return std::pair(key_of(a), a) < std::pair(key_of(b), b); });
  peers_.erase(std::unique(peers_.begin(), peers_.end()), peers_.end());
  text_.clear();
  for (const std::string_view tag : peers_) {
    if (!text_.empty()) text_ += '\0';
    const std::string_view key = key_of(tag);
    text_ += key;
    text_ += ':';
    quantizer_.quantize(tag.substr(key.size() + 1, kTextBytesMax), text_);
  }
  return out.strings.intern(text_);
}

// An older Agent's counts say no top-level hits; its sketches beside them do. Where those are elsewhere, a group whose
// spans began a trace, or were called from outside, is one of entry spans.
void ClientStatsPipeline::find_entries(StatsBatch& out) {
  entries_.clear();
  for (std::size_t row = first_row_; row < out.size(); ++row) {
    if ((out.key[row].flags & model::kStatsEntry) != 0) entries_.insert(half_key(out, row));
  }
  for (const std::size_t row : counts_rows_) {
    StatsKey& key = out.key[row];
    const bool called = key.kind == model::SpanKind::Server || key.kind == model::SpanKind::Consumer ||
                        (key.flags & model::kStatsTraceRoot) != 0;
    if (called || entries_.contains(half_key(out, row))) key.flags |= model::kStatsEntry;
  }
}

}  // namespace vizsla::pipeline
