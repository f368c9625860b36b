#include "intake/agent_info.h"

#include "base/json_writer.h"

namespace vizsla::intake {

std::string agent_info_json(const AgentInfo& info) {
  JsonWriter json;
  json.object([&] {
    json.field("version", kAgentVersion);
    json.field("git_commit", "vizsla-" + info.vizsla_version);
    json.list("endpoints", info.endpoints);
    // False: every span is to arrive (architecture, decision 17).
    json.field("client_drop_p0s", false);
    json.field("span_meta_structs", true);
    json.field("long_running_spans", true);
    json.field("span_events", true);
    json.key("config").object([&] {
      json.field("default_env", info.default_env);
      json.field("receiver_port", info.receiver_port);
      json.field("receiver_socket", info.receiver_socket);
      json.field("receiver_timeout", info.receiver_timeout_s);
      json.field("max_request_bytes", info.max_request_bytes);
      json.field("statsd_port", 0);
    });
  });
  return json.text();
}

}  // namespace vizsla::intake
