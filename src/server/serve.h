// `vizsla serve`: puts the parts together, runs them, takes them apart in the right order. The only place that names a
// concrete store.
#pragma once

#include "server/settings.h"

namespace vizsla::server {

// Runs until SIGTERM or SIGINT; gives the exit code. Prints one line of JSON to stdout when every listener accepts.
int serve(const Settings& settings);

}  // namespace vizsla::server
