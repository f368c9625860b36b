// HTTP requests and responses as plain values: what handlers see of a connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/buffer.h"
#include "base/bytes.h"

namespace vizsla::http {

// Names are compared without case; order and spelling are kept.
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }

  // Of the first one with this name; "" when there is none.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// A body in memory, with kPadding readable bytes behind it.
class Body {
 public:
  Body() = default;
  explicit Body(std::string_view text);

  [[nodiscard]] PaddedBytes padded() const { return {Bytes(bytes_).first(size_)}; }
  [[nodiscard]] Bytes bytes() const { return padded().bytes; }
  [[nodiscard]] std::size_t size() const { return size_; }

  // Makes room for `size` bytes in all; what is there stays. Gives where they lie.
  std::uint8_t* grow(std::size_t size);
  // Says how many of them are really there. What is behind them is zeros, so that a parser which looks there finds the
  // same each time.
  void set_size(std::size_t size);

 private:
  Buffer bytes_ = Buffer(kPadding);
  std::size_t size_ = 0;
};

// Gives back what was reserved for a request when the last user is done with it.
class Lease {
 public:
  virtual ~Lease() = default;
};

struct Request {
  std::string method;
  std::string target;                                            // as it came: path and query
  std::string path;                                              // decoded
  std::vector<std::pair<std::string, std::string>> query;        // decoded, in order
  std::vector<std::pair<std::string, std::string>> path_values;  // of the route's {names}
  Headers headers;
  Body body;
  bool over_unix_socket = false;
  int peer_pid = 0;               // of who connected to a unix socket; 0 = not known
  std::unique_ptr<Lease> memory;  // holds the body's share of the budget
  // Stopped when nobody waits for the answer any more: the client has gone, or the server closes the connection. Never
  // on routes that don't ask for it (Route::stops_without_client).
  std::stop_token client_gone{};

  [[nodiscard]] std::string_view path_value(std::string_view name) const;
  // Of the first parameter with this name.
  [[nodiscard]] std::optional<std::string_view> query_value(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> query_values(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type;  // "" = none
  std::vector<std::pair<std::string, std::string>> headers;
  // Text of its own, or bytes that live as long as the process (the UI's files).
  std::variant<std::string, Bytes> body;
  bool close = false;  // the connection ends with this answer

  [[nodiscard]] Bytes body_bytes() const;
};

Response text_response(int status, std::string text);
Response json_response(int status, std::string json);

}  // namespace vizsla::http
