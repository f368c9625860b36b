// `vizsla retention --dry-run`: what would go now for its age or for want of space, and why. Reads the data folder's
// manifests, whether a server runs on it or not.
#pragma once

#include <string>

#include "base/clock.h"
#include "server/settings.h"
#include "store/embedded/folder_survey.h"

namespace vizsla::server {

// What the command prints. Pure.
std::string retention_text(const store::FolderSurvey& survey, const store::RetentionOptions& options,
                           const std::string& folder, UnixNanos now);

// Gives the process's exit code.
int show_retention(const Settings& settings);

}  // namespace vizsla::server
