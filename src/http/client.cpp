#include "http/client.h"

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

namespace vizsla::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

constexpr std::uint64_t kBodyBytesMax = 1 << 30;

std::string name_of(const Address& address) {
  if (const auto* tcp = std::get_if<TcpAddress>(&address)) return to_string(*tcp);
  return std::get<UnixAddress>(address).path;
}

asio::generic::stream_protocol::endpoint endpoint_of(const Address& address) {
  if (const auto* tcp = std::get_if<TcpAddress>(&address))
    return asio::ip::tcp::endpoint(asio::ip::make_address(tcp->host == "localhost" ? "127.0.0.1" : tcp->host),
                                   tcp->port);
  return asio::local::stream_protocol::endpoint(std::get<UnixAddress>(address).path);
}

}  // namespace

Result<ClientResponse> send_request(const Address& address, const ClientRequest& given,
                                    std::chrono::milliseconds timeout) {
  bhttp::request<bhttp::string_body> request;
  request.method_string(given.method);
  request.target(given.target);
  request.version(11);
  request.set(bhttp::field::host, std::holds_alternative<TcpAddress>(address) ? name_of(address) : "localhost");
  request.set(bhttp::field::user_agent, "vizsla");
  for (const auto& [name, value] : given.headers) request.insert(name, value);
  request.body() = given.body;
  request.prepare_payload();
  request.keep_alive(false);

  asio::io_context context;
  asio::generic::stream_protocol::socket socket(context);
  beast::flat_buffer buffer;
  bhttp::response_parser<bhttp::string_body> parser;
  parser.body_limit(kBodyBytesMax);
  const char* step = "connect to";
  boost::system::error_code outcome = asio::error::timed_out;
  socket.async_connect(endpoint_of(address), [&](boost::system::error_code error) {
    outcome = error;
    if (error) return;
    step = "send to";
    outcome = asio::error::timed_out;
    bhttp::async_write(socket, request, [&](boost::system::error_code write_error, std::size_t) {
      // A server that refuses a body may answer and close before it has read all of it; its answer is worth reading.
      static_cast<void>(write_error);
      step = "read the answer of";
      bhttp::async_read(socket, buffer, parser,
                        [&](boost::system::error_code read_error, std::size_t) { outcome = read_error; });
    });
  });
  context.run_for(timeout);
  if (outcome) {
    return fail(outcome == asio::error::timed_out ? ErrorCode::Timeout : ErrorCode::Unavailable,
                fmt::format("cannot {} {}: {}", step, name_of(address), outcome.message()));
  }
  ClientResponse response;
  response.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get())
    response.headers.add(std::string(field.name_string()), std::string(field.value()));
  response.body = std::move(parser.get().body());
  return response;
}

Result<Address> parse_url(std::string_view url) {
  constexpr std::string_view kUnix = "unix://";
  constexpr std::string_view kHttp = "http://";
  if (url.starts_with(kUnix)) return Address(UnixAddress{std::string(url.substr(kUnix.size()))});
  if (!url.starts_with(kHttp))
    return fail(ErrorCode::InvalidInput, fmt::format("'{}' is no address: expected http://host:port", url));
  url.remove_prefix(kHttp.size());
  VIZSLA_TRY(const TcpAddress address, parse_tcp_address(url.substr(0, url.find('/'))));
  return Address(address);
}

}  // namespace vizsla::http
