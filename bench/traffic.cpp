#include "bench/traffic.h"

#include <cmath>

#include <fmt/format.h>

#include "bench/traffic_formats.h"

namespace vizsla::bench {
namespace {

struct Service {
  std::string_view name;
  std::string_view version;
  std::string_view language;
  std::string_view component;
  std::string_view runtime_id;
  std::vector<std::string_view> routes;
};

const std::vector<Service>& services() {
  static const std::vector<Service> list{
      {"storefront",
       "2.14.0",
       "python",
       "flask",
       "3f0d7a6c51be4a0f9a1c0e8d27b1c001",
       {"/", "/cart", "/products/<int:id>", "/search", "/checkout"}},
      {"gateway",
       "1.9.3",
       "go",
       "net/http",
       "3f0d7a6c51be4a0f9a1c0e8d27b1c002",
       {"/api/v1/*", "/api/v2/*", "/graphql"}},
      {"catalog",
       "5.0.1",
       "java",
       "spring-web",
       "3f0d7a6c51be4a0f9a1c0e8d27b1c003",
       {"/products/{id}", "/products", "/categories/{name}"}},
      {"search", "0.31.0", "go", "net/http", "3f0d7a6c51be4a0f9a1c0e8d27b1c004", {"/query", "/suggest"}},
      {"cart", "3.2.2", "javascript", "express", "3f0d7a6c51be4a0f9a1c0e8d27b1c005", {"/cart/:id", "/cart/:id/items"}},
      {"checkout",
       "1.1.0",
       "python",
       "fastapi",
       "3f0d7a6c51be4a0f9a1c0e8d27b1c006",
       {"/orders", "/orders/{id}", "/orders/{id}/pay"}},
      {"payments", "7.4.0", "java", "spring-web", "3f0d7a6c51be4a0f9a1c0e8d27b1c007", {"/charge", "/refund"}},
      {"shipping", "2.0.0", "go", "grpc", "3f0d7a6c51be4a0f9a1c0e8d27b1c008", {"/Quote", "/Ship"}},
      {"users", "4.4.1", "ruby", "rack", "3f0d7a6c51be4a0f9a1c0e8d27b1c009", {"/users/:id", "/sessions"}},
      {"recommendations", "0.9.7", "python", "flask", "3f0d7a6c51be4a0f9a1c0e8d27b1c00a", {"/for/<user>"}},
      {"email", "1.0.5", "javascript", "express", "3f0d7a6c51be4a0f9a1c0e8d27b1c00b", {"/send"}},
      {"warehouse", "2.7.0", "python", "celery", "3f0d7a6c51be4a0f9a1c0e8d27b1c00c", {"reserve", "release"}},
  };
  return list;
}

constexpr std::string_view kTables[] = {"products", "orders", "users",    "carts",
                                        "prices",   "stock",  "sessions", "reviews"};
constexpr std::string_view kAgents[] = {
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 "
    "Safari/605.1.15",
    "okhttp/4.12.0",
};

class RequestMaker {
 public:
  RequestMaker(std::uint64_t seed, std::uint64_t number, std::int64_t start_ns)
      : random_(seed * 0x9e3779b97f4a7c15u + number), start_ns_(start_ns) {
    trace_id_ = random_() >> 1 | 1;
    // The high half of a 128-bit id: seconds, then zeros.
    trace_id_high_ = fmt::format("{:08x}00000000", start_ns / 1'000'000'000);
  }

  std::vector<TrafficChunk> make() {
    failing_ = random_() % 100 == 0;
    serve(random_() % 5 == 0 ? 1 : 0, 0, start_ns_, 0);
    return std::move(chunks_);
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  // Log-normal around `median_ns`.
  std::int64_t duration(double median_ns) {
    std::normal_distribution<double> normal(0, 0.6);
    return static_cast<std::int64_t>(median_ns * std::exp(normal(random_)));
  }

  TrafficSpan& add(TrafficChunk& chunk, const Service& service, std::uint64_t parent, std::int64_t start) {
    TrafficSpan& span = chunk.emplace_back();
    span.trace_id = trace_id_;
    span.span_id = random_() >> 1 | 1;
    span.parent_id = parent;
    span.start_ns = start;
    span.meta.emplace_back("env", "prod");
    span.meta.emplace_back("version", service.version);
    span.meta.emplace_back("runtime-id", service.runtime_id);
    span.metrics.emplace_back("process_id", static_cast<double>(1000 + service.name.size()));
    return span;
  }

  // A service's part of the request: its server span, what it does inside, whom it calls. Gives its end.
  std::int64_t serve(std::size_t which, std::uint64_t parent, std::int64_t start, int depth) {
    const Service& service = services()[which];
    TrafficChunk chunk;
    TrafficSpan& root = add(chunk, service, parent, start);
    const std::uint64_t root_id = root.span_id;
    const std::string_view route = service.routes[below(service.routes.size())];
    const std::string_view method = below(4) == 0 ? "POST" : "GET";
    root.service = service.name;
    root.operation = service.component == "celery" ? "celery.run"
                     : service.component == "grpc" ? "grpc.server"
                                                   : "web.request";
    root.type = service.component == "celery" ? "worker" : "web";
    root.resource = fmt::format("{} {}", method, route);
    root.meta.emplace_back("_dd.p.tid", trace_id_high_);
    root.meta.emplace_back("_dd.p.dm", "-1");
    root.meta.emplace_back("component", service.component);
    root.meta.emplace_back("span.kind", "server");
    root.meta.emplace_back("language", service.language);
    root.meta.emplace_back("http.method", method);
    root.meta.emplace_back("http.route", route);
    root.meta.emplace_back("http.url",
                           fmt::format("http://{}.shop.internal:8080/{}/{}?page={}", service.name,
                                       route.size() > 2 ? route.substr(1, 4) : "x", below(1'000'000), below(20)));
    root.meta.emplace_back("http.useragent", kAgents[below(std::size(kAgents))]);
    root.meta.emplace_back("user.id", fmt::format("user-{}", below(12'000)));
    root.metrics.emplace_back("_sampling_priority_v1", 1);
    root.metrics.emplace_back("_dd.top_level", 1);
    root.metrics.emplace_back("_dd.agent_psr", 1);

    std::int64_t at = start + duration(400'000);
    const std::uint64_t steps = 1 + below(depth == 0 ? 9 : 5);
    for (std::uint64_t i = 0; i < steps; ++i) {
      const std::uint64_t kind = below(10);
      if (kind < 4) {
        at = query(chunk, service, root_id, at);
      } else if (kind < 6) {
        at = cache(chunk, service, root_id, at);
      } else if (kind < 7 || depth >= 3) {
        at = inside(chunk, service, root_id, at);
      } else {
        at = call(chunk, service, root_id, at, depth);
      }
      at += duration(150'000);
    }
    const bool failed = failing_ && depth == 0;
    TrafficSpan& finished = chunk.front();
    finished.duration_ns = at - start;
    finished.error = failed;
    finished.meta.emplace_back("http.status_code", failed ? "500" : below(50) == 0 ? "404" : "200");
    if (failed) add_error(finished);
    chunks_.push_back(std::move(chunk));
    return at;
  }

  void add_error(TrafficSpan& span) {
    span.meta.emplace_back("error.type", "java.lang.IllegalStateException");
    span.meta.emplace_back("error.message", fmt::format("order {} has no payment", below(1'000'000)));
    std::string stack = "java.lang.IllegalStateException: order has no payment\n";
    for (int i = 0; i < 12; ++i)
      stack += fmt::format("\tat com.shop.orders.Step{}.run(Step{}.java:{})\n", i, i, 40 + i * 7);
    span.meta.emplace_back("error.stack", std::move(stack));
  }

  std::int64_t query(TrafficChunk& chunk, const Service& service, std::uint64_t parent, std::int64_t at) {
    TrafficSpan& span = add(chunk, service, parent, at);
    const std::string_view table = kTables[below(std::size(kTables))];
    span.service = "shop-postgres";
    span.operation = "postgres.query";
    span.type = "sql";
    span.resource = fmt::format("SELECT * FROM {} WHERE id = ? AND tenant = ? ORDER BY created_at LIMIT ?", table);
    span.meta.emplace_back("_dd.base_service", service.name);
    span.meta.emplace_back("component", "psycopg");
    span.meta.emplace_back("span.kind", "client");
    span.meta.emplace_back("db.system", "postgresql");
    span.meta.emplace_back("db.name", "shop");
    span.meta.emplace_back("db.user", "app");
    span.meta.emplace_back("out.host", "db-1.shop.internal");
    span.metrics.emplace_back("db.row_count", static_cast<double>(below(40)));
    span.metrics.emplace_back("_dd.measured", 1);
    span.metrics.emplace_back("network.destination.port", 5432);
    span.duration_ns = duration(900'000);
    return at + span.duration_ns;
  }

  std::int64_t cache(TrafficChunk& chunk, const Service& service, std::uint64_t parent, std::int64_t at) {
    TrafficSpan& span = add(chunk, service, parent, at);
    span.service = "session-cache";
    span.operation = "redis.command";
    span.type = "redis";
    span.resource = below(3) == 0 ? "SETEX" : "GET";
    span.meta.emplace_back("_dd.base_service", service.name);
    span.meta.emplace_back("component", "redis");
    span.meta.emplace_back("span.kind", "client");
    span.meta.emplace_back("db.system", "redis");
    span.meta.emplace_back("redis.raw_command", fmt::format("{} session:{:016x}", span.resource, random_()));
    span.meta.emplace_back("out.host", "cache-1.shop.internal");
    span.metrics.emplace_back("redis.args_length", 2);
    span.metrics.emplace_back("_dd.measured", 1);
    span.duration_ns = duration(180'000);
    return at + span.duration_ns;
  }

  std::int64_t inside(TrafficChunk& chunk, const Service& service, std::uint64_t parent, std::int64_t at) {
    TrafficSpan& span = add(chunk, service, parent, at);
    span.service = service.name;
    span.operation = below(2) == 0 ? "template.render" : "serialize";
    span.type = "template";
    span.resource = fmt::format("view_{}", below(12));
    span.meta.emplace_back("component", service.component);
    span.meta.emplace_back("template.name", fmt::format("views/{}.html", below(12)));
    span.duration_ns = duration(700'000);
    return at + span.duration_ns;
  }

  std::int64_t call(TrafficChunk& chunk, const Service& service, std::uint64_t parent, std::int64_t at, int depth) {
    TrafficSpan& span = add(chunk, service, parent, at);
    const std::size_t place = chunk.size() - 1;
    const std::size_t callee = 2 + below(services().size() - 2);
    const Service& other = services()[callee];
    span.service = service.name;
    span.operation = "http.request";
    span.type = "http";
    span.resource = fmt::format("GET {}", other.name);
    span.meta.emplace_back("component", "http-client");
    span.meta.emplace_back("span.kind", "client");
    span.meta.emplace_back("http.method", "GET");
    span.meta.emplace_back("http.url", fmt::format("http://{}.shop.internal:8080/{}", other.name, below(1'000'000)));
    span.meta.emplace_back("http.status_code", "200");
    span.meta.emplace_back("out.host", fmt::format("{}.shop.internal", other.name));
    span.metrics.emplace_back("network.destination.port", 8080);
    const std::uint64_t id = span.span_id;
    const std::int64_t end = serve(callee, id, at + duration(80'000), depth + 1) + duration(80'000);
    chunk[place].duration_ns = end - at;
    return end;
  }

  std::mt19937_64 random_;
  const std::int64_t start_ns_;
  std::uint64_t trace_id_ = 0;
  std::string trace_id_high_;
  bool failing_ = false;
  std::vector<TrafficChunk> chunks_;
};

}  // namespace

std::vector<TrafficChunk> Traffic::request(std::uint64_t number, std::int64_t start_ns) const {
  return RequestMaker(seed_, number, start_ns).make();
}

std::string encode(const std::vector<TrafficChunk>& chunks, WireFormat format) {
  switch (format) {
    case WireFormat::JsonV01:
      return write_json_v01(chunks);
    case WireFormat::JsonV02:
    case WireFormat::JsonV03:
      return write_json(chunks);
    case WireFormat::V03:
    case WireFormat::V04:
      return pack_v04(chunks);
    case WireFormat::V05:
      return pack_v05(chunks);
    case WireFormat::V07:
      return pack_v07(chunks);
    case WireFormat::V1:
      return pack_v1(chunks);
    case WireFormat::Agent:
      return write_agent_payload(chunks);
    case WireFormat::AgentIdx:
      return write_agent_payload_idx(chunks);
  }
  return {};
}

std::string_view path_of(WireFormat format) {
  switch (format) {
    case WireFormat::JsonV01:
      return "/v0.1/spans";
    case WireFormat::JsonV02:
      return "/v0.2/traces";
    case WireFormat::JsonV03:
    case WireFormat::V03:
      return "/v0.3/traces";
    case WireFormat::V04:
      return "/v0.4/traces";
    case WireFormat::V05:
      return "/v0.5/traces";
    case WireFormat::V07:
      return "/v0.7/traces";
    case WireFormat::V1:
      return "/v1.0/traces";
    case WireFormat::Agent:
    case WireFormat::AgentIdx:
      return "/api/v0.2/traces";
  }
  return "/";
}

std::string_view content_type_of(WireFormat format) {
  switch (format) {
    case WireFormat::JsonV01:
    case WireFormat::JsonV02:
    case WireFormat::JsonV03:
      return "application/json";
    case WireFormat::Agent:
    case WireFormat::AgentIdx:
      return "application/x-protobuf";
    default:
      return "application/msgpack";
  }
}

}  // namespace vizsla::bench
