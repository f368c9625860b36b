// What a data folder holds, from its manifests alone: for commands, while a server may be running on it.
//
// Takes no lock and changes nothing. Manifests are replaced in one step, so each is whole; two tables, or a folder's
// list of files, may be a moment apart.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/embedded/files.h"
#include "store/embedded/manifest.h"
#include "store/embedded/retention.h"

namespace vizsla::store {

struct FolderSurvey {
  std::vector<BlockInfo> spans;
  std::vector<BlockInfo> kept;   // of pinned traces
  std::vector<BlockInfo> stats;  // of all tiers
  std::vector<Deletion> deletions;
  SpaceUse use;
};

// NotFound when there is no data folder, or no block has ever been written in it.
Result<FolderSurvey> survey_folder(Files& files, const std::string& folder, std::uint64_t segment_bytes);

}  // namespace vizsla::store
