// The tag `http.url`: without the user's name and password always, without query and numbers where settings say so.
//
// Rules: agent-protocol §6.5. The Agent parses a URL and prints it again, which rewrites some of it (the scheme in
// lower case, percent escapes where a character needs one); the same is done here, by what Go's net/url takes and
// prints. An URL that can't be parsed becomes "?" when an option is on. Without one it stays, but for what stands
// before an "@" in the place of the host: the Agent leaves a password there, we don't.
//
// Pure: appends to `out`, linear, without allocating but for `out`. Any bytes will do.
#pragma once

#include <string>
#include <string_view>

namespace vizsla::pipeline {

// Settings obfuscation.http.*.
struct UrlObfuscation {
  bool remove_query_string = false;
  bool remove_paths_with_digits = false;
};

void obfuscate_http_url(std::string_view url, const UrlObfuscation& settings, std::string& out);

}  // namespace vizsla::pipeline
