#include "intake/agent_info.h"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

namespace vizsla::intake {

std::string agent_info_json(const AgentInfo& info) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> json(buffer);
  json.SetIndent('\t', 1);
  const auto text = [&](std::string_view value) { json.String(value.data(), static_cast<rapidjson::SizeType>(value.size())); };
  json.StartObject();
  json.Key("version");
  text(kAgentVersion);
  json.Key("git_commit");
  text("vizsla-" + info.vizsla_version);
  json.Key("endpoints");
  json.StartArray();
  for (const std::string& endpoint : info.endpoints) text(endpoint);
  json.EndArray();
  // False: every span is to arrive (architecture, decision 17).
  json.Key("client_drop_p0s");
  json.Bool(false);
  json.Key("span_meta_structs");
  json.Bool(true);
  json.Key("long_running_spans");
  json.Bool(true);
  json.Key("span_events");
  json.Bool(true);
  json.Key("config");
  json.StartObject();
  json.Key("default_env");
  text(info.default_env);
  json.Key("receiver_port");
  json.Uint(info.receiver_port);
  json.Key("receiver_socket");
  text(info.receiver_socket);
  json.Key("receiver_timeout");
  json.Uint(info.receiver_timeout_s);
  json.Key("max_request_bytes");
  json.Uint64(info.max_request_bytes);
  json.Key("statsd_port");
  json.Uint(0);
  json.EndObject();
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace vizsla::intake
