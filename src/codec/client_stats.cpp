#include "codec/client_stats.h"

#include <limits>

#include <fmt/format.h>

#include "codec/ddsketch_wire.h"
#include "codec/msgpack_reader.h"
#include "codec/text.h"
#include "codec/text_budget.h"
#include "sketch/duration_sketch.h"

namespace vizsla::codec {
namespace {

using model::ClientStats;
using model::ClientStatsGroup;
using model::ClientStatsSender;
using model::StringCode;

class Decoder {
 public:
  Decoder(Bytes body, ClientStats& into, const ClientStatsLimits& limits)
      : in_(body), into_(into), limits_(limits), bins_budget_(body.size()) {}

  Result<ClientStatsReport> tracer() {
    sender();
    return finish();
  }

  Result<ClientStatsReport> agent() {
    for (std::uint32_t n = in_.map_header(); n > 0 && !in_.failed(); --n) {
      const std::string_view key = in_.string();
      if (key == "Stats") {
        for (std::uint32_t m = in_.array_header(); m > 0 && !in_.failed(); --m) sender();
      } else if (key == "AgentHostname") {
        into_.agent_hostname = text();
      } else if (key == "AgentEnv") {
        into_.agent_env = text();
      } else {
        in_.skip();
      }
    }
    return finish();
  }

 private:
  Result<ClientStatsReport> finish() {
    if (!in_.failed()) return std::move(report_);
    const Error error = in_.error();
    std::string where;
    if (bucket_ > 0) where = fmt::format(", in group {} of bucket {}", group_, bucket_);
    if (into_.senders.size() > 1) where += fmt::format(" of payload {}", into_.senders.size());
    return fail(over_limit_ ? ErrorCode::LimitExceeded : error.code,
                fmt::format("{}{}{}", in_.truncated() ? "unexpected-eof: " : "", error.message, where));
  }

  void sender() {
    if (into_.senders.size() >= limits_.senders_max) return too_much("fewer payloads");
    ClientStatsSender sender;
    bucket_ = 0;
    // Its number is known before what it says, which comes in any order.
    into_.senders.emplace_back();
    for (std::uint32_t n = in_.map_header(); n > 0 && !in_.failed(); --n) {
      const std::string_view key = in_.string();
      if (key == "Stats") {
        for (std::uint32_t m = in_.array_header(); m > 0 && !in_.failed(); --m) bucket();
      } else if (key == "Hostname") {
        sender.hostname = text();
      } else if (key == "Env") {
        sender.env = text();
      } else if (key == "Version") {
        sender.version = text();
      } else if (key == "Lang") {
        sender.language = text();
      } else if (key == "Service") {
        sender.service = text();
      } else if (key == "AgentAggregation") {
        sender.counts_only = in_.string() == "counts";
      } else {
        in_.skip();
      }
    }
    into_.senders.back() = sender;
  }

  void bucket() {
    ++bucket_;
    group_ = 0;
    UnixNanos start = 0;
    const std::size_t first = into_.groups.size();
    for (std::uint32_t n = in_.map_header(); n > 0 && !in_.failed(); --n) {
      const std::string_view key = in_.string();
      if (key == "Start") {
        // What is too large for a time comes out negative.
        start = static_cast<UnixNanos>(in_.u64());
      } else if (key == "Stats") {
        for (std::uint32_t m = in_.array_header(); m > 0 && !in_.failed(); --m) group();
      } else {
        in_.skip();
      }
    }
    for (std::size_t i = first; i < into_.groups.size(); ++i) into_.groups[i].start_ns = start;
  }

  void group() {
    ++group_;
    if (report_.groups >= limits_.groups_max) return too_much("fewer groups");
    ++report_.groups;
    refused_.clear();
    ClientStatsGroup group;
    group.sender = static_cast<std::uint32_t>(into_.senders.size() - 1);
    group.peers_begin = group.peers_end = static_cast<std::uint32_t>(into_.peer_tags.size());
    bool bad_sketch = false;
    for (std::uint32_t n = in_.map_header(); n > 0 && !in_.failed(); --n) {
      const std::string_view key = in_.string();
      if (key == "Service") {
        group.service = text();
      } else if (key == "Name") {
        group.operation = text();
      } else if (key == "Resource") {
        group.resource = text();
      } else if (key == "HTTPStatusCode") {
        group.http_status = http_status();
      } else if (key == "Type") {
        group.type = text();
      } else if (key == "DBType") {
        group.db_type = text();
      } else if (key == "Hits") {
        group.hits = count(key, limits_.count_max);
      } else if (key == "Errors") {
        group.errors = count(key, limits_.count_max);
      } else if (key == "Duration") {
        group.duration_ns = count(key, limits_.duration_ns_max);
      } else if (key == "TopLevelHits") {
        group.top_level_hits = count(key, limits_.count_max);
      } else if (key == "OkSummary") {
        bad_sketch |= !durations(key, group.ok_bins);
      } else if (key == "ErrorSummary") {
        bad_sketch |= !durations(key, group.error_bins);
      } else if (key == "Synthetics") {
        group.synthetics = in_.flag();
      } else if (key == "SpanKind") {
        group.kind = text();
      } else if (key == "PeerTags") {
        peer_tags(group);
      } else if (key == "IsTraceRoot") {
        group.trace_root = trace_root();
      } else if (key == "GRPCStatusCode") {
        group.grpc_status = number_or_text();
      } else if (key == "HTTPMethod") {
        group.http_method = text();
      } else if (key == "HTTPEndpoint") {
        group.http_endpoint = text();
      } else if (key == "srv_src") {
        group.service_source = text();
      } else {
        in_.skip();
      }
    }
    if (in_.failed()) return;
    if (refused_.empty()) {
      into_.groups.push_back(group);
      return;
    }
    into_.peer_tags.resize(group.peers_begin);
    ++(bad_sketch ? report_.invalid_sketches : report_.invalid_counts);
    if (report_.first_refused.empty())
      report_.first_refused = fmt::format("{}, in group {} of bucket {}", refused_, group_, bucket_);
  }

  StringCode text() {
    const std::string_view text = in_.string();
    if (is_valid_utf8(text)) [[likely]]
      return into_.strings.intern(text);
    ++report_.repaired_strings;
    return into_.strings.intern(repair_utf8(text));
  }

  StringCode number_or_text() {
    if (in_.peek() != MsgpackReader::Kind::Int) return text();
    return into_.strings.intern(fmt::format("{}", static_cast<std::int64_t>(in_.u64())));
  }

  // 0 for what can't be one.
  std::uint32_t http_status() {
    const double status = in_.f64();
    return status > 0 && status <= std::numeric_limits<std::uint32_t>::max() ? static_cast<std::uint32_t>(status) : 0;
  }

  model::SaidTraceRoot trace_root() {
    using model::SaidTraceRoot;
    if (in_.peek() == MsgpackReader::Kind::Bool) return in_.boolean() ? SaidTraceRoot::Yes : SaidTraceRoot::No;
    const std::uint64_t said = in_.u64();
    return said <= 2 ? static_cast<SaidTraceRoot>(said) : SaidTraceRoot::NotSaid;
  }

  // Negative numbers, and what is none, refuse the group and leave the others alone.
  double count(std::string_view key, double max) {
    const double value = in_.f64();
    // Written so that NaN is refused too.
    if (value >= 0 && value <= max) return value;
    if (refused_.empty()) refused_ = fmt::format("{}: expected a number from 0 to {:g}, got {:g}", key, max, value);
    return 0;
  }

  // False when the group is refused for it.
  bool durations(std::string_view key, StringCode& bins) {
    const auto sketch = decode_ddsketch(as_bytes(in_.string()));
    if (!sketch) {
      refused_ = fmt::format("{}: {}", key, sketch.error().message);
      return false;
    }
    if (sketch->empty()) return true;
    durations_.clear();
    durations_.merge(*sketch);
    bins_text_.clear();
    sketch::encode_duration_bins(durations_, bins_text_);
    // A coarse mapping's bins are many of ours.
    if (!bins_budget_.take(bins_text_.size())) {
      too_much("finer sketches: their bins become too many");
      return true;
    }
    bins = into_.strings.intern(bins_text_);
    return true;
  }

  void peer_tags(ClientStatsGroup& group) {
    into_.peer_tags.resize(group.peers_begin);  // were the field there twice
    for (std::uint32_t n = in_.array_header(); n > 0 && !in_.failed(); --n) {
      if (into_.peer_tags.size() >= limits_.peer_tags_max) return too_much("fewer peer tags");
      into_.peer_tags.push_back(text());
    }
    group.peers_end = static_cast<std::uint32_t>(into_.peer_tags.size());
  }

  void too_much(const char* what) {
    over_limit_ = over_limit_ || !in_.failed();
    in_.fail(what);
  }

  MsgpackReader in_;
  ClientStats& into_;
  const ClientStatsLimits& limits_;
  ClientStatsReport report_;
  TextBudget bins_budget_;
  bool over_limit_ = false;
  // Where it reads, counted from 1.
  std::uint32_t bucket_ = 0;
  std::uint32_t group_ = 0;
  std::string refused_;  // why the group at hand is; "" = it isn't
  sketch::DurationSketch durations_;
  std::string bins_text_;
};

}  // namespace

Result<ClientStatsReport> decode_client_stats(Bytes body, ClientStats& into, const ClientStatsLimits& limits) {
  return Decoder(body, into, limits).tracer();
}

Result<ClientStatsReport> decode_agent_stats(Bytes body, ClientStats& into, const ClientStatsLimits& limits) {
  return Decoder(body, into, limits).agent();
}

}  // namespace vizsla::codec
