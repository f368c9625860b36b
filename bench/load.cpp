// Sends traffic to a running server as tracers do, and says what it cost: the server's CPU time, how long answers took,
// how much memory it held.
//
//   load --apm 127.0.0.1:8126 --pid PID [--format v04] [--spans N] [--rate SPANS_PER_S] [--connections C]
//
// Bodies are made ahead in memory, a window at a time, so that making them doesn't slow the sending. Request numbers,
// and so all ids, are unique in a run. Prints one line of JSON. Only loopback addresses and unix sockets are taken.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench/traffic.h"

namespace vizsla::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string apm = "127.0.0.1:8126";
  int pid = 0;
  std::string format = "v04";
  std::uint64_t spans = 1'000'000;
  std::uint64_t rate = 0;
  int connections = 4;
  std::uint64_t payload_spans = 1000;
  std::uint64_t seed = 1;
  std::uint64_t first_request = 0;
  // Where the traffic lies in time: its end is now, or its pace is this many requests a second from here on.
  double days_ago = 0;
};

const std::map<std::string, WireFormat> kFormats{
    {"json", WireFormat::JsonV03}, {"v03", WireFormat::V03}, {"v04", WireFormat::V04},     {"v05", WireFormat::V05},
    {"v07", WireFormat::V07},      {"v1", WireFormat::V1},   {"agent", WireFormat::Agent},
};

struct Payload {
  std::string request;  // header and body
  std::uint64_t spans = 0;
  std::uint64_t chunks = 0;
  std::size_t body_bytes = 0;
};

Payload make_payload(const Traffic& traffic, const Options& options, std::uint64_t& next_request) {
  const WireFormat format = kFormats.at(options.format);
  std::vector<TrafficChunk> chunks;
  Payload payload;
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  while (payload.spans < options.payload_spans) {
    const auto start = now - static_cast<std::int64_t>(options.days_ago * 86'400e9) - 2'000'000'000;
    for (TrafficChunk& chunk : traffic.request(next_request++, start)) {
      payload.spans += chunk.size();
      chunks.push_back(std::move(chunk));
    }
  }
  payload.chunks = chunks.size();
  const std::string body = encode(chunks, format);
  payload.body_bytes = body.size();
  payload.request = fmt::format(
      "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nContent-Length: {}\r\nDatadog-Meta-Lang: python\r\n"
      "Datadog-Meta-Tracer-Version: 4.16.0\r\nX-Datadog-Trace-Count: {}\r\n\r\n",
      path_of(format), content_type_of(format), body.size(), payload.chunks);
  payload.request += body;
  return payload;
}

// Payloads between the one who makes them and those who send them.
class Window {
 public:
  explicit Window(std::size_t max) : max_(max) {}

  void put(Payload payload) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return payloads_.size() < max_; });
    payloads_.push_back(std::move(payload));
    changed_.notify_all();
  }

  void finish() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
  }

  bool take(Payload& payload) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return finished_ || !payloads_.empty(); });
    if (payloads_.empty()) return false;
    payload = std::move(payloads_.front());
    payloads_.pop_front();
    changed_.notify_all();
    return true;
  }

 private:
  const std::size_t max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Payload> payloads_;
  bool finished_ = false;
};

int connect_to(const std::string& address) {
  if (address.starts_with("unix://")) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::snprintf(to.sun_path, sizeof(to.sun_path), "%s", address.c_str() + 7);
    return ::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0 ? fd : -1;
  }
  const std::size_t colon = address.rfind(':');
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  if (address.substr(0, colon).rfind("127.", 0) != 0 ||
      ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1)
    return -1;
  return ::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0 ? fd : -1;
}

// The status of the answer, whose body is read to its end; -1 when the connection broke.
int exchange(int fd, const std::string& request, std::string& scratch) {
  for (std::size_t sent = 0; sent < request.size();) {
    const ssize_t n = ::send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return -1;
    sent += static_cast<std::size_t>(n);
  }
  scratch.clear();
  std::size_t expected = std::string::npos;
  while (scratch.size() < expected) {
    char buffer[4096];
    const ssize_t n = ::recv(fd, buffer, sizeof(buffer), 0);
    if (n <= 0) return -1;
    scratch.append(buffer, static_cast<std::size_t>(n));
    const std::size_t end = scratch.find("\r\n\r\n");
    if (expected != std::string::npos || end == std::string::npos) continue;
    const std::size_t length = scratch.find("Content-Length: ");
    expected = end + 4 + (length < end ? std::stoul(scratch.substr(length + 16)) : 0);
  }
  return std::stoi(scratch.substr(9, 3));
}

double cpu_seconds_of(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string field;
  double ticks = 0;
  for (int i = 3; i <= 15 && fields >> field; ++i) {
    if (i >= 14) ticks += std::stod(field);
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::uint64_t status_kib(int pid, const std::string& key) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) return std::stoul(line.substr(key.size() + 1));
  }
  return 0;
}

struct Results {
  std::mutex mutex;
  std::vector<double> answer_ms;
  std::map<int, std::uint64_t> statuses;
  std::uint64_t spans = 0;
  std::uint64_t body_bytes = 0;
};

void send_all(const Options& options, Window& window, Results& results, std::atomic<std::uint64_t>& spans_sent,
              Clock::time_point begin) {
  int fd = connect_to(options.apm);
  std::string scratch;
  Payload payload;
  while (window.take(payload)) {
    if (options.rate > 0) {
      // Each payload has its place in time, whoever sends it.
      const double due_s = static_cast<double>(spans_sent.fetch_add(payload.spans)) / static_cast<double>(options.rate);
      std::this_thread::sleep_until(begin +
                                    std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(due_s)));
    }
    const auto from = Clock::now();
    const int status = fd < 0 ? -1 : exchange(fd, payload.request, scratch);
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - from).count();
    if (status < 0) {
      if (fd >= 0) ::close(fd);
      fd = connect_to(options.apm);
    }
    const std::lock_guard lock(results.mutex);
    results.answer_ms.push_back(ms);
    ++results.statuses[status];
    if (status / 100 == 2) {  // an Agent's routes answer 202
      results.spans += payload.spans;
      results.body_bytes += payload.body_bytes;
    }
  }
  if (fd >= 0) ::close(fd);
}

int run(const Options& options) {
  const Traffic traffic(options.seed);
  Window window(64);
  Results results;
  std::atomic<std::uint64_t> spans_sent{0};
  std::jthread maker([&] {
    std::uint64_t next_request = options.first_request;
    for (std::uint64_t made = 0; made < options.spans;) {
      Payload payload = make_payload(traffic, options, next_request);
      made += payload.spans;
      window.put(std::move(payload));
    }
    window.finish();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // let the window fill

  const double cpu_before = options.pid > 0 ? cpu_seconds_of(options.pid) : 0;
  std::atomic<bool> done{false};
  std::uint64_t rss_max_kib = 0;
  std::jthread watcher([&] {
    while (!done && options.pid > 0) {
      rss_max_kib = std::max(rss_max_kib, status_kib(options.pid, "VmRSS:"));
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  const auto begin = Clock::now();
  {
    std::vector<std::jthread> senders;
    for (int i = 0; i < options.connections; ++i)
      senders.emplace_back([&] { send_all(options, window, results, spans_sent, begin); });
  }
  const double wall_s = std::chrono::duration<double>(Clock::now() - begin).count();
  const double cpu_at_last_answer = options.pid > 0 ? cpu_seconds_of(options.pid) - cpu_before : 0;
  done = true;
  watcher.join();

  std::sort(results.answer_ms.begin(), results.answer_ms.end());
  const auto percentile = [&](double p) {
    return results.answer_ms.empty()
               ? 0.0
               : results.answer_ms[static_cast<std::size_t>(p * static_cast<double>(results.answer_ms.size() - 1))];
  };
  std::string statuses;
  for (const auto& [status, count] : results.statuses)
    statuses += fmt::format("{}\"{}\":{}", statuses.empty() ? "" : ",", status, count);
  fmt::print(
      "{{\"format\":\"{}\",\"spans\":{},\"body_bytes_per_span\":{:.1f},\"wall_s\":{:.2f},\"spans_per_s\":{:.0f},\"cpu_"
      "s\":{:.2f},\"cpu_us_per_span\":{:.3f},"
      "\"spans_per_s_per_core\":{:.0f},\"answer_ms_p50\":{:.2f},\"answer_ms_p99\":{:.2f},\"answer_ms_max\":{:.2f},"
      "\"rss_max_mib\":{:.0f},\"statuses\":{{{}}}}}\n",
      options.format, results.spans,
      static_cast<double>(results.body_bytes) / static_cast<double>(std::max<std::uint64_t>(results.spans, 1)), wall_s,
      static_cast<double>(results.spans) / wall_s, cpu_at_last_answer,
      cpu_at_last_answer * 1e6 / static_cast<double>(std::max<std::uint64_t>(results.spans, 1)),
      static_cast<double>(results.spans) / std::max(cpu_at_last_answer, 1e-9), percentile(0.5), percentile(0.99),
      percentile(1), static_cast<double>(rss_max_kib) / 1024, statuses);
  return results.statuses.size() == 1 && results.statuses.begin()->first / 100 == 2 ? 0 : 1;
}

}  // namespace
}  // namespace vizsla::bench

int main(int argc, char** argv) {
  vizsla::bench::Options options;
  CLI::App app{"Sends traffic to a running server, and says what it cost"};
  app.add_option("--apm", options.apm, "127.x.x.x:port or unix:///path")->capture_default_str();
  app.add_option("--pid", options.pid, "The server's process, for its CPU time and memory");
  app.add_option("--format", options.format, "Wire form of the spans")
      ->capture_default_str()
      ->check(CLI::IsMember(vizsla::bench::kFormats));
  app.add_option("--spans", options.spans, "How many")->capture_default_str();
  app.add_option("--rate", options.rate, "Spans per second; 0 = as fast as it goes")->capture_default_str();
  app.add_option("--connections", options.connections, "Connections at once")->capture_default_str();
  app.add_option("--payload-spans", options.payload_spans, "Spans in a request, about")->capture_default_str();
  app.add_option("--seed", options.seed, "Of the traffic")->capture_default_str();
  app.add_option("--first-request", options.first_request, "Number of the first trace; another one gives other ids")
      ->capture_default_str();
  app.add_option("--days-ago", options.days_ago, "How far back the traffic lies")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return vizsla::bench::run(options);
}
