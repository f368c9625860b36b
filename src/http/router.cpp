#include "http/router.h"

#include <algorithm>
#include <optional>

#include "http/url.h"

namespace vizsla::http {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

std::string_view take_segment(std::string_view& path) {
  const std::size_t slash = path.find('/', 1);
  const std::string_view segment = path.substr(1, slash == std::string_view::npos ? slash : slash - 1);
  path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
  return segment;
}

// Exactness by segments: the smaller in order, the better the match.
struct Fit {
  std::string rank;  // a letter per segment: 'a' literal, 'b' name, 'c' everything below
  Values values;
};

std::optional<Fit> fit(std::string_view pattern, std::string_view path) {
  Fit fit;
  while (!pattern.empty()) {
    if (pattern == "/*") {
      fit.rank += 'c';
      return fit;
    }
    if (path.empty()) return std::nullopt;
    const std::string_view wanted = take_segment(pattern);
    std::string_view given = take_segment(path);
    std::optional<std::string> decoded;  // where anything is encoded: most paths aren't, and all patterns look at them
    if (given.find('%') != std::string_view::npos) {
      decoded = percent_decode(given, false);
      if (!decoded) return std::nullopt;
      given = *decoded;
    }
    if (wanted.starts_with('{')) {
      if (given.empty()) return std::nullopt;
      fit.rank += 'b';
      fit.values.emplace_back(wanted.substr(1, wanted.size() - 2), given);
    } else if (wanted == given) {
      fit.rank += 'a';
    } else {
      return std::nullopt;
    }
  }
  if (!path.empty()) return std::nullopt;
  return fit;
}

}  // namespace

Responder& Responder::operator=(Responder&& other) noexcept {
  std::swap(send_, other.send_);
  return *this;
}

Responder::~Responder() {
  if (send_ != nullptr) send_(text_response(500, "internal error: no answer was given\n"));
}

Response refuse_in_plain_text(Refused why) {
  switch (why) {
    case Refused::BodyTooLarge:
      return text_response(413, "payload-too-large\n");
    case Refused::NoRoom:
      return text_response(503, "too much is being processed; try again\n");
    case Refused::TooSlow:
      return text_response(408, "timeout\n");
    case Refused::Malformed:
      return text_response(400, "malformed HTTP request\n");
    case Refused::Unsupported:
      return text_response(415, "unsupported Content-Encoding: gzip, deflate and zstd are known\n");
  }
  return text_response(500, "internal error\n");
}

void Router::add(Route route) {
  routes_.push_back(std::make_unique<Route>(std::move(route)));
}

Router::Match Router::match(std::string_view method, std::string_view encoded_path) const {
  Match best;
  std::string best_rank;
  for (const auto& route : routes_) {
    auto fitting = fit(route->pattern, encoded_path);
    if (!fitting) continue;
    // The most exact patterns speak for the path; a catch-all below which it also lies does not.
    if (best.path_known && fitting->rank > best_rank) continue;
    if (!best.path_known || fitting->rank < best_rank) {
      best = Match{};
      best_rank = fitting->rank;
    }
    best.path_known = true;
    const bool takes =
        std::find(route->methods.begin(), route->methods.end(), method) != route->methods.end() ||
        (method == "HEAD" && std::find(route->methods.begin(), route->methods.end(), "GET") != route->methods.end());
    for (const std::string& allowed : route->methods) best.allow += (best.allow.empty() ? "" : ", ") + allowed;
    if (takes && best.route == nullptr) {
      best.route = route.get();
      best.values = std::move(fitting->values);
    }
  }
  return best;
}

}  // namespace vizsla::http
