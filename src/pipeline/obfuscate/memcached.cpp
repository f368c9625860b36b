#include "pipeline/obfuscate/memcached.h"

#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {

std::string_view obfuscate_memcached_command(std::string_view command, bool keep_command) {
  if (!keep_command) return {};
  return trim_space(command.substr(0, command.find('\n')));
}

}  // namespace vizsla::pipeline
