#include <cstddef>
#include <cstdint>

#include "base/buffer.h"
#include "base/check.h"
#include "codec/config_request.h"
#include "codec/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vizsla;
  Buffer padded(data, data + size);
  padded.resize(size + kPadding);
  const auto request = codec::decode_config_request({Bytes(padded).first(size)});
  if (!request) return 0;
  VIZSLA_CHECK(request->products.size() <= codec::kConfigProductsMax);
  VIZSLA_CHECK(request->configs.size() <= codec::kConfigStatesMax);
  VIZSLA_CHECK(request->cached_files.size() <= codec::kConfigStatesMax);
  const auto check = [](const std::string& text) {
    VIZSLA_CHECK(text.size() <= codec::kConfigTextBytesMax && codec::is_valid_utf8(text));
  };
  for (const std::string* text : {&request->client_id, &request->language, &request->tracer_version, &request->service,
                                  &request->env, &request->error})
    check(*text);
  for (const auto& config : request->configs) check(config.error);
  return 0;
}
