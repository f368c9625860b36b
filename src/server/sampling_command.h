// `vizsla sampling`: what tracers are told about sampling, and what came of it; sets it, or takes it back.
#pragma once

#include <string>

#include "http/server.h"

namespace vizsla::server {

struct SamplingCommand {
  http::Address http;
  std::string document;  // a file with what is to be set; "" = none
  bool clear = false;    // as the settings say again
};

// Gives the process's exit code.
int run_sampling(const SamplingCommand& command);

}  // namespace vizsla::server
