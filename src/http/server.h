// The HTTP server: any number of listeners (TCP and unix sockets), each with its routes, on a few threads.
//
// HTTP/1.1 with keep-alive, pipelining, chunked and compressed bodies and Expect: 100-continue. Everything from outside
// has a limit: header size, body size by route, bodies in memory in all, connections, and the time for each step; a
// client that is too slow gets 408. When all connections are taken, those that have been silent longest make room for
// the next, so that clients who send nothing can't shut out others. Handlers see whole requests.
//
// Life of a connection: idle ─► reading header ─► reading body ─► waiting for the handler ─► writing ─► idle. stop()
// closes idle ones at once and lets the others finish what they have. While a handler works, routes that only read
// hear of it when their client goes (Request::client_gone).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "http/router.h"

namespace vizsla::http {

struct TcpAddress {
  std::string host;        // an IP address, or "localhost"
  std::uint16_t port = 0;  // 0 picks a free one
};

struct UnixAddress {
  std::string path;
};

using Address = std::variant<TcpAddress, UnixAddress>;

// "127.0.0.1:8126", "[::1]:8126", "localhost:0".
Result<TcpAddress> parse_tcp_address(std::string_view text);
std::string to_string(const TcpAddress& address);

struct ServerLimits {
  int threads = 2;
  std::uint32_t header_bytes_max = 64 << 10;
  std::uint32_t connections_max = 4096;             // per listener
  std::uint64_t bodies_bytes_max = 256 << 20;       // of all requests at hand
  std::uint64_t answers_bytes_max = 256 << 20;      // of all large answers that are on their way
  std::chrono::milliseconds idle_timeout{120'000};  // tracers flush every 10 s and keep their connection
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds room_timeout{1'000};  // waited for room before a request is refused
};

struct ServerStats {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t requests = 0;
  std::uint64_t refused_too_large = 0;
  std::uint64_t refused_no_room = 0;
  std::uint64_t refused_too_slow = 0;
  std::uint64_t refused_malformed = 0;
  std::uint64_t refused_unsupported = 0;
  std::uint64_t refused_by_guard = 0;
  std::uint64_t clients_gone = 0;  // in the middle of a request
  std::uint64_t clients_left = 0;  // while an answer was worked out that was for them alone
  std::uint64_t evicted = 0;       // silent ones that made room
};

class Server {
 public:
  explicit Server(ServerLimits limits);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds at once, and accepts from start() on. `name` is for messages. Gives the address with the port that was
  // picked. Unavailable when it is taken; a socket file that nobody listens on is replaced, any other file is not.
  // `router` must outlive the server.
  Result<Address> listen(std::string name, const Address& address, const Router& router);

  void start();

  // Takes no more connections, waits until requests at hand are answered (at most `patience`), closes everything. Safe
  // to call twice.
  void stop(std::chrono::milliseconds patience);

  [[nodiscard]] ServerStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vizsla::http
