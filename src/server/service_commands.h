// `vizsla services` and `vizsla top`: services, or the resources of one, in numbers, once or again and again. They give
// the process's exit code.
#pragma once

#include <cstdint>
#include <string>

#include "http/server.h"

namespace vizsla::server {

struct ServicesCommand {
  http::Address http;
  std::string env;  // "" = the one with the newest traffic
  std::string from = "now-1h";
  std::string service;        // its resources instead of all services
  std::string sort = "time";  // time, requests, errors, p95 or name
  std::uint32_t rows = 0;     // at most; 0 = all, of `top` what the terminal has room for
  // Of `top`.
  double interval_s = 2;
  std::uint32_t frames = 0;  // 0 = until somebody ends it
};

int print_services(const ServicesCommand& command);
int watch_services(const ServicesCommand& command);

}  // namespace vizsla::server
