#include "intake/config_answer.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json_writer.h"
#include "codec/base64.h"
#include "codec/tracer_sampling.h"
#include "intake/sha256.h"
#include "pipeline/normalize_names.h"
#include "pipeline/sample/tracer_sampling.h"

namespace vizsla::intake {
namespace {

// The file that a client is to have.
struct TargetFile {
  std::string id;
  std::string path;
  std::string raw;
  std::string sha256;
};

// One for each service and env, with other bytes when its settings change: clients then change what they have instead
// of taking one away and adding another, which dd-trace-cpp does in the wrong order.
std::string config_id(const codec::ConfigRequest& request) {
  Hasher128 hasher;
  hasher.update_field(request.service);
  hasher.update_field(request.env);
  return fmt::format("sampling-{:016x}", hasher.digest().low);
}

std::optional<TargetFile> file_for(const codec::ConfigRequest& request, const TracerConfig& config,
                                   std::string_view default_env) {
  if (std::find(request.products.begin(), request.products.end(), kApmTracing) == request.products.end()) return {};
  const std::string service = pipeline::normalize_service(request.service, "").name;
  const std::string env = request.env.empty() ? std::string(default_env) : pipeline::normalize_tag_value(request.env);
  const model::TracerSampling sampling = pipeline::resolve_tracer_sampling(config.sampling, service, env);
  if (!sampling.sample_rate && (!sampling.rules || sampling.rules->empty())) return {};
  TargetFile file;
  file.id = config_id(request);
  // Tracers take "datadog/<number>/…" and "employee/…".
  file.path = fmt::format("datadog/1/{}/{}/config", kApmTracing, file.id);
  const bool takes_sdk_config = (request.capabilities >> codec::kCapabilitySdkConfiguration & 1) != 0;
  file.raw = codec::encode_apm_tracing(sampling, {request.service, request.env, takes_sdk_config});
  file.sha256 = sha256(file.raw);
  return file;
}

// What the client has cached under the file's path; null = nothing, as far as it says.
const codec::ConfigRequest::CachedFile* cached_of(const codec::ConfigRequest& request, const TargetFile& file) {
  const auto cached = std::find_if(request.cached_files.begin(), request.cached_files.end(),
                                   [&](const auto& candidate) { return candidate.path == file.path; });
  return cached == request.cached_files.end() ? nullptr : &*cached;
}

// The client's configs of all products are looked at: what another server has told it is taken back. The hash tells
// when two servers, one after the other, had the same version for different things.
bool is_up_to_date(const codec::ConfigRequest& request, const std::optional<TargetFile>& file, std::uint64_t version) {
  if (!file) return request.configs.empty();
  const auto* cached = cached_of(request, *file);
  return request.targets_version == version && request.configs.size() == 1 && request.configs.front().id == file->id &&
         request.configs.front().product == kApmTracing && (cached == nullptr || cached->sha256 == file->sha256);
}

std::string targets_json(const std::optional<TargetFile>& file, std::uint64_t version) {
  JsonWriter json;
  json.object([&] {
    json.key("signatures").array([] {});
    json.key("signed").object([&] {
      json.field("_type", "targets");
      json.field("spec_version", "1.0");
      json.field("expires", "2100-01-01T00:00:00Z");
      json.field("version", version);
      // Comes back with the next request. What we need to know then is said elsewhere in it, but clients insist on one.
      json.key("custom").object([&] { json.field("opaque_backend_state", codec::encode_base64("{}")); });
      json.key("targets").object([&] {
        if (!file) return;
        json.key(file->path).object([&] {
          json.key("custom").object([&] { json.field("v", version); });
          json.key("hashes").object([&] { json.field("sha256", file->sha256); });
          json.field("length", file->raw.size());
        });
      });
    });
  });
  return json.text();
}

}  // namespace

std::string answer_config(const codec::ConfigRequest& request, const TracerConfig& config,
                          std::string_view default_env) {
  const std::optional<TargetFile> file = file_for(request, config, default_env);
  if (is_up_to_date(request, file, config.version)) return std::string(kNothingNew);

  JsonWriter json;
  json.object([&] {
    json.field("targets", codec::encode_base64(targets_json(file, config.version)));
    if (!file) return;  // empty lists are left out, as an Agent does
    const auto* cached = cached_of(request, *file);
    if (cached == nullptr || cached->sha256 != file->sha256) {
      json.key("target_files").array([&] {
        json.object([&] {
          json.field("path", file->path);
          json.field("raw", codec::encode_base64(file->raw));
        });
      });
    }
    json.key("client_configs").array([&] { json.value(file->path); });
  });
  return json.text();
}

}  // namespace vizsla::intake
