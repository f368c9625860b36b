// A small HTTP client: one request, one answer, with a deadline. For the command line, `vizsla doctor` and tests.
//
// Blocks the caller; one thread at a time.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "http/server.h"

namespace vizsla::http {

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

// Unavailable when nobody listens there, Timeout at the deadline. The answer's body may have up to 1 GiB.
Result<ClientResponse> send_request(const Address& address, const ClientRequest& request,
                                    std::chrono::milliseconds timeout);

// "http://127.0.0.1:8127", with or without a path behind it, or "unix:///path/to.socket".
Result<Address> parse_url(std::string_view url);

}  // namespace vizsla::http
