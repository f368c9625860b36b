// Who may talk to which port, told by a request's header alone. Pure, thread-safe.
#pragma once

#include <string>
#include <vector>

#include "http/router.h"

namespace vizsla::server {

// For the intake: a page in somebody's browser must not post spans here (agent-protocol §1.3). No tracer runs in one.
http::Guard refuse_browsers_from_elsewhere();

// For the UI and the API. A page of somebody else's could name a host of its own that points to this machine (DNS
// rebinding) and read everything, so a request must be for a host that is known here: an IP address, localhost, or one
// of `hosts` ("*" = any). And where a browser says from which page a request comes (Origin), that page must be ours
// too.
http::Guard allow_hosts(std::vector<std::string> hosts);

}  // namespace vizsla::server
