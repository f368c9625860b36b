#include "http/server.h"

#include <charconv>
#include <list>
#include <mutex>
#include <stop_token>
#include <thread>

#include <boost/asio.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "http/content_coding.h"
#include "http/url.h"

namespace vizsla::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

// How much is read at once where the length isn't known.
constexpr std::size_t kChunkBytes = 64 << 10;
// A body gets room for this much at first, and for twice as much whenever that has come: what is only announced takes
// none from others.
constexpr std::size_t kFirstRoomBytes = 16 << 10;
// Answers larger than this share a budget until their clients have read them.
constexpr std::size_t kLargeAnswerBytes = 1 << 20;
// How long, and how much, is read from a client that was refused before all of its body came: closing at once would
// make its kernel throw our answer away.
constexpr auto kLingerTime = std::chrono::seconds(2);
constexpr std::uint64_t kLingerBytes = 64 << 20;
constexpr auto kRoomPoll = std::chrono::milliseconds(20);
// How often is looked whether a client is still there whose answer takes its time.
constexpr auto kLeavePoll = std::chrono::milliseconds(50);
// A connection that has said nothing for this long may have to make room for another; sooner if it never sent a whole
// header, since a tracer sends one as soon as it is connected; later if it is sending a body.
constexpr auto kSilenceMin = std::chrono::seconds(1);
constexpr auto kSilenceMinOfNew = std::chrono::milliseconds(200);
constexpr auto kBodyTimeMin = std::chrono::seconds(3);

// Bodies in memory, of all connections. Thread-safe.
class Budget {
 public:
  explicit Budget(std::uint64_t bytes)
      : left_(static_cast<std::int64_t>(bytes)), all_(static_cast<std::int64_t>(bytes)) {}

  // `held`: what the asker has of it already.
  bool try_take(std::uint64_t bytes, std::uint64_t held) {
    const auto wanted = static_cast<std::int64_t>(bytes);
    std::int64_t left = left_.load();
    // Something larger than the whole budget is let in when nothing else is there.
    while (wanted <= left || left + static_cast<std::int64_t>(held) == all_) {
      if (left_.compare_exchange_weak(left, left - wanted)) return true;
    }
    return false;
  }

  void give_back(std::uint64_t bytes) { left_ += static_cast<std::int64_t>(bytes); }

 private:
  std::atomic<std::int64_t> left_;
  const std::int64_t all_;
};

class BudgetLease final : public Lease {
 public:
  explicit BudgetLease(std::shared_ptr<Budget> budget) : budget_(std::move(budget)) {}
  ~BudgetLease() override { budget_->give_back(bytes_); }
  BudgetLease(const BudgetLease&) = delete;
  BudgetLease& operator=(const BudgetLease&) = delete;

  bool try_extend(std::uint64_t to_bytes) {
    if (to_bytes <= bytes_) return true;
    if (!budget_->try_take(to_bytes - bytes_, bytes_)) return false;
    bytes_ = to_bytes;
    return true;
  }

 private:
  const std::shared_ptr<Budget> budget_;
  std::uint64_t bytes_ = 0;
};

struct Counters {
  std::atomic<std::uint64_t> open{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> too_large{0};
  std::atomic<std::uint64_t> no_room{0};
  std::atomic<std::uint64_t> too_slow{0};
  std::atomic<std::uint64_t> malformed{0};
  std::atomic<std::uint64_t> unsupported{0};
  std::atomic<std::uint64_t> by_guard{0};
  std::atomic<std::uint64_t> clients_gone{0};
  std::atomic<std::uint64_t> clients_left{0};
  std::atomic<std::uint64_t> evicted{0};
};

// What the connections of a server share.
struct Shared {
  explicit Shared(ServerLimits given)
      : limits(given),
        budget(std::make_shared<Budget>(given.bodies_bytes_max)),
        answers_budget(std::make_shared<Budget>(given.answers_bytes_max)) {}

  const ServerLimits limits;
  const std::shared_ptr<Budget> budget;
  const std::shared_ptr<Budget> answers_budget;
  Counters counters;
  std::atomic<bool> stopping{false};
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  // `peer_pid` as in Request.
  Session(std::shared_ptr<Shared> shared, const Router& router, Socket socket, bool over_unix_socket, int peer_pid)
      : shared_(std::move(shared)),
        router_(router),
        socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        leave_timer_(socket_.get_executor()),
        over_unix_socket_(over_unix_socket),
        peer_pid_(peer_pid) {
    ++shared_->counters.open;
  }

  ~Session() { --shared_->counters.open; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Socket::executor_type executor() { return socket_.get_executor(); }
  [[nodiscard]] const Router& router() const { return router_; }

  asio::awaitable<void> run() {
    const auto self = shared_from_this();
    bool more = true;
    while (more && !shared_->stopping) more = co_await serve_one();
    error_code ignored;
    socket_.shutdown(Socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  // From any thread: ends the connection if no request is being served.
  void close_if_idle() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (self->idle_) self->cancel();
    });
  }

  // Since when a whole header has been waited for, in ns of the steady clock; 0 while a request is being served.
  [[nodiscard]] std::int64_t silent_since() const { return silent_since_; }
  [[nodiscard]] bool has_served() const { return served_; }
  [[nodiscard]] bool in_body() const { return in_body_; }

  // From any thread.
  void close_if_silent() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (self->silent_since_ == 0) return;
      ++self->shared_->counters.evicted;
      self->cancel();
    });
  }

  void close_now() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      error_code ignored;
      self->socket_.close(ignored);
      self->timer_.cancel();
      self->client_.request_stop();
    });
  }

 private:
  using Parser = bhttp::request_parser<bhttp::buffer_body>;

  // Until disarm(), what is awaited on the socket is given up after `time`.
  void arm(std::chrono::milliseconds time) {
    timed_out_ = false;
    timer_.expires_after(time);
    timer_.async_wait([weak = weak_from_this()](const error_code& error) {
      const auto self = weak.lock();
      if (error || self == nullptr) return;
      self->timed_out_ = true;
      self->cancel();
    });
  }

  void disarm() { timer_.cancel(); }

  void cancel() {
    error_code ignored;
    socket_.cancel(ignored);
  }

  // One request and its answer. False when the connection is to end.
  asio::awaitable<bool> serve_one() {
    Parser parser;
    parser.header_limit(shared_->limits.header_bytes_max);
    parser.body_limit(boost::none);  // ours is by route, below

    // Idle until the first byte comes, then the header has its own, shorter time.
    silent_since_ = std::chrono::steady_clock::now().time_since_epoch().count();
    if (buffer_.size() == 0) {
      idle_ = true;
      arm(shared_->limits.idle_timeout);
      const auto [error, bytes] = co_await socket_.async_read_some(buffer_.prepare(kChunkBytes), kAwait);
      disarm();
      idle_ = false;
      buffer_.commit(bytes);
      if (error) co_return false;
    }
    arm(shared_->limits.header_timeout);
    const auto [header_error, header_bytes] = co_await bhttp::async_read_header(socket_, buffer_, parser, kAwait);
    disarm();
    silent_since_ = 0;
    if (header_error) co_return co_await refuse_header(header_error);
    ++shared_->counters.requests;
    served_ = true;

    Request request;
    const Route* route = nullptr;
    if (auto answer = begin(parser, request, route)) {
      answer->close = answer->close || !parser.is_done();
      co_return co_await finish(parser, std::move(*answer));
    }
    const bool bare = route->without_common_headers;
    auto refused = co_await read_body(parser, *route, request);
    if (refused == Outcome::Gone) {
      ++shared_->counters.clients_gone;
      co_return false;
    }
    if (refused != Outcome::Read) {
      Response answer = route->refuse(count(refused));
      answer.close = answer.close || !parser.is_done();
      co_return co_await finish(parser, std::move(answer), bare);
    }
    Response response = co_await answer_of(*route, std::move(request));
    co_return co_await finish(parser, std::move(response), bare);
  }

  asio::awaitable<bool> refuse_header(error_code error) {
    if (timed_out_) {
      ++shared_->counters.too_slow;
      co_return co_await send_last(refuse_in_plain_text(Refused::TooSlow));
    }
    if (error.category() != bhttp::make_error_code(bhttp::error::bad_method).category())
      co_return false;  // the client went
    if (error == bhttp::error::end_of_stream || error == bhttp::error::partial_message) co_return false;
    ++shared_->counters.malformed;
    const int status = error == bhttp::error::header_limit ? 431 : 400;
    co_return co_await send_last(text_response(status, fmt::format("malformed HTTP request: {}\n", error.message())));
  }

  asio::awaitable<bool> send_last(Response response) {
    response.close = true;
    Parser none;
    co_return co_await finish(none, std::move(response));
  }

  // Fills in what the header says and finds the route; gives the answer when there is none.
  std::optional<Response> begin(Parser& parser, Request& request, const Route*& route) {
    const auto& message = parser.get();
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.over_unix_socket = over_unix_socket_;
    request.peer_pid = peer_pid_;
    for (const auto& field : message) request.headers.add(std::string(field.name_string()), std::string(field.value()));
    auto target = parse_target(request.target);
    if (!target) {
      ++shared_->counters.malformed;
      return refuse_in_plain_text(Refused::Malformed);
    }
    request.path = std::move(target->path);
    request.query = std::move(target->query);

    if (auto refused = router_.refused_by_guard(request)) {
      ++shared_->counters.by_guard;
      return refused;
    }
    Router::Match match = router_.match(request.method, target->encoded_path);
    if (!match.path_known) return text_response(404, "404 page not found\n");
    if (match.route == nullptr) {
      Response response =
          text_response(405, fmt::format("{} takes {}, not {}\n", request.path, match.allow, request.method));
      response.headers.emplace_back("Allow", match.allow);
      return response;
    }
    route = match.route;
    request.path_values = std::move(match.values);
    return std::nullopt;
  }

  enum class Outcome { Read, TooLarge, NoRoom, TooSlow, Malformed, Unsupported, Gone };

  Refused count(Outcome outcome) {
    switch (outcome) {
      case Outcome::TooLarge:
        ++shared_->counters.too_large;
        return Refused::BodyTooLarge;
      case Outcome::NoRoom:
        ++shared_->counters.no_room;
        return Refused::NoRoom;
      case Outcome::TooSlow:
        ++shared_->counters.too_slow;
        return Refused::TooSlow;
      case Outcome::Unsupported:
        ++shared_->counters.unsupported;
        return Refused::Unsupported;
      default:
        ++shared_->counters.malformed;
        return Refused::Malformed;
    }
  }

  // Room for `bytes` of body, waiting a while for others to finish.
  asio::awaitable<bool> make_room(BudgetLease& lease, std::uint64_t bytes) {
    const auto give_up = std::chrono::steady_clock::now() + shared_->limits.room_timeout;
    while (!lease.try_extend(bytes)) {
      if (std::chrono::steady_clock::now() >= give_up) co_return false;
      asio::steady_timer wait(socket_.get_executor(), kRoomPoll);
      co_await wait.async_wait(kAwait);
    }
    co_return true;
  }

  asio::awaitable<Outcome> read_body(Parser& parser, const Route& route, Request& request) {
    const boost::optional<std::uint64_t> length = parser.content_length();
    if (length && *length > route.body_bytes_max) co_return Outcome::TooLarge;
    auto lease = std::make_unique<BudgetLease>(shared_->budget);
    if (length && !co_await make_room(*lease, std::min<std::uint64_t>(*length, kFirstRoomBytes)))
      co_return Outcome::NoRoom;
    if (request.headers.get("Expect").find("100-continue") != std::string_view::npos) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      const auto [error, bytes] = co_await asio::async_write(socket_, asio::buffer(kContinue), kAwait);
      if (error) co_return Outcome::Gone;
    }

    Outcome outcome = co_await read_body_bytes(parser, route, request.body, *lease, length.value_or(0));
    if (outcome == Outcome::Read && route.decodes_content) outcome = decode_body(route, request, *lease);
    request.memory = std::move(lease);
    co_return outcome;
  }

  // Plain bytes in place of the encoded ones. Both are held for a moment.
  static Outcome decode_body(const Route& route, Request& request, BudgetLease& lease) {
    const std::string_view encoding = request.headers.get("Content-Encoding");
    if (is_identity(encoding)) return Outcome::Read;
    const std::uint64_t encoded_bytes = request.body.size();
    auto decoded = decode_content(encoding, request.body.bytes(), route.body_bytes_max,
                                  [&](std::uint64_t bytes) { return lease.try_extend(encoded_bytes + bytes); });
    if (decoded) {
      request.body = std::move(*decoded);
      return Outcome::Read;
    }
    switch (decoded.error().code) {
      case ErrorCode::LimitExceeded:
        return Outcome::TooLarge;
      case ErrorCode::Unavailable:
        return Outcome::NoRoom;
      case ErrorCode::Unsupported:
        return Outcome::Unsupported;
      default:
        return Outcome::Malformed;
    }
  }

  // While it lives, the connection may have to make room because it is slow.
  struct Marked {
    explicit Marked(Session& of) : session(of) {
      session.in_body_ = true;
      session.silent_since_ = std::chrono::steady_clock::now().time_since_epoch().count();
    }
    ~Marked() {
      session.silent_since_ = 0;
      session.in_body_ = false;
    }
    Marked(const Marked&) = delete;
    Marked& operator=(const Marked&) = delete;

    Session& session;
  };

  asio::awaitable<Outcome> read_body_bytes(Parser& parser, const Route& route, Body& body, BudgetLease& lease,
                                           std::uint64_t expected) {
    std::size_t size = 0;
    std::size_t room = 0;  // taken from the budget
    const std::size_t room_max = expected > 0 ? expected : route.body_bytes_max + 1;
    std::uint8_t* data = nullptr;
    const Marked marked(*this);
    arm(shared_->limits.body_timeout);
    while (!parser.is_done()) {
      if (size == room) {
        room = std::min<std::size_t>(std::max(room * 2, kFirstRoomBytes), room_max);
        if (!co_await make_room(lease, room)) co_return Outcome::NoRoom;
        // Memory that nobody has written to costs nothing yet: what is announced is allocated at once, and never moves.
        data = body.grow(expected > 0 ? expected : room);
      }
      parser.get().body().data = data + size;
      parser.get().body().size = room - size;
      const auto [error, bytes] = co_await bhttp::async_read(socket_, buffer_, parser, kAwait);
      size = room - parser.get().body().size;
      if (error && error != bhttp::error::need_buffer) {
        disarm();
        if (timed_out_) co_return Outcome::TooSlow;
        const bool gone = error == bhttp::error::partial_message || error == bhttp::error::end_of_stream ||
                          error.category() != bhttp::make_error_code(bhttp::error::bad_chunk).category();
        co_return gone ? Outcome::Gone : Outcome::Malformed;
      }
      if (size > route.body_bytes_max) {
        disarm();
        co_return Outcome::TooLarge;
      }
    }
    disarm();
    body.grow(size);
    body.set_size(size);
    co_return Outcome::Read;
  }

  // Hands the request over, and sleeps until somebody has answered it.
  asio::awaitable<Response> answer_of(const Route& route, Request request) {
    if (route.stops_without_client) {
      client_ = std::stop_source();
      request.client_gone = client_.get_token();
      look_after_client();
    }
    Response answer = co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Response)>(
        [this, &route](auto completion, Request given) {
          auto shared_completion = std::make_shared<decltype(completion)>(std::move(completion));
          Responder responder([executor = socket_.get_executor(), shared_completion](Response response) mutable {
            asio::post(executor, [shared_completion, response = std::move(response)]() mutable {
              (*shared_completion)(std::move(response));
            });
          });
          try {
            route.handler(std::move(given), std::move(responder));
          } catch (const std::exception& error) {
            // The responder went with the exception, and has answered 500.
            log::error(log::Fault::Ours, "handler_threw", "the handler of {} threw: {}", route.pattern, error.what());
          }
        },
        asio::use_awaitable, std::move(request));
    client_ = std::stop_source(std::nostopstate);
    leave_timer_.cancel();
    co_return answer;
  }

  // Until the answer is there. Nothing is read from the socket, so whatever a client sends ahead stays where it is, and
  // nothing needs to be undone when the answer comes, which is mostly before the first look.
  void look_after_client() {
    leave_timer_.expires_after(kLeavePoll);
    leave_timer_.async_wait([weak = weak_from_this()](const error_code& error) {
      const auto self = weak.lock();
      // Answered meanwhile: even a timer that is cancelled may have gone off before.
      if (error || self == nullptr || !self->client_.stop_possible()) return;
      if (!self->client_has_left()) return self->look_after_client();
      ++self->shared_->counters.clients_left;
      self->client_.request_stop();
    });
  }

  // A client that goes closes its connection, which looks like one that has only said that it sends no more (a
  // half-closed one). It is taken for gone all the same: this is asked only where nothing but the answer is lost.
  bool client_has_left() {
    pollfd look{socket_.native_handle(), POLLRDHUP, 0};
    return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
  }

  // `bare`: without the router's common headers.
  asio::awaitable<bool> finish(Parser& parser, Response response, bool bare = false) {
    const bool keep = parser.is_header_done() && parser.keep_alive() && !response.close && !shared_->stopping;
    const bool head_only = parser.is_header_done() && parser.get().method() == bhttp::verb::head;
    bhttp::response<bhttp::span_body<const std::uint8_t>> message;
    message.result(static_cast<unsigned>(response.status));
    message.version(parser.is_header_done() ? parser.get().version() : 11);
    if (!response.content_type.empty()) message.insert(bhttp::field::content_type, response.content_type);
    if (!bare) {
      for (const auto& [name, value] : router_.common_headers()) message.insert(name, value);
    }
    for (const auto& [name, value] : response.headers) message.insert(name, value);
    const Bytes body = response.body_bytes();
    message.keep_alive(keep);
    message.content_length(body.size());
    if (!head_only) message.body() = {body.data(), body.size()};
    BudgetLease lease(shared_->answers_budget);
    const bool large = std::holds_alternative<std::string>(response.body) && body.size() > kLargeAnswerBytes;
    if (large && !head_only && !co_await make_room(lease, body.size())) {
      ++shared_->counters.no_room;
      Response refused = text_response(503, "too many large answers are on their way; try again\n");
      refused.close = response.close;
      response = {};  // or it would be held until its refusal has been read
      co_return co_await finish(parser, std::move(refused), bare);
    }

    arm(shared_->limits.write_timeout);
    const auto [error, bytes] = co_await bhttp::async_write(socket_, message, kAwait);
    disarm();
    if (error) {
      ++shared_->counters.clients_gone;
      co_return false;
    }
    if (!keep) co_await linger();
    co_return keep;
  }

  // Says that nothing more comes from us, and reads for a while what the client still sends.
  asio::awaitable<void> linger() {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    arm(kLingerTime);
    std::uint64_t read = buffer_.size();
    buffer_.consume(buffer_.size());
    while (read < kLingerBytes) {
      const auto [error, bytes] = co_await socket_.async_read_some(buffer_.prepare(kChunkBytes), kAwait);
      if (error) break;
      read += bytes;
    }
    disarm();
  }

  const std::shared_ptr<Shared> shared_;
  const Router& router_;
  Socket socket_;
  asio::steady_timer timer_;
  asio::steady_timer leave_timer_;
  std::stop_source client_{std::nostopstate};  // of the request that is being answered, if its route asks for it
  const bool over_unix_socket_;
  const int peer_pid_;
  beast::flat_buffer buffer_;
  std::atomic<std::int64_t> silent_since_{0};
  std::atomic<bool> served_{false};
  std::atomic<bool> in_body_{false};  // since silent_since_
  bool idle_ = false;
  bool timed_out_ = false;
};

// Who connected to a unix socket; 0 when the kernel doesn't say.
int pid_behind(int fd) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 ? credentials.pid : 0;
}

// A path in the file system that is a socket nobody answers on: left over from a process that was killed.
Result<void> remove_stale_socket(asio::io_context& context, const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode)) return fail(ErrorCode::Unavailable, fmt::format("{} is there and is no socket", path));
  asio::local::stream_protocol::socket probe(context);
  error_code error;
  probe.connect(asio::local::stream_protocol::endpoint(path), error);
  if (!error) return fail(ErrorCode::Unavailable, fmt::format("another process listens on {}", path));
  if (::unlink(path.c_str()) != 0)
    return fail(ErrorCode::Unavailable, fmt::format("cannot remove the stale socket {}", path));
  return {};
}

}  // namespace

Result<TcpAddress> parse_tcp_address(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::InvalidInput,
                fmt::format("'{}' is no address: expected host:port, as in 127.0.0.1:8126", text));
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad();
  TcpAddress address;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  address.host = host;
  const std::string_view port = text.substr(colon + 1);
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size()) return bad();
  error_code error;
  if (host != "localhost") {
    asio::ip::make_address(address.host, error);
    if (error) return bad();
  }
  return address;
}

std::string to_string(const TcpAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", address.host, address.port) : fmt::format("{}:{}", address.host, address.port);
}

struct Server::Impl {
  struct Listener {
    std::string name;
    const Router* router;
    std::variant<asio::ip::tcp::acceptor, asio::local::stream_protocol::acceptor> acceptor;
    std::string socket_path;  // "" for TCP
    std::atomic<std::uint32_t> connections{0};
  };

  explicit Impl(ServerLimits limits) : shared(std::make_shared<Shared>(limits)) {}

  template <class AnyAcceptor>
  asio::awaitable<void> accept(Listener& listener, AnyAcceptor& acceptor) {
    while (!shared->stopping) {
      // Those outside wait in the kernel's queue until there is a place.
      if (listener.connections >= shared->limits.connections_max) {
        close_most_silent(*listener.router);
        asio::steady_timer wait(acceptor.get_executor(), kRoomPoll);
        co_await wait.async_wait(kAwait);
        continue;
      }
      auto [error, accepted] = co_await acceptor.async_accept(asio::make_strand(context), kAwait);
      if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
      if (error) {
        log::warn(log::Fault::Environment, "accept", "cannot accept on {}: {}", listener.name, error.message());
        if (error == asio::error::no_descriptors) close_most_silent(*listener.router);
        asio::steady_timer wait(acceptor.get_executor(), std::chrono::milliseconds(100));
        co_await wait.async_wait(kAwait);
        continue;
      }
      constexpr bool kIsTcp = std::is_same_v<AnyAcceptor, asio::ip::tcp::acceptor>;
      if constexpr (kIsTcp) {
        error_code ignored;
        accepted.set_option(asio::ip::tcp::no_delay(true), ignored);
      }
      ++shared->counters.accepted;
      ++listener.connections;
      const int peer_pid = kIsTcp ? 0 : pid_behind(accepted.native_handle());
      auto session =
          std::make_shared<Session>(shared, *listener.router, Socket(std::move(accepted)), !kIsTcp, peer_pid);
      std::list<std::weak_ptr<Session>>::iterator place;
      {
        const std::lock_guard lock(sessions_mutex);
        place = sessions.insert(sessions.end(), session);
      }
      // On the connection's strand: whoever answers from another thread waits until the handler has returned.
      asio::co_spawn(
          session->executor(), [session] { return session->run(); },
          [this, &listener, session, place](const std::exception_ptr& error_in_session) {
            --listener.connections;
            if (error_in_session)
              log::error(log::Fault::Ours, "session_threw", "a connection of {} ended with an exception",
                         listener.name);
            const std::lock_guard lock(sessions_mutex);
            sessions.erase(place);
            sessions_changed.notify_all();
          });
    }
  }

  // Those that never sent a whole header, and those whose bodies don't end; while there are such, and as long as there
  // are young ones, none of the others; else one in sixteen of them. Once in kRoomPoll, when all places are taken.
  void close_most_silent(const Router& router) {
    const auto before = [now = std::chrono::steady_clock::now()](std::chrono::nanoseconds patience) {
      return (now - patience).time_since_epoch().count();
    };
    const std::int64_t silent_before = before(kSilenceMin);
    const std::int64_t new_before = before(kSilenceMinOfNew);
    const std::int64_t body_before = before(kBodyTimeMin);
    bool any_unserved = false;
    std::vector<std::shared_ptr<Session>> late;                             // those that had their time for a request
    std::vector<std::pair<std::int64_t, std::shared_ptr<Session>>> served;  // by the start of their silence
    {
      const std::lock_guard lock(sessions_mutex);
      for (const auto& weak : sessions) {
        auto session = weak.lock();
        if (session == nullptr || &session->router() != &router) continue;
        const std::int64_t since = session->silent_since();
        if (since == 0) continue;
        if (session->in_body()) {
          if (since < body_before) late.push_back(std::move(session));
        } else if (!session->has_served()) {
          any_unserved = true;
          if (since < new_before) late.push_back(std::move(session));
        } else if (since < silent_before) {
          served.emplace_back(since, std::move(session));
        }
      }
    }
    for (const auto& session : late) session->close_if_silent();
    if (any_unserved || !late.empty()) return;
    const std::size_t places = std::min<std::size_t>(served.size(), std::max(1u, shared->limits.connections_max / 16));
    std::partial_sort(served.begin(), served.begin() + static_cast<std::ptrdiff_t>(places), served.end());
    for (std::size_t i = 0; i < places; ++i) served[i].second->close_if_silent();
  }

  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  const std::shared_ptr<Shared> shared;
  std::vector<std::unique_ptr<Listener>> listeners;
  std::vector<std::jthread> threads;
  std::mutex sessions_mutex;
  std::condition_variable sessions_changed;
  std::list<std::weak_ptr<Session>> sessions;
};

Server::Server(ServerLimits limits) : impl_(std::make_unique<Impl>(limits)) {}

Server::~Server() {
  stop(std::chrono::milliseconds(0));
}

Result<Address> Server::listen(std::string name, const Address& address, const Router& router) {
  error_code error;
  const auto failed = [&](std::string_view where) {
    return fail(ErrorCode::Unavailable, fmt::format("cannot listen on {}: {}", where, error.message()));
  };
  if (const auto* tcp = std::get_if<TcpAddress>(&address)) {
    const auto ip = asio::ip::make_address(tcp->host == "localhost" ? "127.0.0.1" : tcp->host, error);
    if (error) return failed(to_string(*tcp));
    const asio::ip::tcp::endpoint endpoint(ip, tcp->port);
    asio::ip::tcp::acceptor acceptor(asio::make_strand(impl_->context));
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return failed(to_string(*tcp));
    TcpAddress bound = *tcp;
    bound.port = acceptor.local_endpoint().port();
    impl_->listeners.push_back(
        std::unique_ptr<Impl::Listener>(new Impl::Listener{std::move(name), &router, std::move(acceptor), "", {}}));
    return Address(bound);
  }
  const std::string& path = std::get<UnixAddress>(address).path;
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("cannot listen on {}: a socket's path has at most {} bytes, this one has {}", path,
                            sizeof(sockaddr_un::sun_path) - 1, path.size()));
  }
  VIZSLA_TRY_VOID(remove_stale_socket(impl_->context, path));
  asio::local::stream_protocol::acceptor acceptor(asio::make_strand(impl_->context));
  acceptor.open(asio::local::stream_protocol(), error);
  if (!error) acceptor.bind(asio::local::stream_protocol::endpoint(path), error);
  // Whoever may write to it may connect: applications run as other users (agent-protocol §1.1).
  if (!error && ::chmod(path.c_str(), 0722) != 0) error = error_code(errno, boost::system::system_category());
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return failed(path);
  impl_->listeners.push_back(
      std::unique_ptr<Impl::Listener>(new Impl::Listener{std::move(name), &router, std::move(acceptor), path, {}}));
  return address;
}

void Server::start() {
  for (const auto& listener : impl_->listeners) {
    std::visit(
        [&](auto& acceptor) {
          asio::co_spawn(
              acceptor.get_executor(), [this, &listener, &acceptor] { return impl_->accept(*listener, acceptor); },
              asio::detached);
        },
        listener->acceptor);
  }
  for (int i = 0; i < impl_->shared->limits.threads; ++i) impl_->threads.emplace_back([this] { impl_->context.run(); });
}

void Server::stop(std::chrono::milliseconds patience) {
  if (impl_->shared->stopping.exchange(true)) return;
  for (const auto& listener : impl_->listeners) {
    std::visit(
        [&](auto& acceptor) {
          asio::post(acceptor.get_executor(), [&acceptor] {
            error_code ignored;
            acceptor.close(ignored);
          });
        },
        listener->acceptor);
  }
  if (!impl_->threads.empty()) {
    std::unique_lock lock(impl_->sessions_mutex);
    const auto for_each = [&](auto&& visit) {
      for (const auto& weak : impl_->sessions) {
        if (const auto session = weak.lock()) visit(*session);
      }
    };
    for_each([](Session& session) { session.close_if_idle(); });
    if (!impl_->sessions_changed.wait_for(lock, patience, [&] { return impl_->sessions.empty(); })) {
      for_each([](Session& session) { session.close_now(); });
      impl_->sessions_changed.wait_for(lock, std::chrono::seconds(1), [&] { return impl_->sessions.empty(); });
    }
  }
  impl_->work.reset();
  impl_->context.stop();
  impl_->threads.clear();
  for (const auto& listener : impl_->listeners) {
    if (!listener->socket_path.empty()) ::unlink(listener->socket_path.c_str());
  }
}

ServerStats Server::stats() const {
  const Counters& counters = impl_->shared->counters;
  ServerStats stats;
  stats.connections_open = counters.open;
  stats.connections_accepted = counters.accepted;
  stats.requests = counters.requests;
  stats.refused_too_large = counters.too_large;
  stats.refused_no_room = counters.no_room;
  stats.refused_too_slow = counters.too_slow;
  stats.refused_malformed = counters.malformed;
  stats.refused_unsupported = counters.unsupported;
  stats.refused_by_guard = counters.by_guard;
  stats.clients_gone = counters.clients_gone;
  stats.clients_left = counters.clients_left;
  stats.evicted = counters.evicted;
  return stats;
}

}  // namespace vizsla::http
