// Which handler answers which path. Built once at the start; immutable and thread-safe afterwards.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"

namespace vizsla::http {

// The way back to the client. Called once, from any thread; a responder that goes without having been called answers
// 500, so that no client waits for ever.
class Responder {
 public:
  using Send = std::function<void(Response)>;

  explicit Responder(Send send) : send_(std::move(send)) {}
  Responder(Responder&& other) noexcept : send_(std::exchange(other.send_, nullptr)) {}
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();

  void operator()(Response response) { std::exchange(send_, nullptr)(std::move(response)); }

 private:
  Send send_;
};

// Runs on a connection's thread: must not block. What takes longer goes to a worker pool, with the responder.
using Handler = std::function<void(Request, Responder)>;

// Why the server answers by itself, before the handler sees anything.
enum class Refused {
  BodyTooLarge,  // more than the route takes
  NoRoom,        // too much is in memory already
  TooSlow,       // the body didn't come in time
  Malformed,     // it isn't HTTP, or the body isn't what its Content-Encoding says
  Unsupported,   // a Content-Encoding that isn't known
};

using Refuse = std::function<Response(Refused)>;

Response refuse_in_plain_text(Refused why);

struct Route {
  std::vector<std::string> methods;
  std::string pattern;  // "/api/v2/trace/{trace_id}"; a trailing "/*" takes everything below
  Handler handler;
  std::uint64_t body_bytes_max = 1 << 20;
  Refuse refuse = refuse_in_plain_text;
  bool decodes_content = false;         // the handler sees the body without its Content-Encoding; the limit is on that
  bool without_common_headers = false;  // of the router
  // Its work is for the answer alone, and may end when the client has gone: for reading. Never for what is to be kept,
  // which is kept whoever hears of it (docs/decisions/0011-client-gone-cancels-reads.md).
  bool stops_without_client = false;
};

// Looks at a request's header before anything else is done; an answer ends it.
using Guard = std::function<std::optional<Response>(const Request&)>;

class Router {
 public:
  void add(Route route);

  // Sent with every answer, those to unknown paths included.
  void set_common_headers(std::vector<std::pair<std::string, std::string>> headers) {
    common_headers_ = std::move(headers);
  }
  void set_guard(Guard guard) { guard_ = std::move(guard); }

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& common_headers() const {
    return common_headers_;
  }
  [[nodiscard]] std::optional<Response> refused_by_guard(const Request& request) const {
    return guard_ ? guard_(request) : std::nullopt;
  }

  struct Match {
    const Route* route = nullptr;  // null: no such path, or not with this method
    bool path_known = false;
    std::string allow;  // the methods that the path takes, when it is known
    std::vector<std::pair<std::string, std::string>> values;
  };

  // Patterns without {names} win over those with, and both over "/*".
  // The path is percent-encoded: a name may hold a slash. The values are decoded.
  [[nodiscard]] Match match(std::string_view method, std::string_view encoded_path) const;

  [[nodiscard]] const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  std::vector<std::unique_ptr<Route>> routes_;
  std::vector<std::pair<std::string, std::string>> common_headers_;
  Guard guard_;
};

}  // namespace vizsla::http
