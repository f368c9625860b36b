// `http.endpoint` inferred from a URL's path, for spans whose framework named no route.
//
// Rules: agent-protocol §6.7: of the first eight components, those that look like a value become {param:int},
// {param:int_id}, {param:hex}, {param:hex_id} or {param:str}.
//
// Pure: appends to `out`, linear, without allocating but for `out`. Any bytes will do.
#pragma once

#include <string>
#include <string_view>

namespace vizsla::pipeline {

// `path` without query string. "/users/12/" → "/users/{param:int}/"; "/" for what doesn't begin with a slash.
void simplify_http_endpoint(std::string_view path, std::string& out);

}  // namespace vizsla::pipeline
