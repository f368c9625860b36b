// The commands that talk to a running server: `vizsla trace`, `doctor`, `storage`, `pin`, `unpin`. They give the
// process's exit code.
#pragma once

#include <string>

#include "http/server.h"

namespace vizsla::server {

struct TraceCommand {
  std::string id;  // "" with `last`
  bool last = false;
  bool error = false;  // of the last ones, one that has a failed span
  http::Address http;
};

int print_trace(const TraceCommand& command);

// What the store takes and may take, as a table.
int print_storage(const http::Address& http);

struct PinCommand {
  std::string id;
  bool pin = true;  // else unpin
  http::Address http;
};

int pin_trace(const PinCommand& command);

struct DoctorCommand {
  http::Address apm;
  http::Address http;
};

// Sends a span through the intake and reads it back; names the hop that failed, and what to do.
int run_doctor(const DoctorCommand& command);

}  // namespace vizsla::server
