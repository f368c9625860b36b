#include "store/embedded/data_folder.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "store/embedded/manifest.h"
#include "store/embedded/span_table.h"
#include "store/embedded/stats_section.h"

namespace vizsla::store {

Result<void> check_data_folder(Files& files, const std::string& folder) {
  VIZSLA_TRY(const bool unfinished, has_entry(files, folder, kUnfinishedName));
  if (unfinished) {
    return fail(
        ErrorCode::Unsupported,
        fmt::format("{} was being filled by a backup or a restore that didn't finish, as its file {} says: remove "
                    "the folder and start that again",
                    folder, kUnfinishedName));
  }
  const auto content = read_file(files, fmt::format("{}/{}", folder, kFormatName));
  if (!content) return fail(content.error());
  if (as_text(*content) == kFormat) return {};
  return fail(ErrorCode::Unsupported,
              fmt::format("{} was written by another version: its {} says '{}'", folder, kFormatName,
                          as_text(*content).substr(0, as_text(*content).find('\n'))));
}

const std::vector<const TableSchema*>& known_tables() {
  static const std::vector<const TableSchema*> tables{&span_schema(), &kept_span_schema(), &stats_schema()};
  return tables;
}

Result<std::vector<std::string>> find_tables(Files& files, const std::string& root) {
  std::vector<std::string> tables;
  VIZSLA_TRY(const auto entries, files.list(root));
  for (const Files::Entry& entry : entries) {
    // A file system's own folder isn't ours to look into.
    if (!entry.is_folder || entry.name == "lost+found") continue;
    const auto inside = files.list(root + "/" + entry.name);
    if (!inside && inside.error().code == ErrorCode::NotFound) continue;
    if (!inside) return fail(inside.error());
    const bool table = std::any_of(inside->begin(), inside->end(), [](const Files::Entry& file) {
      return file.name == kManifestName || file.name == kManifestCopyName;
    });
    if (table) tables.push_back(entry.name);
  }
  const auto rank = [](const std::string& name) {
    const auto& known = known_tables();
    return std::find_if(known.begin(), known.end(), [&](const TableSchema* schema) { return schema->name == name; }) -
           known.begin();
  };
  std::sort(tables.begin(), tables.end(),
            [&](const std::string& a, const std::string& b) { return std::pair(rank(a), a) < std::pair(rank(b), b); });
  return tables;
}

Result<void> make_durable_folder(Files& files, const std::string& path) {
  std::vector<std::filesystem::path> above;  // of each folder that isn't there yet
  const std::filesystem::path wanted = std::filesystem::absolute(path).lexically_normal();
  for (std::filesystem::path at = wanted.has_filename() ? wanted : wanted.parent_path(); at.has_relative_path();
       at = at.parent_path()) {
    const auto entries = files.list(at.string());
    if (entries) break;
    if (entries.error().code != ErrorCode::NotFound) return fail(entries.error());
    above.push_back(at.parent_path());
  }
  VIZSLA_TRY_VOID(files.make_folder(path));
  for (const std::filesystem::path& folder : above) VIZSLA_TRY_VOID(files.sync_folder(folder.string()));
  return {};
}

Result<bool> has_entry(Files& files, const std::string& folder, std::string_view name) {
  const auto entries = files.list(folder);
  if (!entries && entries.error().code == ErrorCode::NotFound) return false;
  if (!entries) return fail(entries.error());
  return std::any_of(entries->begin(), entries->end(), [&](const Files::Entry& entry) { return entry.name == name; });
}

}  // namespace vizsla::store
