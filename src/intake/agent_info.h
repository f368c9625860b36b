// What /info says: the face by which tracers decide what they send. It promises exactly what works.
//
// The same bytes at each call: clients compare their hash (agent-protocol §3.2, trap 1). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/trace_pipeline.h"

namespace vizsla::intake {

struct AgentInfo {
  std::string vizsla_version{};
  std::vector<std::string> endpoints{};
  std::string default_env{};
  std::uint16_t receiver_port = 0;
  std::string receiver_socket{};  // "" = none
  std::uint64_t max_request_bytes = 0;
  std::uint32_t receiver_timeout_s = 0;
  bool client_stats = false;  // tracers are to compute statistics
  pipeline::PipelineSettings pipeline{};
};

// The Agent that we can stand in for. Tracers compare it: .NET, Java and Go turn features on by it.
inline constexpr std::string_view kAgentVersion = "7.80.0";

std::string agent_info_json(const AgentInfo& info);

// What `Datadog-Agent-State` says with every other answer: the SHA-256 of the body of /info, in hex. A client that
// finds another one than that of its copy asks for /info again (agent-protocol §1.5).
std::string agent_state(std::string_view info_json);

}  // namespace vizsla::intake
