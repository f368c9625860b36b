#include "server/metrics.h"

#include <fmt/format.h>

namespace vizsla::server {
namespace {

class Exposition {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }

  template <class Number>
  void sample(Number value, std::initializer_list<std::pair<std::string_view, std::string_view>> labels = {}) {
    text_ += name_;
    const char* separator = "{";
    for (const auto& [label, text] : labels) {
      text_ += fmt::format("{}{}=\"{}\"", separator, label, escaped(text));
      separator = ",";
    }
    text_ += fmt::format("{} {}\n", labels.size() > 0 ? "}" : "", value);
  }

  template <class Number>
  void single(std::string_view name, std::string_view type, std::string_view help, Number value) {
    family(name, type, help);
    sample(value);
  }

  std::string take() { return std::move(text_); }

 private:
  static std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c == '\\' || c == '"') out += '\\';
      out += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    return out;
  }

  std::string name_;
  std::string text_;
};

}  // namespace

std::string metrics_text(const MetricSources& s) {
  Exposition out;
  out.family("vizsla_build_info", "gauge", "The version that runs.");
  out.sample(1, {{"version", s.version}});
  out.single("process_start_time_seconds", "gauge", "When the process started.",
             static_cast<double>(s.started_ns) / 1e9);
  out.single("process_cpu_seconds_total", "counter", "CPU time of the process.", s.cpu_seconds);
  out.single("process_resident_memory_bytes", "gauge", "Resident memory.", s.resident_bytes);

  out.single("vizsla_spans_received_total", "counter", "Spans that arrived in payloads that could be read up to them.",
             s.intake.total.received);
  out.single("vizsla_spans_stored_total", "counter", "Spans that were stored.", s.intake.total.stored);
  out.family("vizsla_statistics_spans_total", "counter",
             "Spans that statistics are of, and those that ended too far from now to be counted.");
  out.sample(s.intake.counted.counted, {{"outcome", "counted"}});
  out.sample(s.intake.counted.too_old, {{"outcome", "too_old"}});
  out.sample(s.intake.counted.too_new, {{"outcome", "too_new"}});
  out.family("vizsla_statistics_limited_rows_total", "counter",
             "Rows of statistics that count under agent_blocked_value, by what there was too much of.");
  for (const auto& [limit, count] : s.intake.limited_stats) out.sample(count, {{"limit", limit}});
  out.family("vizsla_spans_refused_total", "counter", "Spans that were not stored, by reason.");
  for (const auto& [reason, count] : s.intake.total.refused) out.sample(count, {{"reason", reason}});
  out.family("vizsla_spans_altered_total", "counter",
             "Stored spans of which something was mended or cut, by what it was.");
  for (const auto& [what, count] : s.intake.total.altered) out.sample(count, {{"what", what}});
  out.single("vizsla_stats_groups_received_total", "counter", "Groups of statistics that tracers and Agents computed.",
             s.intake.stats_groups.received);
  out.single("vizsla_stats_groups_stored_total", "counter", "Those that count.", s.intake.stats_groups.stored);
  out.family("vizsla_stats_groups_refused_total", "counter", "Those that don't, by reason.");
  for (const auto& [reason, count] : s.intake.stats_groups.refused) out.sample(count, {{"reason", reason}});
  out.family("vizsla_payloads_total", "counter", "Payloads by route and outcome.");
  for (const auto& payload : s.intake.payloads)
    out.sample(payload.requests, {{"route", payload.route}, {"outcome", payload.outcome}});
  out.family("vizsla_payload_bytes_total", "counter", "Bytes of payloads by route and outcome.");
  for (const auto& payload : s.intake.payloads)
    out.sample(payload.bytes, {{"route", payload.route}, {"outcome", payload.outcome}});
  out.single("vizsla_strings_repaired_total", "counter", "Strings that weren't UTF-8.", s.intake.repaired_strings);
  out.single("vizsla_values_coerced_total", "counter", "Values of another type than their field.",
             s.intake.coerced_values);
  const intake::RemoteConfigCounts& remote = s.remote_config;
  out.family("vizsla_remote_config_requests_total", "counter",
             "Requests of tracers for remote configuration, by what they were answered.");
  out.sample(remote.unchanged, {{"outcome", "unchanged"}});
  out.sample(remote.sent, {{"outcome", "sent"}});
  out.sample(remote.refused, {{"outcome", "refused"}});
  out.sample(remote.off, {{"outcome", "off"}});
  out.single("vizsla_remote_config_errors_total", "counter",
             "Errors that tracers reported of their remote configuration, each once.", remote.errors);
  out.family("vizsla_remote_config_clients", "gauge",
             "Tracers that asked for remote configuration in the last five minutes, by what became of it.");
  for (std::size_t i = 0; i < intake::kConfigStates; ++i)
    out.sample(remote.clients[i], {{"state", to_string(static_cast<intake::ConfigState>(i))}});
  out.single("vizsla_payloads_remembered", "gauge", "Payload hashes kept to recognise repetitions.",
             s.remembered_payloads);

  out.single("vizsla_store_spans", "gauge", "Spans in the store, copies included.", s.store.spans);
  out.single("vizsla_store_live_spans", "gauge", "Spans that are in memory and in the log, not in blocks yet.",
             s.store.live_spans);
  out.single("vizsla_store_live_bytes", "gauge", "Memory of those spans.", s.store.live_bytes);
  out.single("vizsla_store_blocks", "gauge", "Blocks.", s.store.blocks);
  out.single("vizsla_store_block_bytes", "gauge", "Bytes of blocks.", s.store.block_bytes);
  out.single("vizsla_store_index_bytes", "gauge", "Bytes of the blocks' indexes.", s.store.index_bytes);
  out.single("vizsla_store_quarantined_blocks_total", "counter", "Blocks set aside as damaged since the start.",
             s.store.quarantined_blocks);
  out.single("vizsla_store_merges_total", "counter",
             "Times that blocks were written anew: merged, or without what was "
             "deleted.",
             s.store.merges);
  out.single("vizsla_store_merged_spans_total", "counter", "Spans in the blocks that were written anew.",
             s.store.merged_spans);
  out.single("vizsla_store_merge_cpu_seconds_total", "counter", "CPU time of that.",
             static_cast<double>(s.store.merge_cpu_ns) / 1e9);
  out.single("vizsla_store_collapsed_copies_total", "counter",
             "Copies of spans that went because another one stands for them.", s.store.collapsed_copies);
  out.single("vizsla_store_unmerged_blocks", "gauge", "Blocks that have not been merged yet.", s.store.debt.blocks);
  out.single("vizsla_store_unmerged_spans", "gauge", "Spans in them.", s.store.debt.rows);
  out.single("vizsla_store_unmerged_bytes", "gauge", "Bytes of them.", s.store.debt.bytes);
  out.single("vizsla_store_expired_spans_total", "counter", "Spans that went because of their age (retention.days).",
             s.store.expired_spans);
  out.single("vizsla_store_crowded_out_spans_total", "counter",
             "Spans that went for want of space (retention.max_bytes).", s.store.crowded_out_spans);
  out.single("vizsla_store_deleted_spans_total", "counter",
             "Spans that went because somebody deleted them, as far as their blocks have been written anew.",
             s.store.deleted_spans);
  out.single("vizsla_store_deletions", "gauge", "Deletions that readers heed and blocks don't yet.", s.store.deletions);
  out.single("vizsla_store_pinned_spans", "gauge", "Spans of pinned traces, kept beside the others.",
             s.store.pinned_spans);
  out.single("vizsla_store_pinned_bytes", "gauge", "Bytes of them.", s.store.pinned_bytes);
  const store::StatsTable::Stats& statistics = s.store.statistics;
  const auto by_tier = [&](std::uint64_t store::StatsTable::TierStats::* field) {
    for (const store::StatsTier& tier : store::kStatsTiers) {
      for (const store::StatsTable::TierStats& sum : statistics.tiers) {
        if (sum.resolution_ns == tier.resolution_ns)
          out.sample(sum.*field, {{"resolution", name_of(tier)}, {"key", sum.small ? "small" : "full"}});
      }
    }
  };
  out.family("vizsla_store_statistics_blocks", "gauge", "Blocks of statistics, by tier.");
  by_tier(&store::StatsTable::TierStats::blocks);
  out.family("vizsla_store_statistics_rows", "gauge", "Rows of statistics in blocks, by tier.");
  by_tier(&store::StatsTable::TierStats::rows);
  out.family("vizsla_store_statistics_bytes", "gauge", "Bytes of those blocks, by tier.");
  by_tier(&store::StatsTable::TierStats::bytes);
  out.single("vizsla_store_live_statistics_rows", "gauge",
             "Rows of statistics that are in memory and in the log, not in blocks yet.", statistics.live_rows);
  out.single("vizsla_store_live_statistics_bytes", "gauge", "Memory of those rows.", statistics.live_bytes);
  out.single("vizsla_store_crowded_out_statistics_rows_total", "counter",
             "Rows of statistics that went for want of space (retention.max_bytes).", s.store.crowded_out_stats);
  out.single("vizsla_log_segments", "gauge", "Segments of the write-ahead log.", s.store.log_segments);
  out.single("vizsla_log_bytes", "gauge", "Bytes of the write-ahead log.", s.store.log_bytes);
  out.single("vizsla_log_frames_total", "counter", "Payloads appended to the log.", s.store.frames);
  out.single("vizsla_log_syncs_total", "counter", "Writes to the log; each may hold many payloads.", s.store.log_syncs);
  out.single("vizsla_log_refused_total", "counter", "Payloads that the log couldn't take.", s.store.frames_refused);
  out.single("vizsla_log_replayed_frames", "gauge",
             "Payloads that the start read from the log, as they weren't in "
             "blocks.",
             s.store.replayed_frames);
  out.single("vizsla_log_damaged_bytes", "gauge", "Damaged bytes that the start found in the log.",
             s.store.damaged_bytes);

  const store::QueryCounts& queries = s.store.queries;
  const auto seconds = [](std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); };
  out.single("vizsla_queries_running", "gauge", "Reads of the store at work.", queries.running);
  out.single("vizsla_queries_waiting", "gauge", "Reads in line.", queries.waiting);
  out.family("vizsla_queries_total", "counter", "Reads that ended, by how.");
  out.sample(queries.ok, {{"outcome", "ok"}});
  out.sample(queries.timeout, {{"outcome", "timeout"}});
  out.sample(queries.cancelled, {{"outcome", "cancelled"}});
  out.sample(queries.limit, {{"outcome", "limit"}});
  out.sample(queries.refused, {{"outcome", "refused"}});
  out.sample(queries.failed, {{"outcome", "failed"}});
  out.single("vizsla_queries_read_bytes", "gauge", "Memory of spans that were read for answers at hand.",
             s.store.read_bytes);
  out.single("vizsla_queries_seconds_total", "counter", "Time that they worked.", seconds(queries.worked));
  out.single("vizsla_queries_waiting_seconds_total", "counter", "Time that they waited in line.",
             seconds(queries.waited));

  out.single("vizsla_http_connections", "gauge", "Open connections.", s.http.connections_open);
  out.single("vizsla_http_connections_total", "counter", "Connections since the start.", s.http.connections_accepted);
  out.single("vizsla_http_requests_total", "counter", "Requests since the start.", s.http.requests);
  out.family("vizsla_http_refused_total", "counter", "Requests that no handler saw, by reason.");
  out.sample(s.http.refused_too_large, {{"reason", "too_large"}});
  out.sample(s.http.refused_no_room, {{"reason", "no_room"}});
  out.sample(s.http.refused_too_slow, {{"reason", "too_slow"}});
  out.sample(s.http.refused_malformed, {{"reason", "malformed"}});
  out.sample(s.http.refused_unsupported, {{"reason", "unsupported_encoding"}});
  out.sample(s.http.refused_by_guard, {{"reason", "not_allowed"}});
  out.single("vizsla_http_clients_gone_total", "counter", "Clients that went in the middle of a request.",
             s.http.clients_gone);
  out.single("vizsla_http_clients_left_total", "counter", "Clients that went before the answer to their question.",
             s.http.clients_left);
  out.single("vizsla_http_evicted_total", "counter", "Silent connections that made room for others.", s.http.evicted);
  return out.take();
}

}  // namespace vizsla::server
