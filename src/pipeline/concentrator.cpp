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

void Concentrator::start() {
  tags_.clear();
  codes_.clear();
  samples_.clear();
  peer_sets_.clear();
  if (slots_.size() > kSlotsKept) slots_.resize(kSlotsMin);
  slots_.assign(std::max(slots_.size(), kSlotsMin), {});
}

ConcentratorReport Concentrator::process(const SpanBatch& batch, UnixNanos now, StatsBatch& out) {
  start();
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
  StatsKey key;
  key.text(StatsText::Env) = code_of(batch, batch.env[row], out);
  key.text(StatsText::Service) = code_of(batch, batch.service[row], out);
  key.text(StatsText::Operation) = code_of(batch, batch.operation[row], out);
  key.text(StatsText::Resource) = code_of(batch, batch.resource[row], out);
  key.text(StatsText::Type) = code_of(batch, batch.type[row], out);
  key.text(StatsText::Version) = code_of(batch, batch.version[row], out);
  key.text(StatsText::Host) = code_of(batch, batch.host[row], out);
  key.text(StatsText::Language) = code_of(batch, batch.language[row], out);
  key.text(StatsText::BaseService) = code_of(batch, batch.base_service[row], out);
  key.http_status = batch.http_status[row];
  key.kind = batch.kind[row];
  key.flags = model::kStatsRootKnown;
  const bool entry = (batch.flags[row] & model::kIsEntry) != 0;
  if (entry) key.flags |= model::kStatsEntry;
  if ((batch.flags[row] & model::kIsRoot) != 0) key.flags |= model::kStatsTraceRoot;
  if (synthetics) key.flags |= model::kStatsSynthetics;
  read_tags(batch, row, key, out);

  const UnixNanos ended = batch.start_ns[row] + batch.duration_ns[row];
  const std::uint32_t at = row_of(key, ended - ended % model::kStatsBucketNs, out);
  const double weight = batch.weight[row];
  const std::int64_t duration = batch.duration_ns[row];
  const bool error = batch.error[row] != 0;
  model::StatsCounts& counts = out.counts[at];
  counts.hits += weight;
  if (entry) counts.top_level_hits += weight;
  if (error) counts.errors += weight;
  counts.duration_ns += weight * static_cast<double>(duration);
  counts.max_duration_ns = std::max(counts.max_duration_ns, duration);
  const std::uint64_t bin = sketch::duration_bin(static_cast<double>(duration));
  samples_.push_back({std::uint64_t{at} << 32 | (error ? std::uint64_t{1} << 16 : 0) | bin, weight});
}

void Concentrator::read_tags(const SpanBatch& batch, std::size_t row, StatsKey& key, StatsBatch& out) {
  constexpr auto kFirstPeer = static_cast<std::uint8_t>(Tag::FirstPeer);
  peers_.clear();
  // Of whom it called only who calls says; of others at most which service's process they run in.
  const bool base_only = key.kind == SpanKind::Unknown || key.kind == SpanKind::Internal;
  const bool no_peers = key.kind == SpanKind::Server;
  auto best = static_cast<std::uint8_t>(Tag::FirstPeer);  // of the ways to say a gRPC status
  StringCode grpc = model::kEmptyString;
  StringCode response = model::kEmptyString;
  bool is_grpc = false;
  const auto read_status = [&](std::uint8_t tag, StringCode value) {
    if (tag >= best || value == model::kEmptyString) return;
    best = tag;
    grpc = value;
  };
  const std::uint32_t end = batch.meta.end_of(row);
  for (std::uint32_t i = batch.meta.begin_of(row); i < end; ++i) {
    const std::uint8_t tag = tag_of(batch, batch.meta.key[i]);
    if (tag <= static_cast<std::uint8_t>(Tag::Origin)) [[likely]]
      continue;
    const StringCode value = batch.meta.value[i];
    if (tag >= kFirstPeer) {
      if (tag == rpc_system_) is_grpc = is_grpc || batch.strings[value] == "grpc";
      if (no_peers || value == model::kEmptyString || (base_only && tag != base_service_)) continue;
      peers_.push_back({static_cast<std::uint32_t>(tag - kFirstPeer), value});
    } else if (tag == static_cast<std::uint8_t>(Tag::ServiceSource)) {
      key.text(StatsText::ServiceSource) = code_of(batch, value, out);
    } else if (tag == static_cast<std::uint8_t>(Tag::RpcSystem)) {
      is_grpc = is_grpc || batch.strings[value] == "grpc";
    } else if (tag == static_cast<std::uint8_t>(Tag::ResponseStatus)) {
      response = value;
    } else {
      read_status(tag, value);
    }
  }
  if (grpc == model::kEmptyString && is_grpc) grpc = response;
  if (grpc != model::kEmptyString) {
    key.text(StatsText::GrpcStatus) = out.strings.intern(normalize_grpc_status(batch.strings[grpc]));
  } else {
    const std::uint32_t numbers_end = batch.metrics.end_of(row);
    for (std::uint32_t i = batch.metrics.begin_of(row); i < numbers_end; ++i) {
      const std::uint8_t tag = tag_of(batch, batch.metrics.key[i]);
      if (tag < static_cast<std::uint8_t>(Tag::GrpcStatus0) || tag >= best ||
          (tag == static_cast<std::uint8_t>(Tag::ResponseStatus) && !is_grpc))
        continue;
      const double value = batch.metrics.value[i];
      if (!(value >= 0 && value < 1e6)) continue;
      best = tag;
      key.text(StatsText::GrpcStatus) = out.strings.intern(fmt::format("{}", static_cast<std::uint32_t>(value)));
    }
  }
  if (!peers_.empty()) key.text(StatsText::PeerTags) = peer_tags_of(batch, out);
}

bool Concentrator::is_synthetics(const SpanBatch& batch, std::size_t begin, std::size_t end) {
  for (std::size_t row = begin; row < end; ++row) {
    // Said on the root by all tracers, by some on each span.
    if (row != begin && (batch.flags[row] & model::kIsRoot) == 0) continue;
    const std::uint32_t tags_end = batch.meta.end_of(row);
    for (std::uint32_t i = batch.meta.begin_of(row); i < tags_end; ++i) {
      if (tag_of(batch, batch.meta.key[i]) == static_cast<std::uint8_t>(Tag::Origin) &&
          batch.strings[batch.meta.value[i]].starts_with("synthetics"))
        return true;
    }
  }
  return false;
}

std::uint8_t Concentrator::tag_of(const SpanBatch& batch, StringCode code) {
  std::uint8_t& tag = at_code(tags_, code, std::uint8_t{0});
  if (tag != static_cast<std::uint8_t>(Tag::Unseen)) [[likely]]
    return tag;
  static constexpr std::pair<std::string_view, Tag> kKnown[] = {
      {"_dd.origin", Tag::Origin},
      {"_dd.svc_src", Tag::ServiceSource},
      {"rpc.system", Tag::RpcSystem},
      {"rpc.system.name", Tag::RpcSystem},
      {"rpc.grpc.status_code", Tag::GrpcStatus0},
      {"grpc.code", Tag::GrpcStatus1},
      {"rpc.grpc.status.code", Tag::GrpcStatus2},
      {"grpc.status.code", Tag::GrpcStatus3},
      {"rpc.response.status_code", Tag::ResponseStatus},
  };
  const std::string_view key = batch.strings[code];
  tag = static_cast<std::uint8_t>(Tag::Other);
  for (const auto& [name, known] : kKnown) {
    if (key == name) tag = static_cast<std::uint8_t>(known);
  }
  if (const std::uint8_t peer = peer_tag(key); peer != 0) tag = peer;
  return tag;
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

StringCode Concentrator::peer_tags_of(const SpanBatch& batch, StatsBatch& out) {
  std::sort(peers_.begin(), peers_.end(), [](const Peer& a, const Peer& b) { return a.tag < b.tag; });
  static_assert(sizeof(Peer) == 8);
  // Two sets with one hash among the few thousand of a payload: never.
  const std::uint64_t hash =
      hash64({reinterpret_cast<const std::uint8_t*>(peers_.data()), peers_.size() * sizeof(Peer)});
  const auto [known, is_new] = peer_sets_.try_emplace(hash, model::kEmptyString);
  if (is_new) {
    text_.clear();
    for (const Peer& peer : peers_) {
      if (!text_.empty()) text_ += '\0';
      text_ += peer_tags_[peer.tag];
      text_ += ':';
      quantizer_.quantize(batch.strings[peer.value], text_);
    }
    known->second = out.strings.intern(text_);
  }
  return known->second;
}

std::uint32_t Concentrator::row_of(const StatsKey& key, UnixNanos bucket_ns, StatsBatch& out) {
  const auto hash = static_cast<std::uint32_t>(
      hash64({reinterpret_cast<const std::uint8_t*>(&key), sizeof(key)}, static_cast<std::uint64_t>(bucket_ns)));
  std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  for (; slots_[i].row != 0; i = (i + 1) & mask) {
    const std::size_t row = slots_[i].row - 1;
    if (slots_[i].hash == hash && out.bucket_ns[row] == bucket_ns && out.key[row] == key)
      return static_cast<std::uint32_t>(row);
  }
  out.key.push_back(key);
  out.bucket_ns.push_back(bucket_ns);
  out.counts.emplace_back();
  out.ok_bins.push_back(model::kEmptyString);
  out.error_bins.push_back(model::kEmptyString);
  slots_[i] = {hash, static_cast<std::uint32_t>(out.size())};
  if ((out.size() - first_row_) * 2 > slots_.size()) grow_slots();
  return static_cast<std::uint32_t>(out.size() - 1);
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
  std::sort(samples_.begin(), samples_.end(), [](const Sample& a, const Sample& b) { return a.place < b.place; });
  for (std::size_t i = 0; i < samples_.size();) {
    const std::uint64_t list = samples_[i].place >> 16;
    text_.clear();
    sketch::DurationBinWriter writer(text_);
    while (i < samples_.size() && samples_[i].place >> 16 == list) {
      const std::uint64_t place = samples_[i].place;
      double weight = 0;
      for (; i < samples_.size() && samples_[i].place == place; ++i) weight += samples_[i].weight;
      writer.add(static_cast<sketch::DurationBin>(place & 0xffff), weight);
    }
    const std::size_t row = list >> 16;
    ((list & 1) != 0 ? out.error_bins : out.ok_bins)[row] = out.strings.intern(text_);
  }
}

}  // namespace vizsla::pipeline
