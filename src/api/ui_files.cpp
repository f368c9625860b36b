#include "api/ui_files.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"

namespace vizsla::api {
namespace {

// Nothing but our own files; no script or style inside the page (ui.md B.5).
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src "
    "'self'; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'";
constexpr std::string_view kPage = "/index.html";
// As it stands in the page: what all its other addresses begin with.
constexpr std::string_view kBase = R"(<base href="/" />)";
// Vite puts what has a hash in its name here.
constexpr std::string_view kHashedFolder = "/assets/";

const UiFile* find_file(std::string_view path) {
  for (const UiFile& file : ui_files()) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

bool accepts(const http::Request& request, std::string_view encoding) {
  return request.headers.get("Accept-Encoding").find(encoding) != std::string_view::npos;
}

// The page for this address. Its base is told relatively, so that it is right under whatever path a proxy shows us: the
// browser knows the beginning of the address, and we how long the rest is.
std::string page_at(const http::Request& request, std::string_view page) {
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find_first_of("?#"));
  const auto ups = std::max<std::ptrdiff_t>(std::count(path.begin(), path.end(), '/') - 1, 0);
  std::string base = R"(<base href=".)";
  for (std::ptrdiff_t i = 0; i < ups; ++i) base += "/..";
  base += R"(/" />)";
  std::string text(page);
  if (const std::size_t at = text.find(kBase); at != std::string::npos) text.replace(at, kBase.size(), base);
  return text;
}

http::Response serve(const http::Request& request, const UiFile& file) {
  const bool hashed = file.path.starts_with(kHashedFolder);
  const bool is_page = file.path == kPage;
  const std::string page = is_page ? page_at(request, as_text(file.plain)) : std::string();
  const std::string etag = fmt::format("\"{:016x}\"", is_page ? hash64(as_bytes(page)) : hash64(file.plain));
  http::Response response;
  response.content_type = file.content_type;
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.emplace_back("Vary", "Accept-Encoding");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "same-origin");
  if (file.content_type.starts_with("text/html"))
    response.headers.emplace_back("Content-Security-Policy", kContentSecurityPolicy);
  if (request.headers.get("If-None-Match") == etag) {
    response.status = 304;
    return response;
  }
  if (is_page) {
    response.body = page;
    return response;
  }
  response.body = file.plain;
  if (!file.brotli.empty() && accepts(request, "br")) {
    response.headers.emplace_back("Content-Encoding", "br");
    response.body = file.brotli;
  } else if (!file.gzip.empty() && accepts(request, "gzip")) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = file.gzip;
  }
  return response;
}

}  // namespace

void add_ui_files(http::Router& router) {
  router.add(
      {{"GET"}, "/*", [](const http::Request& request, http::Responder respond) {
         if (const UiFile* file = find_file(request.path)) return respond(serve(request, *file));
         // A file or an API route that isn't there is an error; anything else is a page of the UI.
         if (request.path.starts_with("/api/") || request.path.starts_with(kHashedFolder))
           return respond(http::text_response(404, "404 page not found\n"));
         if (const UiFile* page = find_file(kPage)) return respond(serve(request, *page));
         respond(http::text_response(404, "This Vizsla was built without its web UI; the API answers under /api.\n"));
       }});
}

}  // namespace vizsla::api
