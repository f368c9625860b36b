#include "server/guards.h"

#include <algorithm>
#include <string_view>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace vizsla::server {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return out;
}

// "shop.example:8127" → "shop.example", "[::1]:8127" → "::1".
std::string host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    return end == std::string_view::npos ? std::string{} : lower(authority.substr(1, end - 1));
  }
  return lower(authority.substr(0, authority.find(':')));
}

bool is_ip_address(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  return ::inet_pton(AF_INET, host.c_str(), &v4) == 1 || ::inet_pton(AF_INET6, host.c_str(), &v6) == 1;
}

bool is_known(const std::string& host, const std::vector<std::string>& hosts) {
  return host == "localhost" || is_ip_address(host) ||
         std::any_of(hosts.begin(), hosts.end(), [&](const std::string& h) { return h == "*" || h == host; });
}

}  // namespace

http::Guard refuse_browsers_from_elsewhere() {
  return [](const http::Request& request) -> std::optional<http::Response> {
    if (request.over_unix_socket || request.headers.get("Sec-Fetch-Site") != "cross-site") return std::nullopt;
    return http::text_response(403, "cross-site requests are not allowed\n");
  };
}

http::Guard allow_hosts(std::vector<std::string> hosts) {
  for (std::string& host : hosts) host = lower(host);
  return [hosts = std::move(hosts)](const http::Request& request) -> std::optional<http::Response> {
    if (request.over_unix_socket) return std::nullopt;
    const std::string_view authority = request.headers.get("Host");
    const std::string host = host_of(authority);
    if (!is_known(host, hosts)) {
      return http::text_response(
          403, fmt::format("'{}' isn't a host of this server's: name it in http.allowed_hosts, or use an IP address\n",
                           host));
    }
    const std::string_view origin = request.headers.get("Origin");
    if (origin.empty()) return std::nullopt;
    const std::size_t scheme = origin.find("://");
    const std::string_view page = scheme == std::string_view::npos ? std::string_view{} : origin.substr(scheme + 3);
    // A proxy in front may listen on another port or speak TLS, so it's the host that counts.
    if (!page.empty() && host_of(page) == host) return std::nullopt;
    return http::text_response(403, fmt::format("requests from pages of '{}' are not allowed\n", origin));
  };
}

}  // namespace vizsla::server
