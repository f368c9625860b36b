#include "intake/later_endpoints.h"

#include <string_view>

namespace vizsla::intake {
namespace {

struct LaterRoute {
  std::string_view pattern;
  int status;
  std::string_view json;  // "" = no body
  std::uint64_t body_bytes_max = 16 << 20;
};

// Profiles and flares are the largest.
constexpr std::uint64_t kLargeBodies = 64 << 20;

// 200 and 202 as the services behind a real Agent answer: some clients take only theirs for success.
constexpr LaterRoute kTracerRoutes[] = {
    {"/v0.1/pipeline_stats", 202, "{}"},
    {"/telemetry/proxy/*", 202, "{}"},
    // A 404 would make Go, Java and Python say that the Agent is too old.
    {"/profiling/v1/input", 200, "", kLargeBodies},
    {"/evp_proxy/v1/*", 202, "{}"},
    {"/evp_proxy/v2/*", 202, "{}"},
    {"/evp_proxy/v3/*", 202, "{}"},
    {"/evp_proxy/v4/*", 202, "{}"},
    {"/debugger/v1/input", 202, "{}"},
    {"/debugger/v1/diagnostics", 202, "{}"},
    {"/debugger/v2/input", 202, "{}"},
    {"/symdb/v1/input", 202, "{}", kLargeBodies},
    {"/dogstatsd/v1/proxy", 200, ""},
    {"/dogstatsd/v2/proxy", 200, ""},
    {"/tracer_flare/v1", 200, "{}", kLargeBodies},
    {"/openlineage/api/v1/lineage", 202, "{}"},
};

// The core forwarder tries a 404 again for ever (agent-protocol §10.4).
constexpr LaterRoute kAgentRoutes[] = {
    {"/api/v0.1/pipeline_stats", 202, "{}"},
    {"/api/v1/series", 202, "{\"status\":\"ok\"}"},
    {"/api/v2/series", 202, "{\"errors\":[]}"},
    {"/api/intake/metrics/v3/series", 202, "{\"errors\":[]}"},
    {"/api/beta/sketches", 202, "{}"},
    {"/api/v1/check_run", 202, "{\"status\":\"ok\"}"},
    {"/api/v1/metadata", 202, "{}"},
    {"/api/v1/events_batch", 202, "{}"},
    {"/api/v1/container", 202, "{}"},
    {"/api/v1/collector", 202, "{}"},
    {"/api/v1/discovery", 202, "{}"},
    {"/api/v1/orchestrator", 202, "{}"},
    {"/api/v2/orch", 202, "{}"},
    {"/api/v2/orchmanif", 202, "{}"},
    {"/api/v2/contimage", 202, "{}"},
    {"/api/v2/contlcycle", 202, "{}"},
    {"/api/v2/sbom", 202, "{}"},
    {"/api/v2/ndmdevices", 202, "{}"},
    {"/api/v2/databasequery", 202, "{}"},
    {"/api/v2/dbmmetrics", 202, "{}"},
    {"/api/v2/dbmactivity", 202, "{}"},
    {"/api/v2/apmtelemetry", 202, "{}"},
    {"/api/v2/profile", 202, "", kLargeBodies},
    {"/api/v2/debugger", 202, "{}"},
    {"/api/v2/logs", 202, "{}"},
    {"/api/v2/agenthealth", 202, "{}"},
    {"/intake/", 202, "{}"},
    {"/v1/input", 202, "{}", kLargeBodies},
};

http::Response answer(int status, std::string_view json) {
  if (!json.empty()) return http::json_response(status, std::string(json));
  http::Response response;
  response.status = status;
  return response;
}

void add(http::Router& router, const LaterRoute& route, IntakeStats& stats) {
  router.add({{"POST", "PUT"},
              std::string(route.pattern),
              [&route, &stats](const http::Request& request, http::Responder respond) {
                stats.record_payload(route.pattern, "not_kept", request.body.size());
                respond(answer(route.status, route.json));
              },
              route.body_bytes_max});
}

}  // namespace

void add_later_tracer_routes(http::Router& router, IntakeStats& stats) {
  for (const LaterRoute& route : kTracerRoutes) add(router, route, stats);
}

void add_later_agent_routes(http::Router& router, IntakeStats& stats) {
  for (const LaterRoute& route : kAgentRoutes) add(router, route, stats);
  // "Is this API key good?" There are none to be wrong.
  router.add({{"GET"}, "/api/v1/validate", [](const http::Request&, http::Responder respond) {
                respond(http::json_response(200, "{\"valid\":true}"));
              }});
}

}  // namespace vizsla::intake
