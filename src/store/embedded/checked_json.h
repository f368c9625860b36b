// Small JSON files that tell by their first line whether they are as they were written: the 16 hexadecimal digits of
// the XXH3-64 of all that follows it. Manifests are such files, and the lists of backups.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/embedded/files.h"

namespace vizsla::store {

// The file's content.
std::string with_checksum_line(std::string_view json);

// The JSON of such a file. Corrupt, naming the path, when the checksum differs; else as of read_file().
Result<std::string> read_checked_json(Files& files, const std::string& path);

}  // namespace vizsla::store
