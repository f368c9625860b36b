#include <filesystem>
#include <fstream>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/guarded.h"
#include "http/client.h"
#include "http/server.h"
#include "http/url.h"

namespace vizsla::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

TEST(ParseTarget, DecodesPathAndQuery) {
  const auto target = parse_target("/a%20b/c?x=1&filter%5Bfrom%5D=now-1h&y=a+b&flag&&z=");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a b/c");
  EXPECT_THAT(target->query, ElementsAre(Pair("x", "1"), Pair("filter[from]", "now-1h"), Pair("y", "a b"),
                                         Pair("flag", ""), Pair("z", "")));
  EXPECT_EQ(parse_target("http://host:1/p?q=1")->path, "/p");
  for (const char* bad : {"", "x", "/%", "/%4", "/%zz", "/?a=%f"}) EXPECT_FALSE(parse_target(bad)) << bad;
}

TEST(ParseTcpAddress, ReadsHostAndPort) {
  EXPECT_EQ(to_string(parse_tcp_address("127.0.0.1:8126").value()), "127.0.0.1:8126");
  EXPECT_EQ(to_string(parse_tcp_address("[::1]:0").value()), "[::1]:0");
  for (const char* bad : {"", "8126", ":8126", "host:1", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:x"})
    EXPECT_FALSE(parse_tcp_address(bad)) << bad;
}

Handler answer_with(std::string text) {
  return [text = std::move(text)](const Request&, Responder respond) { respond(text_response(200, text)); };
}

TEST(Router, PrefersTheMoreExactPattern) {
  Router router;
  for (const char* pattern : {"/*", "/api/*", "/api/{a}", "/api/x", "/api/{a}/y", "/t/{id}/spans/{span}"})
    router.add({{"GET"}, pattern, answer_with(pattern)});
  const auto pattern = [&](std::string_view path) { return router.match("GET", path).route->pattern; };
  EXPECT_EQ(pattern("/"), "/*");
  EXPECT_EQ(pattern("/else/where"), "/*");
  EXPECT_EQ(pattern("/api/x"), "/api/x");
  EXPECT_EQ(pattern("/api/z"), "/api/{a}");
  EXPECT_EQ(pattern("/api/x/y"), "/api/{a}/y");
  EXPECT_EQ(pattern("/api/x/z"), "/api/*");
  EXPECT_THAT(router.match("GET", "/t/12/spans/34").values, ElementsAre(Pair("id", "12"), Pair("span", "34")));
  EXPECT_THAT(router.match("GET", "/t/a%2Fb%20c/spans/%2e").values,
              ElementsAre(Pair("id", "a/b c"), Pair("span", ".")));
  EXPECT_EQ(pattern("/%61pi/x"), "/api/x");
  EXPECT_EQ(router.match("DELETE", "/api/x").route, nullptr);
  EXPECT_TRUE(router.match("DELETE", "/api/x").path_known);
  router.add({{"POST"}, "/api/x", answer_with("post")});
  EXPECT_EQ(router.match("DELETE", "/api/x").allow, "GET, POST") << "a catch-all has no say";
}

// A client of bytes, for what no decent client does.
class RawClient {
 public:
  explicit RawClient(const Address& address) {
    if (const auto* tcp = std::get_if<TcpAddress>(&address)) {
      fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(tcp->port);
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
    } else {
      fd_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
      sockaddr_un to{};
      to.sun_family = AF_UNIX;
      std::strcpy(to.sun_path, std::get<UnixAddress>(address).path.c_str());
      EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
    }
    timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }

  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view text) {
    EXPECT_EQ(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }

  // Until `end` has come, or the connection ends.
  std::string read_until(std::string_view end) {
    std::string got;
    char buffer[4096];
    while (got.find(end) == std::string::npos) {
      const ssize_t size = ::recv(fd_, buffer, sizeof(buffer), 0);
      if (size <= 0) break;
      got.append(buffer, static_cast<std::size_t>(size));
    }
    return got;
  }

  // How many bytes came, up to `bytes`.
  std::size_t skip(std::size_t bytes) {
    std::vector<char> buffer(1 << 20);
    std::size_t got = 0;
    while (got < bytes) {
      const ssize_t size = ::recv(fd_, buffer.data(), std::min(buffer.size(), bytes - got), 0);
      if (size <= 0) break;
      got += static_cast<std::size_t>(size);
    }
    return got;
  }

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  // Says that nothing more comes; goes on reading.
  void close_sending() { ::shutdown(fd_, SHUT_WR); }

  // As a process that dies with data unread.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close();
  }

 private:
  int fd_ = -1;
};

class HttpServer : public ::testing::Test {
 protected:
  void start(ServerLimits limits = {}) {
    router_.add({{"GET"}, "/hello", answer_with("hello\n")});
    router_.add({{"PUT", "POST"},
                 "/echo",
                 [](Request request, Responder respond) {
                   respond(
                       text_response(200, fmt::format("{}:{}", request.body.size(), as_text(request.body.bytes()))));
                 },
                 1000});
    router_.add(
        {{"POST"},
         "/big",
         [](Request request, Responder respond) { respond(text_response(200, std::to_string(request.body.size()))); },
         8 << 20});
    Route plain{{"POST"}, "/plain", [](Request request, Responder respond) {
                  respond(text_response(200, fmt::format("{}:{}", request.body.size(), as_text(request.body.bytes()))));
                }};
    plain.body_bytes_max = 1000;
    plain.decodes_content = true;
    plain.without_common_headers = true;
    router_.add(std::move(plain));
    router_.set_common_headers({{"X-Common", "yes"}});
    router_.set_guard([](const Request& request) -> std::optional<Response> {
      if (request.headers.get("X-Bad") != "yes") return std::nullopt;
      return text_response(403, "not you\n");
    });
    router_.add({{"GET"}, "/forgets", [](const Request&, const Responder&) {}});
    router_.add({{"GET"}, "/throws", [](const Request&, Responder) { throw std::runtime_error("oops"); }});
    router_.add({{"GET"}, "/slow", [this](const Request&, Responder respond) {
                   workers_.with([&](auto& workers) {
                     workers.emplace_back([r = std::make_shared<Responder>(std::move(respond))] {
                       std::this_thread::sleep_for(100ms);
                       (*r)(text_response(200, "slow\n"));
                     });
                   });
                 }});
    // Answers when its client has gone, or is told to.
    Route only_reads{{"GET"}, "/reads", [this](Request request, Responder respond) {
                       workers_.with([&](auto& workers) {
                         workers.emplace_back(
                             [this, gone = request.client_gone, r = std::make_shared<Responder>(std::move(respond))] {
                               std::unique_lock lock(reads_mutex_);
                               reads_changed_.wait_for(lock, gone, 10s, [this] { return reads_may_end_; });
                               gone_.push_back(gone.stop_requested());
                               reads_changed_.notify_all();
                               (*r)(text_response(200, "read\n"));
                             });
                       });
                     }};
    only_reads.stops_without_client = true;
    router_.add(std::move(only_reads));
    server_ = std::make_unique<Server>(limits);
    address_ = server_->listen("test", TcpAddress{"127.0.0.1", 0}, router_).value();
    server_->start();
  }

  std::string exchange(std::string_view request, std::string_view end) {
    RawClient client(address_);
    client.send(request);
    return client.read_until(end);
  }

  void let_reads_end() {
    const std::lock_guard lock(reads_mutex_);
    reads_may_end_ = true;
    reads_changed_.notify_all();
  }

  // Of the reads that ended, whether they saw their client go; waits for `count` of them.
  std::vector<bool> ends_of_reads(std::size_t count) {
    std::unique_lock lock(reads_mutex_);
    EXPECT_TRUE(reads_changed_.wait_for(lock, 10s, [&] { return gone_.size() >= count; }));
    return gone_;
  }

  Router router_;
  std::mutex reads_mutex_;
  std::condition_variable_any reads_changed_;
  bool reads_may_end_ = false;
  std::vector<bool> gone_;
  Guarded<std::vector<std::jthread>> workers_;
  Address address_;
  std::unique_ptr<Server> server_;
};

TEST_F(HttpServer, AnswersAndKeepsTheConnection) {
  start();
  RawClient client(address_);
  for (int i = 0; i < 3; ++i) {
    client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string answer = client.read_until("hello\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("Content-Length: 6\r\n"));
  }
  EXPECT_EQ(server_->stats().connections_accepted, 1u);
  EXPECT_EQ(server_->stats().requests, 3u);
}

TEST_F(HttpServer, AnswersPipelinedRequestsInOrder) {
  start();
  const std::string answer = exchange(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"
      "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\nb",
      "1:b");
  EXPECT_LT(answer.find("1:a"), answer.find("slow"));
  EXPECT_LT(answer.find("slow"), answer.find("1:b"));
}

TEST_F(HttpServer, ReadsChunkedBodies) {
  start();
  EXPECT_THAT(
      exchange("PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
               "abcde"),
      HasSubstr("5:abcde"));
}

TEST_F(HttpServer, ReadsLargeBodiesWithAndWithoutALength) {
  start();
  const std::string body(5 << 20, 'x');
  const auto sized = send_request(address_, {"POST", "/big", {}, body}, 10s);
  ASSERT_TRUE(sized) << sized.error().message;
  EXPECT_EQ(sized->body, std::to_string(body.size()));
  std::string chunked = "POST /big HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  for (int i = 0; i < 50; ++i) chunked += fmt::format("{:x}\r\n{}\r\n", 100'000, std::string(100'000, 'y'));
  EXPECT_THAT(exchange(chunked + "0\r\n\r\n", "5000000"), HasSubstr("5000000"));
}

TEST_F(HttpServer, SaysContinueToThoseWhoWait) {
  start();
  RawClient client(address_);
  client.send("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_THAT(client.read_until("2:ok"), HasSubstr("2:ok"));
}

TEST_F(HttpServer, RefusesWhatIsTooLarge) {
  start();
  EXPECT_THAT(
      exchange("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n", "large\n"),
      StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(
      exchange("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'), "large\n"),
      StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(
      exchange(fmt::format("PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                           100'000, std::string(100'000, 'y')),
               "large\n"),
      StartsWith("HTTP/1.1 413"));
  EXPECT_EQ(server_->stats().refused_too_large, 3u);
  EXPECT_THAT(exchange("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n" +
                           std::string(1000, 'x'),
                       "1000:"),
              HasSubstr("1000:x"));
}

TEST_F(HttpServer, RefusesWhatIsNoHttp) {
  start();
  EXPECT_THAT(exchange("what is this\r\n\r\n", "\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(exchange("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(exchange("GET /hello HTTP/1.1\r\nx: " + std::string(70'000, 'x') + "\r\n\r\n", "\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(exchange("PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "\r\n\r\n"),
              StartsWith("HTTP/1.1 400"));
}

TEST_F(HttpServer, KnowsNoOtherPathsAndMethods) {
  start();
  EXPECT_THAT(exchange("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", "found\n"), HasSubstr("404 page not found\n"));
  const std::string answer = exchange("DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(answer, HasSubstr("Allow: PUT, POST\r\n"));
}

// "abc".
constexpr std::string_view kGzipAbc("\x1f\x8b\x08\0\0\0\0\0\0\3\x4b\x4c\x4a\6\0\xc2\x41\x24\x35\3\0\0\0", 23);

TEST_F(HttpServer, DecodesContentWhereTheRouteSaysSo) {
  start();
  const auto post = [&](std::string_view path, std::string_view encoding, std::string_view body) {
    return exchange(fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Encoding: {}\r\nContent-Length: {}\r\n"
                                "Connection: close\r\n\r\n{}",
                                path, encoding, body.size(), body),
                    "never");
  };
  EXPECT_THAT(post("/plain", "gzip", kGzipAbc), HasSubstr("3:abc"));
  EXPECT_THAT(post("/plain", "identity", "abc"), HasSubstr("3:abc"));
  EXPECT_THAT(post("/echo", "gzip", kGzipAbc), HasSubstr("23:"));
  EXPECT_THAT(post("/plain", "gzip", "abc"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(post("/plain", "br", "abc"), StartsWith("HTTP/1.1 415"));
  EXPECT_EQ(server_->stats().refused_unsupported, 1u);
  // The connection goes on after a refused body: it was read to its end.
  RawClient client(address_);
  client.send("POST /plain HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_THAT(client.read_until("request\n"), StartsWith("HTTP/1.1 400"));
  client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.read_until("hello\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServer, SendsTheRoutersHeadersWithEveryAnswer) {
  start();
  for (const char* path : {"/hello", "/nowhere", "/forgets"})
    EXPECT_THAT(exchange(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", path), "\r\n\r\n"),
                HasSubstr("X-Common: yes\r\n"));
  EXPECT_THAT(exchange("POST /plain HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "\r\n\r\n"),
              ::testing::Not(HasSubstr("X-Common")));
}

TEST_F(HttpServer, AsksTheGuardFirst) {
  start();
  for (const char* path : {"/hello", "/nowhere"}) {
    EXPECT_THAT(exchange(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nX-Bad: yes\r\n\r\n", path), "not you\n"),
                StartsWith("HTTP/1.1 403"));
  }
  EXPECT_EQ(server_->stats().refused_by_guard, 2u);
}

TEST_F(HttpServer, SilentConnectionsMakeRoomForOthers) {
  ServerLimits limits;
  limits.connections_max = 8;
  start(limits);
  RawClient honest(address_);
  honest.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(honest.read_until("hello\n"), StartsWith("HTTP/1.1 200"));
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 12; ++i) {
    silent.push_back(std::make_unique<RawClient>(address_));
    if (i % 2 == 0) silent.back()->send("GET /hel");
  }
  EXPECT_THAT(exchange("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "hello\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_GE(server_->stats().evicted, 5u);
  // Who has been served before goes last.
  honest.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(honest.read_until("hello\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServer, BodiesThatDoNotEndMakeRoomForOthers) {
  ServerLimits limits;
  limits.connections_max = 4;
  start(limits);
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 4; ++i) {
    slow.push_back(std::make_unique<RawClient>(address_));
    slow.back()->send("POST /big HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
  }
  EXPECT_THAT(exchange("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "hello\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_GE(server_->stats().evicted, 1u);
}

TEST_F(HttpServer, AnswersHeadWithoutABody) {
  start();
  const std::string answer = exchange("HEAD /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "never");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(answer, ::testing::EndsWith("\r\n\r\n"));
}

TEST_F(HttpServer, AnswersWhenAHandlerForgetsOrThrows) {
  start();
  EXPECT_THAT(exchange("GET /forgets HTTP/1.1\r\nHost: x\r\n\r\n", "given\n"), StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(exchange("GET /throws HTTP/1.1\r\nHost: x\r\n\r\n", "given\n"), StartsWith("HTTP/1.1 500"));
}

TEST_F(HttpServer, GivesUpOnSlowClients) {
  ServerLimits limits;
  limits.header_timeout = 50ms;
  limits.body_timeout = 50ms;
  limits.idle_timeout = 50ms;
  start(limits);
  EXPECT_THAT(exchange("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", "timeout\n"),
              StartsWith("HTTP/1.1 408"));
  EXPECT_THAT(exchange("PUT /echo HTTP/1.1\r\nHos", "timeout\n"), StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(exchange("", "never"), "");
  EXPECT_EQ(server_->stats().refused_too_slow, 2u);
}

TEST_F(HttpServer, SurvivesClientsThatVanish) {
  start();
  for (int i = 0; i < 20; ++i) {
    RawClient client(address_);
    client.send("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    client.close();
    RawClient other(address_);
    other.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    other.close();
  }
  EXPECT_THAT(exchange("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "hello\n"), HasSubstr("hello"));
}

TEST_F(HttpServer, TellsAReadThatItsClientHasGone) {
  start();
  for (std::size_t i = 0; i < 2; ++i) {
    RawClient client(address_);
    client.send("GET /reads HTTP/1.1\r\nHost: x\r\n\r\n");
    i == 0 ? client.close() : client.reset();
    EXPECT_EQ(ends_of_reads(i + 1).back(), true) << i;
  }
  // Bytes that it sent ahead don't hide that it went.
  RawClient ahead(address_);
  ahead.send("GET /reads HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  ahead.close();
  EXPECT_EQ(ends_of_reads(3).back(), true);
  EXPECT_EQ(server_->stats().clients_left, 3u);
}

TEST_F(HttpServer, AReadWhoseClientStaysIsLeftAlone) {
  start();
  RawClient client(address_);
  client.send("GET /reads HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(200ms);  // it is looked for several times
  let_reads_end();
  EXPECT_THAT(client.read_until("hello\n"), HasSubstr("read\n"));
  EXPECT_EQ(ends_of_reads(1).back(), false);
  client.send("GET /reads HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.read_until("read\n"), HasSubstr("read\n"));
  EXPECT_EQ(server_->stats().clients_left, 0u);
}

TEST_F(HttpServer, AClientThatOnlyStopsSendingGetsItsAnswer) {
  start();
  RawClient sender(address_);  // to a route that keeps what it is sent
  sender.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  sender.close_sending();
  EXPECT_THAT(sender.read_until("slow\n"), HasSubstr("slow\n"));
  RawClient reader(address_);
  reader.send("GET /reads HTTP/1.1\r\nHost: x\r\n\r\n");
  reader.close_sending();
  EXPECT_EQ(ends_of_reads(1).back(), true);
  EXPECT_THAT(reader.read_until("read\n"), HasSubstr("read\n"));
}

TEST_F(HttpServer, ReadsEndWhenItStops) {
  start();
  RawClient client(address_);
  client.send("GET /reads HTTP/1.1\r\nHost: x\r\n\r\n");
  while (server_->stats().requests == 0) std::this_thread::sleep_for(1ms);
  server_->stop(10ms);
  EXPECT_EQ(ends_of_reads(1).back(), true);
}

TEST_F(HttpServer, WaitsForRoomAndThenRefuses) {
  ServerLimits limits;
  limits.bodies_bytes_max = 1500;
  limits.room_timeout = 60ms;
  start(limits);
  RawClient holder(address_);
  holder.send("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nstill sending");
  std::this_thread::sleep_for(30ms);
  EXPECT_THAT(
      exchange("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n" + std::string(900, 'x'), "again\n"),
      StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(exchange("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n" + std::string(400, 'x'), "400:"),
              StartsWith("HTTP/1.1 200"));
  holder.close();
  std::this_thread::sleep_for(30ms);
  EXPECT_THAT(exchange("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n" + std::string(900, 'x'), "900:"),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServer, BodiesThatAreOnlyAnnouncedTakeNoRoom) {
  ServerLimits limits;
  limits.bodies_bytes_max = 1 << 20;
  start(limits);
  std::vector<std::unique_ptr<RawClient>> announcing;
  for (int i = 0; i < 16; ++i) {
    announcing.push_back(std::make_unique<RawClient>(address_));
    announcing.back()->send("POST /big HTTP/1.1\r\nHost: x\r\nContent-Length: 600000\r\n\r\nx");
  }
  const auto answer = send_request(address_, {"POST", "/big", {}, std::string(700'000, 'x')}, 10s);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "700000");
  // Those that do come are taken too.
  announcing.front()->send(std::string(599'999, 'x'));
  EXPECT_THAT(announcing.front()->read_until("600000"), HasSubstr("600000"));
}

TEST_F(HttpServer, ABodyLargerThanAllRoomIsTakenWhenItIsAlone) {
  ServerLimits limits;
  limits.bodies_bytes_max = 100'000;
  limits.room_timeout = 50ms;
  start(limits);
  const auto sized = send_request(address_, {"POST", "/big", {}, std::string(300'000, 'x')}, 10s);
  ASSERT_TRUE(sized) << sized.error().message;
  EXPECT_EQ(sized->body, "300000");
  std::string chunked = "POST /big HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  for (int i = 0; i < 3; ++i) chunked += fmt::format("{:x}\r\n{}\r\n", 100'000, std::string(100'000, 'y'));
  EXPECT_THAT(exchange(chunked + "0\r\n\r\n", "300000"), HasSubstr("300000"));
}

TEST_F(HttpServer, LargeAnswersThatNobodyReadsAreFew) {
  ServerLimits limits;
  limits.answers_bytes_max = 20 << 20;
  limits.room_timeout = 50ms;
  constexpr std::size_t kBytes = 16 << 20;  // more than the kernel's buffers hold
  router_.add({{"GET"}, "/large", answer_with(std::string(kBytes, 'x'))});
  start(limits);
  RawClient deaf(address_);
  deaf.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(deaf.skip(10), 10u);  // it is on its way
  RawClient other(address_);
  other.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(other.read_until("try again\n"), StartsWith("HTTP/1.1 503"));
  other.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(other.read_until("hello\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(deaf.skip(kBytes), kBytes);
  other.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(other.skip(kBytes), kBytes);
}

TEST_F(HttpServer, LetsTheOneTooManyWait) {
  ServerLimits limits;
  limits.connections_max = 1;
  start(limits);
  RawClient first(address_);
  first.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  first.read_until("hello\n");
  RawClient second(address_);
  second.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(30ms);
  EXPECT_EQ(server_->stats().connections_accepted, 1u);
  first.close();
  EXPECT_THAT(second.read_until("hello\n"), HasSubstr("hello\n"));
}

TEST_F(HttpServer, FinishesRequestsWhenItStops) {
  start();
  RawClient busy(address_);
  RawClient idle(address_);
  idle.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  idle.read_until("hello\n");
  busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(30ms);
  server_->stop(5s);
  EXPECT_THAT(busy.read_until("slow\n"), HasSubstr("slow\n"));
  EXPECT_EQ(idle.read_until("never"), "");
}

TEST_F(HttpServer, RefusesAPortThatIsTaken) {
  start();
  Server other({});
  const auto taken = other.listen("other", address_, router_);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::Unavailable);
}

class UnixSocket : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "vizsla-http-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/apm.socket";
    router_.add({{"GET"}, "/hello", [](const Request& request, Responder respond) {
                   respond(text_response(200, request.over_unix_socket ? "unix\n" : "tcp\n"));
                 }});
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::string path_;
  Router router_;
};

TEST_F(UnixSocket, IsServedLikeTcp) {
  Server server({});
  ASSERT_TRUE(server.listen("unix", UnixAddress{path_}, router_));
  server.start();
  EXPECT_EQ(std::filesystem::status(path_).permissions(), static_cast<std::filesystem::perms>(0722));
  const auto answer = send_request(UnixAddress{path_}, {"GET", "/hello", {{"Host", "2f6f7074"}}, ""}, 5s);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "unix\n");
  server.stop(1s);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UnixSocket, ReplacesAStaleSocketAndNothingElse) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::strcpy(to.sun_path, path_.c_str());
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
  ::close(fd);
  {
    Server server({});
    EXPECT_TRUE(server.listen("unix", UnixAddress{path_}, router_));
    Server second({});
    EXPECT_FALSE(second.listen("unix", UnixAddress{path_}, router_));
  }
  std::filesystem::remove(path_);
  std::ofstream(path_) << "a file";
  Server server({});
  EXPECT_FALSE(server.listen("unix", UnixAddress{path_}, router_));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST(Client, SaysWhenNobodyListens) {
  const auto answer = send_request(TcpAddress{"127.0.0.1", 1}, {}, 1s);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace vizsla::http
