#include "server/live_sampling.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/log.h"
#include "codec/sampling_config.h"
#include "codec/tracer_sampling.h"
#include "http/message.h"

namespace vizsla::server {

Result<SamplingDocument> decode_sampling_document(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object fields;
  if (const auto error = parser.parse(simdjson::padded_string(json)).get(fields); error != simdjson::SUCCESS)
    return fail(ErrorCode::InvalidInput, fmt::format("expected a JSON object: {}", simdjson::error_message(error)));
  SamplingDocument document;
  for (const auto [name, value] : fields) {
    const auto with_name = [context = name](const Error& error) { return error.with_context(context); };
    const http::Body part(simdjson::minify(value));
    if (name == "apm_tracing") {
      VIZSLA_TRY(document.apm_tracing, codec::decode_tracer_sampling(part.padded()).map_error(with_name));
    } else if (name == "apm_sampling") {
      VIZSLA_TRY(document.apm_sampling, codec::decode_sampling_config(part.padded()).map_error(with_name));
    } else {
      return fail(ErrorCode::InvalidInput,
                  fmt::format("'{}' can't be set: expected apm_tracing or apm_sampling", name));
    }
  }
  if (!document.apm_tracing && !document.apm_sampling)
    return fail(ErrorCode::InvalidInput, "nothing is set: expected apm_tracing or apm_sampling");
  return document;
}

LiveSampling::LiveSampling(std::vector<model::TracerSampling> settings, control::SamplingControl& control,
                           intake::RemoteConfig& remote_config, intake::TraceIntake& intake)
    : settings_(std::move(settings)), control_(control), remote_config_(remote_config), intake_(intake) {}

void LiveSampling::restore() {
  const std::lock_guard lock(mutex_);
  std::optional<SamplingDocument> document;
  if (const auto json = control_.document()) {
    auto read = decode_sampling_document(*json);
    if (read) {
      document = *std::move(read);
    } else {
      log::error(log::Fault::Ours, "", "sampling is as the settings say, since what was set can't be read: {}",
                 read.error().message);
    }
  }
  put_in_force(std::move(document));
}

Result<void> LiveSampling::set(std::string_view json) {
  VIZSLA_TRY(SamplingDocument document, decode_sampling_document(json));
  const std::lock_guard lock(mutex_);
  VIZSLA_TRY_VOID(control_.set_document(std::string(json)));
  put_in_force(std::move(document));
  log::info("sampling is set anew, as somebody asked on /api/ui/sampling");
  return {};
}

Result<void> LiveSampling::clear() {
  const std::lock_guard lock(mutex_);
  if (!document_) return {};
  VIZSLA_TRY_VOID(control_.set_document(std::nullopt));
  put_in_force(std::nullopt);
  log::info("sampling is as the settings say again, as somebody asked on /api/ui/sampling");
  return {};
}

LiveSampling::Now LiveSampling::now() const {
  const std::lock_guard lock(mutex_);
  Now now{document_.has_value(), settings_, {}};
  if (document_ && document_->apm_tracing) now.apm_tracing = *document_->apm_tracing;
  if (document_) now.apm_sampling = document_->apm_sampling;
  return now;
}

void LiveSampling::put_in_force(std::optional<SamplingDocument> document) {
  document_ = std::move(document);
  remote_config_.configure(document_ && document_->apm_tracing ? *document_->apm_tracing : settings_);
  intake_.set_remote_sampling(document_ && document_->apm_sampling ? *document_->apm_sampling
                                                                   : model::RemoteSampling{});
}

}  // namespace vizsla::server
