#include "intake/agent_info.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "intake/sha256.h"

namespace vizsla::intake {
namespace {

std::string_view name_of(pipeline::SqlMode mode) {
  switch (mode) {
    case pipeline::SqlMode::Default:
      return "";
    case pipeline::SqlMode::ObfuscateOnly:
      return "obfuscate_only";
    case pipeline::SqlMode::ObfuscateAndNormalize:
      return "obfuscate_and_normalize";
    case pipeline::SqlMode::NormalizeOnly:
      return "normalize_only";
  }
  return "";
}

void write_switches(JsonWriter& json, std::initializer_list<std::pair<std::string_view, bool>> switches) {
  json.object([&] {
    for (const auto& [name, on] : switches) json.field(name, on);
  });
}

// libdatadog has no defaults for any of these: it takes all of them, or refuses /info (agent-protocol §3.2).
void write_obfuscation(JsonWriter& json, const pipeline::PipelineSettings& settings) {
  const pipeline::ObfuscationSettings& o = settings.obfuscation;
  json.object([&] {
    json.field("elastic_search", o.elasticsearch.enabled);
    json.field("mongo", o.mongodb.enabled);
    json.field("sql_exec_plan", false);
    json.field("sql_exec_plan_normalize", false);
    json.field("sql_obfuscation_mode", name_of(o.sql.mode));
    json.key("tag_replace_rules");
    if (settings.replace_tags.empty()) {
      json.null();
    } else {
      json.array([&] {
        for (const pipeline::ReplaceRule& rule : settings.replace_tags) {
          json.object([&] {
            json.field("name", rule.name);
            json.field("pattern", rule.pattern);
            json.field("repl", rule.replacement);
          });
        }
      });
    }
    json.key("http");
    write_switches(json, {{"remove_query_string", o.http.remove_query_string},
                          {"remove_path_digits", o.http.remove_paths_with_digits}});
    json.field("remove_stack_traces", o.remove_stack_traces);
    json.key("redis");
    write_switches(json, {{"enabled", o.redis}, {"remove_all_args", o.redis_remove_all_args}});
    json.key("valkey");
    write_switches(json, {{"enabled", o.valkey}, {"remove_all_args", o.valkey_remove_all_args}});
    json.key("memcached");
    write_switches(json, {{"enabled", o.memcached}, {"keep_command", o.memcached_keep_command}});
    json.key("credit_cards");
    write_switches(json, {{"enabled", o.credit_cards}, {"luhn", o.credit_card_rules.luhn}});
    for (const auto& [name, on] :
         {std::pair("elasticsearch", o.elasticsearch.enabled), std::pair("opensearch", o.opensearch.enabled),
          std::pair("mongodb", o.mongodb.enabled)}) {
      json.key(name);
      write_switches(json, {{"enabled", on}});
    }
  });
}

// Never null, and there even when nothing is filtered: the same.
void write_filter(JsonWriter& json, const std::vector<std::string>& require, const std::vector<std::string>& reject) {
  json.object([&] {
    json.list("require", require);
    json.list("reject", reject);
  });
}

}  // namespace

std::string agent_info_json(const AgentInfo& info) {
  JsonWriter json;
  json.object([&] {
    json.field("version", kAgentVersion);
    json.field("git_commit", "vizsla-" + info.vizsla_version);
    json.list("endpoints", info.endpoints);
    // Tracers go by this one only; "omitted when empty".
    if (info.pipeline.normalize.big_resource) json.list("feature_flags", std::vector<std::string>{"big_resource"});
    // True has tracers compute statistics, and drop what they won't keep (architecture, decision 17).
    json.field("client_drop_p0s", info.client_stats);
    json.field("span_meta_structs", true);
    json.field("long_running_spans", true);
    json.field("span_events", true);
    json.list("evp_proxy_allowed_headers",
              std::vector<std::string>{"Content-Type", "Accept-Encoding", "Content-Encoding", "User-Agent",
                                       "DD-CI-PROVIDER-NAME"});
    // By which tracers count; the same that we count by.
    json.list("peer_tags", pipeline::Concentrator(info.pipeline.concentrator).peer_tags());
    json.key("span_kinds_stats_computed");
    if (info.pipeline.concentrator.by_span_kind) {
      json.array([&] {
        for (const std::string_view kind : {"client", "consumer", "producer", "server"}) json.value(kind);
      });
    } else {
      json.null();
    }
    json.field("obfuscation_version", info.pipeline.obfuscation.sql.mode == pipeline::SqlMode::Default ? 1 : 2);
    const pipeline::ChunkFilterSettings& filters = info.pipeline.filters;
    json.key("filter_tags");
    write_filter(json, filters.filter_tags_require, filters.filter_tags_reject);
    json.key("filter_tags_regex");
    write_filter(json, filters.filter_tags_regex_require, filters.filter_tags_regex_reject);
    if (!filters.ignore_resources.empty()) json.list("ignore_resources", filters.ignore_resources);
    json.key("config").object([&] {
      json.field("default_env", info.default_env);
      // An Agent's samplers and watchdog: its defaults. Nothing here goes by them.
      json.field("target_tps", 10);
      json.field("max_eps", 200);
      json.field("receiver_port", info.receiver_port);
      json.field("receiver_socket", info.receiver_socket);
      json.field("connection_limit", 0);
      json.field("receiver_timeout", info.receiver_timeout_s);
      json.field("max_request_bytes", info.max_request_bytes);
      json.field("statsd_port", 0);  // nothing listens there
      json.field("max_memory", 0);
      json.field("max_cpu", 0);
      json.key("analyzed_spans_by_service").object([] {});
      json.key("obfuscation");
      write_obfuscation(json, info.pipeline);
    });
  });
  return json.text();
}

std::string agent_state(std::string_view info_json) {
  return sha256(info_json);
}

}  // namespace vizsla::intake
