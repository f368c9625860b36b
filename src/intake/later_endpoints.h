// Routes of the Agent, and of what an Agent sends to, whose data isn't kept yet.
//
// They are answered as their clients want it, so that no tracer fails or fills its log, and no Agent tries for ever;
// they are counted as "not_kept", so that nobody takes silence for success; and /info doesn't name them, so that
// tracers which ask first don't send. agent-protocol §3.3 to §3.8, §10.
#pragma once

#include "http/router.h"
#include "intake/intake_stats.h"

namespace vizsla::intake {

// What tracers and libraries send to an Agent.
void add_later_tracer_routes(http::Router& router, IntakeStats& stats);

// What an Agent sends upstream, beside traces and their statistics: it may be pointed at either of our ports.
void add_later_agent_routes(http::Router& router, IntakeStats& stats);

}  // namespace vizsla::intake
