#include "pipeline/concentrator.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include <fmt/format.h>

#include "base/hash.h"
#include "pipeline/span_fields.h"
#include "sketch/duration_sketch.h"

namespace vizsla::pipeline {
namespace {

using model::SpanBatch;
using model::SpanKind;
using model::StatsBatch;
using model::StatsKey;
using model::StatsText;
using model::StringCode;

constexpr std::size_t kSlotsMin = 256;
// Slots that one giant payload has made are given back.
constexpr std::size_t kSlotsKept = 1 << 16;
// Tag numbers are bytes.
constexpr std::size_t kPeerTagsMax = 200;

// A gRPC status that is a number is told from a text's code by this bit.
constexpr StringCode kGrpcNumber = StringCode{1} << 31;
constexpr double kGrpcNumberEnd = 1e6;

// Which say it, the first first; the last only for spans of gRPC.
constexpr std::string_view kGrpcTags[] = {"rpc.grpc.status_code", "grpc.code", "rpc.grpc.status.code",
                                          "grpc.status.code", "rpc.response.status_code"};

constexpr std::string_view kGrpcNames[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

std::string without_underscores(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c != '_') plain += c;
  }
  return plain;
}

std::vector<std::string> sorted_peer_tags(const ConcentratorSettings& settings) {
  std::vector<std::string> tags = default_peer_tags();
  tags.insert(tags.end(), settings.peer_tags.begin(), settings.peer_tags.end());
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  if (tags.size() > kPeerTagsMax) tags.resize(kPeerTagsMax);
  if (!settings.peer_tags_aggregation) tags.clear();
  return tags;
}

}  // namespace

std::vector<std::string> default_peer_tags() {
  return {"_dd.base_service",
          "active_record.db.vendor",
          "amqp.destination",
          "amqp.exchange",
          "amqp.queue",
          "aws.queue.name",
          "aws.s3.bucket",
          "bucketname",
          "cassandra.keyspace",
          "db.cassandra.contact.points",
          "db.couchbase.seed.nodes",
          "db.hostname",
          "db.instance",
          "db.name",
          "db.namespace",
          "db.system",
          "db.system.name",
          "db.type",
          "dns.hostname",
          "grpc.host",
          "hostname",
          "http.host",
          "http.server_name",
          "messaging.destination",
          "messaging.destination.name",
          "messaging.kafka.bootstrap.servers",
          "messaging.rabbitmq.exchange",
          "messaging.system",
          "mongodb.db",
          "msmq.queue.path",
          "net.peer.name",
          "network.destination.ip",
          "network.destination.name",
          "out.host",
          "peer.hostname",
          "peer.service",
          "queuename",
          "rpc.service",
          "rpc.system",
          "sequel.db.vendor",
          "server.address",
          "streamname",
          "tablename",
          "topicname"};
}

std::string normalize_grpc_status(std::string_view text) {
  std::uint32_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) return fmt::format("{}", number);
  constexpr std::string_view kPrefix = "StatusCode.";
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c & ~0x20);
  }
  if (upper == "CANCELED") upper = "CANCELLED";
  for (std::size_t i = 0; i < std::size(kGrpcNames); ++i) {
    if (upper == kGrpcNames[i] || upper == without_underscores(kGrpcNames[i])) return fmt::format("{}", i);
  }
  return {};
}

Concentrator::Concentrator(const ConcentratorSettings& settings)
    : by_span_kind_(settings.by_span_kind),
      peer_tags_(sorted_peer_tags(settings)),
      rpc_system_(peer_tag("rpc.system")),
      base_service_(peer_tag("_dd.base_service")) {}

void Concentrator::start(const SpanBatch& batch) {
  tags_.clear();
  codes_.clear();
  keys_.clear();
  lists_.clear();
  samples_.clear();
  set_peers_.clear();
  set_end_.assign(1, 0);
  if (set_slots_.size() > kSlotsKept) set_slots_.resize(kSlotsMin);
  set_slots_.assign(std::max(set_slots_.size(), kSlotsMin), {});
  if (slots_.size() > kSlotsKept) slots_.resize(kSlotsMin);
  slots_.assign(std::max(slots_.size(), kSlotsMin), {});
  origin_ = batch.strings.find("_dd.origin");
  grpc_numbers_ = std::any_of(std::begin(kGrpcTags), std::end(kGrpcTags),
                              [&](std::string_view tag) { return batch.strings.find(tag) != model::kEmptyString; });
}

ConcentratorReport Concentrator::process(const SpanBatch& batch, UnixNanos now, StatsBatch& out) {
  start(batch);
  first_row_ = out.size();
  ConcentratorReport report;
  for (std::size_t chunk = 0; chunk < batch.chunk_end.size(); ++chunk) {
    const std::size_t begin = batch.chunk_begin(chunk);
    const std::size_t end = batch.chunk_end[chunk];
    const bool synthetics = is_synthetics(batch, begin, end);
    for (std::size_t row = begin; row < end; ++row) {
      if (!counts(batch, row)) continue;
      const UnixNanos ended = batch.start_ns[row] + batch.duration_ns[row];
      if (ended < now - kStatsWindowNs) {
        ++report.too_old;
      } else if (ended > now + kStatsWindowNs) {
        ++report.too_new;
      } else {
        count(batch, row, synthetics, out);
        ++report.counted;
      }
    }
  }
  write_bins(out);
  return report;
}

bool Concentrator::counts(const SpanBatch& batch, std::size_t row) const {
  const std::uint8_t flags = batch.flags[row];
  if ((flags & model::kIsPartial) != 0) return false;
  if ((flags & (model::kIsEntry | model::kIsMeasured)) != 0) return true;
  const SpanKind kind = batch.kind[row];
  return by_span_kind_ && kind != SpanKind::Unknown && kind != SpanKind::Internal;
}

void Concentrator::count(const SpanBatch& batch, std::size_t row, bool synthetics, StatsBatch& out) {
  SpanKey span;
  StatsKey& key = span.key;
  key.text(StatsText::Env) = batch.env[row];
  key.text(StatsText::Service) = batch.service[row];
  key.text(StatsText::Operation) = batch.operation[row];
  key.text(StatsText::Resource) = batch.resource[row];
  key.text(StatsText::Type) = batch.type[row];
  key.text(StatsText::Version) = batch.version[row];
  key.text(StatsText::Host) = batch.host[row];
  key.text(StatsText::Language) = batch.language[row];
  key.text(StatsText::BaseService) = batch.base_service[row];
  key.http_status = batch.http_status[row];
  key.kind = batch.kind[row];
  key.flags = model::kStatsRootKnown;
  const bool entry = (batch.flags[row] & model::kIsEntry) != 0;
  if (entry) key.flags |= model::kStatsEntry;
  if ((batch.flags[row] & model::kIsRoot) != 0) key.flags |= model::kStatsTraceRoot;
  if (synthetics) key.flags |= model::kStatsSynthetics;
  read_tags(batch, row, span);
  const UnixNanos ended = batch.start_ns[row] + batch.duration_ns[row];
  span.bucket_ns = ended - ended % model::kStatsBucketNs;

  const std::uint32_t at = row_of(batch, span, out);
  const double weight = batch.weight[row];
  const std::int64_t duration = batch.duration_ns[row];
  const bool error = batch.error[row] != 0;
  model::StatsCounts& counts = out.counts[first_row_ + at];
  counts.hits += weight;
  if (entry) counts.top_level_hits += weight;
  if (error) counts.errors += weight;
  counts.duration_ns += weight * static_cast<double>(duration);
  counts.max_duration_ns = std::max(counts.max_duration_ns, duration);
  std::uint32_t& last = error ? lists_[at].last_error : lists_[at].last_ok;
  samples_.push_back({last, sketch::duration_bin(static_cast<double>(duration)), weight});
  last = static_cast<std::uint32_t>(samples_.size());
}

void Concentrator::read_tags(const SpanBatch& batch, std::size_t row, SpanKey& key) {
  constexpr auto kFirstPeer = static_cast<std::uint8_t>(Tag::FirstPeer);
  peers_.clear();
  // Of whom it called only who calls says; of others at most which service's process they run in.
  const SpanKind kind = key.key.kind;
  const bool base_only = kind == SpanKind::Unknown || kind == SpanKind::Internal;
  const bool no_peers = kind == SpanKind::Server;
  std::uint8_t best = kFirstPeer;  // of the ways to say a gRPC status
  StringCode response = model::kEmptyString;
  bool is_grpc = false;
  const std::uint32_t end = batch.meta.end_of(row);
  for (std::uint32_t i = batch.meta.begin_of(row); i < end; ++i) {
    const std::uint8_t tag = tag_of(batch, batch.meta.key[i]);
    if (tag == static_cast<std::uint8_t>(Tag::Other)) [[likely]]
      continue;
    const StringCode value = batch.meta.value[i];
    if (tag >= kFirstPeer) {
      if (tag == rpc_system_) is_grpc = is_grpc || batch.strings[value] == "grpc";
      if (no_peers || value == model::kEmptyString || (base_only && tag != base_service_)) continue;
      peers_.push_back({static_cast<std::uint32_t>(tag - kFirstPeer), value});
    } else if (tag == static_cast<std::uint8_t>(Tag::ServiceSource)) {
      key.key.text(StatsText::ServiceSource) = value;
    } else if (tag == static_cast<std::uint8_t>(Tag::RpcSystem)) {
      is_grpc = is_grpc || batch.strings[value] == "grpc";
    } else if (tag == static_cast<std::uint8_t>(Tag::ResponseStatus)) {
      response = value;
    } else if (tag < best && value != model::kEmptyString) {
      best = tag;
      key.grpc = value;
    }
  }
  if (key.grpc == model::kEmptyString && is_grpc) key.grpc = response;
  if (key.grpc == model::kEmptyString && grpc_numbers_) {
    const std::uint32_t numbers_end = batch.metrics.end_of(row);
    for (std::uint32_t i = batch.metrics.begin_of(row); i < numbers_end; ++i) {
      const std::uint8_t tag = tag_of(batch, batch.metrics.key[i]);
      if (tag < static_cast<std::uint8_t>(Tag::GrpcStatus0) || tag >= best ||
          (tag == static_cast<std::uint8_t>(Tag::ResponseStatus) && !is_grpc))
        continue;
      const double value = batch.metrics.value[i];
      if (!(value >= 0 && value < kGrpcNumberEnd)) continue;
      best = tag;
      key.grpc = kGrpcNumber | static_cast<StringCode>(value);
    }
  }
  if (!peers_.empty()) key.key.text(StatsText::PeerTags) = peer_set();
}

bool Concentrator::is_synthetics(const SpanBatch& batch, std::size_t begin, std::size_t end) const {
  if (origin_ == model::kEmptyString) return false;
  for (std::size_t row = begin; row < end; ++row) {
    // Said on the root by all tracers, by some on each span.
    if (row != begin && (batch.flags[row] & model::kIsRoot) == 0) continue;
    const std::uint32_t tags_end = batch.meta.end_of(row);
    for (std::uint32_t i = batch.meta.begin_of(row); i < tags_end; ++i) {
      if (batch.meta.key[i] == origin_ && batch.strings[batch.meta.value[i]].starts_with("synthetics")) return true;
    }
  }
  return false;
}

inline std::uint8_t Concentrator::tag_of(const SpanBatch& batch, StringCode code) {
  if (code < tags_.size() && tags_[code] != static_cast<std::uint8_t>(Tag::Unseen)) [[likely]]
    return tags_[code];
  return at_code(tags_, code, std::uint8_t{0}) = classify(batch.strings[code]);
}

std::uint8_t Concentrator::classify(std::string_view key) const {
  if (const std::uint8_t peer = peer_tag(key); peer != 0) return peer;
  static_assert(static_cast<std::size_t>(Tag::ResponseStatus) - static_cast<std::size_t>(Tag::GrpcStatus0) ==
                std::size(kGrpcTags) - 1);
  for (std::size_t i = 0; i < std::size(kGrpcTags); ++i) {
    if (key == kGrpcTags[i]) return static_cast<std::uint8_t>(static_cast<std::size_t>(Tag::GrpcStatus0) + i);
  }
  if (key == "_dd.svc_src") return static_cast<std::uint8_t>(Tag::ServiceSource);
  if (key == "rpc.system" || key == "rpc.system.name") return static_cast<std::uint8_t>(Tag::RpcSystem);
  return static_cast<std::uint8_t>(Tag::Other);
}

std::uint8_t Concentrator::peer_tag(std::string_view key) const {
  const auto peer = std::lower_bound(peer_tags_.begin(), peer_tags_.end(), key);
  if (peer == peer_tags_.end() || *peer != key) return 0;
  return static_cast<std::uint8_t>(static_cast<std::size_t>(Tag::FirstPeer) +
                                   static_cast<std::size_t>(peer - peer_tags_.begin()));
}

StringCode Concentrator::code_of(const SpanBatch& batch, StringCode code, StatsBatch& out) {
  if (code == model::kEmptyString) return model::kEmptyString;
  StringCode& known = at_code(codes_, code, kUnset);
  if (known == kUnset) known = out.strings.intern(batch.strings[code]);
  return known;
}

std::uint32_t Concentrator::peer_set() {
  if (peers_.size() > 1)
    std::sort(peers_.begin(), peers_.end(), [](const Peer& a, const Peer& b) { return a.tag < b.tag; });
  static_assert(sizeof(Peer) == 8);
  // Two sets with one hash among the few thousand of a payload: never.
  const std::uint64_t hash =
      hash64({reinterpret_cast<const std::uint8_t*>(peers_.data()), peers_.size() * sizeof(Peer)});
  const auto slot_of = [](std::vector<SetSlot>& slots, std::uint64_t wanted) -> SetSlot& {
    const std::size_t mask = slots.size() - 1;
    std::size_t i = wanted & mask;
    while (slots[i].set != 0 && slots[i].hash != wanted) i = (i + 1) & mask;
    return slots[i];
  };
  SetSlot& slot = slot_of(set_slots_, hash);
  if (slot.set != 0) return slot.set;
  const auto set = static_cast<std::uint32_t>(set_end_.size());
  slot = {hash, set};
  set_peers_.insert(set_peers_.end(), peers_.begin(), peers_.end());
  set_end_.push_back(static_cast<std::uint32_t>(set_peers_.size()));
  if (set * std::size_t{2} > set_slots_.size()) {
    std::vector<SetSlot> larger(set_slots_.size() * 2);
    for (const SetSlot& old : set_slots_) {
      if (old.set != 0) slot_of(larger, old.hash) = old;
    }
    set_slots_.swap(larger);
  }
  return set;
}

StringCode Concentrator::peer_tags_of(const SpanBatch& batch, std::uint32_t set, StatsBatch& out) {
  if (set == 0) return model::kEmptyString;
  text_.clear();
  for (std::uint32_t i = set_end_[set - 1]; i < set_end_[set]; ++i) {
    if (!text_.empty()) text_ += '\0';
    text_ += peer_tags_[set_peers_[i].tag];
    text_ += ':';
    quantizer_.quantize(batch.strings[set_peers_[i].value], text_);
  }
  return out.strings.intern(text_);
}

std::uint32_t Concentrator::row_of(const SpanBatch& batch, const SpanKey& key, StatsBatch& out) {
  const auto hash = static_cast<std::uint32_t>(hash64({reinterpret_cast<const std::uint8_t*>(&key), sizeof(key)}));
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  for (; slots_[i].row != 0; i = (i + 1) & mask) {
    if (slots_[i].hash == hash && keys_[slots_[i].row - 1] == key) return slots_[i].row - 1;
  }
  add_row(batch, key, out);
  const auto rows = static_cast<std::uint32_t>(keys_.size());
  slots_[i] = {hash, rows};
  if (rows * std::size_t{2} > slots_.size()) grow_slots();
  return rows - 1;
}

void Concentrator::add_row(const SpanBatch& batch, const SpanKey& span, StatsBatch& out) {
  StatsKey key = span.key;
  for (std::size_t i = 0; i < model::kStatsTexts; ++i) {
    if (static_cast<StatsText>(i) == StatsText::PeerTags) {
      key.texts[i] = peer_tags_of(batch, span.key.texts[i], out);
    } else {
      key.texts[i] = code_of(batch, span.key.texts[i], out);
    }
  }
  if (span.grpc != model::kEmptyString) {
    key.text(StatsText::GrpcStatus) =
        out.strings.intern((span.grpc & kGrpcNumber) != 0 ? fmt::format("{}", span.grpc & ~kGrpcNumber)
                                                          : normalize_grpc_status(batch.strings[span.grpc]));
  }
  out.key.push_back(key);
  out.bucket_ns.push_back(span.bucket_ns);
  out.counts.emplace_back();
  out.ok_bins.push_back(model::kEmptyString);
  out.error_bins.push_back(model::kEmptyString);
  keys_.push_back(span);
  lists_.emplace_back();
}

void Concentrator::grow_slots() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.row == 0) continue;
    std::size_t i = slot.hash & mask;
    while (slots_[i].row != 0) i = (i + 1) & mask;
    slots_[i] = slot;
  }
}

void Concentrator::write_bins(StatsBatch& out) {
  for (std::size_t row = 0; row < lists_.size(); ++row) {
    out.ok_bins[first_row_ + row] = write_bins(lists_[row].last_ok, out);
    out.error_bins[first_row_ + row] = write_bins(lists_[row].last_error, out);
  }
}

StringCode Concentrator::write_bins(std::uint32_t last, StatsBatch& out) {
  if (last == 0) return model::kEmptyString;
  bins_.clear();
  for (std::uint32_t at = last; at != 0; at = samples_[at - 1].before)
    bins_.emplace_back(samples_[at - 1].bin, samples_[at - 1].weight);
  if (bins_.size() > 1) std::sort(bins_.begin(), bins_.end());
  text_.clear();
  sketch::DurationBinWriter writer(text_);
  for (std::size_t i = 0; i < bins_.size();) {
    const sketch::DurationBin bin = bins_[i].first;
    double weight = 0;
    for (; i < bins_.size() && bins_[i].first == bin; ++i) weight += bins_[i].second;
    writer.add(bin, weight);
  }
  return out.strings.intern(text_);
}

}  // namespace vizsla::pipeline
